"""The red bar: where people would set out for nothing it is seen at once, on every page that shows the session."""

import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from consultations import actions
from tests.factories import change_facts, make_consent_text, make_consultation, make_registration, make_told_session
from tests.markup import parse

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2031, 6, 8, 12, tzinfo=timezone.get_default_timezone())
TOMORROW = {"date": datetime.date(2031, 6, 9), "start_time": datetime.time(10), "end_time": datetime.time(13)}
NEXT_WEEK = TOMORROW | {"date": datetime.date(2031, 6, 16)}
CANCELLED = {"state": "cancelled"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def city_session():
    consultation = make_consultation(slug="nbsap")
    make_consent_text(consultation)
    make_told_session(consultation, slug="osh", **NEXT_WEEK)
    return make_told_session(consultation, slug="narin", city_ky="Нарын", city_ru="Нарын", **TOMORROW)


@pytest.fixture
def person(city_session):
    return make_registration(city_session, language="ky")


def bars(client, address):
    return parse(client.get(address)).one("main").all("aside", cls="alarm")


def pages(person):
    city_session = person.city_session
    return {
        "home": "/ky/",
        "consultation": "/ky/nbsap/",
        "session": city_session.get_absolute_url(),
        "own": person.get_absolute_url(),
        "join": reverse("join", args=[person.join_code]),
    }


# When


@pytest.mark.parametrize(
    ("before", "after", "is_alarming"),
    [
        (TOMORROW, CANCELLED, True),
        (TOMORROW, {"state": "postponed"}, True),
        (TOMORROW, {"venue_ru": "Другой зал"}, True),
        (TOMORROW, {"start_time": datetime.time(9)}, True),
        (TOMORROW, NEXT_WEEK, True),
        (NEXT_WEEK, TOMORROW, True),
        (TOMORROW, {"moderator_ru": "Кто-то"}, False),
        (TOMORROW, {}, False),
        (NEXT_WEEK, CANCELLED, False),
        (NEXT_WEEK, {"venue_ru": "Другой зал"}, False),
        (TOMORROW | {"start_time": None, "end_time": None}, CANCELLED, True),
        ({"date": None, "start_time": None, "end_time": None}, CANCELLED, False),
    ],
)
def test_bar_is_there_when_what_people_heard_is_wrong_for_the_next_day(before, after, is_alarming):
    city_session = change_facts(make_told_session(**before), **after)
    assert city_session.is_alarming is is_alarming


@pytest.mark.parametrize(
    ("hours", "is_alarming"),
    [(-3, False), (-2, True), (0, True), (21, True), (22 + 12, True), (22 + 13, False)],
)
def test_bar_stands_from_a_day_before_the_beginning_to_half_a_day_after(hours, is_alarming):
    city_session = change_facts(make_told_session(**TOMORROW), **CANCELLED)
    with time_machine.travel(NOW + datetime.timedelta(hours=hours), tick=False):
        assert city_session.is_alarming is is_alarming


def test_bar_stays_when_it_was_announced(city_session, person):
    change_facts(city_session, **NEXT_WEEK)
    actions.announce(city_session=city_session, by="aigul")
    city_session.refresh_from_db()
    assert (city_session.untold_changes, city_session.is_alarming) == ([], True)
    with time_machine.travel(NOW + datetime.timedelta(hours=35), tick=False):
        assert city_session.is_alarming is False


def test_quiet_correction_takes_the_bar_away(city_session, person):
    change_facts(city_session, venue_ru="Другой  зал")
    actions.correct_quietly(city_session=city_session, by="aigul")
    city_session.refresh_from_db()
    assert city_session.is_alarming is False


# Where


@pytest.mark.parametrize("page", ["home", "consultation", "session", "own", "join"])
def test_bar_is_on_every_page_of_the_session_once(client, city_session, person, page):
    address = pages(person)[page]
    assert bars(client, address) == []
    change_facts(city_session, **CANCELLED)
    (bar,) = bars(client, address)
    assert bar.one("strong").text == _("The session is cancelled")
    assert bar.all("a")[0]["href"] == city_session.get_absolute_url()


def test_bar_is_on_a_home_of_several_consultations(client, city_session, person):
    make_told_session(make_consultation(), **NEXT_WEEK)
    change_facts(city_session, **CANCELLED)
    assert len(bars(client, "/ky/")) == 1


def test_page_of_another_session_has_no_bar(client, city_session, person):
    change_facts(city_session, **CANCELLED)
    assert bars(client, "/ky/nbsap/osh/") == []


@pytest.mark.parametrize("page", ["home", "session", "own", "join"])
def test_bar_costs_no_query(client, city_session, person, page, django_assert_num_queries):
    address = pages(person)[page]
    with django_assert_num_queries(99, exact=False) as without:
        client.get(address)
    change_facts(city_session, venue_ru="Другой зал")
    with django_assert_num_queries(len(without)):
        client.get(address)


# Its words


@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize(
    ("facts", "msgid"),
    [
        (CANCELLED, "The session is cancelled"),
        ({"state": "postponed"}, "The session is postponed, the new date will be announced"),
        ({"venue_ky": "Элдик үй", "venue_ru": "Дом народов"}, "Changed at short notice"),
    ],
)
def test_bar_says_what_happened_in_the_readers_language(client, city_session, facts, msgid, language):
    change_facts(city_session, **facts)
    (bar,) = bars(client, f"/{language}/nbsap/narin/")
    with override(language):
        assert bar.one("strong").text == _(msgid)
    assert "9 июня" in bar.text or "9-июну" in bar.text or facts == {"state": "postponed"}


def test_bar_of_a_moved_session_says_when_and_where_it_is_now(client, city_session):
    facts = {"venue_ru": "Дом народов", "venue_ky": "Элдик үй", "start_time": datetime.time(15), "end_time": None}
    change_facts(city_session, **facts)
    (bar,) = bars(client, "/ru/nbsap/narin/")
    assert bar.all("p")[1].text == "Нарын, 9 июня 2031 г., понедельник, 15:00. Дом народов"


# The ways out


def ways(client, person):
    (bar,) = bars(client, person.get_absolute_url())
    links = [link["href"] for link in bar.all("a", cls="btn")]
    return links + [form["action"] for form in bar.all("form")]


def test_own_page_offers_another_city_online_and_leaving(client, city_session, person):
    change_facts(city_session, venue_ru="Другой зал")
    names = ["ticket-move", "ticket-cancel", "ticket-switch"]
    assert ways(client, person) == [reverse(name, args=[person.code]) for name in names]


def test_own_page_of_a_cancelled_session_offers_no_zoom_there(client, city_session, person):
    change_facts(city_session, **CANCELLED)
    assert ways(client, person) == [reverse(name, args=[person.code]) for name in ("ticket-move", "ticket-cancel")]


def test_button_of_the_bar_leads_online(client, city_session, person):
    change_facts(city_session, venue_ru="Другой зал")
    (bar,) = bars(client, person.get_absolute_url())
    button = bar.one("form").one("button")
    client.post(bar.one("form")["action"], {button["name"]: button["value"]})
    person.refresh_from_db()
    assert (person.mode, person.status) == ("online", "confirmed")


def test_whoever_has_cancelled_is_offered_nothing_in_the_bar(client, city_session, person):
    actions.cancel(registration=person)
    change_facts(city_session, venue_ru="Другой зал")
    assert ways(client, person) == []
