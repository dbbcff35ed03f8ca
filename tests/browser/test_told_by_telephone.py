"""Somebody without e-mail, told by telephone of all that happens: in two browsers, theirs and the organiser's."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from consultations import actions
from consultations.forms import sending
from consultations.models import Message, Registration
from consultations.templatetags.content import with_weekday
from tests.browser.announced import announce
from tests.browser.conftest import Visitor
from tests.factories import make_registration
from tests.staff import admin_page, make_organiser

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Турдубеков Нурсултан"
DESK = {"width": 1280, "height": 900}
VENUE = "Областная библиотека имени Токтогула"


@pytest.fixture
def site(live_server, plain_static_files, settings, monkeypatch):
    """The whole site with the admin, whose files the site for visitors leaves out."""
    settings.SITE_URL = live_server.url
    monkeypatch.setattr(sending, "FASTEST", 0)
    return live_server.url


class Organiser(Visitor):
    """Logged in, working in Kyrgyz."""

    def __init__(self, browser, site):
        super().__init__(browser, site, "ky", viewport=DESK)
        desk = Client()
        desk.force_login(make_organiser())
        cookies = {settings.SESSION_COOKIE_NAME: desk.session.session_key, "language": "ky"}
        self.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies.items()])

    def reads(self, registration):
        """What the registration's page says has not been told yet."""
        self.goes(admin_page(registration))
        return self.page.locator(".field-not_told .readonly").inner_text().splitlines()

    def announces(self, city_session, **changes):
        """Writes the changes down, is reminded of those who do not know, tells them; two minutes later it goes out."""
        self.goes(admin_page(city_session))
        for name, value in changes.items():
            field = self.page.locator(f"#id_{name}")
            field.select_option(value) if name == "state" else field.fill(value)
        self.page.locator("[name=_continue]").click()
        self.page.wait_for_load_state()
        self.follows("Announce")
        self.presses("Announce")
        Message.objects.update(send_after=None)

    def calls(self, registration):
        """Opens the call list, where nobody else stands; returns the words, which the links carry as well."""
        self.goes("/staff/calls/")
        assert self.page.locator("main h3").all_inner_texts() == [NAME]
        said = self.page.locator("blockquote[lang=ru]").inner_text()
        dials, writes, chats = (link.get_attribute("href") for link in self.page.locator(".ways a").all())
        assert dials == "tel:+996555123456"
        assert writes.startswith("sms:+996555123456?&body=")
        assert urlsplit(chats)._replace(query="").geturl() == "https://wa.me/996555123456"
        page = f"{self.site}/ru/nbsap-2040/osh/"
        assert parse_qs(urlsplit(chats).query) == {"text": [f"{said}\n{page}"]}
        assert parse_qs(writes.partition("?&")[2]) == {"body": [f"{said}\n{page}"]}
        return said

    def tells(self):
        self.presses("Told")
        assert self.page.locator("main h3").count() == 0


@pytest.fixture
def person(browser, site):
    visitor = Visitor(browser, site, "ru")
    yield visitor
    leaves(visitor)


@pytest.fixture
def organiser(browser, site):
    visitor = Organiser(browser, site)
    yield visitor
    leaves(visitor)


def leaves(visitor):
    visitor.context.close()
    assert (visitor.noise, [request.url for request in visitor.outside]) == ([], [])


def not_told(kind):
    """As the organiser reads it."""
    return [f"{kind.label}: {Message.Channel.CALL.label}, {Message.Status.QUEUED.label}"]


def test_person_without_email_is_told_of_a_place_a_venue_and_a_cancelled_session(person, organiser):
    osh = announce(hall_capacity=1)["osh"]
    holder = make_registration(osh, email="holder@example.org")

    # Registered into the queue, from a phone, without an e-mail
    person.goes("/ru/nbsap-2040/osh/register/")
    person.chooses("mode", "hall")
    person.types(full_name=NAME, phone="0555 123 456")
    person.ticks("consent_text")
    person.presses("Register")
    own_page = person.path
    assert person.status() == person.words("You are on the waiting list")
    registration = Registration.objects.get(full_name=NAME)
    assert organiser.reads(registration) == ["—"]

    # A place became free
    actions.cancel(registration=holder)
    assert organiser.reads(registration) == not_told(Message.Kind.PROMOTED)
    words = organiser.calls(registration)
    assert f"Здравствуйте, {NAME}!" in words
    with_day = with_weekday_in("ru", osh.date)
    assert ["Место освободилось, теперь оно ваше." in words, with_day in words, "уточняется" in words] == [True] * 3
    organiser.tells()
    assert organiser.reads(registration) == ["—"]
    person.goes(own_page)
    assert person.status() == person.words("A place in the hall is yours")

    # The venue is known; whoever has cancelled is not called
    organiser.announces(osh, venue_ky="Токтогул атындагы облустук китепкана", venue_ru=VENUE)
    assert organiser.reads(registration) == not_told(Message.Kind.SESSION_CHANGED)
    assert f"Место проведения: {VENUE}" in organiser.calls(registration)
    organiser.tells()
    assert organiser.reads(registration) == ["—"]
    person.goes(own_page)
    assert VENUE in person.page.locator("main").inner_text()

    # It will not take place
    organiser.announces(osh, state="cancelled")
    assert organiser.reads(registration) == not_told(Message.Kind.SESSION_CANCELLED)
    assert "не состоится" in organiser.calls(registration)
    organiser.tells()
    assert organiser.reads(registration) == ["—"]
    person.goes(own_page)
    assert person.sees("The session is cancelled")

    told = Message.objects.calls().filter(registration=registration).order_by("pk")
    assert list(told.values_list("kind", "status")) == [
        (kind, "told") for kind in ("promoted", "session-changed", "session-cancelled")
    ]


def with_weekday_in(language, date):
    with translation.override(language):
        return with_weekday(date)
