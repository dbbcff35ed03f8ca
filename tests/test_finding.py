"""Ways back to one's own page, which tell a stranger nothing."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultations.client import address_of
from consultations.models import Message
from consultations.views import finding, remembered
from tests import hostile
from tests.answers import answers, make_open_session, register_address
from tests.factories import make_group, make_registration

pytestmark = pytest.mark.django_db

FIND, MY = "/ky/find/", "/ky/my/"


def test_number_and_phone_open_the_own_page(client):
    registration = make_registration(make_open_session(), phone="+996555123456")
    number = f"№ {registration.pass_number[:4]}-{registration.pass_number[4:]}"
    response = client.post(FIND, {"pass_number": number, "phone": "0555 12 34 56"})
    assert (response.status_code, response.url) == (303, registration.get_absolute_url())
    assert registration.full_name in client.get(MY).content.decode()


def test_member_of_a_group_is_found_by_the_contacts_phone(client):
    contact, member = make_group(make_open_session(), size=2)
    response = client.post(FIND, {"pass_number": member.pass_number, "phone": contact.phone.as_e164})
    assert response.url == member.get_absolute_url()


def test_wrong_number_and_wrong_phone_get_the_same_answer(client):
    registration, other = (make_registration(make_open_session()) for _ in range(2))
    bodies = set()
    for number, phone in [
        (registration.pass_number, other.phone.as_e164),
        (other.pass_number, registration.phone.as_e164),
        ("00000000", registration.phone.as_e164),
    ]:
        response = client.post(FIND, {"pass_number": number, "phone": phone})
        assert response.status_code == 422
        lines = re.search(r'class="error-summary".*?</ul>', response.content.decode(), re.DOTALL)[0]
        bodies.add(lines)
        assert registration.full_name not in response.content.decode()
    assert len(bodies) == 1


@pytest.mark.parametrize("number", ["", "2741", "00000001", "2741 0936 1", "abc", "\x00", "9" * 5000])
def test_slip_of_the_finger_in_the_number_is_said(client, number):
    response = client.post(FIND, {"pass_number": number, "phone": "0555 123 456"})
    assert (response.status_code, 'aria-invalid="true"' in response.content.decode()) == (422, True)


def test_letter_is_promised_alike_to_known_and_unknown_addresses(client):
    make_registration(make_open_session(), email="a@example.org")
    pages = set()
    for email in ["A@Example.org", "b@example.org"]:
        response = client.post(FIND, {"email": email})
        page = client.get(response.url).content.decode()
        pages.add((response.status_code, response.url, re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)))
    assert len(pages) == 1
    assert Message.objects.filter(kind="link").count() == 1


def test_letter_for_nobody_costs_as_much_as_one_for_somebody(client):
    """P 61: what is done, and so how long it takes, is alike for who is known, was told today, or is a stranger."""
    make_registration(email="known@example.kg")
    counted = []
    for email in ["known@example.kg", "known@example.kg", "stranger@example.kg"]:
        with CaptureQueriesContext(connection) as queries:
            client.post("/ky/find/", {"email": email})
        assert sum("procrastinate_defer_jobs" in query["sql"] for query in queries) == 1
        counted.append(len(queries))
    assert max(counted) - min(counted) <= 1


def test_letter_goes_once_a_day(client):
    make_registration(make_open_session(), email="a@example.org")
    for _ in range(3):
        client.post(FIND, {"email": "a@example.org"})
    assert Message.objects.filter(kind="link").count() == 1


@pytest.mark.parametrize("email", [typed for typed, stored in hostile.EMAILS if stored is None])
def test_hostile_address_is_refused(client, email):
    assert client.post(FIND, {"email": email}).status_code == 422
    assert Message.objects.count() == 0


def test_tries_are_limited_by_phone_and_by_network(client, monkeypatch):
    monkeypatch.setattr(finding, "MOST_TRIES_FOR_ONE_PHONE", 2)
    registration = make_registration(make_open_session(), phone="+996555123456")
    for _ in range(2):
        client.post(FIND, {"pass_number": "00000000", "phone": "0555 123 456"})
    right = {"pass_number": registration.pass_number, "phone": "0555 123 456"}
    assert client.post(FIND, right).status_code == 422
    monkeypatch.setattr(finding, "MOST_LETTERS_FROM_ONE_ADDRESS", 0)
    assert client.post(FIND, {"email": "a@example.org"}).status_code == 422


def test_phone_remembers_and_forgets(client):
    city_session = make_open_session()
    client.post(register_address(city_session), answers(city_session))
    cookie = client.cookies[remembered.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 90 * 24 * 3600)
    assert "Турдубеков Нурсултан" in client.get(MY).content.decode()
    assert client.post("/ky/my/forget/").status_code == 303
    assert "Турдубеков Нурсултан" not in client.get(MY).content.decode()


def test_phone_forgets_nothing_by_looking(client):
    city_session = make_open_session()
    client.post(register_address(city_session), answers(city_session))
    client.get("/ky/my/forget/")
    assert "Турдубеков Нурсултан" in client.get(MY).content.decode()


def test_phone_remembers_ninety_days(client):
    city_session = make_open_session()
    client.post(register_address(city_session), answers(city_session))
    with time_machine.travel(timezone.now() + timezone.timedelta(days=91)):
        assert "Турдубеков Нурсултан" not in client.get(MY).content.decode()


def test_forged_cookie_remembers_nothing(client):
    registration = make_registration(make_open_session())
    client.cookies[remembered.COOKIE] = f"{registration.code}:1:forged"
    assert registration.full_name not in client.get(MY).content.decode()


def test_phone_remembers_the_twenty_newest(client):
    request, response = RequestFactory().get("/"), client.get(MY)
    for registration in [make_registration() for _ in range(22)]:
        remembered.remember(request, response, registration)
        request.COOKIES[remembered.COOKIE] = response.cookies[remembered.COOKIE].value
    codes = remembered.remembered_codes(request)
    assert (len(codes), codes[0]) == (20, registration.code)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "203.0.113.9"),
        (0, "198.51.100.1", "203.0.113.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "nonsense", "unknown"),
        (3, "198.51.100.1", "203.0.113.9"),
    ],
)
def test_address_is_the_nth_from_the_right(proxies, forwarded, address):
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", headers=headers)
    with override_settings(TRUSTED_PROXIES=proxies):
        assert address_of(request) == address
