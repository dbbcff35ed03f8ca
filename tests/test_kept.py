"""The empty form that is kept ready: the same words for everybody, the tokens of each, the places of this moment."""

import re

import pytest
from django.test import Client

from consultations.models import CitySession, Registration
from consultations.views import kept
from tests.answers import answers, make_open_session, register_address, token_of_age
from tests.factories import make_registration
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(settings, monkeypatch):
    """Forms are kept for a second of a clock that the test moves."""
    settings.PAGES_KEPT_SECONDS = 1
    monkeypatch.setattr(kept, "_forms", {})
    clock = [1000.0]
    monkeypatch.setattr(kept.time, "monotonic", lambda: clock[0])
    return clock


def tokens(page):
    return re.findall(r'name="(?:csrfmiddlewaretoken|form_token)" value="(.*?)"', page)


def form_of(city_session, client=None, **query):
    return (client or Client()).get(register_address(city_session), query).content.decode()


def test_each_visitor_has_tokens_of_their_own(clock):
    city_session = make_open_session()
    first, second = form_of(city_session), form_of(city_session)
    assert len({*tokens(first), *tokens(second)}) == 4
    for page in (first, second):
        assert kept.CSRF_TOKEN not in page
        assert kept.FORM_TOKEN not in page
    words = [page.replace(one, "").replace(other, "") for page in (first, second) for one, other in [tokens(page)]]
    assert words[0] == words[1]


def test_kept_form_is_accepted(clock):
    city_session = make_open_session()
    form_of(city_session)
    client = Client(enforce_csrf_checks=True)
    csrf_token, form_token = tokens(form_of(city_session, client))
    sent = answers(city_session) | {"csrfmiddlewaretoken": csrf_token, "form_token": form_token}
    assert client.post(register_address(city_session), sent).status_code == 422  # too fast for a person
    aged = token_of_age(10)
    assert client.post(register_address(city_session), sent | {"form_token": aged}).status_code == 303


def test_places_are_those_of_this_moment(clock):
    city_session = make_open_session(hall_capacity=2)
    assert "Бош орун: 2" in form_of(city_session)
    make_registration(city_session)
    assert "Бош орун: 1" in form_of(city_session)
    make_registration(city_session)
    assert "Залда орундар толду" in form_of(city_session)


def test_words_are_new_after_a_moment(clock):
    city_session = make_open_session(venue_ky="Китепкана")
    assert "Китепкана" in form_of(city_session)
    CitySession.objects.update(venue_ky="Маданият үйү")
    clock[0] += 0.9
    assert "Китепкана" in form_of(city_session)
    clock[0] += 0.2
    assert "Маданият үйү" in form_of(city_session)


def test_way_that_a_link_asks_for_is_chosen_and_no_other_word_is_kept(clock):
    city_session = make_open_session()
    chosen = r'value="online"[^>]* checked'
    assert re.search(chosen, form_of(city_session, mode="online"))
    for word in ["hall", "", "<script>", "x" * 500]:
        assert not re.search(chosen, form_of(city_session, mode=word))
    assert {shown[1] for shown in kept._forms} == {"online", "hall", None}


def test_what_is_kept_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(kept, "MOST_FORMS", 2)
    city_session = make_open_session()
    for mode in ["hall", "online", "", "hall"]:
        form_of(city_session, mode=mode)
    assert len(kept._forms) <= 2


def test_what_somebody_typed_is_shown_to_them_alone(clock):
    city_session = make_open_session()
    typed = Client().post(register_address(city_session), answers(city_session, full_name="Айсулуу Б", mode=""))
    assert "Айсулуу Б" in typed.content.decode()
    assert "Айсулуу Б" not in form_of(city_session)
    assert Registration.objects.count() == 0


PUBLIC = [
    "",
    "access/",
    "privacy/",
    "questions/",
    "{consultation}/",
    "{consultation}/numbers/",
    "{consultation}/{city}/",
]


def participant(city_session):
    """Somebody with a ticket in the cookie and a message still to be shown."""
    client = Client()
    assert client.post(register_address(city_session), answers(city_session)).status_code == 303
    assert client.cookies["tickets"].value
    return client


def staff(_city_session):
    client = Client()
    client.force_login(make_organiser(first_name="Айгүл"))
    return client


@pytest.mark.parametrize("visitor", [participant, staff])
@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_of_somebody_known_is_everybody_s(settings, monkeypatch, path, visitor):
    """Caches show it to others: nothing of whoever asked first may be in it, in its headers least of all."""
    settings.PAGES_KEPT_SECONDS = 60
    city_session = make_open_session(hall_capacity=5)
    path = "/ky/" + path.format(consultation=city_session.consultation.slug, city=city_session.slug)
    known = visitor(city_session)
    pages = []
    for client in [known, Client(), known]:
        monkeypatch.setattr(kept, "_pages", {})
        response = client.get(path)
        assert response.headers["Cache-Control"] == kept.SHARED
        assert not response.cookies
        assert response.headers["Vary"] == "Accept-Encoding"
        pages.append(response.content)
    assert pages[0] == pages[1] == pages[2]


def test_page_that_remembers_its_language_is_kept_by_no_cache_before_the_site():
    make_open_session()
    first, again = [client.get("/ru/") for client in [Client()] * 2]
    assert first.cookies["language"].value == "ru"
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert (again.headers["Cache-Control"], again.content) == (kept.SHARED, first.content)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page_takes_nothing(path):
    city_session = make_open_session()
    path = "/ky/" + path.format(consultation=city_session.consultation.slug, city=city_session.slug)
    refused = Client().post(path, {"full_name": "Катышуучу"})
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD")
