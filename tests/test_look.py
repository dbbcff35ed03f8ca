"""The public pages in a real browser: accessible in light and dark, at 320 px, without a foreign request."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from consultations.models import CitySession
from tests.factories import make_city_session, make_consultation
from tests.test_public import LANGUAGES, PAGES, announcement  # noqa: F401 -- the fixture
from tests.test_states import STATES, make_session_in

pytestmark = pytest.mark.django_db(transaction=True)

# WCAG 1.4.12: what a reader may set for all text.
WIDE_TEXT = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"


@pytest.fixture
def tab(browser):
    context = browser.new_context(viewport={"width": 360, "height": 640}, bypass_csp=True)
    yield context.new_page()
    context.close()


def look_at(tab, address):
    """Open the page, and check what holds of every page whatever it shows."""
    requested, complaints = [], []
    tab.on("request", lambda request: requested.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(address)
    host = "/".join(address.split("/")[:3])
    assert [url for url in requested if not url.startswith(host)] == []
    assert len(requested) <= 5
    assert complaints == []
    for scheme in ["light", "dark"]:
        tab.emulate_media(color_scheme=scheme)
        violations = Axe().run(tab).response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    tab.set_viewport_size({"width": 320, "height": 640})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320
    tab.add_style_tag(content=WIDE_TEXT)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_public_page_in_a_browser(tab, live_server, announcement, path, language):  # noqa: F811
    look_at(tab, f"{live_server.url}/{language}/{path}")


def test_every_state_in_a_browser(tab, live_server):
    consultation = make_consultation()
    for number, stage in enumerate(STATES):
        make_session_in(stage, consultation)
        CitySession.objects.filter(slug="here").update(slug=f"was-{number}")
    look_at(tab, live_server.url + consultation.get_absolute_url())
    for city_session in consultation.city_sessions.all():
        look_at(tab, live_server.url + city_session.get_absolute_url())


def test_page_can_be_walked_by_keyboard(tab, live_server):
    city_session = make_city_session(city_ky="Ош")
    tab.goto(f"{live_server.url}/ky/")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
    assert tab.locator(".skip").bounding_box()["height"] > 20  # it shows itself when it has the focus
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == city_session.get_absolute_url()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{live_server.url}{city_session.get_absolute_url()}register/")


def test_printed_session_page_carries_its_codes_and_no_buttons(tab, live_server):
    city_session = make_city_session()
    tab.goto(live_server.url + city_session.get_absolute_url())
    assert tab.locator(".codes").is_hidden()
    tab.emulate_media(media="print")
    assert tab.locator(".codes").is_visible()
    assert tab.locator(".codes svg").first.bounding_box()["width"] >= 25 / 25.4 * 96  # 25 mm, the sheet in hand
    assert tab.locator(".btn:visible, .language:visible").count() == 0
