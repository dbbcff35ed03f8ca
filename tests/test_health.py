"""What whoever watches the site can ask: numbers, and nobody's data."""

import datetime

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from consultations import __version__
from consultations.views import health
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
    assert found.pop("version") == __version__
    assert found == {"database": True, "letters_waiting": 1, "calls_waiting": 1}
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")


def test_detail_of_nothing_waiting(client):
    assert client.get("/healthz?detail=1").json() == {
        "database": True,
        "version": __version__,
        "letters_waiting": 0,
        "oldest_letter_seconds": 0,
        "calls_waiting": 0,
    }


def test_detail_without_a_database(client, monkeypatch):
    monkeypatch.setattr("consultations.views.health.connection.cursor", raise_operational_error)
    response = client.get("/healthz?detail")
    assert (response.status_code, response.json()) == (503, {"database": False})


@pytest.fixture
def just_started():
    """As in a process that has answered nothing yet, and leaving nothing of it behind."""
    health.require_schema.cache_clear()
    yield
    health.require_schema.cache_clear()


def test_database_of_an_earlier_version_is_not_healthy_until_it_is_migrated(client, just_started):
    recorder = MigrationRecorder(connection)
    [newest] = MigrationLoader(connection).graph.leaf_nodes("consultations")
    recorder.record_unapplied(*newest)
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"migrations")
    assert client.get("/healthz?detail").status_code == 503
    recorder.record_applied(*newest)
    assert client.get("/healthz").content == b"ok"


def test_database_of_a_later_version_is_healthy(client, just_started):
    MigrationRecorder(connection).record_applied("consultations", "9999_from_the_future")
    assert client.get("/healthz").content == b"ok"


def test_plain_question_keeps_its_plain_answer(client):
    make_message()
    assert client.get("/healthz").content == b"ok"


# Metrics


TOKEN = "only-for-this-test-0123456789"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Bearer өөө", f"bearer {TOKEN}"])
def test_metrics_are_not_there_without_the_token(client, settings, given):
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", headers={"Authorization": given.encode().decode("latin-1")}).status_code == 404
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_metrics_are_numbers_and_name_nobody(client, settings):
    settings.METRICS_TOKEN = TOKEN
    waiting = make_message(created_at=timezone.now() - datetime.timedelta(seconds=90))
    make_message(waiting.registration, status="held")
    response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    lines = dict(line.rsplit(" ", 1) for line in response.content.decode().splitlines())
    assert float(lines.pop("consultations_oldest_letter_seconds")) >= 90
    assert lines == {
        f'consultations_info{{version="{__version__}"}}': "1",
        "consultations_letters_waiting": "1",
        "consultations_letters_failed": "0",
        "consultations_messages_held": "1",
        "consultations_calls_waiting": "0",
        'consultations_registrations{status="confirmed"}': "1",
    }


def test_metrics_without_a_database(client, settings, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr("consultations.views.health.measured", raise_operational_error)
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 503
