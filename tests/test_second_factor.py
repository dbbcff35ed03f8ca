"""The second factor: set up, asked for, replaced, reset; and nothing of staff opens without it (P 66)."""

import re
import time
from base64 import b32decode
from binascii import hexlify

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from consultations import second_factor
from consultations.middleware import STAFF_PATH
from tests.addresses import World
from tests.markup import parse
from tests.staff import make_organiser, make_staff

pytestmark = pytest.mark.django_db

CHECK, SET_UP, OWN = "/staff/second-factor/", "/staff/second-factor/set-up/", "/staff/second-factor/own/"
KEY = "3132333435363738393031323334353637383930"
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def switched_on(settings):
    settings.SECOND_FACTOR = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user():
    return make_organiser(email="a@example.org", password=PASSWORD)


@pytest.fixture
def phone(user):
    return TOTPDevice.objects.create(user=user, key=KEY, name="app", confirmed=True)


def code_of(key=KEY, *, seconds=0):
    """What the app shows now, or in so many seconds."""
    return f"{totp(bytes.fromhex(key), t0=-seconds):06}"


def wrong_code(key=KEY):
    near = {code_of(key, seconds=seconds) for seconds in range(-60, 61, 30)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in near)


def log_in(client, user, **asked):
    return client.post(reverse("admin:login"), {"username": user.get_username(), "password": PASSWORD, **asked})


def enter(client, user, key=KEY):
    """A session that has given both."""
    client.force_login(user)
    response = client.post(CHECK, {"code": code_of(key)})
    assert response.status_code == 303
    return response


def is_let_in(client):
    return client.get(reverse("admin:index")).status_code == 200


# What a password alone opens: nothing


def test_every_staff_address_leads_to_the_second_factor(client):
    world = World()
    client.force_login(world.organiser)
    open_to_all = {"/admin/language/", CHECK, SET_UP}
    staff = [address for address in world.addresses() if STAFF_PATH.match(address) and address != "/admin/logout/"]
    elsewhere = {}
    for address in staff:
        for method in ["GET", "POST"]:
            response = client.generic(method, address)
            led = response.status_code == 303 and response["Location"].startswith(CHECK)
            if not led and address not in open_to_all and not address.startswith("/staff/password/"):
                elsewhere[method, address] = response.status_code
    assert elsewhere == {}
    assert len(staff) > 40


def test_door_addresses_are_guarded_before_they_exist(client, user):
    client.force_login(user)
    assert client.get("/door/anything/")["Location"] == f"{CHECK}?next=%2Fdoor%2Fanything%2F"


def test_a_password_alone_checks_nobody_in(client, user, phone):
    world = World()
    address = f"/p/{world.registration.pass_number}"
    client.force_login(user)

    assert world.registration.full_name not in client.get(address).content.decode()
    client.post(address)
    world.registration.refresh_from_db()
    assert world.registration.checked_in_at is None

    enter(client, user)
    assert world.registration.full_name in client.get(address).content.decode()


def test_public_pages_stay_open_to_half_a_session(client, user):
    client.force_login(user)
    assert client.get("/ky/").status_code == 200


def test_nothing_is_asked_where_it_is_switched_off(client, user, settings):
    settings.SECOND_FACTOR = False
    client.force_login(user)
    assert is_let_in(client)


def test_strangers_are_led_to_the_password_first(client):
    for address in [CHECK, SET_UP, OWN]:
        assert client.get(address)["Location"].startswith("/admin/login/?next=")


def test_half_a_session_can_be_ended(client, user):
    client.force_login(user)
    assert client.post(reverse("admin:logout")).status_code == 200
    assert client.get(CHECK)["Location"].startswith("/admin/login/")


# Setting it up


def shown_key(response):
    text = parse(response).one("span", cls="key").text
    return hexlify(b32decode(text.replace(" ", ""))).decode()


def signed_key(response):
    return parse(response).one("input", name="key")["value"]


def set_up(client, **changed):
    page = client.get(SET_UP)
    return client.post(SET_UP, {"key": signed_key(page), "code": code_of(shown_key(page))} | changed)


def test_first_login_leads_through_setting_up(client, user):
    assert log_in(client, user)["Location"] == "/admin/"
    assert client.get("/admin/")["Location"] == f"{CHECK}?next=%2Fadmin%2F"
    assert client.get(f"{CHECK}?next=/staff/calls/")["Location"] == f"{SET_UP}?next=%2Fstaff%2Fcalls%2F"

    response = set_up(client, next="/staff/calls/")

    found = parse(response)
    assert response.status_code == 200
    assert len(found.one("ol", cls="recovery-codes").all("li")) == 10
    assert found.one("a", cls="btn")["href"] == "/staff/calls/"
    assert is_let_in(client)


def test_page_shows_the_key_as_picture_and_as_text(client, user):
    client.force_login(user)
    response = client.get(SET_UP)
    found = parse(response)
    assert found.one("div", cls="factor-code").one("svg")["role"] == "img"
    link = next(link["href"] for link in found.all("a") if link["href"].startswith("otpauth:"))
    secret = found.one("span", cls="key").text.replace(" ", "")
    assert f"secret={secret}" in link
    assert link.startswith(f"otpauth://totp/127.0.0.1%3A{user.get_username()}?")
    assert "no-store" in response.headers["Cache-Control"]


def test_looking_at_the_page_stores_nothing(client, user):
    client.force_login(user)
    client.get(SET_UP)
    assert not TOTPDevice.objects.exists()


def test_wrong_code_sets_nothing_up_and_keeps_the_key(client, user):
    client.force_login(user)
    page = client.get(SET_UP)
    response = client.post(SET_UP, {"key": signed_key(page), "code": wrong_code(shown_key(page))})
    assert response.status_code == 422
    assert shown_key(response) == shown_key(page)
    assert not TOTPDevice.objects.exists()


@pytest.mark.parametrize("fault", ["forged", "late", "another's"])
def test_key_of_somebody_else_or_of_yesterday_is_not_taken(client, user, fault):
    client.force_login(user)
    page = client.get(SET_UP)
    signed, key = signed_key(page), shown_key(page)
    if fault == "forged":
        signed = signed[:-2] + "xx"
    if fault == "another's":
        signed = second_factor.new_key(make_organiser())
        key = "00" * 20
    if fault == "late":
        with time_machine.travel(time.time() - 3700, tick=False):
            signed = second_factor.new_key(user)
        key = second_factor.signing.loads(signed, salt=second_factor.KEYS)["key"]
    response = client.post(SET_UP, {"key": signed, "code": code_of(key)})
    assert response.status_code == 200
    assert shown_key(response) != key
    assert not TOTPDevice.objects.exists()


def test_a_password_alone_replaces_no_phone(client, user, phone):
    client.force_login(user)
    stolen = second_factor.new_key(user)
    key = second_factor.read_key(user, stolen)
    assert client.get(SET_UP)["Location"].startswith(CHECK)
    assert client.post(SET_UP, {"key": stolen, "code": code_of(key)})["Location"].startswith(CHECK)
    assert TOTPDevice.objects.get() == phone


def test_another_phone_replaces_the_first_with_its_codes(client, user, phone):
    old = second_factor.new_recovery_codes(user)
    enter(client, user)
    response = set_up(client)
    assert response.status_code == 200
    assert TOTPDevice.objects.get().key != KEY
    assert is_let_in(client)
    for code in [code_of(seconds=30), old[0]]:
        assert second_factor.verify(user, code) == (None, None)


def test_the_code_that_set_it_up_is_used(client, user):
    client.force_login(user)
    page = client.get(SET_UP)
    code = code_of(shown_key(page))
    client.post(SET_UP, {"key": signed_key(page), "code": code})
    assert second_factor.verify(user, code)[0] is None


# Being asked for it


def test_right_code_lets_in_and_leads_on(client, user, phone):
    log_in(client, user)
    before = client.session.session_key
    response = client.post(CHECK, {"code": code_of(), "next": "/staff/calls/"})
    assert (response.status_code, response["Location"]) == (303, "/staff/calls/")
    assert client.session.session_key != before
    assert is_let_in(client)


@pytest.mark.parametrize("after", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_it_never_leads_to_another_site(client, user, phone, after):
    client.force_login(user)
    assert client.post(CHECK, {"code": code_of(), "next": after})["Location"] == "/admin/"


def test_wrong_code_lets_nobody_in(client, user, phone):
    client.force_login(user)
    response = client.post(CHECK, {"code": wrong_code()})
    assert response.status_code == 422
    assert parse(response).one("div", cls="error-summary")
    assert not is_let_in(client)


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "１２３４５６７", "-00001", "9" * 500, "\u0661" * 6]
)
def test_strange_codes_are_answered_quietly(client, user, phone, code):
    client.force_login(user)
    assert client.post(CHECK, {"code": code}).status_code == 422


def test_a_code_works_once(user, phone):
    first, second = Client(), Client()
    enter(first, user)
    second.force_login(user)
    with time_machine.travel(time.time() + 5, tick=False):
        assert second.post(CHECK, {"code": code_of(seconds=-5)}).status_code == 422


def test_guessing_gets_slower_and_says_when_to_try_again(client, user, phone):
    client.force_login(user)
    for _attempt in range(3):
        TOTPDevice.objects.update(throttling_failure_timestamp=None)
        client.post(CHECK, {"code": wrong_code()})
    response = client.post(CHECK, {"code": code_of()})
    assert response.status_code == 422
    assert re.search(r"\d\d:\d\d:\d\d", parse(response).one("div", cls="error-summary").text)
    assert not is_let_in(client)


def test_recovery_code_opens_once_however_it_is_spaced(client, user, phone):
    codes = second_factor.new_recovery_codes(user)
    client.force_login(user)
    assert client.post(CHECK, {"code": codes[3].replace(" ", "-")}).status_code == 303
    assert is_let_in(client)
    assert StaticToken.objects.count() == 9

    again = Client()
    again.force_login(user)
    assert again.post(CHECK, {"code": codes[3]}).status_code == 422


def test_codes_of_another_open_nothing(client, user, phone):
    other = make_organiser()
    TOTPDevice.objects.create(user=other, key="aa" * 20, name="app", confirmed=True)
    codes = second_factor.new_recovery_codes(other)
    client.force_login(user)
    for code in [code_of("aa" * 20), codes[0]]:
        TOTPDevice.objects.update(throttling_failure_timestamp=None)
        assert client.post(CHECK, {"code": code}).status_code == 422


def test_new_recovery_codes_replace_the_old(client, user, phone):
    old = second_factor.new_recovery_codes(user)
    enter(client, user)
    response = client.post(OWN, {"codes": "1"})
    new = [line.text for line in parse(response).one("ol", cls="recovery-codes").all("li")]
    assert len(set(new) - set(old)) == 10
    assert second_factor.verify(user, old[0])[0] is None
    assert second_factor.verify(user, new[0])[0] is None  # too early after a wrong one
    second_factor.recovery_of(user).throttle_reset()
    assert second_factor.verify(user, new[0])[0] is not None


def test_own_page_says_how_many_codes_are_left(client, user, phone):
    second_factor.new_recovery_codes(user)
    enter(client, user)
    assert "10" in parse(client.get(OWN)).one("main").text


# Resetting it


def test_command_resets_logs_and_tells_the_owner(user, phone, run_jobs, capsys):
    second_factor.new_recovery_codes(user)
    call_command("reset_second_factor", user.get_username())

    assert capsys.readouterr().out == f"The second factor of {user.get_username()} was reset.\n"
    assert second_factor.phone_of(user) is None
    assert second_factor.recovery_codes_left(user) == 0
    assert LogEntry.objects.get().object_id == str(user.pk)
    assert run_jobs() == ["consultations.send_account_letter"]
    assert (mail.outbox[0].to, user.get_username() in mail.outbox[0].body) == ([user.email], True)


def test_command_names_a_user_that_is_not_there():
    with pytest.raises(CommandError, match="There is no user nobody"):
        call_command("reset_second_factor", "nobody")


def test_command_says_when_there_was_nothing_to_reset(user, run_jobs, capsys):
    call_command("reset_second_factor", user.get_username())
    assert capsys.readouterr().out.endswith("was not set up.\n")
    assert run_jobs() == []


def test_reset_ends_what_the_session_could_do(client, user, phone):
    enter(client, user)
    assert is_let_in(client)
    second_factor.forget(user)
    assert client.get("/admin/")["Location"].startswith(CHECK)


def test_only_other_superusers_reset_it_in_the_admin(client, user, phone, run_jobs):
    owner = make_staff("view_registration", email="owner@example.org")
    TOTPDevice.objects.create(user=owner, key="aa" * 20, name="app", confirmed=True)
    address = reverse("admin:auth_user_do", args=[owner.pk])

    asked = enter(client, user) and client.post(address, {"deed": "reset-second-factor"})
    assert asked.status_code == 200
    assert second_factor.phone_of(owner) is not None
    client.post(address, {"deed": "reset-second-factor", "confirmed": "1"})
    assert second_factor.phone_of(owner) is None
    assert LogEntry.objects.get().user == user
    assert run_jobs() == ["consultations.send_account_letter"]

    own = reverse("admin:auth_user_do", args=[user.pk])
    client.post(own, {"deed": "reset-second-factor", "confirmed": "1"})
    assert second_factor.phone_of(user) == phone


@pytest.mark.parametrize("language", ["ky", "ru"])
@pytest.mark.parametrize("address", [CHECK, SET_UP, OWN])
def test_pages_are_in_the_chosen_language(client, user, language, address):
    client.cookies["language"] = language
    if address != SET_UP:
        TOTPDevice.objects.create(user=user, key=KEY, name="app", confirmed=True)
    client.force_login(user)
    if address == OWN:
        enter(client, user)
    response = client.get(address)
    assert (response.status_code, parse(response).one("html")["lang"]) == (200, language)
