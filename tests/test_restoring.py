"""After a restore: messages are held until somebody decides, and erasures are done again."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from consultations import actions
from consultations.models import Message, Registration
from tests.factories import (
    make_call,
    make_city_session,
    make_data_request,
    make_message,
    make_registration,
    sign_up,
)
from tests.staff import admin_list, make_organiser, make_staff

pytestmark = pytest.mark.django_db

EVENING_BEFORE = datetime.timedelta(hours=19)


def statuses():
    return dict(Message.objects.values_list("pk", "status"))


def test_what_waits_is_held_and_no_job_sends_it(run_jobs, mailoutbox):
    letter, call = make_message(make_registration(email="a@example.org")), make_call()
    sent = make_message(status="sent", done_at=timezone.now())
    actions.telling.send_later(letter)
    assert actions.hold_messages() == 2
    assert statuses() == {letter.pk: "held", call.pk: "held", sent.pk: "sent"}
    assert actions.requeue_forgotten_letters(older_than=datetime.timedelta(0)) == 0
    assert (run_jobs(), mailoutbox) == ([], [])
    assert list(Message.objects.to_call()) == []
    assert set(Message.objects.not_told()) == {letter, call}


def test_released_letters_leave_and_calls_are_listed_again(run_jobs, mailoutbox):
    letter, call = make_message(make_registration(email="a@example.org")), make_call()
    actions.hold_messages()
    assert actions.release_messages(messages=Message.objects.all()) == 2
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["a@example.org"]]
    assert list(Message.objects.to_call()) == [call]
    letter.refresh_from_db()
    assert letter.status == "sent"


def test_dropped_messages_are_taken_back_and_others_are_not_touched(run_jobs, mailoutbox):
    held, waiting = make_message(status="held"), make_call()
    assert actions.drop_messages(messages=Message.objects.all()) == 1
    assert statuses() == {held.pk: "withdrawn", waiting.pk: "queued"}
    assert actions.release_messages(messages=Message.objects.all()) == 0


def test_dropped_letter_to_whoever_had_the_place_before_is_forgotten():
    make_message(status="held", kind="given-away", address="first@example.org")
    assert actions.drop_messages(messages=Message.objects.all()) == 1
    assert not Message.objects.exists()


def test_of_whoever_was_erased_since_the_backup_no_address_is_held():
    registration = make_registration()
    make_message(registration, kind="given-away", address="first@example.org")
    entry = {"table": "registration", "id": registration.pk, "made": registration.created_at.isoformat(), "erased": ""}
    actions.settle_restored_database(entries=[entry])
    assert not Message.objects.exclude(address="").exists()


def test_organiser_is_told_and_decides_in_the_admin(client):
    user = make_organiser()
    client.force_login(user)
    first, second = make_message(status="held"), make_call(status="held")
    where = f"{admin_list('message')}?status__exact=held"
    assert where in client.get(reverse("admin:index")).content.decode()
    for action, message in [("release", first), ("drop", second)]:
        client.post(where, {"action": action, "index": "0", "_selected_action": [message.pk]})
    assert statuses() == {first.pk: "queued", second.pk: "withdrawn"}
    assert where not in client.get(reverse("admin:index")).content.decode()


def test_who_only_looks_can_release_nothing(client):
    client.force_login(make_staff("view_message"))
    message = make_message(status="held")
    client.post(admin_list("message"), {"action": "release", "index": "0", "_selected_action": [message.pk]})
    assert statuses() == {message.pk: "held"}


def test_who_was_erased_after_the_backup_is_erased_again():
    city_session = make_city_session(hall_capacity=1)
    gone, stays = make_registration(city_session, full_name="Кеткен Адам"), make_registration()
    request, other = make_data_request(full_name="Сураган Адам"), make_data_request()
    entries = [
        {"table": "registration", "id": gone.pk, "made": gone.created_at.isoformat(), "erased": "2026-01-01"},
        {"table": "datarequest", "id": request.pk, "made": request.created_at.isoformat(), "erased": "2026-01-01"},
    ]
    assert actions.erase_again(entries=entries) == 2
    assert actions.erase_again(entries=entries) == 0
    gone.refresh_from_db()
    request.refresh_from_db()
    assert (gone.full_name, gone.status, request.full_name) == ("", Registration.Status.CANCELLED, "")
    assert list(Registration.objects.identified()) == [stays]
    other.refresh_from_db()
    assert other.full_name != ""


def test_somebody_who_got_the_same_number_later_is_not_erased():
    newcomer = make_registration()
    earlier = newcomer.created_at - datetime.timedelta(hours=3)
    entry = {"table": "registration", "id": newcomer.pk, "made": earlier.isoformat(), "erased": "2026-01-01"}
    assert actions.erase_again(entries=[entry, entry | {"id": newcomer.pk + 1}]) == 0
    assert Registration.objects.identified().get() == newcomer


def test_the_list_names_what_was_erased_since():
    before = timezone.now()
    gone, request = make_registration(), make_data_request()
    make_registration()
    actions.anonymise(registration=gone)
    actions.erasing.empty_requests(type(request).objects.filter(pk=request.pk))
    assert [(entry["table"], entry["id"]) for entry in actions.erased_since(before)] == [
        ("registration", gone.pk),
        ("datarequest", request.pk),
    ]
    assert actions.erased_since(timezone.now()) == []


def test_seat_of_the_erased_goes_on_and_the_good_news_is_held(client, mailoutbox, run_jobs):
    city_session = make_city_session(hall_capacity=1)
    gone = make_registration(city_session)
    waiting = make_registration(city_session, status="waiting", email="next@example.org")
    client.force_login(make_organiser())
    entry = {"table": "registration", "id": gone.pk, "made": gone.created_at.isoformat(), "erased": "2026-01-01"}
    assert actions.settle_restored_database(entries=[entry]) == (1, 1)
    waiting.refresh_from_db()
    assert waiting.status == Registration.Status.CONFIRMED
    assert list(waiting.messages.values_list("kind", "status")) == [("promoted", "held")]
    assert (run_jobs(), mailoutbox, Session.objects.count()) == ([], [], 0)


def test_reminder_that_may_have_left_before_is_held_and_not_sent_again(time_machine_at, run_jobs, mailoutbox):
    city_session = make_city_session()
    make_registration(city_session, email="a@example.org")
    midnight = timezone.make_aware(datetime.datetime.combine(city_session.date, datetime.time()))
    time_machine_at(midnight - datetime.timedelta(days=1) + EVENING_BEFORE)
    assert actions.settle_restored_database(entries=[]) == (0, 1)
    assert actions.remind() == 0
    assert (run_jobs(), mailoutbox) == ([], [])


def test_who_registers_after_the_restore_gets_a_letter_at_once(run_jobs, mailoutbox):
    actions.settle_restored_database(entries=[])
    sign_up(make_city_session(), {"full_name": "Жаңы Келген", "email": "new@example.org"})
    run_jobs()
    assert [mail.to for mail in mailoutbox] == [["new@example.org"]]


def test_erasing_takes_back_what_is_held():
    message = make_message(status="held")
    actions.anonymise(registration=message.registration)
    assert statuses() == {message.pk: "withdrawn"}


@pytest.fixture
def time_machine_at():
    import time_machine

    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller.move_to
