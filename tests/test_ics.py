"""Calendar files, parsed back by the library that did not lay out their contents: icalendar's reader."""

import datetime
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from icalendar import Calendar

from consultations import ics
from consultations.models import CitySession, Registration
from tests.factories import make_city_session, make_consultation, make_group, make_registration

pytestmark = pytest.mark.django_db

JUNE_9 = datetime.date(2025, 6, 9)


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://talkuu.example.kg"
    settings.DEFAULT_FROM_EMAIL = "Talkuu <letters@example.kg>"


def parsed(file):
    calendar = Calendar.from_ical(file)
    assert calendar.errors == []
    return calendar


def event_of(file):
    (event,) = parsed(file).events
    assert event.errors == []
    return event


def event_for(**fields):
    return event_of(ics.for_session(make_city_session(**{"date": JUNE_9} | fields), language="ru"))


# The public entry


def test_session_entry_says_what_where_and_when():
    consultation = make_consultation(contact_email="office@example.kg")
    city_session = make_city_session(
        consultation, slug="osh", city_ru="Ош", venue_ru="Зал; «Иссык-Куль»", address_ru="ул. Ленина, 1", date=JUNE_9
    )
    event = event_of(ics.for_session(city_session, language="ru"))
    stamp = event.pop("DTSTAMP")
    assert re.fullmatch(rb"[0-9]{8}T[0-9]{6}Z", stamp.to_ical())
    assert {name: value.to_ical().decode() for name, value in event.items()} == {
        "UID": f"{city_session.calendar_uid}@talkuu.example.kg",
        "SEQUENCE": "0",
        "DTSTART": "20250609T073000Z",
        "DTEND": "20250609T101500Z",
        "STATUS": "CONFIRMED",
        "SUMMARY": f"Ош — {consultation.short_title_ru}",
        "LOCATION": r"Зал\; «Иссык-Куль»\, ул. Ленина\, 1\, Ош",
        "DESCRIPTION": event["DESCRIPTION"].to_ical().decode(),
        "URL": f"https://talkuu.example.kg/ru/{consultation.slug}/osh/",
        "ORGANIZER": "mailto:office@example.kg",
    }
    assert event["ORGANIZER"].params["CN"] == consultation.contact_name


@pytest.mark.parametrize(("language", "city"), [("ky", "Жалал-Абад"), ("ru", "Джалал-Абад")])
def test_session_entry_speaks_the_wanted_language(language, city):
    city_session = make_city_session(city_ky="Жалал-Абад", city_ru="Джалал-Абад")
    event = event_of(ics.for_session(city_session, language=language))
    assert event["SUMMARY"].startswith(f"{city} — ")
    assert event["LOCATION"].endswith(f", {city}")
    assert f"/{language}/" in event["URL"]


def test_session_without_a_date_has_no_file():
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    assert ics.for_session(city_session, language="ky") is None
    assert ics.for_registration(make_registration(city_session)) is None
    assert ics.google_calendar_url(city_session) is None


def test_session_without_a_time_is_a_day():
    city_session = make_city_session(date=JUNE_9, start_time=None, end_time=None)
    file = ics.for_session(city_session, language="ky")
    assert b"DTSTART;VALUE=DATE:20250609\r\nDTEND;VALUE=DATE:20250610\r\n" in file


def test_session_without_an_end_has_none():
    event = event_for(end_time=None)
    assert (event.DTSTART, event.get("DTEND")) == (datetime.datetime(2025, 6, 9, 7, 30, tzinfo=datetime.UTC), None)


def test_times_are_called_approximate_only_where_they_are():
    described = [
        str(event_for(times_approximate=approximate)["DESCRIPTION"]).count("\n") for approximate in (True, False)
    ]
    assert described == [1, 0]


@pytest.mark.parametrize(
    ("state", "method", "status"),
    [("planned", "PUBLISH", "CONFIRMED"), ("postponed", "CANCEL", "CANCELLED"), ("cancelled", "CANCEL", "CANCELLED")],
)
def test_session_that_will_not_take_place_is_cancelled(state, method, status):
    calendar = parsed(ics.for_session(make_city_session(state=state, calendar_sequence=4), language="ky"))
    (event,) = calendar.events
    assert (calendar["METHOD"], event["STATUS"], event["SEQUENCE"]) == (method, status, 4)


def test_entry_keeps_its_uid_through_changes():
    """One UID for the session's life, a higher SEQUENCE at each change (P 27)."""
    city_session = make_city_session(date=JUNE_9)
    first = event_of(ics.for_session(city_session, language="ky"))
    CitySession.objects.filter(pk=city_session.pk).update(slug="another", calendar_sequence=1, state="cancelled")
    last = event_of(ics.for_session(CitySession.objects.get(pk=city_session.pk), language="ru"))
    assert first["UID"] == last["UID"]
    assert (first["SEQUENCE"], last["SEQUENCE"]) == (0, 1)


def test_lines_are_folded_at_75_octets_and_end_as_they_must():
    consultation = make_consultation(short_title_ky="Биологиялык ар түрдүүлүк өңдүү, " * 3)
    file = ics.for_session(make_city_session(consultation, venue_ky="Ысык-Көл залы " * 9), language="ky")
    lines = file.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert [line.decode() for line in lines]  # no letter is torn in two
    assert event_of(file)["SUMMARY"].endswith(consultation.short_title_ky)


HOSTILE = [
    "Зал\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:чужое",
    "a\nATTACH:ftp://stranger.example/x",
    "a\rATTACH:x",
    'кавычки " и ^n, запятые; \\n \\, ; : =',
    "строка\u2028разорвана\x85и\x0bещё\x0cи",
    "звонок\x07 и\x1b[31m цвет\x7f",
    "🐏" * 60,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text):
    consultation = make_consultation(short_title_ru=text[:120], contact_name=text[:150])
    city_session = make_city_session(consultation, venue_ru=text, city_ru="Ош", date=JUNE_9)
    event = event_of(ics.for_session(city_session, language="ru"))
    assert set(event) == {
        "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS",
        "SUMMARY", "LOCATION", "DESCRIPTION", "URL", "ORGANIZER",
    }  # fmt: skip
    lines = f"{text}, Ош".splitlines()
    assert event["LOCATION"].splitlines() == [re.sub(r"[\x00-\x1f\x7f]", "", line) for line in lines]


# One's own entry


def test_own_entry_carries_number_and_own_page():
    registration = make_registration(make_city_session(date=JUNE_9), language="ru")
    calendar = parsed(ics.for_registration(registration))
    (event,) = calendar.events
    own_page = f"https://talkuu.example.kg/ru/r/{registration.code}/"
    assert calendar["METHOD"] == "PUBLISH"
    assert [event[name] for name in ("STATUS", "CLASS", "URL")] == ["CONFIRMED", "PRIVATE", own_page]
    assert registration.pass_number_spaced in event["DESCRIPTION"]
    assert own_page in event["DESCRIPTION"]
    assert registration.join_code not in event["DESCRIPTION"]
    assert event["UID"] == f"{registration.city_session.calendar_uid}@talkuu.example.kg"


def test_own_entry_speaks_the_language_of_the_registration():
    city_session = make_city_session(city_ky="Жалал-Абад", city_ru="Джалал-Абад")
    events = [event_of(ics.for_registration(make_registration(city_session, language=code))) for code in ("ky", "ru")]
    assert [event["SUMMARY"].partition(" — ")[0] for event in events] == ["Жалал-Абад", "Джалал-Абад"]


def test_online_entry_leads_to_our_join_page_and_never_to_zoom():
    city_session = make_city_session(
        zoom_join_url="https://zoom.example/private", zoom_register_url="https://zoom.example/register"
    )
    registration = make_registration(city_session, mode=Registration.Mode.ONLINE)
    file = ics.for_registration(registration)
    event = event_of(file)
    assert event["LOCATION"] == "Zoom"
    assert f"https://talkuu.example.kg/j/{registration.join_code}" in event["DESCRIPTION"]
    assert "zoom.example" not in event.to_ical().decode().replace("\r\n ", "")


@pytest.mark.parametrize("mode", Registration.Mode)
def test_waiting_entry_is_tentative_and_without_the_join_page(mode):
    registration = make_registration(mode=mode, status=Registration.Status.WAITING)
    event = event_of(ics.for_registration(registration))
    assert event["STATUS"] == "TENTATIVE"
    assert registration.join_code not in event["DESCRIPTION"]


def test_cancelled_registration_takes_its_entry_back():
    """The same UID with a higher SEQUENCE, METHOD:CANCEL and STATUS:CANCELLED (UX 55)."""
    registration = make_registration()
    before = event_of(ics.for_registration(registration))
    registration.status, registration.version = Registration.Status.CANCELLED, 2
    calendar = parsed(ics.for_registration(registration, method="CANCEL"))
    (after,) = calendar.events
    assert calendar["METHOD"] == "CANCEL"
    assert (after["UID"], after["SEQUENCE"] > before["SEQUENCE"]) == (before["UID"], True)
    assert after["STATUS"] == "CANCELLED"
    assert registration.pass_number_spaced not in after["DESCRIPTION"]


def test_entry_of_a_cancelled_session_is_cancelled_whatever_the_method():
    city_session = make_city_session(state=CitySession.State.CANCELLED)
    assert event_of(ics.for_registration(make_registration(city_session)))["STATUS"] == "CANCELLED"


def test_group_member_has_an_entry_apart():
    """Cancelling one person of a group must not take the contact's own entry away."""
    contact, first, second = make_group(size=3)
    uids = [event_of(ics.for_registration(one))["UID"] for one in (contact, first, second, first)]
    assert uids[0] == f"{contact.city_session.calendar_uid}@talkuu.example.kg"
    assert len(set(uids)) == 3
    assert uids[1] == uids[3]


def test_person_typed_text_is_in_no_entry():
    """A calendar program makes links of what it finds; a stranger's letter must not carry anybody's (P 57)."""
    registration = make_registration(full_name="visit evil.example now", organisation="evil.example")
    assert b"evil.example" not in ics.for_registration(registration)


# The feed


def test_feed_holds_every_dated_session():
    consultation = make_consultation()
    dated = [make_city_session(consultation, date=JUNE_9), make_city_session(consultation, state="cancelled")]
    undated = make_city_session(consultation, date=None)
    calendar = parsed(ics.for_consultation(consultation, [*dated, undated], language="ru"))
    assert [event["UID"] for event in calendar.events] == [f"{one.calendar_uid}@talkuu.example.kg" for one in dated]
    assert [event["STATUS"] for event in calendar.events] == ["CONFIRMED", "CANCELLED"]
    assert {name: calendar[name].to_ical().decode() for name in calendar} == {
        "PRODID": "-//talkuu.example.kg//Public consultations//RU",
        "VERSION": "2.0",
        "METHOD": "PUBLISH",
        "NAME": consultation.short_title_ru,
        "X-WR-CALNAME": consultation.short_title_ru,
        "DESCRIPTION": consultation.title_ru,
        "X-WR-CALDESC": consultation.title_ru,
        "URL": f"https://talkuu.example.kg/ru/{consultation.slug}/",
        "REFRESH-INTERVAL": "PT6H",
        "X-PUBLISHED-TTL": "PT6H",
    }
    assert calendar["REFRESH-INTERVAL"].params["VALUE"] == "DURATION"


# Google's own link


def test_google_link_opens_the_same_times():
    city_session = make_city_session(date=JUNE_9, city_ru="Ош", venue_ru="Зал & «сцена»")
    url = urlsplit(ics.google_calendar_url(city_session, language="ru"))
    query = {name: value for name, (value,) in parse_qs(url.query, strict_parsing=True).items()}
    details = query.pop("details")
    assert (url.scheme, url.netloc, url.path) == ("https", "calendar.google.com", "/calendar/render")
    assert query == {
        "action": "TEMPLATE",
        "text": f"Ош — {city_session.consultation.short_title_ru}",
        "dates": "20250609T073000Z/20250609T101500Z",
        "ctz": "Asia/Bishkek",
        "location": "Зал & «сцена», Ош",
    }
    assert details.endswith(f"https://talkuu.example.kg/ru/{city_session.consultation.slug}/{city_session.slug}/")


@pytest.mark.parametrize(
    ("fields", "dates"),
    [
        ({"start_time": None, "end_time": None}, "20250609/20250610"),
        ({"end_time": None}, "20250609T073000Z/20250609T073000Z"),
    ],
)
def test_google_link_of_incomplete_times(fields, dates):
    url = ics.google_calendar_url(make_city_session(date=JUNE_9, **fields))
    assert parse_qs(urlsplit(url).query)["dates"] == [dates]


@pytest.mark.parametrize("state", ["postponed", "cancelled"])
def test_google_link_is_absent_where_nothing_will_happen(state):
    assert ics.google_calendar_url(make_city_session(state=state)) is None
