"""A calendar that gets our letters keeps up with the session: made, moved, given a venue, postponed, back, cancelled.

Read by vobject, an implementation of iCalendar that has nothing in common with the one that writes.
"""

import datetime
import email
import email.policy

import pytest
import vobject
from django.core import mail
from django.utils import translation

from consultations import actions, jobs
from consultations.models import CitySession, Message
from consultations.templatetags.content import with_weekday
from tests.factories import in_days, make_city_session, make_consent_text

pytestmark = pytest.mark.django_db


class Calendar:
    """What a calendar program does with entries that come by letter (RFC 5546): by UID, the higher SEQUENCE wins, and
    CANCEL takes the entry out.
    """

    def __init__(self):
        self.entries = {}

    def take(self, text):
        calendar = vobject.readOne(text)
        entry = calendar.vevent
        known = self.entries.get(entry.uid.value)
        assert known is None or int(entry.sequence.value) > int(known.sequence.value), "An old entry would be kept."
        self.entries[entry.uid.value] = entry
        entry.is_out = calendar.method.value == "CANCEL"

    @property
    def shown(self):
        return [entry for entry in self.entries.values() if not entry.is_out]


@pytest.fixture
def city_session():
    city_session = make_city_session(city_ru="Ош", date=in_days(30))
    make_consent_text(city_session.consultation)
    return city_session


def read_letters(calendar):
    """The calendar program reads every letter that is due or will be; two minutes of waiting are left out."""
    for message in Message.objects.letters().unsent().order_by("pk"):
        jobs.send_letter(message_id=message.pk)
    for letter in mail.outbox:
        parsed = email.message_from_bytes(letter.message().as_bytes(), policy=email.policy.default)
        for part in parsed.walk():
            if part.get_content_type() == "text/calendar":
                calendar.take(part.get_content())
    mail.outbox.clear()


def register(city_session):
    return actions.register(
        city_session=city_session,
        people=[{"full_name": "Асанова Айгүл", "email": "a@example.org", "phone": ""}],
        mode="hall",
        submission_key="one",
        language="ru",
        consent_text=city_session.consultation.current_consent,
    ).contact


def announce(city_session, **changes):
    city_session.refresh_from_db()
    for name, value in changes.items():
        setattr(city_session, name, value)
    city_session.save(update_fields=changes)
    assert actions.announce(city_session=city_session, by="organiser") is not None
    city_session.refresh_from_db()


def test_calendar_follows_the_session_through_its_life(city_session):
    calendar = Calendar()
    registration = register(city_session)
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value == city_session.starts_at
    assert "Место уточняется" in entry.location.value

    announce(city_session, date=in_days(37))
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value == city_session.starts_at
    assert entry.dtend.value == city_session.ends_at

    announce(city_session, venue_ky="Облустук китепкана", venue_ru="Областная библиотека")
    read_letters(calendar)
    [entry] = calendar.shown
    assert "Областная библиотека" in entry.location.value

    announce(city_session, state=CitySession.State.POSTPONED)
    read_letters(calendar)
    assert calendar.shown == []

    announce(city_session, state=CitySession.State.PLANNED, date=in_days(60))
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value == city_session.starts_at

    actions.switch(registration=registration, mode="online")
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.location.value == "Zoom"

    announce(city_session, state=CitySession.State.CANCELLED)
    read_letters(calendar)
    assert calendar.shown == []
    assert len(calendar.entries) == 1


def test_calendar_forgets_a_cancelled_registration_and_takes_it_back(city_session):
    calendar = Calendar()
    registration = register(city_session)
    read_letters(calendar)
    actions.cancel(registration=registration)
    read_letters(calendar)
    assert calendar.shown == []
    actions.come_back(registration=registration)
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value == city_session.starts_at


@pytest.mark.parametrize("hall", [10, 0])
def test_calendar_follows_a_person_who_goes_to_another_city_and_back(city_session, hall):
    calendar = Calendar()
    registration = register(city_session)
    read_letters(calendar)
    there = make_city_session(city_session.consultation, city_ru="Нарын", date=in_days(40), hall_capacity=hall)
    registration = actions.move(registration=registration, city_session=there, if_full="queue")
    read_letters(calendar)
    assert [entry.dtstart.value for entry in calendar.shown] == ([there.starts_at] if hall else [])

    actions.move(registration=registration, city_session=city_session)
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value == city_session.starts_at


def test_letter_after_a_move_names_the_session_that_was_left(city_session):
    registration = register(city_session)
    undated = make_city_session(city_session.consultation, city_ru="Бишкек", date=None, start_time=None, end_time=None)
    registration = actions.move(registration=registration, city_session=undated)
    actions.move(registration=registration, city_session=city_session)
    for message in Message.objects.letters().order_by("pk")[1:]:
        jobs.send_letter(message_id=message.pk)
    away, back = mail.outbox
    assert f"Вы больше не участвуете в прежнем обсуждении: Ош, {with_weekday_in_russian(city_session)}." in away.body
    assert "Вы больше не участвуете в прежнем обсуждении: Бишкек." in back.body
    assert [name for name, _content, _type in back.attachments if name.endswith(".ics")] == ["invite.ics"]


def with_weekday_in_russian(city_session):
    with translation.override("ru"):
        return with_weekday(city_session.date)


def test_time_in_the_calendar_is_the_time_in_bishkek(city_session):
    calendar = Calendar()
    register(city_session)
    read_letters(calendar)
    [entry] = calendar.shown
    assert entry.dtstart.value.astimezone(datetime.timezone(datetime.timedelta(hours=6))).time() == datetime.time(
        13, 30
    )
