"""What a screen reader is told of the form, of its errors, of a full session and of the ticket."""

import pytest
from django.utils import timezone

from consultations.models import CitySession
from tests.browser.announced import FIXED_DAY, announce
from tests.browser.reviewed import is_as_reviewed
from tests.factories import make_registration


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_trees_are_as_reviewed(visit, settings, language):
    settings.SITE_URL = "https://talkuu.example.kg"
    announce(FIXED_DAY)
    visitor = visit(language)
    trees = {}

    def see(name, path, selector="main"):
        visitor.goes(f"/{language}/{path}")
        trees[name] = visitor.page.locator(selector).aria_snapshot()

    see("form", "nbsap-2040/osh/register/", "body")
    visitor.types(full_name="Айгүл", phone="12")
    visitor.presses("Register")
    trees["error"] = visitor.page.locator("main").aria_snapshot()

    CitySession.objects.filter(slug="naryn").update(hall_capacity=1)
    full, open_session = CitySession.objects.get(slug="naryn"), CitySession.objects.get(slug="osh")
    make_registration(full)
    see("full", "nbsap-2040/naryn/", ".hero")
    see("full-form", "nbsap-2040/naryn/register/", "main fieldset:has([name=mode])")

    make_ticket(open_session, "Турдубеков Нурсултан", "own-page-of-a-hall-tic", "27410937")
    make_ticket(open_session, "Асанова Айгүл", "own-page-of-an-online-", "27410945", mode="online")
    waiting = {"status": "waiting", "hall_wanted_at": timezone.now()}
    make_ticket(full, "Өмүралиева Үмүт Ыдырыс кызы", "own-page-of-a-waiting-", "27410959", **waiting)
    see("ticket-hall", "r/own-page-of-a-hall-tic/")
    see("ticket-online", "r/own-page-of-an-online-/")
    see("ticket-waiting", "r/own-page-of-a-waiting-/")

    is_as_reviewed(trees, language)


def make_ticket(city_session, name, code, number, **fields):
    """With secrets that are given, not drawn, so that the texts stay the same."""
    secrets = {"code": code, "join_code": code[::-1], "pass_number": number}
    make_registration(city_session, full_name=name, **secrets, **fields)
