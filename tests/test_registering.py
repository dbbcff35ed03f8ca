"""The registration page: what it shows, what it refuses, what it answers."""

import pytest

from consultations.models import Registration
from tests.answers import answers, make_open_session, register_address

pytestmark = pytest.mark.django_db


def test_form_sent_with_a_phone_registers_and_leads_to_the_own_page(client):
    city_session = make_open_session()
    response = client.post(register_address(city_session), answers(city_session))
    registration = Registration.objects.get()
    assert (response.status_code, response.url) == (303, registration.get_absolute_url())


def test_page_opens(client):
    city_session = make_open_session()
    response = client.get(register_address(city_session))
    assert response.status_code == 200
