"""What an organiser must not overlook: warnings about a session, and the one next thing of the front page."""

import pytest
import time_machine
from django.utils import timezone, translation

from consultations.admin.attention import warnings_of
from consultations.admin.counting import with_numbers
from consultations.models import CitySession
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_consultation,
    make_group,
    make_registration,
    make_told_session,
)
from tests.staff import admin_page, make_organiser

pytestmark = pytest.mark.django_db

KNOWN = {
    "venue_ky": "Китепкана",
    "venue_ru": "Библиотека",
    "hall_capacity": 50,
    "zoom_register_url": "https://zoom.us/r",
}


def make_session(*, hall=0, online=0, **fields):
    """Nothing is missing, and so many people are registered."""
    city_session = make_city_session(**KNOWN | {"date": in_days(9)} | fields)
    for mode, count in [("hall", hall), ("online", online)]:
        for _ in range(count):
            make_registration(city_session, mode=mode)
    return city_session


def warned(city_session):
    """Pairs of what is said and whether it is urgent, in English."""
    counted = with_numbers(CitySession.objects.select_related("consultation")).get(pk=city_session.pk)
    with translation.override(None):
        return [(" · ".join([one["words"], *one["details"]]), one["is_urgent"]) for one in warnings_of(counted)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"hall": 3}, []),
        (
            {"venue_ky": "", "venue_ru": "", "hall": 2},
            [("venue still open · in 9 days · 2 people wait to hear", False)],
        ),
        ({"venue_ky": "", "venue_ru": ""}, [("venue still open · in 9 days", False)]),
        ({"venue_ky": "", "hall": 1}, []),
        ({"venue_ky": "", "venue_ru": "", "date": in_days(30)}, []),
        (
            {"venue_ky": "", "venue_ru": "", "date": in_days(30), "online": 1},
            [("venue still open · in 30 days · 1 person waits to hear", False)],
        ),
        (
            {"venue_ky": "", "venue_ru": "", "date": in_days(2), "hall": 1},
            [("venue still open · in 2 days · 1 person waits to hear", True)],
        ),
        ({"venue_ky": "", "venue_ru": "", "date": in_days(1)}, [("venue still open · tomorrow", True)]),
        (
            {"date": None, "start_time": None, "end_time": None, "hall": 2},
            [("date still open · 2 people wait to hear", False)],
        ),
        ({"date": None, "start_time": None, "end_time": None}, []),
        ({"zoom_register_url": "", "online": 2}, [("no link to Zoom · in 9 days · 2 people online", False)]),
        (
            {"zoom_register_url": "", "online": 1, "date": in_days(0)},
            [("no link to Zoom · today · 1 person online", True)],
        ),
        ({"zoom_register_url": "", "hall": 1}, []),
        ({"zoom_register_url": "", "zoom_join_url": "https://zoom.us/j", "online": 1}, []),
        ({"hall_capacity": None, "hall": 1}, [("number of places unknown · in 9 days · 1 person for the hall", False)]),
        ({"hall_capacity": None, "date": in_days(20)}, []),
        ({"is_published": False}, [("not published yet · in 9 days", False)]),
        ({"is_published": False, "date": in_days(20)}, []),
        ({"venue_ky": "", "venue_ru": "", "date": in_days(-1), "hall": 1}, []),
        ({"venue_ky": "", "venue_ru": "", "state": "postponed", "hall": 1}, []),
    ],
)
def test_session_warns_of_what_is_missing(fields, said):
    with time_machine.travel(timezone.localtime().replace(hour=10), tick=False):
        assert warned(make_session(**fields)) == said


def test_session_with_more_people_than_places_warns():
    city_session = make_session(hall=3)
    CitySession.objects.update(hall_capacity=3, hall_reserved=1)

    assert warned(city_session) == [("the hall is too small · in 9 days · 1 place too few", False)]


def test_urgent_warnings_stand_first():
    with time_machine.travel(timezone.localtime().replace(hour=10), tick=False):
        city_session = make_session(
            hall_capacity=None, zoom_register_url="", online=1, date=in_days(1), is_published=False
        )

        assert [is_urgent for _words, is_urgent in warned(city_session)] == [True, True, False]


def test_warning_leads_to_the_field_that_is_empty(client):
    city_session = make_session(venue_ky="", venue_ru="")
    client.force_login(make_organiser())

    (one,) = client.get(admin_page(city_session)).context["warnings"]

    page = client.get(one["address"].partition("#")[0]).content.decode()
    assert f'id="{one["address"].partition("#")[2]}"' in page


# The one next thing


def next_thing(client):
    client.cookies["language"] = "ru"
    task = client.get("/admin/").context["next_thing"]
    return task and " · ".join([task["words"], *task.get("details", [])])


def test_next_thing_says_who_waits_for_what(client):
    make_session(city_ru="Ош", venue_ky="", venue_ru="", hall=2)
    make_call(make_registration(make_session(date=in_days(20))))
    client.force_login(make_organiser())

    assert next_thing(client) == "Ош: место проведения ещё не определено · через 9 дней · 2 человека ждут известий"


def test_what_people_do_not_know_comes_before_what_is_open(client):
    make_session(city_ru="Ош", venue_ky="", venue_ru="", hall=2)
    moved = make_told_session(**KNOWN, city_ru="Нарын", date=in_days(20))
    make_group(moved, size=2)
    change_facts(moved, date=in_days(21))
    client.force_login(make_organiser())

    assert (
        next_thing(client) == "Нарын: участники ещё не знают об изменениях · через 21 день · 2 человека ждут известий"
    )


def test_change_of_zooms_address_alone_concerns_those_online(client):
    moved = make_told_session(**KNOWN, date=in_days(20))
    make_registration(moved)
    change_facts(moved, zoom_register_url="https://zoom.us/other")
    client.force_login(make_organiser())

    assert next_thing(client) is None
    make_registration(moved, mode="online")
    assert next_thing(client).endswith("1 человек ждёт известий")


def test_urgent_comes_first(client):
    with time_machine.travel(timezone.localtime().replace(hour=10), tick=False):
        make_call(make_registration(make_session()))
        make_session(city_ru="Ош", venue_ky="", venue_ru="", date=in_days(1))
        client.force_login(make_organiser())

        assert next_thing(client) == "Ош: место проведения ещё не определено · завтра"


def test_nothing_waits(client):
    make_session(hall=1)
    client.force_login(make_organiser())

    assert next_thing(client) is None


def test_front_page_costs_the_same_however_many_sessions_wait(client, django_assert_max_num_queries):
    client.force_login(make_organiser())
    counts = []
    for _ in range(2):
        for _ in range(2):
            moved = make_told_session(make_consultation())
            make_registration(moved)
            change_facts(moved, venue_ky="Зал")
        with django_assert_max_num_queries(17) as queries:
            assert client.get("/admin/").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
