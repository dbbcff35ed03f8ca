"""Reminders: due once each, following a moved beginning, to those who still mean to come and want letters (P 25)."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import actions, emails
from consultations.models import CitySession, Message
from tests.factories import in_days, make_city_session, make_consultation, make_group, make_registration
from tests.markup import parse

pytestmark = pytest.mark.django_db

DAY = datetime.date(2031, 6, 9)
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
LONG_BEFORE = datetime.datetime(2031, 5, 1, tzinfo=datetime.UTC)


def at(day, hour, minute=0):
    """A moment in June 2031, in Bishkek."""
    return timezone.make_aware(datetime.datetime(2031, 6, day, hour, minute))


def make_session_in_june(**fields):
    return make_city_session(**{"date": DAY, "start_time": datetime.time(13, 30)} | fields)


def make_person(city_session, **fields):
    number = Message.objects.count() + city_session.registrations.count()
    return make_registration(city_session, **{"email": f"{number}@example.org", "created_at": LONG_BEFORE} | fields)


def remind_at(moment):
    """How many reminders are queued then."""
    with time_machine.travel(moment, tick=False):
        return actions.remind()


def kinds():
    return sorted(Message.objects.values_list("registration__mode", "kind"))


# When


@pytest.mark.parametrize(
    ("mode", "due", "kind"),
    [
        ("hall", at(6, 13, 30), "reminder-three-days"),
        ("hall", at(8, 18), "reminder-evening"),
        ("online", at(8, 18), "reminder-evening"),
        ("online", at(9, 12, 30), "reminder-hour"),
    ],
)
def test_reminder_is_due_from_its_time_on_and_not_before(mode, due, kind):
    make_person(make_session_in_june(), mode=mode)
    assert remind_at(due - MINUTE) == 0
    assert remind_at(due) == 1
    assert kinds() == [(mode, kind)]


@pytest.mark.parametrize(("late", "count"), [(datetime.timedelta(hours=5, minutes=59), 1), (6 * HOUR, 0)])
def test_reminder_that_is_hours_late_is_not_sent_any_more(late, count):
    make_person(make_session_in_june())
    assert remind_at(at(8, 18) + late) == count


def test_reminder_is_never_sent_after_the_beginning():
    make_person(make_session_in_june(), mode="online")
    assert remind_at(at(9, 13, 29)) == 1
    Message.objects.all().delete()
    assert remind_at(at(9, 13, 30)) == 0


def test_everybody_gets_each_reminder_once_however_often_it_runs():
    city_session = make_session_in_june()
    for mode in ["hall", "hall", "online"]:
        make_person(city_session, mode=mode)
    counted = [
        remind_at(moment)
        for due in (at(6, 13, 30), at(8, 18), at(9, 12, 30))
        for moment in (due, due, due + 5 * MINUTE, due + HOUR / 2)
    ]
    assert counted == [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0]


def test_one_address_gets_one_reminder_that_lists_everybody_there(run_jobs, mailoutbox):
    city_session = make_session_in_june()
    addresses = ["office@example.org", "Office@example.org", "own@example.org"]
    first, second, _own = (make_person(city_session, email=address) for address in addresses)
    online = make_person(city_session, mode="online", email="office@example.org")
    assert [remind_at(at(6, 13, 30)), remind_at(at(6, 13, 35))] == [2, 0]
    run_jobs()
    letter = next(letter for letter in mailoutbox if letter.to == ["office@example.org"])
    numbers = [row.pass_number_spaced for row in (first, second, online)]
    assert [number in letter.body for number in numbers] == [True, True, False]


def test_reminder_lists_nobody_who_left_or_wants_none(run_jobs, mailoutbox):
    city_session = make_session_in_june()
    _first, left, silent = (make_person(city_session, email="office@example.org") for _ in range(3))
    actions.cancel(registration=left)
    actions.unsubscribe(registration=silent)
    Message.objects.all().delete()
    assert remind_at(at(6, 13, 30)) == 1
    run_jobs()
    [letter] = mailoutbox
    assert [row.pass_number_spaced in letter.body for row in (left, silent)] == [False, False]


def test_clock_that_jumps_repeats_nothing():
    make_person(make_session_in_june())
    jumps = [at(8, 18, 5), at(8, 17, 55), at(8, 18, 5), at(6, 13, 31), at(8, 18, 10), at(6, 13, 31)]
    assert [remind_at(moment) for moment in jumps] == [1, 0, 0, 1, 0, 0]


def test_moved_session_reminds_again_at_its_new_time():
    city_session = make_session_in_june()
    make_person(city_session)
    assert remind_at(at(8, 18)) == 1
    CitySession.objects.update(date=DAY + datetime.timedelta(days=7))
    assert remind_at(at(8, 18, 5)) == 0
    assert remind_at(at(15, 18)) == 1


def test_session_of_which_only_the_day_is_known_reminds_the_days_before():
    city_session = make_session_in_june(start_time=None, end_time=None)
    make_person(city_session, mode="hall")
    make_person(city_session, mode="online")
    assert [remind_at(moment) for moment in (at(6, 9), at(8, 18), at(9, 8, 30))] == [1, 2, 0]


# Whom


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "cancelled"},
        {"state": "postponed"},
        {"is_published": False},
        {"date": None, "start_time": None, "end_time": None},
    ],
)
def test_session_that_will_not_take_place_or_is_not_announced_reminds_nobody(fields):
    make_person(make_session_in_june(**fields))
    assert [remind_at(moment) for moment in (at(6, 13, 30), at(8, 18))] == [0, 0]


def test_unpublished_consultation_reminds_nobody():
    make_person(make_session_in_june(consultation=make_consultation(is_published=False)))
    assert remind_at(at(8, 18)) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "waiting"},
        {"status": "cancelled"},
        {"email": ""},
        {"unsubscribed_at": LONG_BEFORE},
        {"created_at": at(8, 18, 1)},
    ],
)
def test_nobody_else_is_reminded(fields):
    make_person(make_session_in_june(), **fields)
    assert remind_at(at(8, 18, 5)) == 0


def test_reminder_for_zoom_leaves_before_other_letters():
    make_person(make_session_in_june(), mode="online")
    remind_at(at(9, 12, 30))
    assert Message.objects.get().is_urgent is True


def test_reminder_speaks_the_persons_language_and_lists_the_group(run_jobs, mailoutbox):
    city_session = make_session_in_june(city_ru="Ош")
    contact, member = make_group(city_session, size=2, email="a@example.org", language="ru", created_at=LONG_BEFORE)
    remind_at(at(8, 18))
    run_jobs()
    (letter,) = mailoutbox
    with override("ru"):
        assert letter.subject == _("Reminder: public consultation — %(city)s, %(date)s") % {
            "city": "Ош",
            "date": "9 июня 2031 г., понедельник",
        }
        assert _("The session is tomorrow.") in letter.body
    assert contact.pass_number_spaced in letter.body
    assert member.pass_number_spaced in letter.body
    assert "List-Unsubscribe" in letter.extra_headers


# No more of them


def unsubscribe_address(registration):
    return reverse("unsubscribe", args=[emails.unsubscribe_token(registration)])


def test_mail_program_unsubscribes_with_one_post_and_no_token():
    city_session = make_session_in_june()
    person, other = make_person(city_session), make_person(city_session)
    client = Client(enforce_csrf_checks=True)
    response = client.post(unsubscribe_address(person), {"List-Unsubscribe": "One-Click"})
    person.refresh_from_db()
    other.refresh_from_db()
    assert (response.status_code, person.unsubscribed_at is None, other.unsubscribed_at) == (200, False, None)
    assert remind_at(at(8, 18)) == 1


def test_link_in_a_letter_asks_first():
    person = make_person(make_session_in_june())
    response = Client().get(unsubscribe_address(person))
    person.refresh_from_db()
    assert person.unsubscribed_at is None
    assert parse(response).one("main").one("button").text == _("No more reminders and notices")


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_page_answers_in_the_persons_language(language):
    person = make_person(make_session_in_june(), language=language)
    page = parse(Client().post(unsubscribe_address(person)))
    with override(language):
        assert page.one("h1").text == _("You will get no more reminders and notices")
    assert page.one("html")["lang"] == language


def test_second_unsubscribing_keeps_the_time_of_the_first():
    person = make_person(make_session_in_june(), unsubscribed_at=LONG_BEFORE)
    Client().post(unsubscribe_address(person))
    person.refresh_from_db()
    assert person.unsubscribed_at == LONG_BEFORE


@pytest.mark.parametrize("token", ["x", "1:forged", "None:abc", "1", ":", "%00", "é", "9" * 300])
def test_unsubscribing_with_what_we_did_not_sign_is_not_found(token):
    make_person(make_session_in_june())
    address = f"/unsubscribe/{token}"
    for answer in (Client().get(address, follow=True), Client().post(address)):
        assert answer.status_code in {400, 404}


def test_unsubscribed_person_still_hears_of_a_moved_session():
    city_session = make_session_in_june(date=in_days(20))
    city_session.told_facts = city_session.facts
    city_session.date = in_days(21)
    city_session.save()
    make_person(city_session, unsubscribed_at=LONG_BEFORE)
    assert actions.announce(city_session=city_session, by="aigul").letters == 1
