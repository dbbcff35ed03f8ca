"""Short addresses on posters and in QR codes: they lead on, whatever was renamed meanwhile."""

import pytest
from django.conf import settings

from tests.factories import in_days, make_city_session, make_consultation, make_document

pytestmark = pytest.mark.django_db


def led_to(client, path):
    response = client.get(path)
    assert response.status_code == 302, path
    return response["Location"]


def test_root_leads_to_the_remembered_language_else_kyrgyz(client):
    assert led_to(client, "/") == "/ky/"
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "ru"
    assert led_to(client, "/") == "/ru/"


@pytest.mark.parametrize(
    "typed",
    ["osh", "OSH", "Osh", "Ош", "ОШ", "jalal-abad", "Жалал-Абад", "жалал абад", "Джалал-Абад", "жалалабад"],
)
def test_city_is_found_in_any_letters(client, typed):
    consultation = make_consultation(slug="here")
    make_city_session(consultation, slug="osh", city_ky="Ош", city_ru="Ош")
    make_city_session(consultation, slug="jalal-abad", city_ky="Жалал-Абад", city_ru="Джалал-Абад")
    expected = "osh" if len(typed) <= 3 else "jalal-abad"
    assert led_to(client, f"/{typed}") == f"/ky/here/{expected}/"


def test_kyrgyz_letters_may_be_typed_as_russian_ones(client):
    make_city_session(make_consultation(slug="here"), slug="ozgon", city_ky="Өзгөн", city_ru="Узген")
    assert led_to(client, "/озгон") == "/ky/here/ozgon/"


def test_city_is_that_of_the_current_consultation_else_of_the_latest(client):
    past = make_consultation(slug="past")
    make_city_session(past, slug="osh", city_ky="Ош", date=in_days(-30))
    make_city_session(past, slug="talas", city_ky="Талас", date=in_days(-30))
    make_city_session(make_consultation(slug="older"), slug="osh", city_ky="Ош", date=in_days(-300))
    assert led_to(client, "/osh") == "/ky/past/osh/"
    make_city_session(make_consultation(slug="current"), slug="osh", city_ky="Ош")
    assert led_to(client, "/osh") == "/ky/current/osh/"
    assert led_to(client, "/talas") == "/ky/past/talas/"


def test_city_keeps_the_query(client):
    make_city_session(make_consultation(slug="here"), slug="osh")
    assert led_to(client, "/osh?mode=online") == "/ky/here/osh/?mode=online"


def test_renamed_city_is_found_by_the_old_poster(client):
    city_session = make_city_session(make_consultation(slug="here"), slug="jalal-abad")
    city_session.slug = "manas"
    city_session.save()
    assert led_to(client, "/jalal-abad") == "/ky/here/manas/"


def test_consultation_without_a_language(client):
    make_consultation(slug="nbsap-2040")
    assert led_to(client, "/nbsap-2040") == "/ky/nbsap-2040/"


def test_city_of_an_unpublished_session_is_not_told(client):
    make_city_session(make_consultation(slug="here"), slug="osh", city_ky="Ош", is_published=False)
    assert client.get("/ош").status_code == 404
    assert client.get("/ky/osh/").status_code == 404


def test_zoom_leads_to_its_public_page_and_never_to_the_private_one(client):
    consultation = make_consultation(slug="here")
    make_city_session(consultation, slug="osh", zoom_register_url="https://zoom.us/r/1")
    make_city_session(consultation, slug="naryn", zoom_register_url="https://zoom.us/r/2", zoom_link_public=False)
    make_city_session(consultation, slug="talas", zoom_join_url="https://zoom.us/j/3")
    assert led_to(client, "/here/osh/zoom") == "https://zoom.us/r/1"
    assert led_to(client, "/here/naryn/zoom") == "/ky/here/naryn/"
    assert led_to(client, "/here/talas/zoom") == "/ky/here/talas/"


def test_document_and_comment_form(client):
    consultation = make_consultation(slug="here", comment_form_url="https://forms.gle/abc")
    make_document(consultation, slug="draft-ky")
    make_consultation(slug="elsewhere")
    assert led_to(client, "/here/docs/draft-ky") == "/ky/here/documents/draft-ky/"
    assert led_to(client, "/here/comment") == "https://forms.gle/abc"
    assert led_to(client, "/elsewhere/comment") == "/ky/elsewhere/"


def test_short_addresses_survive_a_renaming(client):
    consultation = make_consultation(slug="before", comment_form_url="https://forms.gle/abc")
    make_document(consultation, slug="draft-ky")
    city_session = make_city_session(consultation, slug="osh", zoom_register_url="https://zoom.us/r/1")
    consultation.slug, city_session.slug = "after", "osh-city"
    consultation.save()
    city_session.save()
    assert led_to(client, "/before/osh/zoom") == "/after/osh-city/zoom"
    assert led_to(client, "/before/comment") == "/after/comment"
    assert led_to(client, "/before/docs/draft-ky") == "/after/docs/draft-ky"


@pytest.mark.parametrize("path", ["/here/nowhere/zoom", "/here/docs/nothing", "/nowhere/comment", "/hidden/comment"])
def test_unknown_short_addresses_are_not_found(client, path):
    make_consultation(slug="here")
    make_consultation(slug="hidden", is_published=False)
    assert client.get(path, follow=True).status_code == 404
