import time

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.urls import path
from django.utils import translation

from consultations import middleware
from consultations.middleware import DatabaseAway, LocaleMiddleware, PermissionsPolicy, PersonalPages


def answer_in_language(request):
    return HttpResponse(translation.get_language())


def fail(request):
    raise request.META["error"]


# The least map that shows all cases; the languages' prefix as paths, because only paths are looked at.
urlpatterns = [
    path("here", answer_in_language),
    path("ky/page/", answer_in_language),
    path("ru/page/", answer_in_language),
    path("ky/file.ics", answer_in_language),
    path("ru/file.ics", answer_in_language),
    path("fail", fail),
]


@pytest.fixture
def small_map(settings):
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def visit(rf):
    """A function that sends a request through LocaleMiddleware alone, to a view answering its language or a status."""

    def visit(address, cookie=None, status=200, method="GET"):
        request = rf.generic(method, address)
        if cookie:
            request.COOKIES["language"] = cookie
        view = LocaleMiddleware(lambda request: HttpResponse(translation.get_language(), status=status))
        return view(request)

    return visit


@pytest.mark.parametrize(
    ("address", "cookie", "language"),
    [
        ("/here", None, "ky"),
        ("/here", "ru", "ru"),
        ("/here", "ky", "ky"),
        ("/here", "en", "ky"),
        ("/here", "../../x", "ky"),
        ("/ru/page/", None, "ru"),
        ("/ru/page/", "ky", "ru"),
        ("/ky/page/", "ru", "ky"),
        ("/ru", "ky", "ru"),
        ("/rupage/", None, "ky"),
        ("/RU/page/", None, "ky"),
        ("/en/page/", None, "ky"),
    ],
)
def test_language_is_the_addresses_else_the_cookies_else_kyrgyz(visit, address, cookie, language):
    response = visit(address, cookie)
    assert response.content.decode() == language
    assert response["Content-Language"] == language


def test_what_the_browser_accepts_says_nothing(rf):
    request = rf.get("/here", headers={"Accept-Language": "ru,en;q=0.5"})
    assert LocaleMiddleware(answer_in_language)(request).content == b"ky"


@pytest.mark.parametrize(
    ("address", "cookie", "remembered"),
    [
        ("/ru/page/", None, "ru"),
        ("/ru/page/", "ky", "ru"),
        ("/ky/page/", "ru", "ky"),
        ("/ru/page/", "ru", None),
        ("/ky/page/", None, None),
        ("/here", "ru", None),
    ],
)
def test_language_is_remembered_only_when_that_changes_something(visit, address, cookie, remembered):
    cookies = visit(address, cookie).cookies
    assert {name: morsel.value for name, morsel in cookies.items()} == ({"language": remembered} if remembered else {})


def test_the_cookie_lasts_a_year_and_stays_here(visit):
    morsel = visit("/ru/page/").cookies["language"]
    assert (morsel["max-age"], morsel["samesite"], morsel["path"]) == (365 * 24 * 3600, "Lax", "/")
    assert morsel["httponly"]


def test_a_page_that_is_missing_is_not_remembered(visit):
    assert visit("/ru/nothing/", status=404).cookies == {}


def test_pages_without_language_tell_caches_that_the_cookie_matters(visit):
    assert visit("/here")["Vary"] == "Cookie"
    assert "Vary" not in visit("/ky/page/")


@pytest.mark.parametrize(
    ("address", "cookie", "target"),
    [
        ("/page/", None, "/ky/page/"),
        ("/page/", "ru", "/ru/page/"),
        ("/page", None, "/ky/page/"),
        ("/page?a=1&b=%D3%A9", None, "/ky/page/?a=1&b=%D3%A9"),
        ("/file.ics", "ru", "/ru/file.ics"),
    ],
)
def test_an_address_without_language_leads_to_the_same_with_it(small_map, visit, address, cookie, target):
    response = visit(address, cookie, status=404)
    assert (response.status_code, response["Location"]) == (302, target)
    assert response["Vary"] == "Cookie"


@pytest.mark.parametrize("address", ["/nothing/", "//evil.example/", "/page/page/", "/ky/ky/page/", "/en/page/"])
def test_an_address_that_no_language_has_stays_missing(small_map, visit, address):
    assert visit(address, status=404).status_code == 404


def test_only_reading_is_redirected(small_map, visit):
    assert visit("/page/", status=404, method="POST").status_code == 404
    assert visit("/page/", status=404, method="HEAD").status_code == 302


@pytest.mark.parametrize("address", ["/ky/%00/", "/ky/r/ab%00cd/", "/ky/?q=%00", "/ky/?q=%ff", "/ky/?%ED%A0%80=1"])
@pytest.mark.django_db
def test_a_nul_or_a_query_that_is_no_text_is_refused(client, address):
    assert client.get(address).status_code == 400


@pytest.mark.parametrize("address", ["/ky/%ff/", "/ky/r/%ff/", "/%C0%80", "/ky/%ED%A0%80/", "/%ff", "/p/%ff", "/j/%ff"])
@pytest.mark.django_db
def test_a_path_that_is_no_text_is_missing(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_a_cookie_with_a_nul_is_refused(client):
    assert client.get("/admin/", headers={"Cookie": r'sessionid="aaaaaaaa\000aaaaaaaa"'}).status_code == 400


@pytest.mark.django_db
def test_letters_of_any_script_pass(client):
    assert client.get("/ky/", {"q": "өмүр 漢字 😀 \u202e"}).status_code != 400


@pytest.mark.parametrize(
    ("address", "is_personal"),
    [
        ("/ky/r/abc/", True),
        ("/ru/r/abc/cancel/", True),
        ("/r/abc/", True),
        ("/j/abc", True),
        ("/p/27410936", True),
        ("/ky/my/", True),
        ("/ru/find/", True),
        ("/ky/", False),
        ("/ky/nbsap-2040/osh/register/", False),
        ("/ky/rivers/", False),
        ("/ky/nbsap-2040/r/", False),
        ("/admin/", False),
    ],
)
def test_personal_pages_stay_out_of_caches_and_search_engines(rf, address, is_personal):
    response = PersonalPages(lambda request: HttpResponse())(rf.get(address))
    headers = [response.get(name) for name in ["Cache-Control", "X-Robots-Tag", "Referrer-Policy"]]
    assert headers == (["no-store", "noindex", "same-origin"] if is_personal else [None] * 3)


def test_a_view_may_allow_itself_the_camera(rf):
    door = PermissionsPolicy(lambda request: HttpResponse(headers={"Permissions-Policy": "camera=(self)"}))
    assert door(rf.get("/"))["Permissions-Policy"] == "camera=(self)"
    other = PermissionsPolicy(lambda request: HttpResponse())
    assert "camera=()" in other(rf.get("/"))["Permissions-Policy"]


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_page_in_both_languages(small_map, client, caplog, error):
    response = client.get("/fail", error=error)
    assert (response.status_code, response["Retry-After"], response["Cache-Control"]) == (503, "10", "no-store")
    page = response.content.decode()
    assert '<html lang="ky">' in page
    assert '<div lang="ru">' in page
    assert "Traceback" not in caplog.text


def test_other_errors_are_left_to_django(rf):
    assert DatabaseAway(None).process_exception(rf.get("/"), ValueError()) is None


@pytest.mark.django_db
def test_a_database_that_does_not_listen_is_noticed_within_a_second(settings):
    from django.db.backends.postgresql.base import DatabaseWrapper

    nowhere = {**settings.DATABASES["default"], "HOST": "/nonexistent", "PORT": "5432"}
    started = time.monotonic()
    with pytest.raises(OperationalError):
        DatabaseWrapper(nowhere).ensure_connection()
    assert time.monotonic() - started < 1


def test_languages_are_those_of_the_settings(settings):
    assert [code for code, _ in settings.LANGUAGES] == middleware.LANGUAGES
