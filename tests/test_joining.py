"""What the two forwardable secrets open: the number at the door, the join link."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from consultations.models import Registration
from tests.answers import make_open_session
from tests.factories import in_days, make_registration

pytestmark = pytest.mark.django_db

WRONG_NUMBER = "00000001"  # its check digit would be 0
ZOOM = "https://zoom.us/j/1?pwd=secret"


def number_page(registration):
    return f"/p/{registration.pass_number}"


def join_page(registration):
    return f"/j/{registration.join_code}"


def at_the_desk(client):
    user = User.objects.create_user("desk")
    user.user_permissions.add(Permission.objects.get(codename="check_in"))
    client.force_login(user)
    return client


def test_number_shows_a_stranger_nothing(client):
    registration = make_registration(make_open_session())
    cancelled = make_registration(make_open_session(), status="cancelled")
    bodies = set()
    for number in [registration.pass_number, cancelled.pass_number, "00000000"]:
        page = client.get(f"/p/{number}").content.decode()
        assert registration.full_name not in page
        bodies.add(page.replace(number[:4], "").replace(number[4:], ""))
    assert len(bodies) == 1


@pytest.mark.parametrize("number", ["1", WRONG_NUMBER, "abc", "2741093611", "٢٧"])
def test_malformed_number_is_not_found(client, number):
    assert client.get(f"/p/{number}").status_code == 404


def test_number_opens_nothing_for_a_stranger(client):
    registration = make_registration(make_open_session())
    assert client.post(number_page(registration)).status_code == 200
    assert Registration.objects.get().checked_in_at is None
    for path in [f"/ky/r/{registration.pass_number}/", f"/j/{registration.pass_number}"]:
        assert client.get(path).status_code == 404


def test_desk_checks_in_once_and_takes_it_back(client):
    registration = make_registration(make_open_session())
    at_the_desk(client)
    page = client.get(number_page(registration)).content.decode()
    assert registration.full_name in page
    assert registration.phone.as_e164 not in page
    assert client.post(number_page(registration)).status_code == 303
    first = Registration.objects.get()
    assert first.checked_in_by == "desk"
    client.post(number_page(registration))
    assert Registration.objects.get().checked_in_at == first.checked_in_at
    client.post(number_page(registration), {"undo": "1"})
    assert Registration.objects.get().checked_in_at is None


def test_desk_without_permission_is_a_stranger(client):
    registration = make_registration(make_open_session())
    client.force_login(User.objects.create_user("volunteer"))
    client.post(number_page(registration))
    assert Registration.objects.get().checked_in_at is None
    assert registration.full_name not in client.get(number_page(registration)).content.decode()


def test_desk_is_told_of_a_cancelled_ticket(client):
    registration = make_registration(make_open_session(), status="cancelled")
    page = at_the_desk(client).post(number_page(registration), follow=True).content.decode()
    assert 'role="alert"' in page
    assert Registration.objects.get().checked_in_at is None


def at(city_session, minutes):
    """So many minutes after the session's beginning."""
    return time_machine.travel(city_session.starts_at + datetime.timedelta(minutes=minutes), tick=False)


@pytest.mark.parametrize(
    ("minutes", "has_button"), [(-31, False), (-30, True), (0, True), (164, True), (165, False), (10_000, False)]
)
def test_button_is_there_from_half_an_hour_before_to_the_end(client, minutes, has_button):
    city_session = make_open_session(zoom_join_url=ZOOM)
    registration = make_registration(city_session, mode="online")
    with at(city_session, minutes):
        page = client.get(join_page(registration)).content.decode()
        assert ('<form method="post">' in page.partition("<main")[2]) == has_button
        assert "pwd=secret" not in page
        posted = client.post(join_page(registration))
    assert (ZOOM in posted.content.decode()) == has_button
    assert bool(Registration.objects.get().joined_online_at) == has_button


def test_button_records_and_leads_on_without_a_referer(client):
    city_session = make_open_session(zoom_join_url=ZOOM)
    registration = make_registration(city_session, mode="online")
    with at(city_session, 0):
        client.get(join_page(registration))
        client.head(join_page(registration))
        assert Registration.objects.get().joined_online_at is None
        response = client.post(join_page(registration))
    page = response.content.decode()
    assert response.status_code == 200
    assert re.search(r'<meta http-equiv="refresh" content="\d; url=(.*?)">', page)[1] == ZOOM
    assert re.search(rf'href="{re.escape(ZOOM)}" rel="(.*?)"', page)[1] == "noopener noreferrer"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert Registration.objects.get().joined_online_at is not None


def test_join_page_without_the_private_link_leads_to_zooms_form(client):
    city_session = make_open_session(zoom_register_url="https://zoom.us/meeting/register/abc")
    registration = make_registration(city_session, mode="online")
    with at(city_session, 0):
        assert "https://zoom.us/meeting/register/abc" in client.post(join_page(registration)).content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"date": None, "start_time": None, "end_time": None},
        {"start_time": None, "end_time": None},
        {"state": "cancelled"},
        {"state": "postponed"},
        {"date": in_days(-1)},
        {},
    ],
)
@pytest.mark.parametrize("status", ["confirmed", "cancelled"])
def test_join_page_has_words_for_every_state(client, fields, status):
    registration = make_registration(make_open_session(zoom_join_url=ZOOM, **fields), mode="online", status=status)
    response = client.get(join_page(registration))
    assert (response.status_code, "pwd=secret" in response.content.decode()) == (200, False)


def test_join_page_without_a_time_opens_that_day(client):
    city_session = make_open_session(zoom_join_url=ZOOM, date=timezone.localdate(), start_time=None, end_time=None)
    registration = make_registration(city_session, mode="online")
    assert ZOOM in client.post(join_page(registration)).content.decode()


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_join_page_speaks_the_registrations_language(client, language):
    registration = make_registration(make_open_session(), mode="online", language=language)
    response = client.get(join_page(registration))
    assert response.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in response.content.decode()


def test_join_link_opens_no_own_page(client):
    registration = make_registration(make_open_session(), mode="online")
    assert client.get(f"/ky/r/{registration.join_code}/").status_code == 404
    assert registration.code not in client.get(join_page(registration)).content.decode()


def test_joining_needs_a_token():
    city_session = make_open_session(zoom_join_url=ZOOM)
    registration = make_registration(city_session, mode="online")
    with at(city_session, 0):
        response = Client(enforce_csrf_checks=True).post(join_page(registration))
    assert (response.status_code, Registration.objects.get().joined_online_at) == (403, None)
    assert '<form method="post">' in response.content.decode()
