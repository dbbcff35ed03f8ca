"""Error pages: what happened, what to do, whom to call, in the reader's language."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.test import Client, RequestFactory
from django.utils.translation import gettext as _
from phonenumber_field.phonenumber import PhoneNumber

from consultations.views import errors
from tests.factories import make_city_session, make_consultation
from tests.markup import parse
from tests.staff import make_organiser

PHONE = "tel:+996555000999"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/ky/nowhere/", "ky"),
        ("/ru/nowhere/", "ru"),
        ("/no/such/page", "ky"),
    ],
)
def test_not_found_page_leads_on_and_names_a_phone(client, path, language):
    make_city_session()
    response = client.get(path)
    found = parse(response)
    assert response.status_code == 404
    assert found.one("html")["lang"] == language
    assert found.one("p", cls="help").one("a")["href"] == PHONE
    assert f"/{language}/" in {link["href"] for link in found.one("main").all("a")}
    assert found.all("link", rel="canonical") == []
    assert found.one("meta", name="robots")["content"] == "noindex"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/staff/nowhere/", "/admin/"),
        ("/staff/attendance/999999/", "/admin/"),
        ("/door/nowhere/", "/door/"),
        ("/door/999999/", "/door/"),
    ],
)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_staff_who_lost_the_way_are_led_back_to_where_they_work(client, path, back, language):
    make_city_session()
    client.force_login(make_organiser())
    client.cookies["language"] = language
    response = client.get(path)
    found = parse(response)
    assert (response.status_code, found.one("html")["lang"]) == (404, language)
    assert [link["href"] for link in found.one("main").all("a")] == [back]
    assert found.one("header").one("a", cls="brand")["href"] == back
    assert found.one("meta", name="robots")["content"] == "noindex"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/staffing/nowhere/", "/ky/staff/nowhere/", "/ru/door/nowhere/"])
def test_address_that_only_looks_like_the_staffs_leads_to_visitors_pages(client, path):
    make_city_session()
    links = {link["href"] for link in parse(client.get(path, follow=True)).one("main").all("a")}
    assert links & {"/ky/", "/ru/"}
    assert not links & {"/admin/", "/door/"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("view", "status", "words"),
    [
        (errors.bad_request, 400, "This request cannot be read"),
        (errors.permission_denied, 403, "You have no access to this page."),
        (errors.page_not_found, 404, "Page not found"),
    ],
)
def test_error_pages_say_what_is_the_matter(view, status, words):
    make_consultation()
    response = view(RequestFactory().get("/ky/r/"), PermissionDenied())
    found = parse(response)
    assert (response.status_code, found.one("h1").text) == (status, _(words))
    assert found.one("p", cls="help").one("a")["href"] == PHONE


@pytest.mark.django_db
def test_error_pages_stand_without_a_database(monkeypatch):
    monkeypatch.setattr(errors, "current_consultation", raise_operational_error)
    for path in ["/ky/r/", "/staff/nowhere/", "/door/nowhere/"]:
        response = errors.page_not_found(RequestFactory().get(path), None)
        assert parse(response).all("p", cls="help") == []


def raise_operational_error():
    raise OperationalError


def test_server_error_page_is_in_both_languages_and_asks_nothing(monkeypatch):
    monkeypatch.setattr(errors, "known_phones", {1: PhoneNumber.from_string("+996555000999")})
    response = errors.server_error(HttpRequest())
    found = parse(response)
    assert response.status_code == 500
    assert found.one("h1").text == "Серверде ката кетти"
    assert [phone.one("a")["href"] for phone in found.all("p", cls="lead")] == [PHONE]
    assert found.one("div", lang="ru").one("h2").text == "На сервере произошла ошибка"
    assert {link["href"] for link in found.all("a", cls="btn")} == {"/ky/", "/ru/"}


def csrf_failure(data, *, reason=REASON_NO_CSRF_COOKIE, path="/ky/my/forget/"):
    return errors.csrf_failure(RequestFactory().post(path, data), reason)


@pytest.mark.django_db
def test_expired_form_is_kept_and_sent_again_by_one_button():
    response = csrf_failure({"name": "Өмүр «x»", "need": ["a", "b"], "csrfmiddlewaretoken": "old"})
    form = parse(response).one("form")
    fields = [(field["name"], field["value"]) for field in form.all("input")]
    assert response.status_code == 403
    assert [field for field in fields if field[0] != "csrfmiddlewaretoken"] == [
        ("name", "Өмүр «x»"),
        ("need", "a"),
        ("need", "b"),
    ]
    assert [value for name, value in fields if name == "csrfmiddlewaretoken"] != ["old"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "refused",
    [
        {"reason": "Origin checking failed - https://evil.example does not match any trusted origins."},
        {"reason": "Referer checking failed - https://evil.example does not match any trusted origins."},
        {"path": "/admin/login/"},
    ],
)
def test_form_of_another_site_or_of_the_admin_is_not_kept(refused):
    found = parse(csrf_failure({"password": "secret"}, **refused))
    assert found.all("form") == []
    assert "secret" not in found.text


@pytest.mark.django_db
def test_post_without_a_token_gets_the_friendly_page():
    make_city_session()
    response = Client(enforce_csrf_checks=True).post("/ky/", {"anything": "typed"})
    assert (response.status_code, parse(response).one("h1").text) == (403, _("The page is out of date"))


@pytest.mark.django_db
def test_health_with_a_database(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_health_without_a_database(client, monkeypatch):
    monkeypatch.setattr("consultations.views.health.connection.cursor", raise_operational_error)
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"database")
