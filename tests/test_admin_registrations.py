"""Registrations in the admin: found, corrected, cancelled and made by telephone through the actions of the pages."""

import datetime

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from consultations import actions
from consultations.models import Message, Need, Registration
from tests.factories import (
    in_days,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_group,
    make_need,
    make_registration,
)
from tests.hostile import KEPT_AS_TYPED
from tests.staff import admin_list, admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

LIST = "registration"
ADD = "/admin/consultations/registration/add/"


@pytest.fixture
def organiser(client):
    """The client, logged in with every permission."""
    client.force_login(make_organiser())
    return client


def found(client, **query):
    cl = client.get(admin_list(LIST), query).context["cl"]
    return [registration.full_name for registration in cl.result_list]


def do(client, action, *registrations, **sent):
    """Run one of the list's actions, and return the messages shown afterwards."""
    data = {"action": action, "index": "0", "_selected_action": [row.pk for row in registrations]} | sent
    response = client.post(admin_list(LIST), data, follow=True)
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


def now(registration):
    registration.refresh_from_db()
    return registration.mode, registration.status


def confirmed_in_full_hall():
    """A hall of one place with its holder, and somebody who waits."""
    city_session = make_city_session(hall_capacity=1)
    holder = make_registration(city_session)
    return city_session, holder, make_registration(city_session, status="waiting", email="b@example.org")


# Finding


@pytest.mark.parametrize("text", ["омур", "ӨМҮР", "өмүр", "Үсөнов", "усонов омур", "Өмүрбек  Үсөнов", "урбек"])
def test_search_finds_a_name_however_it_is_typed(organiser, text):
    make_registration(full_name="Өмүрбек Үсөнов")
    make_registration(full_name="Асан Үмөтов")

    assert found(organiser, q=text) == ["Өмүрбек Үсөнов"]


@pytest.mark.parametrize(
    "text",
    [
        "0555 123 456",
        "+996 555 123456",
        "996555123456",
        "00996555123456",
        "555-123-456",
        "(0555) 12-34-56",
        "123456",
        "٠٥٥٥١٢٣",
    ],
)
def test_search_finds_a_phone_in_any_notation(organiser, text):
    make_registration(full_name="Асан", phone="+996555123456")
    make_registration(full_name="Үсөн", phone="+996700999888")

    assert found(organiser, q=text) == ["Асан"]


@pytest.mark.parametrize("shape", ["{}", "{} {}", "№ {} {}", "{}-{}", " {} {} "])
def test_search_finds_a_ticket_number(organiser, shape):
    registration = make_registration(full_name="Асан")
    make_registration(full_name="Үсөн")
    number = registration.pass_number
    parts = [number] if shape == "{}" else [number[:4], number[4:]]

    assert found(organiser, q=shape.format(*parts)) == ["Асан"]


def test_search_finds_an_email(organiser):
    make_registration(full_name="Асан", email="asan@example.org")
    make_registration(full_name="Үсөн", email="uson@example.org")

    assert found(organiser, q="ASAN@example") == ["Асан"]


@pytest.mark.parametrize("name", KEPT_AS_TYPED)
def test_search_finds_what_is_stored_or_nothing(organiser, name):
    make_registration(full_name=name)

    assert found(organiser, q=name) in ([name], [])


def test_filters_narrow_the_list(organiser):
    city_session = make_city_session()
    make_registration(city_session, full_name="Залда")
    make_registration(city_session, full_name="Онлайн", mode="online")
    make_registration(city_session, full_name="Кезекте", status="waiting")
    make_registration(city_session, full_name="Азырынча", mode="online", hall_wanted_at=timezone.now())
    make_registration(city_session, full_name="Жок", status="cancelled")
    make_need(make_registration(full_name="Башка", source="telephone"), kind="large-print")

    assert set(found(organiser, city_session__id__exact=city_session.pk)) == {
        "Залда",
        "Онлайн",
        "Кезекте",
        "Азырынча",
        "Жок",
    }
    assert set(found(organiser, mode="online")) == {"Онлайн", "Азырынча"}
    assert found(organiser, status__exact="cancelled") == ["Жок"]
    assert set(found(organiser, queue="hall")) == {"Кезекте", "Азырынча"}
    assert found(organiser, needs="any") == ["Башка"]
    assert found(organiser, needs="large-print") == ["Башка"]
    assert found(organiser, needs="step-free") == []
    assert found(organiser, source__exact="telephone") == ["Башка"]


# Correcting


NEW_NEED = {"needs-TOTAL_FORMS": "1", "needs-0-kind": "step-free", "needs-0-state": "asked"}


def correct(client, registration, **fields):
    page = admin_page(registration)
    return client.post(page, typed(client.get(page)) | fields)


def errors(response):
    return {name: [str(error) for error in found] for name, found in response.context["adminform"].form.errors.items()}


def test_details_are_corrected_through_the_action(organiser):
    registration = make_registration(full_name="Асан", status="waiting")

    correct(organiser, registration, full_name=" Асан\u200b  Үсөнов ", phone="0700 11-22-33", organisation="КР\x0bУИА")

    before = registration
    after = Registration.objects.get()
    assert (after.full_name, str(after.phone.as_e164), after.organisation) == ("Асан Үсөнов", "+996700112233", "КР УИА")
    assert (after.status, after.hall_wanted_at, after.version) == ("waiting", before.hall_wanted_at, before.version + 1)


def test_details_left_as_they_are_change_nothing(organiser):
    registration = make_registration()

    response = correct(organiser, registration)

    assert response.status_code == 302
    assert Registration.objects.get().version == registration.version


def test_place_cannot_be_changed_by_the_form(organiser):
    registration = make_registration(status="waiting")
    other = make_city_session()

    correct(
        organiser,
        registration,
        full_name="Башка",
        status="confirmed",
        mode="online",
        city_session=other.pk,
        code="a",
        pass_number="1",
        group=registration.pk,
        checked_in_at="2025-06-09",
        source="desk",
    )

    after = Registration.objects.get()
    fields = ("status", "mode", "city_session_id", "code", "pass_number", "group_id", "checked_in_at", "source")
    assert [getattr(after, name) for name in fields] == [getattr(registration, name) for name in fields]
    assert after.full_name == "Башка"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"phone": "", "email": ""}, "phone"),
        ({"phone": "123"}, "phone"),
        ({"email": "no"}, "email"),
        ({"full_name": "!"}, "full_name"),
        ({"full_name": "Ө" * 151}, "full_name"),
        ({"language": "en"}, "language"),
        ({"organisation_type": "zz"}, "organisation_type"),
    ],
)
def test_wrong_details_are_errors_of_their_fields(organiser, fields, where):
    registration = make_registration(full_name="Асан")

    response = correct(organiser, registration, **fields)

    assert list(errors(response)) == [where]
    assert Registration.objects.get().full_name == "Асан"


def test_member_of_a_group_needs_no_contact_of_their_own(organiser):
    _contact, member = make_group(size=2)

    assert correct(organiser, member, full_name="Башка ат").status_code == 302


def test_becoming_somebody_who_is_registered_is_an_error(organiser):
    city_session = make_city_session()
    make_registration(city_session, full_name="Асан Үсөнов", phone="+996555123456")
    registration = make_registration(city_session, full_name="Башка", phone="+996555123456")

    response = correct(organiser, registration, full_name="усонов асан")

    assert list(errors(response)) == ["full_name"]
    registration.refresh_from_db()
    assert registration.full_name == "Башка"


def test_details_can_be_corrected_although_the_hall_became_too_small(organiser):
    city_session = make_city_session(hall_capacity=1)
    registration = make_registration(city_session)
    city_session.hall_capacity = 0
    city_session.save()

    assert correct(organiser, registration, full_name="Башка ат").status_code == 302


def test_anonymised_row_can_only_be_read(organiser):
    registration = make_registration(full_name="", phone="", anonymised_at=timezone.now())

    assert organiser.get(admin_page(registration)).status_code == 200
    assert organiser.post(admin_page(registration), {"full_name": "Асан"}).status_code == 403


def test_need_is_answered_on_the_persons_page(organiser):
    registration = make_registration()
    make_need(registration, text="коляска")

    correct(organiser, registration, **{"needs-0-state": "arranged", "needs-0-reply": "Пандус бар."})

    need = Need.objects.get()
    assert (need.kind, need.text, need.state, need.reply) == ("step-free", "коляска", "arranged", "Пандус бар.")


def test_need_is_answered_on_its_own_page(organiser):
    need = make_need(text="коляска")

    organiser.post(admin_page(need), {"state": "not-possible", "reply": "Жок", "kind": "other", "text": "башка"})

    need.refresh_from_db()
    assert (need.kind, need.text, need.state, need.reply) == ("step-free", "коляска", "not-possible", "Жок")


def test_history_keeps_no_names(organiser):
    registration = make_registration(full_name="Асан")
    correct(
        organiser,
        registration,
        full_name="Үсөн",
        **NEW_NEED,
    )
    do(organiser, "switch_to_online", registration)

    entries = LogEntry.objects.order_by("pk")

    assert [(entry.object_repr, entry.change_message) for entry in entries] == [
        (f"№ {registration.pk}", '[{"changed": {"fields": ["full name", "needs"]}}]'),
        (f"№ {registration.pk}", '[{"changed": {"fields": ["status"]}}]'),
    ]


# Nobody is deleted


def test_nobody_is_deleted(organiser):
    registration = make_registration()

    response = organiser.post(f"/admin/consultations/registration/{registration.pk}/delete/", {"post": "yes"})

    assert response.status_code == 403
    assert do(organiser, "delete_selected", registration, post="yes") != []
    assert Registration.objects.count() == 1


# Changes of mind, by the list's actions


def test_cancelling_asks_first(organiser):
    registration = make_registration()

    response = organiser.post(admin_list(LIST), {"action": "cancel", "index": "0", "_selected_action": registration.pk})

    assert response.template_name == "admin/consultations/registration/cancel.html"
    assert now(registration) == ("hall", "confirmed")


def test_cancelling_frees_the_seat_for_the_next_who_is_told(organiser, run_jobs, mailoutbox):
    _city_session, holder, waiting = confirmed_in_full_hall()

    shown = do(organiser, "cancel", holder, confirmed="1")

    assert [level for level, _words in shown] == ["success"]
    assert (now(holder), now(waiting)) == (("hall", "cancelled"), ("hall", "confirmed"))
    assert holder.cancelled_by == Registration.CancelledBy.ORGANISER
    assert list(waiting.messages.values_list("kind", flat=True)) == [Message.Kind.PROMOTED]
    run_jobs()
    assert [letter.to for letter in mailoutbox] == [["b@example.org"]]


def test_cancelling_many_frees_many_seats_in_order(organiser):
    city_session = make_city_session(hall_capacity=3)
    holders = [make_registration(city_session) for _ in range(3)]
    moment = timezone.now()
    waiting = [
        make_registration(city_session, status="waiting", hall_wanted_at=moment + datetime.timedelta(seconds=second))
        for second in range(4)
    ]

    do(organiser, "cancel", *holders, confirmed="1")

    assert [now(row)[1] for row in waiting] == ["confirmed", "confirmed", "confirmed", "waiting"]


def test_refusals_are_shown_with_the_name_and_the_others_done(organiser):
    came = make_registration(full_name="Келген <b>", checked_in_at=timezone.now())
    other = make_registration()

    shown = do(organiser, "cancel", came, other, confirmed="1")

    assert (now(came), now(other)) == (("hall", "confirmed"), ("hall", "cancelled"))
    refused = [words for level, words in shown if level == "error"]
    assert refused == [f"Келген <b>: {actions.RegistrationRefused('came').message}"]


def test_many_refusals_are_counted(organiser):
    city_session = make_city_session()
    came = [make_registration(city_session, checked_in_at=timezone.now()) for _ in range(13)]

    shown = do(organiser, "cancel", *came, confirmed="1")

    assert len(shown) == 11


def test_nothing_to_change_is_said(organiser):
    assert [level for level, _words in do(organiser, "promote", make_registration())] == ["warning"]


def test_promoting_out_of_turn_needs_a_free_seat(organiser):
    city_session, _holder, first = confirmed_in_full_hall()
    last = make_registration(city_session, status="waiting")

    shown = do(organiser, "promote", last)

    assert (now(last), [level for level, _words in shown]) == (("hall", "waiting"), ["error"])
    type(city_session).objects.update(hall_capacity=2)
    do(organiser, "promote", last)
    assert (now(first), now(last)) == (("hall", "waiting"), ("hall", "confirmed"))


def test_switching_from_hall_to_online_frees_the_seat(organiser):
    _city_session, holder, waiting = confirmed_in_full_hall()

    do(organiser, "switch_to_online", holder)

    assert (now(holder), now(waiting)) == (("online", "confirmed"), ("hall", "confirmed"))


def test_switching_to_a_full_hall_keeps_the_online_place_and_queues(organiser):
    city_session, _holder, _waiting = confirmed_in_full_hall()
    online = make_registration(city_session, mode="online")

    ((level, words),) = do(organiser, "switch_to_hall", online)

    assert (now(online), level) == (("online", "confirmed"), "success")
    assert online.wants_the_hall
    assert "2" in words


def test_taking_part_online_meanwhile_and_leaving_the_queue(organiser):
    _city_session, _holder, waiting = confirmed_in_full_hall()

    do(organiser, "online_meanwhile", waiting)
    assert (now(waiting), waiting.wants_the_hall) == (("online", "confirmed"), True)
    do(organiser, "leave_queue", waiting)
    assert (now(waiting), waiting.wants_the_hall) == (("online", "confirmed"), False)


def test_bringing_back_takes_a_seat_or_the_end_of_the_queue(organiser):
    city_session, _holder, _waiting = confirmed_in_full_hall()
    cancelled = make_registration(city_session, status="cancelled")

    do(organiser, "bring_back", cancelled)

    assert (now(cancelled), cancelled.queue_place()) == (("hall", "waiting"), 2)


@pytest.mark.parametrize(
    "action",
    ["cancel", "bring_back", "promote", "switch_to_online", "switch_to_hall", "online_meanwhile", "leave_queue"],
)
def test_actions_need_the_permission_to_change(client, action):
    _city_session, holder, waiting = confirmed_in_full_hall()
    client.force_login(make_staff("view_registration"))

    do(client, action, holder, waiting, confirmed="1")

    assert (now(holder), now(waiting)) == (("hall", "confirmed"), ("hall", "waiting"))


BUTTONS = [
    ({"status": "cancelled"}, ["bring_back"]),
    ({"status": "waiting"}, ["promote", "online_meanwhile", "switch_to_online", "cancel"]),
    ({"status": "waiting", "mode": "online"}, ["promote", "switch_to_hall", "cancel"]),
    ({}, ["switch_to_online", "cancel"]),
    ({"mode": "online"}, ["switch_to_hall", "cancel"]),
    ({"mode": "online", "hall_wanted_at": timezone.now()}, ["promote", "leave_queue", "cancel"]),
]


@pytest.mark.parametrize(("state", "buttons"), BUTTONS)
def test_persons_page_offers_what_makes_sense(organiser, state, buttons):
    response = organiser.get(admin_page(make_registration(**state)))

    assert [name for name, _label in response.context["buttons"]] == [*buttons, "renew_link"]


def test_button_on_the_persons_page_leads_back_there(organiser):
    registration = make_registration()
    sent = {"action": "switch_to_online", "index": "0", "_selected_action": registration.pk, "on_detail": "1"}

    response = organiser.post(admin_list(LIST), sent)

    assert response["Location"] == admin_page(registration)
    assert now(registration) == ("online", "confirmed")


def test_whoever_may_only_look_has_no_buttons_and_no_way_to_the_persons_page(client):
    registration = make_registration()
    page = reverse("admin:consultations_registration_page", args=[registration.pk])
    client.force_login(make_staff("view_registration"))

    response = client.get(admin_page(registration))

    assert (response.context["buttons"], page in response.content.decode()) == ([], False)
    assert client.get(page).status_code == 403


def test_persons_page_is_opened_with_the_permission_to_change(organiser):
    registration = make_registration()

    response = organiser.get(reverse("admin:consultations_registration_page", args=[registration.pk]))

    assert response["Location"] == registration.get_absolute_url()


def test_group_is_shown_on_both_pages(organiser):
    contact, member = make_group(size=2)

    assert admin_page(member) in organiser.get(admin_page(contact)).content.decode()
    assert admin_page(contact) in organiser.get(admin_page(member)).content.decode()


# Registering somebody who telephones


@pytest.fixture
def city_session():
    consultation = make_consultation()
    make_consent_text(consultation, version="1")
    make_consent_text(consultation, version="2", text_ky="Экинчи <текст>")
    return make_city_session(consultation, hall_capacity=1)


def register(client, city_session, /, **fields):
    page = client.get(ADD, {"city_session": city_session.pk})
    person = {"full_name": "Асан Үсөнов", "phone": "0555 123 456", "consented": "on"}
    return client.post(ADD, typed(page) | person | fields)


def test_person_is_registered_by_telephone(organiser, city_session):
    response = register(organiser, city_session, **NEW_NEED)

    registration = Registration.objects.get()
    assert response["Location"] == admin_list(LIST)
    assert (registration.full_name, registration.phone.as_e164) == ("Асан Үсөнов", "+996555123456")
    assert (registration.mode, registration.status) == ("hall", "confirmed")
    assert (registration.source, registration.consent_channel) == ("telephone", "telephone")
    assert registration.consent_text.version == "2"
    assert [need.kind for need in registration.needs.all()] == ["step-free"]


def test_consent_in_force_is_there_to_be_read_out(organiser, city_session):
    page = organiser.get(ADD).content.decode()

    assert '<p lang="ky">Экинчи &lt;текст&gt;</p>' in page


def test_ticket_number_is_there_to_be_told(organiser, city_session):
    response = register(organiser, city_session)

    shown = [str(message) for message in organiser.get(response["Location"]).context["messages"]]
    assert Registration.objects.get().pass_number_spaced in shown[0]


def test_full_hall_is_an_error_of_the_form_until_somebody_decides(organiser, city_session):
    make_registration(city_session)

    response = register(organiser, city_session)

    assert list(errors(response)) == ["placing"]
    assert Registration.objects.count() == 1
    assert Message.objects.count() == 0
    register(organiser, city_session, placing="queue", email="a@example.org")
    assert now(Registration.objects.get(full_name="Асан Үсөнов")) == ("hall", "waiting")


def test_full_hall_leaves_the_way_online(organiser, city_session):
    make_registration(city_session)

    register(organiser, city_session, placing="online-meanwhile")

    registration = Registration.objects.get(full_name="Асан Үсөнов")
    assert (now(registration), registration.wants_the_hall) == (("online", "confirmed"), True)


def test_registering_without_consent_is_an_error(organiser, city_session):
    response = register(organiser, city_session, consented="")

    assert list(errors(response)) == ["consented"]


def test_registering_somebody_twice_is_an_error(organiser, city_session):
    register(organiser, city_session, mode="online")

    response = register(organiser, city_session, mode="online", full_name="ҮСӨНОВ АСАН")

    assert list(errors(response)) == ["full_name"]
    assert Registration.objects.count() == 1


def test_same_form_sent_twice_registers_once(organiser, city_session):
    first = register(organiser, city_session, form_key="abc", **NEW_NEED)
    second = register(organiser, city_session, form_key="abc", **NEW_NEED)

    assert (first.status_code, second.status_code) == (302, 302)
    assert (Registration.objects.count(), Need.objects.count()) == (1, 1)


def test_form_sent_for_one_person_does_not_swallow_another(organiser, city_session):
    register(organiser, city_session, form_key="abc", mode="online")

    response = register(organiser, city_session, form_key="abc", mode="online", full_name="Башка", phone="0700112233")

    assert errors(response).keys() == {"__all__"}


@pytest.mark.parametrize(
    "fields",
    [
        {"date": in_days(-1)},
        {"is_published": False},
        {"state": "cancelled"},
        {"registration_closes_at": timezone.now()},
    ],
)
def test_closed_session_takes_nobody(organiser, fields):
    city_session = make_city_session(**fields)
    make_consent_text(city_session.consultation)

    response = register(organiser, city_session, city_session=city_session.pk)

    assert response.status_code == 200
    assert errors(response) != {}
    assert Registration.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"city_session": "abc"},
        {"city_session": "9" * 30},
        {"city_session": ""},
        {"mode": "zz"},
        {"mode": ""},
        {"placing": "zz"},
        {"form_key": ""},
        {"form_key": "a" * 33},
        {"language": "en"},
        {"gender": "zz"},
        {"full_name": "\x00"},
        {"question": "x" * 2001},
        {"needs-TOTAL_FORMS": "1", "needs-0-kind": "zz"},
        {"needs-TOTAL_FORMS": "2", "needs-0-kind": "other", "needs-1-kind": "other"},
    ],
)
def test_nonsense_registers_nobody(organiser, city_session, fields):
    response = register(organiser, city_session, **fields)

    assert response.status_code == 200
    assert Registration.objects.count() == 0


def test_registering_needs_its_own_permission(client, city_session):
    client.force_login(make_staff("view_registration", "change_registration"))

    assert client.post(ADD, {}).status_code == 403


# Telling again


def tell_again(client, *registrations):
    chosen = {"action": "tell_again", "index": "0", "_selected_action": [row.pk for row in registrations]}
    response = client.post(admin_list("registration"), chosen, follow=True)
    return [message.level_tag for message in response.context["messages"]]


def test_letter_is_sent_again_once_an_hour_to_whoever_has_an_address(organiser):
    city_session = make_city_session(hall_capacity=0)
    confirmed = make_registration(city_session, email="a@example.org", mode="online")
    waiting = make_registration(city_session, email="b@example.org", status="waiting")
    without = make_registration(make_city_session())

    with time_machine.travel(timezone.now(), tick=False):
        assert tell_again(organiser, confirmed, waiting, without) == ["success", "error"]
        assert tell_again(organiser, confirmed, waiting, without) == ["warning", "error"]

    letters = Message.objects.order_by("registration_id")
    assert [(one.registration, one.kind, one.channel, one.status) for one in letters] == [
        (confirmed, "confirmed", "email", "queued"),
        (waiting, "queued", "email", "queued"),
    ]


def test_member_of_a_group_is_told_again_through_the_contact(organiser):
    _contact, member = make_group(email="contact@example.org", size=2)

    assert tell_again(organiser, member) == ["success"]


def test_many_are_told_again_as_they_are_now(organiser):
    """Whoever was cancelled hears that, not that they are confirmed."""
    cancelled = make_registration(email="a@example.org", status="cancelled")

    tell_again(organiser, cancelled)

    assert [one.kind for one in Message.objects.all()] == ["left"]
