"""Guessing passwords: five wrong ones pause a name at an address and nobody else (P 67); how long a login lasts."""

import datetime

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consultations import staff_sessions
from tests.factories import make_consultation
from tests.markup import parse
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
START = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def quick_hash(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user():
    return make_organiser(password=PASSWORD)


def log_in(user, password=PASSWORD, *, address="192.0.2.1", client=None, **headers):
    name = user if isinstance(user, str) else user.get_username()
    client = client or Client()
    return client.post(
        reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=address, **headers
    ).status_code


def fail(user, times=5, **where):
    return [log_in(user, "wrong", **where) for _attempt in range(times)]


def test_fifth_wrong_password_locks(user):
    assert fail(user) == [200, 200, 200, 200, 429]
    assert log_in(user) == 429


def test_four_wrong_passwords_do_not(user):
    fail(user, 4)
    assert log_in(user) == 302


def test_a_right_password_starts_the_count_anew(user):
    fail(user, 4)
    log_in(user)
    assert fail(user, 4) == [200] * 4


def test_colleagues_at_the_same_address_still_get_in(user):
    colleague = make_organiser(password=PASSWORD)
    fail(user)
    assert log_in(colleague) == 302


def test_the_owner_gets_in_from_elsewhere(user):
    fail(user)
    assert log_in(user, address="192.0.2.2") == 302


def test_names_nobody_has_are_locked_alike():
    assert fail("nobody") == [200, 200, 200, 200, 429]


def test_another_browser_is_no_way_round(user):
    for number in range(5):
        log_in(user, "wrong", HTTP_USER_AGENT=f"browser {number}")
    assert log_in(user, HTTP_USER_AGENT="a sixth") == 429


def test_after_fifteen_minutes_it_is_open_again(user):
    with time_machine.travel(START, tick=False) as clock:
        fail(user)
        clock.shift(datetime.timedelta(minutes=14, seconds=50))
        assert log_in(user) == 429
        clock.shift(datetime.timedelta(seconds=20))
        assert log_in(user) == 302


def test_trying_on_does_not_keep_the_owner_out_for_longer(user):
    with time_machine.travel(START, tick=False) as clock:
        fail(user)
        clock.shift(datetime.timedelta(minutes=10))
        fail(user)
        clock.shift(datetime.timedelta(minutes=5, seconds=10))
        assert log_in(user) == 302


def test_address_is_the_visitors_not_the_proxys(user, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(5):
        log_in(user, "wrong", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}, 198.51.100.7")
    assert log_in(user, HTTP_X_FORWARDED_FOR="10.0.0.99, 198.51.100.7") == 429
    assert log_in(user, HTTP_X_FORWARDED_FOR="198.51.100.7, 198.51.100.8") == 302


@pytest.mark.parametrize("address", ["2001:db8:1:2::5", "unknown", "", "::ffff:192.0.2.9"])
def test_every_kind_of_address_is_counted(user, address):
    assert fail(user, address=address)[-1] == 429


def test_a_whole_ipv6_network_is_one_address(user):
    for number in range(5):
        log_in(user, "wrong", address=f"2001:db8:1:2::{number + 1}")
    assert log_in(user, address="2001:db8:1:2::99") == 429
    assert log_in(user, address="2001:db8:1:3::99") == 302


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_page_is_ours_in_both_languages(user, language):
    consultation = make_consultation()
    fail(user, 4)
    client = Client()
    client.cookies["language"] = language
    response = client.post(
        reverse("admin:login"), {"username": user.get_username(), "password": "wrong"}, REMOTE_ADDR="192.0.2.1"
    )
    found = parse(response)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "900")
    assert found.one("html")["lang"] == language
    assert found.one("a", cls="btn")["href"] == reverse("admin_password_reset")
    assert found.one("p", cls="help").one("a")["href"] == f"tel:{consultation.contact_phone.as_e164}"


def test_no_password_is_kept(user):
    log_in(user, "my secret password")
    kept = AccessAttempt.objects.values().get()
    assert "secret" not in str(kept)


def test_of_a_login_nothing_is_kept_but_its_time(user):
    fail(user, 2)
    log_in(user)
    assert not AccessAttempt.objects.exists()
    assert get_user_model().objects.get().last_login is not None


# How long a login lasts (P 75)


def is_in(client):
    return client.get(reverse("admin:index")).status_code == 200


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def inside(clock, user):
    client = Client()
    log_in(user, client=client)
    assert is_in(client)
    return client


def test_an_hour_without_a_request_ends_it(inside, clock):
    clock.shift(datetime.timedelta(minutes=60))
    assert not is_in(inside)
    assert not is_in(inside)


def test_an_hour_is_counted_from_the_last_request(inside, clock):
    for _visit in range(5):
        clock.shift(datetime.timedelta(minutes=54))
        assert is_in(inside)


def test_twelve_hours_end_it_whatever_is_done(inside, clock):
    for _visit in range(23):
        clock.shift(datetime.timedelta(minutes=30))
        assert is_in(inside)
    clock.shift(datetime.timedelta(minutes=30))
    assert not is_in(inside)


def test_logging_in_again_begins_anew(inside, clock, user):
    for _visit in range(24):
        clock.shift(datetime.timedelta(minutes=30))
        is_in(inside)
    assert log_in(user, client=inside) == 302
    clock.shift(datetime.timedelta(minutes=30))
    assert is_in(inside)


def test_a_session_without_marks_ends_too(clock, user):
    client = Client()
    client.force_login(user)
    clock.shift(datetime.timedelta(minutes=60))
    assert not is_in(client)


def test_changing_the_password_ends_the_other_sessions(inside, clock, user):
    other = Client()
    log_in(user, client=other)
    new = {"old_password": PASSWORD, "new_password1": "staple of a donkey", "new_password2": "staple of a donkey"}
    assert inside.post(reverse("admin:password_change"), new).status_code == 302
    assert is_in(inside)
    assert not is_in(other)


def test_requests_in_quick_succession_write_nothing(inside, clock):
    before = dict(inside.session.items())
    clock.shift(datetime.timedelta(minutes=4))
    is_in(inside)
    assert dict(inside.session.items()) == before
    clock.shift(datetime.timedelta(minutes=2))
    is_in(inside)
    assert inside.session[staff_sessions.SEEN] == int(timezone.now().timestamp())
