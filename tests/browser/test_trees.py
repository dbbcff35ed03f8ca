"""What a screen reader is told of the form, of its errors, of a full session and of the ticket."""

import pytest
from django.utils import timezone

from consultations.models import CitySession
from tests.browser.announced import FIXED_DAY, announce
from tests.browser.reviewed import is_as_reviewed
from tests.factories import make_registration

# Given, not drawn, so that the texts stay the same.
SECRETS = {"code": "own-page-of-a-ticket-0", "join_code": "link-to-join-online-00", "pass_number": "27410936"}

in_both_languages = pytest.mark.parametrize("language", ["ky", "ru"])


@pytest.fixture(autouse=True)
def address_on_paper(site, settings):
    settings.SITE_URL = "https://talkuu.example.kg"


def open_form(visitor):
    visitor.goes(f"/{visitor.language}/nbsap-2040/osh/register/")


@in_both_languages
def test_form(visit, language):
    announce(FIXED_DAY)
    visitor = visit(language)
    open_form(visitor)
    is_as_reviewed("form", language, visitor.page.locator("body").aria_snapshot())


@in_both_languages
def test_form_with_errors(visit, language):
    announce(FIXED_DAY)
    visitor = visit(language)
    open_form(visitor)
    visitor.types(full_name="Айгүл", phone="12")
    visitor.presses("Register")
    is_as_reviewed("error", language, visitor.page.locator("main").aria_snapshot())


@in_both_languages
def test_full_session(visit, language):
    announce(FIXED_DAY, hall_capacity=1)
    make_registration(CitySession.objects.get(slug="osh"))
    visitor = visit(language)
    visitor.goes(f"/{language}/nbsap-2040/osh/")
    page = visitor.page.locator(".hero").aria_snapshot()
    open_form(visitor)
    form = visitor.page.locator("main > :not(form), main fieldset:has([name=mode])").all()
    is_as_reviewed("full", language, "\n".join([page, *(part.aria_snapshot() for part in form)]))


@pytest.mark.parametrize("mode", ["hall", "online", "waiting"])
@in_both_languages
def test_ticket(visit, language, mode):
    announce(FIXED_DAY, hall_capacity=1)
    states = {
        "hall": {},
        "online": {"mode": "online"},
        "waiting": {"status": "waiting", "hall_wanted_at": timezone.now()},
    }
    city_session = CitySession.objects.get(slug="osh")
    if mode == "waiting":
        make_registration(city_session)
    make_registration(city_session, full_name="Турдубеков Нурсултан", **SECRETS, **states[mode])
    visitor = visit(language)
    visitor.goes(f"/{language}/r/{SECRETS['code']}/")
    is_as_reviewed(f"ticket-{mode}", language, visitor.page.locator("main").aria_snapshot())
