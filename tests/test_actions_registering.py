"""Registering: a place or a turn in the queue, all or nothing, once however often it is sent; rules of design §5."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.models import CitySession, Message, Need, Registration
from tests.factories import (
    in_days,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_details,
    make_group,
    make_registration,
    sign_up,
)
from tests.outcomes import (
    IN_THE_HALL,
    ONLINE,
    ONLINE_AND_WAITING,
    WAITING,
    WAITING_FOR_ONLINE,
    letters,
    places,
    refusal,
)

pytestmark = pytest.mark.django_db

FAMILY_PHONE = "+996555000111"


# One person


def test_one_person_is_confirmed_with_everything_they_wrote():
    city_session = make_city_session(hall_capacity=1)
    consent = make_consent_text(city_session.consultation)
    written = {
        "full_name": "Турдубеков Нурсултан",
        "phone": "+996555000111",
        "email": "nursultan@example.org",
        "organisation": "Айыл өкмөтү",
        "organisation_type": "local",
        "position": "адис",
        "home_place": "Нарын",
        "gender": "male",
        "age_group": "35-44",
        "question": "Кайберен жөнүндө",
        "listed_publicly": True,
        "photo_consent": True,
    }
    needs = [{"kind": "step-free", "text": ""}, {"kind": "other", "text": "суу"}]
    outcome = sign_up(city_session, written | {"needs": needs}, language="ru", consent_text=consent)

    assert outcome.repeated is False
    registration = Registration.objects.get()
    assert outcome.registrations == [registration]
    assert outcome.contact == registration
    assert {name: getattr(registration, name) for name in written} == written
    assert places([registration]) == [IN_THE_HALL]
    assert (registration.language, registration.source) == ("ru", "web")
    assert (registration.consent_text, registration.consent_channel) == (consent, "web")
    assert registration.consented_at - registration.created_at < datetime.timedelta(seconds=1)
    assert list(registration.needs.values_list("kind", "text", "state")) == [
        ("step-free", "", "asked"),
        ("other", "суу", "asked"),
    ]


def test_phone_or_email_alone_suffices_and_neither_is_refused():
    city_session = make_city_session()
    sign_up(city_session, make_details(phone=FAMILY_PHONE))
    sign_up(city_session, make_details(phone="", email="a@example.org"))
    assert refusal(sign_up, city_session, make_details(phone="")).code == "no-contact"
    assert city_session.registrations.count() == 2


def test_last_seat_is_given_and_the_next_waits_in_order():
    city_session = make_city_session(hall_capacity=3, hall_reserved=1)
    registrations = [sign_up(city_session).contact for _ in range(4)]
    assert places(registrations) == [IN_THE_HALL, IN_THE_HALL, WAITING, WAITING]
    assert [registration.queue_place() for registration in registrations] == [None, None, 1, 2]


def test_without_a_limit_nobody_waits():
    city_session = make_city_session(hall_capacity=None)
    assert places(sign_up(city_session).contact for _ in range(3)) == [IN_THE_HALL] * 3


def test_reserved_places_beyond_the_capacity_leave_none():
    city_session = make_city_session(hall_capacity=1, hall_reserved=5)
    assert places([sign_up(city_session).contact]) == [WAITING]


def test_nobody_overtakes_the_queue():
    """A seat that is free while people wait (no promotion any more) is theirs, not the next visitor's."""
    city_session = make_city_session(hall_capacity=1, promotion_stops_at=timezone.now())
    make_registration(city_session, status="waiting")
    newcomer = sign_up(city_session).contact
    assert places([newcomer]) == [WAITING]
    assert newcomer.queue_place() == 2


def test_walk_ins_and_paper_take_no_seat_of_those_who_registered():
    city_session = make_city_session(hall_capacity=1)
    for source in ["desk", "paper"]:
        make_registration(city_session, source=source)
    assert places([sign_up(city_session).contact]) == [IN_THE_HALL]


def test_hall_and_online_have_separate_limits_and_queues():
    city_session = make_city_session(hall_capacity=1, online_capacity=1)
    hall = [sign_up(city_session).contact for _ in range(2)]
    online = [sign_up(city_session, mode="online").contact for _ in range(2)]
    assert places(hall) == [IN_THE_HALL, WAITING]
    assert places(online) == [ONLINE, WAITING_FOR_ONLINE]
    assert [registration.queue_place() for registration in hall + online] == [None, 1, None, 1]


def test_full_hall_and_online_meanwhile_is_confirmed_online_and_queued():
    city_session = make_city_session(hall_capacity=0, online_capacity=1)
    registration = sign_up(city_session, placing="online-meanwhile").contact
    assert places([registration]) == [ONLINE_AND_WAITING]
    assert registration.queue_place() == 1


def test_online_meanwhile_takes_a_seat_where_there_is_one():
    city_session = make_city_session(hall_capacity=1)
    assert places([sign_up(city_session, placing="online-meanwhile").contact]) == [IN_THE_HALL]


def test_online_meanwhile_without_an_online_place_is_refused():
    city_session = make_city_session(hall_capacity=0, online_capacity=0)
    refused = refusal(sign_up, city_session, placing="online-meanwhile")
    assert (refused.code, refused.free) == ("online-full", 0)
    assert city_session.registrations.count() == 0


# Closing, and everything re-read under the lock


def at_the_session(city_session, **after_start):
    return time_machine.travel(city_session.starts_at + datetime.timedelta(**after_start), tick=False)


def test_hall_closes_when_the_session_begins_and_online_when_it_ends():
    city_session = make_city_session()
    with at_the_session(city_session, seconds=-1):
        sign_up(city_session)
    with at_the_session(city_session):
        assert refusal(sign_up, city_session).code == "hall-closed"
        sign_up(city_session, mode="online")
    with time_machine.travel(city_session.ends_at - datetime.timedelta(seconds=1), tick=False):
        sign_up(city_session, mode="online")
    with time_machine.travel(city_session.ends_at, tick=False):
        for mode in ["hall", "online"]:
            assert refusal(sign_up, city_session, mode=mode).code == "over"


def test_hall_closes_earlier_where_so_set_and_online_stays():
    city_session = make_city_session(registration_closes_at=timezone.now() - datetime.timedelta(minutes=1))
    assert refusal(sign_up, city_session).code == "hall-closed"
    assert places([sign_up(city_session, mode="online").contact]) == [ONLINE]


def test_hall_never_closes_later_than_the_beginning():
    city_session = make_city_session(
        registration_closes_at=timezone.now() + datetime.timedelta(days=90), end_time=datetime.time(18)
    )
    with at_the_session(city_session):
        assert refusal(sign_up, city_session).code == "hall-closed"


def test_session_with_a_date_and_no_time_is_open_to_the_end_of_that_day():
    city_session = make_city_session(date=in_days(1), start_time=None, end_time=None)
    midnight = timezone.make_aware(datetime.datetime.combine(in_days(2), datetime.time.min))
    with time_machine.travel(midnight - datetime.timedelta(seconds=2), tick=False):
        sign_up(city_session)
    with time_machine.travel(midnight, tick=False):
        assert refusal(sign_up, city_session).code == "over"


@pytest.mark.parametrize("mode", ["hall", "online"])
def test_session_without_a_date_may_be_registered_for(mode):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    assert sign_up(city_session, mode=mode).contact.is_confirmed


@pytest.mark.parametrize("mode", ["hall", "online"])
@pytest.mark.parametrize(
    "change",
    [
        {"state": "postponed"},
        {"state": "cancelled"},
        {"is_published": False},
        {"registration_opens_at": timezone.now() + datetime.timedelta(days=1)},
    ],
    ids=["postponed", "cancelled", "unpublished", "not-yet-open"],
)
def test_what_the_page_showed_is_re_read_under_the_lock(change, mode):
    city_session = make_city_session()
    CitySession.objects.filter(pk=city_session.pk).update(**change)
    assert refusal(sign_up, city_session, mode=mode).code == "closed"
    assert Registration.objects.count() == 0


def test_capacity_is_re_read_under_the_lock():
    city_session = make_city_session(hall_capacity=5)
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=0)
    assert places([sign_up(city_session).contact]) == [WAITING]


def test_nobody_registers_for_a_consultation_that_was_taken_back():
    city_session = make_city_session(make_consultation(is_published=False))
    assert refusal(sign_up, city_session).code == "closed"


@pytest.mark.parametrize("source", ["desk", "paper"])
def test_who_was_there_is_recorded_however_full_and_closed_it_is(source):
    city_session = make_city_session(hall_capacity=0)
    with at_the_session(city_session, days=2):
        registrations = sign_up(city_session, make_details(), make_details(), source=source).registrations
    assert places(registrations) == [IN_THE_HALL] * 2
    assert {registration.source for registration in registrations} == {source}


# Twice


def test_same_form_again_gives_the_first_answer_and_writes_nothing():
    city_session = make_city_session()
    first = sign_up(city_session, make_details(email="a@example.org"), submission_key="k")
    again = sign_up(city_session, make_details(email="b@example.org"), submission_key="k")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.registrations == first.registrations
    assert letters() == [("a@example.org", "confirmed")]


def test_same_form_of_a_group_again_gives_everybody_in_order():
    city_session = make_city_session()
    people = [make_details(full_name=name) for name in ["Я", "А", "М"]]
    first = sign_up(city_session, *people, submission_key="k")
    again = sign_up(city_session, *people, submission_key="k")
    assert [row.full_name for row in again.registrations] == ["Я", "А", "М"]
    assert (again.contact, again.repeated) == (first.contact, True)


def test_same_form_again_is_answered_also_when_registration_has_closed_meanwhile():
    city_session = make_city_session()
    first = sign_up(city_session, submission_key="k")
    CitySession.objects.filter(pk=city_session.pk).update(state="cancelled")
    assert sign_up(city_session, submission_key="k").contact == first.contact


def test_same_form_for_another_city_is_another_registration():
    consultation = make_consultation()
    for _ in range(2):
        sign_up(make_city_session(consultation), submission_key="k")
    assert Registration.objects.count() == 2


def test_empty_key_is_nobodys():
    city_session = make_city_session()
    for _ in range(2):
        sign_up(city_session, submission_key="")
    assert city_session.registrations.count() == 2


def test_form_whose_contact_gave_the_ticket_to_somebody_else_leads_nobody_to_it():
    """The links of the new person are theirs alone; the first one's browser must not be led to anybody's page."""
    city_session = make_city_session()
    people = [make_details(), make_details(phone="")]
    contact = sign_up(city_session, *people, submission_key="k").contact
    actions.replace_person(
        registration=contact,
        full_name="Жаңы Киши",
        phone="+996555999999",
        language="ky",
        consent_text=contact.consent_text,
    )
    assert refusal(sign_up, city_session, *people, submission_key="k").code == "known"
    assert city_session.registrations.count() == 2


@pytest.mark.parametrize(
    "again",
    [
        {"full_name": "Турдубеков Нурсултан", "phone": FAMILY_PHONE},
        {"full_name": "НУРСУЛТАН турдубеков", "phone": FAMILY_PHONE},
        {"full_name": "Турдубеков Нурсултан", "phone": "", "email": "A@Example.ORG"},
        {"full_name": "Турдубеков Нурсултан", "phone": "+996555000222", "email": "a@example.org"},
    ],
)
def test_same_person_is_known_and_nothing_new_is_stored(again):
    city_session = make_city_session()
    first = {"full_name": "Турдубеков Нурсултан", "phone": FAMILY_PHONE, "email": "a@example.org"}
    sign_up(city_session, first)
    for mode in ["hall", "online"]:
        assert refusal(sign_up, city_session, make_details(**again), mode=mode).code == "known"
    assert city_session.registrations.count() == 1
    assert letters() == [("a@example.org", "confirmed"), ("a@example.org", "link")]


@pytest.mark.parametrize(
    "other",
    [
        {"full_name": "Турдубеков Нурсултан", "phone": "+996555000222"},
        {"full_name": "Турдубеков Нурсултан", "phone": "", "email": "b@example.org"},
        {"full_name": "Турдубекова Нурай", "phone": FAMILY_PHONE},
        {"full_name": "Турдубекова Нурай", "phone": "", "email": "a@example.org"},
    ],
)
def test_somebody_else_is_not_known(other):
    city_session = make_city_session()
    sign_up(city_session, {"full_name": "Турдубеков Нурсултан", "phone": FAMILY_PHONE, "email": "a@example.org"})
    sign_up(city_session, other)
    assert city_session.registrations.count() == 2


def test_link_goes_to_the_stored_address_never_to_the_one_typed():
    city_session = make_city_session()
    sign_up(city_session, make_details(full_name="Асан", phone=FAMILY_PHONE))
    stranger = make_details(full_name="Асан", phone=FAMILY_PHONE, email="stranger@example.org")
    assert refusal(sign_up, city_session, stranger).code == "known"
    assert letters() == []
    assert Message.objects.count() == 0


def test_link_of_somebody_known_is_sent_once_a_day():
    city_session = make_city_session()
    details = make_details(email="a@example.org")
    sign_up(city_session, details)
    now = timezone.now()
    for days in [0, 0, 1]:
        with time_machine.travel(now + datetime.timedelta(days=days), tick=False):
            assert refusal(sign_up, city_session, details).code == "known"
    assert letters() == [("a@example.org", "confirmed")] + [("a@example.org", "link")] * 2


def test_same_person_may_register_in_two_cities():
    consultation = make_consultation()
    details = make_details()
    for _ in range(2):
        sign_up(make_city_session(consultation), details)
    assert Registration.objects.count() == 2


def test_cancelled_person_may_register_again():
    city_session = make_city_session()
    details = make_details(email="a@example.org")
    first = sign_up(city_session, details).contact
    actions.cancel(registration=first)
    again = sign_up(city_session, details)
    assert again.repeated is False
    assert again.contact != first
    assert again.contact.is_confirmed


def test_six_of_one_family_register_one_by_one_with_one_phone():
    city_session = make_city_session()
    for name in ["Асан", "Үсөн", "Айгүл", "Асел", "Бакыт", "Гүлнара"]:
        sign_up(city_session, make_details(full_name=f"Асанов {name}", phone=FAMILY_PHONE))
    assert city_session.registrations.count() == 6


def test_six_of_one_family_register_in_one_form_with_one_phone():
    city_session = make_city_session()
    names = ["Асан", "Үсөн", "Айгүл", "Асел", "Бакыт", "Гүлнара"]
    people = [make_details(full_name=f"Асанов {name}", phone=FAMILY_PHONE) for name in names]
    sign_up(city_session, *people)
    assert city_session.registrations.count() == 6


def test_ticket_number_that_is_taken_is_drawn_again(monkeypatch):
    city_session = make_city_session()
    taken = sign_up(city_session).contact
    field = Registration._meta.get_field("pass_number")
    numbers = iter([taken.pass_number, taken.pass_number, "27410936"])
    monkeypatch.setattr(field, "_get_default", lambda: next(numbers))
    assert sign_up(city_session, make_details(email="a@example.org")).contact.pass_number == "27410936"
    assert letters() == [("a@example.org", "confirmed")]


# Groups


def test_group_has_a_contact_and_each_their_own_ticket():
    city_session = make_city_session()
    people = [
        make_details(email="contact@example.org"),
        make_details(phone="", needs=[{"kind": "sign-language", "text": ""}]),
        make_details(phone=""),
    ]
    contact, *members = sign_up(city_session, *people).registrations
    assert contact.group is None
    assert [member.group for member in members] == [contact, contact]
    assert [row.source for row in [contact, *members]] == ["web", "group", "group"]
    assert [member.contact for member in members] == [contact, contact]
    for secret in ["code", "join_code", "pass_number"]:
        assert len({getattr(row, secret) for row in [contact, *members]}) == 3
    assert Need.objects.get().registration == members[0]
    assert [row.submission_index for row in [contact, *members]] == [0, 1, 2]


@pytest.mark.parametrize("source", ["telephone", "import"])
def test_group_keeps_the_source_of_whoever_wrote_it_down(source):
    outcome = sign_up(make_city_session(), make_details(), make_details(phone=""), source=source)
    assert {registration.source for registration in outcome.registrations} == {source}


def test_group_that_does_not_fit_takes_nothing_and_learns_the_number():
    city_session = make_city_session(hall_capacity=4)
    refused = refusal(sign_up, city_session, *(make_details() for _ in range(5)))
    assert (refused.code, refused.free) == ("too-few", 4)
    assert Registration.objects.count() == Message.objects.count() == ProcrastinateJob.objects.count() == 0


def test_group_that_just_fits_is_confirmed():
    city_session = make_city_session(hall_capacity=5)
    outcome = sign_up(city_session, *(make_details() for _ in range(5)))
    assert places(outcome.registrations) == [IN_THE_HALL] * 5


def test_group_asks_also_when_nothing_is_free():
    city_session = make_city_session(hall_capacity=0)
    refused = refusal(sign_up, city_session, make_details(), make_details())
    assert (refused.code, refused.free) == ("too-few", 0)


def test_group_asks_where_a_queue_stands_before_a_free_seat():
    city_session = make_city_session(hall_capacity=3, promotion_stops_at=timezone.now())
    make_registration(city_session, status="waiting")
    refused = refusal(sign_up, city_session, make_details(), make_details())
    assert (refused.code, refused.free) == ("too-few", 0)


@pytest.mark.parametrize(
    ("placing", "rest"), [("queue", WAITING), ("online", ONLINE), ("online-meanwhile", ONLINE_AND_WAITING)]
)
def test_group_is_placed_as_chosen_the_first_in_the_hall(placing, rest):
    city_session = make_city_session(hall_capacity=4)
    outcome = sign_up(city_session, *(make_details() for _ in range(6)), placing=placing)
    assert places(outcome.registrations) == [IN_THE_HALL] * 4 + [rest] * 2
    if rest is not ONLINE:
        assert [row.queue_place() for row in outcome.registrations[4:]] == [1, 2]


def test_group_placed_in_the_queue_takes_the_seats_that_are_free_by_then():
    city_session = make_city_session(hall_capacity=2)
    sign_up(city_session)
    outcome = sign_up(city_session, make_details(), make_details(), placing="queue")
    assert places(outcome.registrations) == [IN_THE_HALL, WAITING]


def test_group_with_too_few_online_places_for_its_rest_is_refused_whole():
    city_session = make_city_session(hall_capacity=1, online_capacity=1)
    people = [make_details() for _ in range(3)]
    refused = refusal(sign_up, city_session, *people, placing="online")
    assert (refused.code, refused.free) == ("online-full", 1)
    assert Registration.objects.count() == 0
    assert places(sign_up(city_session, *people[:2], placing="online").registrations) == [IN_THE_HALL, ONLINE]


@pytest.mark.parametrize("placing", ["queue", "online"])
def test_group_online_has_the_online_limit(placing):
    city_session = make_city_session(hall_capacity=0, online_capacity=2)
    people = [make_details() for _ in range(3)]
    refused = refusal(sign_up, city_session, *people, mode="online")
    assert (refused.code, refused.free) == ("too-few", 2)
    outcome = sign_up(city_session, *people, mode="online", placing=placing)
    assert [row.status for row in outcome.registrations] == ["confirmed", "confirmed", "waiting"]


def test_placing_is_not_used_where_everybody_fits():
    city_session = make_city_session(hall_capacity=3)
    outcome = sign_up(city_session, *(make_details() for _ in range(3)), placing="online")
    assert places(outcome.registrations) == [IN_THE_HALL] * 3


@pytest.mark.parametrize(
    "names", [("Асан", "Бакыт", "АСАН"), ("Асан", "Бакыт", "Бакыт"), ("Асан Үсөн", "усон асан", "Бакыт")]
)
@pytest.mark.parametrize("phone", ["", FAMILY_PHONE])
def test_two_of_one_name_in_a_group_are_refused_with_that_word(names, phone):
    """Also where they share the contact's phone: they are not "registered already", they are two or a slip."""
    city_session = make_city_session()
    contact, *others = [make_details(full_name=name, phone=phone) for name in names]
    refused = refusal(sign_up, city_session, contact | {"phone": FAMILY_PHONE}, *others)
    assert refused.code == "same-name"
    assert Registration.objects.count() == Message.objects.count() == 0


def test_group_with_somebody_known_in_it_is_refused_whole():
    city_session = make_city_session()
    known = make_details(email="known@example.org")
    sign_up(city_session, known)
    assert refusal(sign_up, city_session, make_details(), known).code == "known"
    assert city_session.registrations.count() == 1
    assert letters() == [("known@example.org", "confirmed"), ("known@example.org", "link")]


def test_group_gets_one_letter_and_everybody_with_an_own_email_their_own():
    people = [
        make_details(email="contact@example.org"),
        make_details(phone=""),
        make_details(phone="", email="own@example.org"),
        make_details(),
    ]
    sign_up(make_city_session(), *people)
    assert letters() == [("contact@example.org", "confirmed"), ("own@example.org", "confirmed")]


def test_group_without_any_email_gets_no_letter_and_no_call():
    sign_up(make_city_session(), make_details(), make_details(phone=""))
    assert Message.objects.count() == 0


def test_letter_says_whether_there_is_a_place():
    city_session = make_city_session(hall_capacity=1)
    people = [make_details(email=f"{name}@example.org") for name in "ab"]
    sign_up(city_session, *people, placing="queue")
    assert letters() == [("a@example.org", "confirmed"), ("b@example.org", "queued")]


def test_letter_is_in_the_language_chosen():
    sign_up(make_city_session(), make_details(email="a@example.org"), language="ru")
    assert Message.objects.get().language == "ru"


# One more person


def add(contact, *people, **options):
    defaults = {"mode": "hall", "submission_key": f"more-{contact.pk}", "consent_text": contact.consent_text}
    return actions.add_to_group(contact=contact, people=list(people), **defaults | options)


def test_one_more_person_joins_the_group_by_the_same_rules():
    city_session = make_city_session(hall_capacity=2)
    contact = sign_up(city_session, make_details(email="contact@example.org"), language="ru").contact
    own = make_details(phone="", email="own@example.org", needs=[{"kind": "other", "text": "суу"}])
    outcome = add(contact, own)
    assert outcome.contact == contact
    [member] = outcome.registrations[1:]
    assert (member.group, member.source, member.language) == (contact, "group", "ru")
    assert places([member]) == [IN_THE_HALL]
    assert member.needs.get().text == "суу"
    assert letters() == [("contact@example.org", "confirmed"), ("own@example.org", "confirmed")]
    assert refusal(add, contact, make_details(), make_details(), submission_key="k").code == "too-few"


def test_one_more_person_is_added_once_however_often_it_is_sent():
    contact = sign_up().contact
    person = make_details(phone="")
    first, again = add(contact, person), add(contact, person)
    assert again.repeated is True
    assert again.registrations == first.registrations
    assert contact.members.count() == 1


@pytest.mark.parametrize("name", ["Асан Үсөн", "усон асан"])
def test_one_more_person_of_a_name_that_is_in_the_group_is_refused(name):
    contact = sign_up(None, make_details(full_name="Асан Үсөн")).contact
    assert refusal(add, contact, make_details(full_name=name, phone="")).code == "same-name"
    add(contact, make_details(full_name="Бакыт", phone=""))
    assert refusal(add, contact, make_details(full_name="бакыт", phone=""), submission_key="k").code == "same-name"


def test_one_more_person_may_have_the_name_of_somebody_who_cancelled():
    contact = sign_up(None, make_details(full_name="Асан Үсөн")).contact
    [member] = add(contact, make_details(full_name="Бакыт", phone="")).registrations[1:]
    actions.cancel(registration=member)
    assert len(add(contact, make_details(full_name="Бакыт", phone=""), submission_key="again").registrations) == 2


def test_whoever_has_cancelled_adds_nobody_until_they_are_back():
    contact, member = make_group(size=2)
    actions.cancel(registration=contact)
    for asking in (contact, member):
        assert refusal(add, asking, make_details(phone="")).code == "contact-cancelled"
    actions.come_back(registration=contact)
    assert len(add(contact, make_details(phone="")).registrations) == 2


def test_two_more_people_of_one_name_are_refused():
    contact = sign_up().contact
    assert refusal(add, contact, *[make_details(full_name="Асан", phone=FAMILY_PHONE)] * 2).code == "same-name"


def test_one_more_person_is_refused_when_hall_registration_has_closed():
    city_session = make_city_session()
    contact = sign_up(city_session).contact
    with at_the_session(city_session):
        assert refusal(add, contact, make_details()).code == "hall-closed"
        assert add(contact, make_details(phone=""), mode="online").registrations[1].is_confirmed


def test_one_more_person_goes_where_the_contact_is_now():
    here = make_city_session()
    there = make_city_session(here.consultation)
    stale = sign_up(here).contact
    actions.move(registration=Registration.objects.get(pk=stale.pk), city_session=there)
    [member] = add(stale, make_details(phone="")).registrations[1:]
    assert member.city_session == there


def test_one_more_person_of_somebody_without_own_contact_belongs_to_the_groups_contact():
    contact, member = make_group(size=2)
    [added] = add(member, make_details(phone="")).registrations[1:]
    assert added.group == contact
    assert added.contact == contact


# What it costs


def statements(act):
    """The SQL that `act` runs, without the words of transactions."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return [query["sql"] for query in queries if not is_transaction_control(query["sql"])]


def is_transaction_control(sql):
    return sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT"))


def test_registering_takes_few_statements():
    """At most 12 in the whole request; the view adds the rate limit and the session it shows."""
    city_session = make_city_session()
    sign_up(city_session)  # the first of all remembers what people heard
    consent = city_session.consultation.current_consent
    assert (
        len(statements(lambda: sign_up(city_session, make_details(email="a@example.org"), consent_text=consent))) <= 8
    )


def test_registering_twenty_takes_no_more_statements_than_registering_two():
    city_session = make_city_session(hall_capacity=30)
    sign_up(city_session)
    consent = city_session.consultation.current_consent

    def cost(size):
        people = [make_details(email=f"{size}-{n}@example.org", needs=[{"kind": "other"}]) for n in range(size)]
        return len(statements(lambda: sign_up(city_session, *people, consent_text=consent)))

    assert cost(2) == cost(20)
