"""No byte that anybody sends makes an error of the server (P 56): every address, query, field, cookie and header.

The corpus goes everywhere; hypothesis adds what nobody thought of. Django's test client raises what a view raises, so
an answer here that is not below 500 is a failure with its traceback.
"""

import re
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from tests.addresses import World, routes
from tests.answers import make_open_session
from tests.hostile import KEPT_AS_TYPED

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    "0",
    "-1",
    "9" * 30,
    "9e9",
    "NaN",
    "\u0660\u0661",
    "null",
    "[]",
    "{}",
    "../../etc/passwd",
    "//evil.example",
    "javascript:alert(1)",
    "a\x00b",
    "a\r\nSet-Cookie: x=1",
    "\u202e\u2066",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "%",
    "%s%(name)s{0}",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "Ө" * 3000,
    *KEPT_AS_TYPED[::6],
]
# What our pages and the admin read from an address.
QUERY_KEYS = (
    "q p o e page part session consultation mode to next status n query preview reason language format preset "
    "city_sessions chosen id ids all _popup _changelist_filters code__startswith phone__regex token".split()
)
SEGMENTS = ["0", "9" * 30, "-1", "%2e%2e", "%F0%9F%98%80", quote("өмүр"), "a" * 300, "%0d%0a", "'--", "..%2f.."]


def guarded(client, method, address, **options):
    """The answer, whatever it is, unless it is an error of ours."""
    response = getattr(client, method)(address, **options)
    assert response.status_code < 500, (method, address, options)
    return response


class Readers:
    """Staff at the addresses for staff, where strangers get no further than the login; a stranger elsewhere."""

    def __init__(self):
        self.world = World()
        self.stranger, self.organiser = Client(), Client()
        self.organiser.force_login(self.world.organiser)

    def at(self, address):
        return self.organiser if address.startswith(("/admin/", "/staff/", "/door/", "/p/")) else self.stranger


def addresses(world):
    """One language's: the other half is the same views."""
    return [address for address in world.addresses() if "logout" not in address and not address.startswith("/ru/")]


def test_every_query_key_takes_every_text():
    readers = Readers()
    for number, address in enumerate(addresses(readers.world)):
        for turn in range(3):  # each address meets a third of the texts, each key all of them
            text = TEXTS[(number * 3 + turn) % len(TEXTS)]
            guarded(readers.at(address), "get", address, data=dict.fromkeys(QUERY_KEYS, text))


def test_every_segment_takes_every_text():
    readers = Readers()
    patterns = {route for route, _translated in routes(get_resolver().url_patterns) if "<" in route}
    for route in patterns:
        for segment in SEGMENTS:
            address = "/" + re.sub(r"<[^>]+>|\(\?P[^)]*\)", segment, route).replace("^", "").rstrip("$")
            guarded(readers.at(address), "get", address)


def test_every_field_takes_every_text():
    """The forms as they are shown: whatever a page asks for is named in it."""
    readers = Readers()
    for number, address in enumerate(addresses(readers.world)):
        client = readers.at(address)
        shown = client.get(address)
        if shown.status_code != 200 or not shown.headers.get("Content-Type", "").startswith("text/html"):
            continue
        names = set(re.findall(r'name="([^"]+)"', shown.content.decode())) - {"viewport", "robots", "color-scheme"}
        for turn in range(2):
            text = TEXTS[(number * 2 + turn) % len(TEXTS)]
            guarded(client, "post", address, data=dict.fromkeys(names, text))
        guarded(client, "post", address, data=b"\xff\x00{", content_type="application/json")
        guarded(client, "post", address, data={name: SimpleUploadedFile("a\x00.pdf", b"\x00\xff") for name in names})


def test_every_cookie_and_header_takes_every_text(client):
    world = World()
    cookies = [settings.LANGUAGE_COOKIE_NAME, settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "my", "messages"]
    headers = ["Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Referer", "Origin"]
    headers += ["X-Forwarded-For", "X-Forwarded-Proto", "User-Agent", "X-Requested-With", "Accept"]
    pages = [world.registration.get_absolute_url(), world.city_session.get_absolute_url(), "/ky/my/", "/ky/", "/admin/"]
    for number, text in enumerate(TEXTS):
        sent = text.encode("utf-8").decode("latin-1")
        plain = re.sub(r"[\r\n\x00;,]", " ", sent)[:4000]
        address = pages[number % len(pages)]
        guarded(client, "get", address, headers=dict.fromkeys(headers, plain))
        cookie = "; ".join(f"{name}={plain}" for name in cookies)
        guarded(Client(), "get", address, headers={"Cookie": cookie})


REFUSED = {302, 400, 403, 404, 405}


@pytest.mark.parametrize("name", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "ӨМҮР"])
def test_other_methods_do_nothing(client, name):
    form = {"data": b"full_name=x", "content_type": "application/x-www-form-urlencoded"}
    statuses = {address: client.generic(name, address, **form).status_code for address in addresses(World())}
    assert {address: status for address, status in statuses.items() if status not in REFUSED} == {}


@pytest.mark.parametrize(
    ("host", "forwarded"),
    [("evil.example", ""), ("testserver:80@evil.example", ""), ("", ""), ("testserver", "evil.example"), ("ө", "")],
)
def test_links_come_from_our_own_address_whatever_the_request_says(client, host, forwarded):
    """P 53: a forged host is refused, or changes nothing in the page."""
    world = World()
    headers = {"Host": host.encode().decode("latin-1")} | ({"X-Forwarded-Host": forwarded} if forwarded else {})
    for address in [world.registration.get_absolute_url(), world.city_session.get_absolute_url(), "/ky/", "/osh"]:
        response = guarded(client, "get", address, headers=headers)
        assert "evil.example" not in response.content.decode() + str(response.headers)


ELSEWHERE = ["//evil.example", "https:evil.example", "javascript:alert('evil.example')", r"\\evil.example"]


def test_after_logging_in_or_choosing_a_language_one_stays_on_the_site(client):
    """P 55."""
    world = World()
    locations = []
    for number, address in enumerate(addresses(world)):
        target = ELSEWHERE[number % len(ELSEWHERE)]
        locations.append(guarded(client, "get", address, data={"next": target, "to": target}).headers.get("Location"))
    for target in ELSEWHERE:
        chosen = client.post("/admin/language/", {"language": "ru", "next": target})
        locations.append(chosen.headers.get("Location"))
    assert [location for location in locations if location and "evil" in urlsplit(location).netloc] == []
    assert [location for location in locations if location and not re.match(r"/[^/\\]|https://", location)] == []
    world.organiser.set_password("right and long enough")
    world.organiser.save()
    login = {"username": "organiser", "password": "right and long enough", "next": ELSEWHERE[0]}
    response = client.post("/admin/login/", login, query_params={"next": ELSEWHERE[0]})
    assert (response.status_code, response.headers["Location"]) == (302, "/admin/")


def test_absurd_bodies_are_refused(client):
    """P 59: 256 KB and 800 fields, the most that our largest forms send."""
    city_session = make_open_session()
    address = f"{city_session.get_absolute_url()}register/"
    assert guarded(client, "post", address, data={"full_name": "x" * 300_000}).status_code == 400
    many = {f"field-{number}": "x" for number in range(1_000)}
    assert guarded(client, "post", address, data=many).status_code == 400
    assert guarded(client, "post", address, data={"full_name": "x" * 10_000}).status_code == 422


# Control characters, halves of pairs, marks upon marks: any text, and any bytes where a text should be.
ANYTHING = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)
FIELDS = (
    "full_name phone email mode placing organisation organisation_type position home_place gender age_group language "
    "needs needs_text question consent listed_publicly photo_consent form_token add_person carry again".split()
)
FEW = tries(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)


@FEW
@given(fields=st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6))
def test_whatever_is_typed_the_form_answers(client, fields):
    address = f"{make_open_session().get_absolute_url()}register/"
    assert guarded(client, "post", address, data=fields).status_code in {200, 400, 422}


@FEW
@given(path=ANYTHING, query=ANYTHING)
def test_whatever_is_asked_for_the_site_answers(client, path, query):
    guarded(client, "get", f"/{quote(path)}", query_params={"q": query})


@FEW
@given(path=st.binary(max_size=30), query=st.binary(max_size=30))
def test_whatever_bytes_are_asked_for_the_site_answers(client, path, query):
    guarded(client, "get", f"/ky/{quote(path)}?{quote(query)}={quote(query)}")
