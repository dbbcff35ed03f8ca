"""What whoever watches the site can ask: numbers, and nobody's data."""

import datetime

import pytest
from django.utils import timezone

from tests.factories import make_call, make_message
from tests.test_errors import raise_operational_error

pytestmark = pytest.mark.django_db


def test_detail_says_what_waits_and_how_long(client):
    make_message(created_at=timezone.now() - datetime.timedelta(seconds=90))
    make_message(send_after=timezone.now() + datetime.timedelta(minutes=1))
    make_call()
    response = client.get("/healthz?detail")
    found = response.json()
    assert found.pop("oldest_letter_seconds") in {90, 91, 92}
    assert found == {"database": True, "letters_waiting": 1, "calls_waiting": 1}
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")


def test_detail_of_nothing_waiting(client):
    assert client.get("/healthz?detail=1").json() == {
        "database": True,
        "letters_waiting": 0,
        "oldest_letter_seconds": 0,
        "calls_waiting": 0,
    }


def test_detail_without_a_database(client, monkeypatch):
    monkeypatch.setattr("consultations.views.health.connection.cursor", raise_operational_error)
    response = client.get("/healthz?detail")
    assert (response.status_code, response.json()) == (503, {"database": False})


def test_plain_question_keeps_its_plain_answer(client):
    make_message()
    assert client.get("/healthz").content == b"ok"
