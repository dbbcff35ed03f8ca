"""One's own page: every state of it, and every change of mind."""

import pytest
from django.utils import timezone

from tests.answers import make_open_session
from tests.factories import (
    in_days,
    make_registration,
)

pytestmark = pytest.mark.django_db


def own(registration, part=""):
    return registration.get_absolute_url() + part


STATES = {
    "confirmed in the hall": {},
    "waiting": {"status": "waiting"},
    "online": {"mode": "online"},
    "online and queued": {"mode": "online", "hall_wanted_at": timezone.now()},
    "waiting for an online place": {"mode": "online", "status": "waiting"},
    "cancelled": {"status": "cancelled"},
}
SESSIONS = {
    "planned": {},
    "undated": {"date": None, "start_time": None, "end_time": None},
    "without a time": {"start_time": None, "end_time": None},
    "cancelled": {"state": "cancelled"},
    "postponed": {"state": "postponed"},
    "held": {"date": in_days(-1)},
    "full": {"hall_capacity": 0},
    "with Zoom's form": {"zoom_register_url": "https://zoom.us/meeting/register/abc"},
}


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_own_page_opens_in_every_state(client, state, session, language):
    city_session = make_open_session(**SESSIONS[session] | {"hall_capacity": None})
    make_open_session(city_session.consultation)
    registration = make_registration(city_session, **STATES[state])
    response = client.get(own(registration).replace("/ky/", f"/{language}/", 1))
    assert response.status_code == 200
