"""What waits to be told and is no longer true is not told, and nothing that people still need to hear is lost."""

import datetime

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from consultations import actions, jobs
from consultations.models import Message
from tests.factories import in_days, make_city_session, make_group, make_registration, make_told_session, sign_up
from tests.test_calendar_updates import Calendar, announce, read_letters

pytestmark = pytest.mark.django_db
LATER = datetime.timedelta(minutes=3)


def send_all(at=None):
    with time_machine.travel(at or timezone.now() + LATER, tick=False):
        for message in Message.objects.letters().unsent().order_by("pk"):
            jobs.send_letter(message_id=message.pk)


def register(city_session, **person):
    return sign_up(city_session, {"full_name": "Асанова Айгүл", "email": "a@example.org", "phone": ""} | person).contact


def bishkek(*args):
    return timezone.make_aware(datetime.datetime(*args))


def test_reminder_after_an_outage_does_not_say_tomorrow_on_the_day_itself():
    city_session = make_city_session(date=datetime.date(2031, 6, 9))
    make_registration(city_session, email="a@example.org", language="ru", created_at=bishkek(2031, 5, 1))
    with time_machine.travel(bishkek(2031, 6, 8, 18, 1), tick=False):
        assert actions.remind() == 1
    send_all(at=bishkek(2031, 6, 9, 2, 13))
    assert not any("завтра" in letter.body for letter in mail.outbox)


def test_reminder_that_waits_is_not_sent_of_a_session_postponed_meanwhile():
    city_session = make_told_session(date=datetime.date(2031, 6, 9))
    make_registration(city_session, email="a@example.org", language="ru", created_at=bishkek(2031, 5, 1))
    with time_machine.travel(bishkek(2031, 6, 8, 18, 1), tick=False):
        actions.remind()
        announce(city_session, state="postponed")
    send_all(at=bishkek(2031, 6, 8, 18, 6))
    assert not any("завтра" in letter.body for letter in mail.outbox)


def test_postponed_session_whose_old_day_has_passed_is_not_over(client):
    city_session = make_told_session(state="postponed", date=in_days(-1))
    person = make_registration(city_session, email="a@example.org")
    assert f"/r/{person.code}/cancel/" in client.get(f"/ru/r/{person.code}/").content.decode()
    actions.send_links(address="a@example.org")
    assert Message.objects.filter(kind="link").exists()
    actions.cancel(registration=person)


def test_from_a_session_cancelled_yesterday_one_can_still_go_to_another_city(client):
    city_session = make_told_session(state="cancelled", date=in_days(-1))
    person = make_registration(city_session)
    there = make_city_session(city_session.consultation)
    assert f"/r/{person.code}/city/" in client.get(f"/ru/r/{person.code}/").content.decode()
    client.post(f"/ru/r/{person.code}/city/", {"city_session": there.pk})
    person.refresh_from_db()
    assert person.city_session == there


def test_cancelling_taken_back_is_not_told_any_more_by_telephone():
    city_session = make_told_session()
    make_registration(city_session)
    announce(city_session, state="cancelled")
    announce(city_session, state="planned")
    assert [m.kind for m in Message.objects.calls().unsent()] == ["session-changed"]


def test_cancelling_taken_back_leaves_the_entry_in_the_calendar():
    city_session, calendar = make_city_session(), Calendar()
    register(city_session)
    read_letters(calendar)
    announce(city_session, state="cancelled")
    announce(city_session, state="planned")
    read_letters(calendar)
    assert len(calendar.shown) == 1


def test_stopping_an_announcement_gives_back_what_it_had_overtaken():
    city_session = make_told_session()
    make_registration(city_session)
    announce(city_session, state="cancelled")
    announce(city_session, state="planned")
    actions.stop(notice=city_session.notices.latest("pk"))
    assert [m.kind for m in Message.objects.calls().unsent()] == ["session-cancelled"]


@pytest.mark.parametrize("state", ["postponed", "planned", "cancelled"])
def test_day_that_was_taken_back_leaves_the_calendar(state):
    city_session, calendar = make_city_session(), Calendar()
    register(city_session)
    read_letters(calendar)
    announce(city_session, date=None, state=state)
    read_letters(calendar)
    assert calendar.shown == []


def test_letter_to_an_address_given_up_meanwhile_is_a_call():
    city_session = make_told_session()
    person = make_registration(city_session, email="a@example.org")
    announce(city_session, state="cancelled")
    actions.change(registration=person, email="")
    send_all()
    told = Message.objects.filter(kind="session-cancelled")
    assert [(m.channel, m.status) for m in told.order_by("pk")] == [("email", "failed"), ("call", "queued")]


def test_last_letter_to_somebody_who_got_the_seat_back_says_so(run_jobs):
    city_session = make_told_session(hall_capacity=1)
    person = make_registration(city_session, email="a@example.org", language="ru")
    actions.move_latest_to_queue(city_session=city_session, count=1, by="aigul")
    actions.change_places(city_session=city_session, hall_capacity=2, online_capacity=None)
    person.refresh_from_db()
    assert person.is_confirmed
    run_jobs()
    send_all()
    assert "начале листа ожидания" not in mail.outbox[-1].body


def test_nobody_is_called_about_a_place_that_was_taken_away_again():
    city_session = make_told_session(hall_capacity=1)
    first = make_registration(city_session)
    make_registration(city_session, status="waiting")
    actions.cancel(registration=first)
    actions.move_latest_to_queue(city_session=city_session, count=1, by="aigul")
    assert [m.kind for m in Message.objects.calls().unsent()] == ["requeued"]


def test_confirmation_delayed_by_an_outage_does_not_follow_the_cancelling():
    person = register(make_city_session())
    actions.cancel(registration=person)
    for message in Message.objects.letters().unsent().order_by("-pk"):  # the older job's next try is hours away
        jobs.send_letter(message_id=message.pk)
    assert [m.kind for m in Message.objects.filter(status="sent")] == ["left"]


def test_answer_to_a_question_that_was_changed_is_no_empty_letter():
    person = make_registration(make_told_session(), email="a@example.org", question="Где?")
    actions.answer_question(registration=person, reply="Там.")
    actions.change(registration=person, question="Когда?")
    send_all()
    assert not Message.objects.filter(kind="question-answered", status="sent").exists()


def test_whoever_cancels_and_registers_anew_has_the_entry_again():
    city_session, calendar = make_city_session(), Calendar()
    first = register(city_session)
    read_letters(calendar)
    actions.cancel(registration=first)
    read_letters(calendar)
    register(city_session, email="A@example.org")
    read_letters(calendar)
    assert len(calendar.shown) == 1


def test_wife_who_cancels_leaves_the_entry_of_her_husband_at_the_same_address():
    city_session, calendar = make_city_session(), Calendar()
    register(city_session, full_name="Асанов Бакыт")
    read_letters(calendar)
    wife = make_registration(city_session, email="a@example.org")
    actions.cancel(registration=wife)
    read_letters(calendar)
    assert len(calendar.shown) == 1


def test_group_hears_of_the_new_hall_though_its_contact_is_somebody_else_now():
    city_session = make_told_session()
    contact, *_members = make_group(city_session, size=3)
    announce(city_session, venue_ky="Элдик үй", venue_ru="Дом народов")
    assert Message.objects.calls().unsent().count() == 1
    actions.replace_person(
        registration=contact,
        full_name="Жаңы Киши",
        phone="+996555777777",
        language="ky",
        consent_text=contact.consent_text,
    )
    assert Message.objects.calls().unsent().count() == 1
