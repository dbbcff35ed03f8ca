"""Nobody is told of a session they have left, nor of another than their own; and nobody's group is forgotten."""

import datetime

import pytest
import vobject
from django.utils import timezone

from consultations import actions, calls, emails
from consultations.admin.registration_filters import untold_messages, with_untold
from consultations.models import Message, Registration
from tests.factories import change_facts, make_call, make_group, make_message, make_registration, make_told_session

pytestmark = pytest.mark.django_db

OFFICE = "office@example.org"


@pytest.fixture
def osh():
    return make_told_session(city_ru="Ош", city_ky="Ош")


@pytest.fixture
def naryn(osh):
    return make_told_session(osh.consultation, city_ru="Нарын", city_ky="Нарын", date=osh.date + datetime.timedelta(1))


def cancelled(city_session):
    return actions.announce(city_session=change_facts(city_session, state="cancelled"), by="aigul")


def group_in(city_session, size=3, **fields):
    return make_group(city_session, size=size, language="ru", **{"phone": "", "email": OFFICE} | fields)


def waiting():
    return [(message.registration, message.kind) for message in Message.objects.unsent().order_by("registration_id")]


def uid_and_method(letter):
    [entry] = [content for name, content, _type in letter.attachments if name == "invite.ics"]
    calendar = vobject.readOne(entry)
    return calendar.vevent.uid.value, calendar.method.value


def test_contact_in_another_city_hears_of_each_who_stayed_and_of_the_right_session(osh, naryn, run_jobs, mailoutbox):
    contact, *stayed = group_in(osh)
    contact = actions.move(registration=contact, city_session=naryn)
    run_jobs()
    mailoutbox.clear()
    notice = cancelled(osh)
    assert (notice.letters, notice.calls) == (2, 0)
    assert waiting() == [(member, "session-cancelled") for member in stayed]
    Message.objects.update(send_after=None)
    for message in Message.objects.unsent():
        actions.send_letter(message_id=message.pk, compose=emails.letter, refusal_of=lambda error: None)
    assert [letter.to for letter in mailoutbox] == [[OFFICE], [OFFICE]]
    assert ["Нарын" in letter.subject + letter.body for letter in mailoutbox] == [False, False]
    entries = [uid_and_method(letter) for letter in mailoutbox]
    assert [method for _uid, method in entries] == ["CANCEL", "CANCEL"]
    assert not any(uid.startswith(str(naryn.calendar_uid)) for uid, _method in entries)


def test_notice_to_the_contact_names_nobody_who_went_to_another_city(osh, naryn):
    contact, stayed, gone = group_in(osh, phone="+996555000111", email="")
    gone = actions.move(registration=gone, city_session=naryn)
    notice = cancelled(osh)
    [call] = notice.messages.all()
    assert calls.people_of(call) == [contact, stayed]
    words = calls.words_for(call)
    assert [one.full_name in words for one in (contact, stayed, gone)] == [True, True, False]
    not_told = with_untold(Registration.objects.all()).filter(is_not_told=True)
    assert set(not_told) == {contact, stayed}
    assert [list(untold_messages(one)) for one in (stayed, gone)] == [[call], []]


def test_whoever_goes_to_another_city_before_the_letter_leaves_does_not_get_it(osh, naryn):
    person = make_registration(osh, email=OFFICE)
    notice = cancelled(osh)
    actions.move(registration=person, city_session=naryn)
    assert [message.status for message in notice.messages.all()] == ["withdrawn"]
    assert [kind for _registration, kind in waiting()] == ["confirmed"]


def test_contact_who_goes_before_the_letter_leaves_hears_of_those_who_stayed(osh, naryn):
    contact, *stayed = group_in(osh)
    notice = cancelled(osh)
    actions.move(registration=contact, city_session=naryn)
    told = notice.messages.unsent().order_by("registration_id")
    assert [message.registration for message in told] == stayed
    assert {message.send_after for message in told} == {notice.send_after}
    actions.stop(notice=notice)
    assert not notice.messages.unsent().exists()


def test_contact_who_cancels_before_the_call_still_hears_for_the_others(osh):
    contact, *stayed = group_in(osh, phone="+996555000111", email="")
    notice = actions.announce(city_session=change_facts(osh, venue_ky="Элдик үй", venue_ru="Дом народов"), by="aigul")
    actions.cancel(registration=contact)
    [call] = notice.messages.unsent()
    assert calls.people_of(call) == stayed


@pytest.mark.parametrize(
    ("act", "still_waiting"),
    [
        (lambda person: actions.cancel(registration=person), ["cancelled"]),
        (lambda person: actions.switch(registration=person, mode="online"), ["announcement", "cancelled"]),
    ],
)
def test_nobody_is_called_about_a_place_they_have_given_up_again(osh, act, still_waiting):
    person = make_registration(osh)
    actions.write_to_people(city_session=osh, by="aigul", words_ky="Сөз", words_ru="Слово")
    promoted, _other = (make_call(person, kind=kind) for kind in ("promoted", "cancelled"))
    act(person)
    assert sorted(kind for _registration, kind in waiting()) == still_waiting
    promoted.refresh_from_db()
    assert (promoted.status, promoted.done_at is None, promoted.done_by) == ("withdrawn", False, "")


def test_reminder_of_a_session_that_was_left_is_not_sent(osh, naryn):
    person = make_registration(osh, email=OFFICE)
    reminder = make_message(person, kind="reminder-evening", created_at=timezone.now())
    actions.move(registration=person, city_session=naryn)
    reminder.refresh_from_db()
    assert reminder.status == "withdrawn"
