"""Nothing counts to five, and no city is known by name: a village more, and Jalal-Abad renamed as it was in 2025."""

import re

import pytest
from django.core.management import call_command
from factories import in_days, make_city_session

from consultations.models import CitySession, Consultation

pytestmark = pytest.mark.django_db

SLUGS = ["naryn", "osh", "manas", "balykchy", "bishkek", "kyzyl-suu"]


@pytest.fixture
def six_places():
    """The announcement with all dates ahead, a sixth place, and a new name for the fourth."""
    call_command("load_announcement")
    consultation = Consultation.objects.get()
    for number, city_session in enumerate(consultation.city_sessions.exclude(date=None), start=10):
        city_session.date = in_days(number)
        city_session.save()
    make_city_session(
        consultation,
        slug="kyzyl-suu",
        city_ky="Кызыл-Суу",
        city_ru="Кызыл-Суу",
        locality_ky="айылы",
        locality_ru="село",
        date=in_days(40),
    )
    city_session = CitySession.objects.get(slug="jalal-abad")
    city_session.slug, city_session.city_ky, city_session.city_ru = "manas", "Манас", "Манас"
    city_session.save()


def linked_sessions(page, language):
    """The slugs of the sessions that the page leads to."""
    address = rf'href="/{language}/nbsap-2040/([a-z-]+)/"'
    return sorted(set(re.findall(address, page.content.decode())))


@pytest.mark.parametrize("path", ["", "nbsap-2040/"])
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_all_six_places_are_listed(client, six_places, language, path):
    page = client.get(f"/{language}/{path}")

    assert linked_sessions(page, language) == sorted(SLUGS)
    assert page.content.decode().count(">Манас</a>") == 1


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_each_place_has_a_page_that_names_the_others(client, six_places, language, slug):
    page = client.get(f"/{language}/nbsap-2040/{slug}/")

    city = getattr(CitySession.objects.get(slug=slug), f"city_{language}")
    assert re.search(r"<h1[^>]*>([^<]+)</h1>", page.content.decode())[1] == city
    assert set(SLUGS) - {slug} <= set(linked_sessions(page, language))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/ru/nbsap-2040/jalal-abad/", "/ru/nbsap-2040/manas/"),
        ("/ky/nbsap-2040/jalal-abad/register/", "/ky/nbsap-2040/manas/register/"),
        ("/jalal-abad", "/ky/nbsap-2040/manas/"),
        ("/Манас", "/ky/nbsap-2040/manas/"),
        ("/KYZYL-SUU", "/ky/nbsap-2040/kyzyl-suu/"),
    ],
)
def test_addresses_that_were_printed_lead_to_the_renamed_place(client, six_places, old, new):
    assert client.get(old, follow=True).redirect_chain[-1][0] == new


def test_zoom_code_that_was_printed_still_leads_to_zoom(client, six_places):
    answer = client.get("/nbsap-2040/jalal-abad/zoom")
    assert answer.headers["Location"] == "/nbsap-2040/manas/zoom"
    answer = client.get(answer.headers["Location"])

    assert answer.headers["Location"] == CitySession.objects.get(slug="manas").zoom_register_url


def test_village_can_be_registered_for(client, six_places):
    page = client.get("/ru/nbsap-2040/kyzyl-suu/register/")

    assert page.status_code == 200
    assert "Кызыл-Суу" in page.content.decode()
