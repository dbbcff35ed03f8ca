"""Telling many: once, counted beforehand, taken back in time; asking about the hall, moving the last, thanking."""

import datetime
from collections import Counter

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.models import CitySession, Message, Notice, Registration
from tests.factories import (
    change_facts,
    in_days,
    make_city_session,
    make_group,
    make_need,
    make_registration,
    make_told_session,
    sign_up,
)
from tests.markup import parse

pytestmark = pytest.mark.django_db

BY = "aigul"
TWO_MINUTES = datetime.timedelta(minutes=2)


def announced(city_session, **fields):
    return actions.announce(city_session=city_session, by=BY, **fields)


def told_again(city_session):
    city_session.refresh_from_db()
    return city_session


def make_changed_session(**fields):
    """The venue has become known, and nobody who registered has heard of it."""
    city_session = make_told_session(**fields)
    return change_facts(city_session, venue_ky="Элдик үй", venue_ru="Дом народов")


def let_jobs_be_due():
    """As if the time had come for all of them."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")


def messages_of(notice):
    return {(message.registration.full_name, message.channel) for message in notice.messages.all()}


# Whom it reaches


def test_first_registration_makes_a_change_something_to_tell():
    city_session = make_city_session(told_facts=None)
    change_facts(city_session, venue_ru="До регистрации")
    assert told_again(city_session).untold_changes == []
    sign_up(city_session)
    change_facts(told_again(city_session), venue_ru="После регистрации", date=in_days(40))
    assert told_again(city_session).untold_changes == ["date", "venue_ru"]


def test_audience_counts_people_and_the_ways_to_reach_them():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    make_registration(city_session, mode="online")
    make_registration(city_session, status="waiting", email="b@example.org")
    make_registration(city_session, status="cancelled")
    make_group(city_session, size=3)
    counted = actions.audience(actions.people_of(city_session))
    assert counted == actions.announcing.Audience(hall=4, online=1, queue=1, letters=2, calls=2)
    assert counted.people == 6


def test_audience_of_a_free_message_leaves_out_who_asked_for_no_more_letters():
    city_session = make_told_session()
    make_registration(city_session, email="a@example.org", unsubscribed_at=timezone.now())
    everybody = actions.people_of(city_session)
    assert actions.audience(everybody, kind=Notice.Kind.MESSAGE).letters == 0
    assert actions.audience(everybody, kind=Notice.Kind.CHANGED).letters == 1


def test_audience_is_who_gets_a_message():
    city_session = make_changed_session()
    make_group(city_session, size=3)
    make_registration(city_session, email="a@example.org")
    counted = actions.audience(actions.people_concerned(city_session))
    notice = announced(city_session)
    assert (notice.letters, notice.calls) == (counted.letters, counted.calls) == (1, 1)
    assert Counter(notice.messages.values_list("channel", flat=True)) == {"email": 1, "call": 1}


def test_group_is_told_once_by_its_contact_and_members_with_a_phone_for_themselves():
    city_session = make_changed_session()
    contact, _member = make_group(city_session, size=2, full_name="Байланыш Адам", email="a@example.org")
    make_registration(city_session, full_name="Өз Телефону", group=contact, source="group")
    notice = announced(city_session)
    assert messages_of(notice) == {("Байланыш Адам", "email"), ("Өз Телефону", "call")}


def test_contact_who_cancelled_still_hears_for_the_others():
    city_session = make_changed_session()
    contact, _member = make_group(city_session, size=2, full_name="Байланыш Адам")
    actions.cancel(registration=contact)
    assert messages_of(announced(city_session)) == {("Байланыш Адам", "call")}


def test_change_of_zooms_address_alone_is_told_to_those_online():
    city_session = make_told_session(zoom_join_url="https://zoom.example.org/j/1")
    make_registration(city_session, full_name="Залда Отурган")
    make_registration(city_session, full_name="Онлайн Катышкан", mode="online", email="a@example.org")
    change_facts(city_session, zoom_join_url="https://zoom.example.org/j/2")
    assert messages_of(announced(city_session)) == {("Онлайн Катышкан", "email")}


def test_change_of_zooms_address_and_the_date_is_told_to_everybody():
    city_session = make_told_session(zoom_join_url="https://zoom.example.org/j/1")
    make_registration(city_session, full_name="Залда Отурган")
    change_facts(city_session, zoom_join_url="https://zoom.example.org/j/2", date=in_days(40))
    assert messages_of(announced(city_session)) == {("Залда Отурган", "call")}


def test_changed_zoom_letter_says_that_the_old_link_is_dead(run_jobs):
    city_session = make_told_session(zoom_join_url="https://zoom.example.org/j/1")
    make_registration(city_session, mode="online", email="a@example.org", language="ru")
    change_facts(city_session, zoom_join_url="https://zoom.example.org/j/2")
    announced(city_session)
    let_jobs_be_due()
    run_jobs()
    with override("ru"):
        assert _("New: the Zoom link. The old one no longer works.") in mail.outbox[0].body


@pytest.mark.parametrize("field", ["moderator_ru", "practical_ky", "access_ru", "map_url", "news_group_url"])
def test_what_is_no_fact_is_nothing_to_tell(field):
    city_session = make_told_session()
    change_facts(city_session, **{field: "https://example.org/changed"})
    assert announced(city_session) is None


# Once


def test_announcing_keeps_the_notice_and_raises_the_calendar():
    city_session = make_changed_session(calendar_sequence=4)
    make_registration(city_session, email="a@example.org")
    before = city_session.told_facts
    notice = announced(city_session, words_ky="Кош келиңиз.", words_ru="Ждём вас.")
    notice.refresh_from_db()
    assert (notice.kind, notice.changes, notice.told_before, notice.created_by) == (
        "changed",
        ["venue_ky", "venue_ru"],
        before,
        BY,
    )
    assert (notice.words_ky, notice.words_ru, notice.is_urgent) == ("Кош келиңиз.", "Ждём вас.", False)
    assert notice.send_after - notice.created_at == TWO_MINUTES
    city_session = told_again(city_session)
    assert (city_session.calendar_sequence, city_session.untold_changes) == (5, [])


def test_second_click_sends_nothing_twice():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    announced(city_session)
    assert announced(city_session) is None
    assert (Notice.objects.count(), Message.objects.count(), ProcrastinateJob.objects.count()) == (1, 1, 1)
    assert told_again(city_session).calendar_sequence == 1


@pytest.mark.parametrize(
    ("state", "kind", "letter"),
    [("postponed", "postponed", "session-postponed"), ("cancelled", "cancelled", "session-cancelled")],
)
def test_state_names_the_notice_and_the_letter(state, kind, letter):
    city_session = make_told_session()
    make_registration(city_session)
    change_facts(city_session, state=state)
    notice = announced(city_session)
    assert (notice.kind, notice.messages.get().kind) == (kind, letter)


def test_other_change_of_a_cancelled_session_is_no_second_cancelling():
    city_session = make_told_session(state="cancelled")
    make_registration(city_session)
    change_facts(city_session, venue_ru="Другое место")
    assert announced(city_session).kind == "changed"


def test_letters_wait_two_minutes_for_the_worker(run_jobs):
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    notice = announced(city_session)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.scheduled_at, job.priority) == ("consultations.send_letter", notice.send_after, 0)
    assert run_jobs() == []
    assert mail.outbox == []


def test_change_at_short_notice_leaves_before_all_other_letters():
    start = timezone.localtime() + datetime.timedelta(hours=20)
    city_session = make_told_session(date=start.date(), start_time=start.time(), end_time=None)
    make_registration(city_session, email="a@example.org")
    change_facts(city_session, state="cancelled")
    notice = announced(city_session)
    assert (notice.is_urgent, notice.messages.get().is_urgent) == (True, True)
    assert ProcrastinateJob.objects.get().priority == 10


def test_quiet_correction_tells_nobody_and_leaves_nothing_to_tell():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    notice = actions.correct_quietly(city_session=city_session, by=BY)
    assert (notice.kind, notice.changes, notice.letters, notice.calls) == ("quiet", ["venue_ky", "venue_ru"], 0, 0)
    assert (Message.objects.count(), told_again(city_session).untold_changes) == (0, [])
    assert actions.correct_quietly(city_session=city_session, by=BY) is None


def test_change_while_nobody_is_registered_is_nothing_to_tell_to_the_next():
    city_session = make_changed_session()
    make_registration(city_session, status="cancelled")
    actions.pass_over_unheard(city_session=city_session)
    assert told_again(city_session).untold_changes == []


def test_change_that_concerns_somebody_is_not_passed_over():
    city_session = make_changed_session()
    make_registration(city_session)
    actions.pass_over_unheard(city_session=city_session)
    assert told_again(city_session).untold_changes == ["venue_ky", "venue_ru"]


# Taking it back


def test_stop_takes_letters_and_calls_back_and_leaves_all_to_tell(run_jobs):
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    make_registration(city_session)
    notice = announced(city_session)
    actions.stop(notice=notice)
    notice.refresh_from_db()
    assert notice.stopped_at is not None
    assert list(notice.messages.values_list("status", flat=True)) == ["withdrawn", "withdrawn"]
    assert told_again(city_session).untold_changes == ["venue_ky", "venue_ru"]
    let_jobs_be_due()
    run_jobs()
    assert mail.outbox == []
    assert Message.objects.to_call().count() == 0


def test_stopped_announcement_can_be_made_again():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    actions.stop(notice=announced(city_session))
    again = announced(city_session)
    assert (again.letters, again.messages.get().status) == (1, "queued")


@pytest.mark.parametrize("stopped_before", [False, True])
def test_stop_comes_too_late_when_the_letters_have_left_or_it_was_stopped(stopped_before):
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    notice = announced(city_session)
    if stopped_before:
        actions.stop(notice=notice)
    later = timezone.now() + (datetime.timedelta(0) if stopped_before else TWO_MINUTES)
    with time_machine.travel(later), pytest.raises(actions.RegistrationRefused) as refusal:
        actions.stop(notice=notice)
    assert refusal.value.code == "left-already"


def test_stopping_the_earlier_of_two_leaves_it_to_the_later_to_tell_both():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    heard = city_session.told_facts
    first = announced(city_session)
    change_facts(told_again(city_session), date=in_days(40))
    second = announced(city_session)
    actions.stop(notice=first)
    second.refresh_from_db()
    assert second.changes == ["date", "venue_ky", "venue_ru"]
    assert told_again(city_session).untold_changes == []
    actions.stop(notice=second)
    assert told_again(city_session).told_facts == heard


def test_stopping_an_announcement_before_a_quiet_correction_leaves_all_to_tell():
    city_session = make_changed_session()
    make_registration(city_session, email="a@example.org")
    heard = city_session.told_facts
    first = announced(city_session)
    change_facts(told_again(city_session), venue_ru="Дом  народов")
    actions.correct_quietly(city_session=city_session, by=BY)
    actions.stop(notice=first)
    assert told_again(city_session).told_facts == heard


def test_stopped_cancelling_that_was_a_mistake_leaves_no_red_bar():
    start = timezone.localtime() + datetime.timedelta(hours=20)
    city_session = make_told_session(date=start.date(), start_time=start.time(), end_time=None)
    make_registration(city_session)
    change_facts(city_session, state="cancelled")
    notice = announced(city_session)
    assert told_again(city_session).is_alarming is True
    actions.stop(notice=notice)
    assert told_again(city_session).is_alarming is True
    change_facts(city_session, state="planned")
    assert told_again(city_session).is_alarming is False


# The organisers' own words


def test_free_message_reaches_those_of_one_mode_and_status():
    city_session = make_told_session()
    make_registration(city_session, full_name="Залда Отурган")
    make_registration(city_session, full_name="Кезекте Турган", status="waiting")
    make_registration(city_session, full_name="Онлайн Катышкан", mode="online", email="a@example.org")

    def write(**filters):
        return messages_of(
            actions.write_to_people(city_session=city_session, by=BY, words_ky="Салам.", words_ru="Привет.", **filters)
        )

    assert write(mode="online") == {("Онлайн Катышкан", "email")}
    assert write(mode="hall", status="waiting") == {("Кезекте Турган", "call")}
    assert len(write()) == 3


def test_free_message_reads_in_the_language_of_each(run_jobs):
    city_session = make_told_session()
    make_registration(city_session, email="ky@example.org", language="ky")
    make_registration(city_session, email="ru@example.org", language="ru")
    actions.write_to_people(city_session=city_session, by=BY, words_ky="Паспорт алыңыз.", words_ru="Возьмите паспорт.")
    let_jobs_be_due()
    run_jobs()
    read = {
        letter.to[0]: ("Паспорт алыңыз." in letter.body, "Возьмите паспорт." in letter.body) for letter in mail.outbox
    }
    assert read == {"ky@example.org": (True, False), "ru@example.org": (False, True)}


def test_form_sent_twice_is_done_once():
    city_session = make_told_session(hall_capacity=5)
    for _number in range(4):
        make_registration(city_session)
    key = {"city_session": city_session, "by": BY, "submission_key": "one form"}
    words = {"words_ky": "Салам.", "words_ru": "Привет."}
    deadline = {"answer_by": timezone.now() + datetime.timedelta(days=2)}
    assert actions.write_to_people(**key, **words) is not None
    assert actions.write_to_people(**key, **words) is None
    key["submission_key"] = "another form"
    assert actions.ask_hall_or_online(**key, **deadline) is not None
    assert actions.ask_hall_or_online(**key, **deadline) is None
    key["submission_key"] = "a third form"
    assert actions.move_latest_to_queue(**key, count=1).calls == 1
    assert actions.move_latest_to_queue(**key, count=1) is None
    assert Registration.objects.filter(status="waiting").count() == 1


# The hall is too small: asking


@pytest.fixture
def asked():
    """Three people are asked whether they come to the hall; one takes part online, and is not."""
    city_session = make_told_session(hall_capacity=10)
    people = [make_registration(city_session, email=f"{number}@example.org") for number in range(3)]
    make_registration(city_session, mode="online")
    notice = actions.ask_hall_or_online(
        city_session=city_session, by=BY, answer_by=timezone.now() + datetime.timedelta(days=2)
    )
    return notice, people


def answer(client, registration, given):
    return client.post(reverse("ticket-answer", args=[registration.code]), {"answer": given})


def test_question_goes_to_those_promised_a_seat(asked):
    notice, people = asked
    assert {message.registration for message in notice.messages.all()} == set(people)
    assert actions.hall_answers(notice) == {"asked": 3, "hall": 0, "online": 0, "not_coming": 0, "no_answer": 3}


def test_answers_are_counted_and_free_seats(client, asked):
    notice, (first, second, third) = asked
    waiting = make_registration(notice.city_session, status="waiting")
    CitySession.objects.filter(pk=notice.city_session.pk).update(hall_capacity=3)
    assert [answer(client, *given).status_code for given in [(first, "hall"), (second, "online"), (third, "no")]] == [
        303
    ] * 3
    assert actions.hall_answers(notice) == {"asked": 3, "hall": 1, "online": 1, "not_coming": 1, "no_answer": 0}
    waiting.refresh_from_db()
    assert (waiting.status, waiting.mode) == ("confirmed", "hall")


def test_answer_can_be_changed_while_there_is_room(client, asked):
    notice, (person, *_others) = asked
    for given, expected in [("online", ("online", "confirmed")), ("hall", ("hall", "confirmed"))]:
        answer(client, person, given)
        person.refresh_from_db()
        assert (person.mode, person.status) == expected
    assert actions.hall_answers(notice)["hall"] == 1


def test_answer_hall_after_online_queues_where_the_hall_is_full(client, asked):
    notice, (person, *_others) = asked
    answer(client, person, "online")
    CitySession.objects.filter(pk=notice.city_session.pk).update(hall_capacity=2)
    answer(client, person, "hall")
    person.refresh_from_db()
    assert (person.mode, person.status, person.wants_the_hall) == ("online", "confirmed", True)


def test_answer_of_somebody_who_cancelled_is_refused_with_the_reason(client, asked):
    _notice, (person, *_others) = asked
    actions.cancel(registration=person)
    response = answer(client, person, "hall")
    assert response.status_code == 422
    assert parse(response).one(role="alert").text == _("This registration is cancelled.")


def test_answer_that_is_none_changes_nothing(client, asked):
    notice, (person, *_others) = asked
    assert answer(client, person, "maybe").status_code == 200
    assert client.post(reverse("ticket-answer", args=[person.code])).status_code == 200
    assert actions.hall_answers(notice)["no_answer"] == 3


def test_answer_page_says_until_when_and_in_whose_words(client):
    city_session = make_told_session()
    person = make_registration(city_session, language="ru")
    deadline = datetime.datetime(2031, 6, 5, 18, tzinfo=timezone.get_default_timezone())
    actions.ask_hall_or_online(
        city_session=city_session, by=BY, answer_by=deadline, words_ky="Зал кичине.", words_ru="Зал мал."
    )
    person.refresh_from_db()
    with override("ru"):
        page = parse(client.get(reverse("ticket-answer", args=[person.code])))
        assert _("Please answer by: %(when)s") % {"when": "5 июня 2031 г., 18:00"} in page.one("main").text
    assert page.one("blockquote").text == "Зал мал."


def test_contact_answers_for_each_person_of_the_group(client):
    city_session = make_told_session()
    contact, member = make_group(city_session, size=2)
    page = parse(client.get(reverse("ticket-answer", args=[contact.code])))
    assert [link.get("href") for link in page.one("main").one("section").all("a")] == [
        reverse("ticket-answer", args=[member.code])
    ]
    answer(client, member, "online")
    member.refresh_from_db()
    contact.refresh_from_db()
    assert (member.mode, contact.mode) == ("online", "hall")


def test_get_answers_nothing(client, asked):
    notice, (person, *_others) = asked
    client.get(reverse("ticket-answer", args=[person.code]), {"answer": "no"})
    person.refresh_from_db()
    assert (person.status, actions.hall_answers(notice)["no_answer"]) == ("confirmed", 3)


def test_answer_from_an_expired_page_is_asked_for_again(asked):
    _notice, (person, *_others) = asked
    response = answer(Client(enforce_csrf_checks=True), person, "no")
    person.refresh_from_db()
    assert (response.status_code, person.status) == (403, "confirmed")
    assert len(parse(response).all("button", name="answer")) == 3


def test_stopped_question_was_never_asked(asked):
    notice, (person, *_others) = asked
    actions.stop(notice=notice)
    person.refresh_from_db()
    assert (person.hall_answer_asked_at, actions.hall_answers(notice)["asked"]) == (None, 0)


# The hall is too small: moving the last


def make_early_and_late(city_session, count, **fields):
    """So many people, registered one after the other; the last one last."""
    now = timezone.now()
    return [
        make_registration(city_session, created_at=now - datetime.timedelta(hours=count - number), **fields)
        for number in range(count)
    ]


def move(city_session, count):
    return actions.move_latest_to_queue(city_session=city_session, count=count, by=BY)


def queue_of(city_session):
    return list(Registration.objects.filter(city_session=city_session).wanting_the_hall().in_queue_order())


def test_last_to_register_stand_at_the_head_of_the_queue_in_their_order():
    city_session = make_told_session(hall_capacity=4)
    first, second, third, fourth = make_early_and_late(city_session, 4)
    waiting = make_registration(city_session, status="waiting")
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=2)
    notice = move(city_session, 2)
    assert queue_of(city_session) == [third, fourth, waiting]
    assert {message.registration for message in notice.messages.all()} == {third, fourth}
    assert set(Registration.objects.holding_hall_seats()) == {first, second}


def test_moved_people_are_never_those_with_needs_in_groups_or_who_came():
    city_session = make_told_session()
    alone, with_need, came = make_early_and_late(city_session, 3)
    make_need(with_need)
    Registration.objects.filter(pk=came.pk).update(checked_in_at=timezone.now(), checked_in_by="desk")
    make_group(city_session, size=2)
    make_registration(city_session, source="desk")
    make_registration(city_session, mode="online")
    make_registration(city_session, status="waiting")
    assert list(actions.last_to_register(city_session, 10)) == [alone]
    move(city_session, 10)
    assert [one for one in queue_of(city_session) if one.created_at == alone.created_at] == [alone]
    assert Registration.objects.filter(status="confirmed", mode="hall").count() == 5


def test_moved_person_who_takes_part_online_keeps_the_turn():
    city_session = make_told_session(hall_capacity=2)
    first, last = make_early_and_late(city_session, 2)
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=1)
    move(city_session, 1)
    last.refresh_from_db()
    actions.take_part_online_meanwhile(registration=last)
    first.refresh_from_db()
    actions.cancel(registration=first)
    last.refresh_from_db()
    assert (last.mode, last.status) == ("hall", "confirmed")


def test_stop_gives_the_seats_back_although_the_hall_is_too_small():
    city_session = make_told_session(hall_capacity=3)
    people = make_early_and_late(city_session, 3)
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=1)
    notice = move(city_session, 2)
    assert Registration.objects.holding_hall_seats().count() == 1
    actions.stop(notice=notice)
    assert set(Registration.objects.holding_hall_seats()) == set(people)
    assert queue_of(city_session) == []
    assert told_again(city_session).hall_capacity == 1


def test_stop_leaves_those_who_chose_something_else_meanwhile():
    city_session = make_told_session()
    (person,) = make_early_and_late(city_session, 1)
    notice = move(city_session, 1)
    person.refresh_from_db()
    actions.switch(registration=person, mode=Registration.Mode.ONLINE)
    actions.stop(notice=notice)
    person.refresh_from_db()
    assert (person.mode, person.status, person.hall_wanted_at) == ("online", "confirmed", None)


# After the session


def test_thanks_go_once_to_those_who_came_and_otherwise_to_those_who_did_not():
    city_session = make_told_session(date=in_days(-1))
    now = timezone.now()
    make_registration(city_session, full_name="Залга Келген", checked_in_at=now)
    make_registration(city_session, full_name="Онлайн Кошулган", mode="online", joined_online_at=now)
    make_registration(city_session, full_name="Келбей Калган")
    make_registration(city_session, status="cancelled")
    make_registration(city_session, status="waiting")
    make_registration(city_session, status="waiting", full_name="Кезектен Кирген", checked_in_at=now)
    notice = actions.thank(city_session=city_session, by=BY)
    kinds = {message.registration.full_name: message.kind for message in notice.messages.all()}
    assert kinds == {
        "Залга Келген": "after-came",
        "Кезектен Кирген": "after-came",
        "Онлайн Кошулган": "after-came",
        "Келбей Калган": "after-missed",
    }
    assert actions.thank(city_session=city_session, by=BY) is None


def test_contact_of_whom_anybody_came_is_thanked():
    city_session = make_told_session(date=in_days(-1))
    contact, member = make_group(city_session, size=2)
    Registration.objects.filter(pk=member.pk).update(checked_in_at=timezone.now(), checked_in_by="desk")
    notice = actions.thank(city_session=city_session, by=BY)
    assert [(message.registration, message.kind) for message in notice.messages.all()] == [(contact, "after-came")]


def test_stopped_thanks_can_be_sent_again():
    city_session = make_told_session(date=in_days(-1))
    make_registration(city_session)
    actions.stop(notice=actions.thank(city_session=city_session, by=BY))
    assert actions.thank(city_session=city_session, by=BY).calls == 1


def test_nobody_is_thanked_before_the_end():
    with pytest.raises(actions.RegistrationRefused) as refusal:
        actions.thank(city_session=make_told_session(), by=BY)
    assert refusal.value.code == "not-over"
