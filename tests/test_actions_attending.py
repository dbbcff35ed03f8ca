"""Being there: at the door once, and on to Zoom from half an hour before."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from consultations import actions
from consultations.models import CitySession
from tests.factories import in_days, make_city_session, make_registration
from tests.outcomes import refusal, stored

pytestmark = pytest.mark.django_db

ZOOM = {"zoom_join_url": "https://zoom.example/j/1"}
SECOND = datetime.timedelta(seconds=1)
HALF_AN_HOUR = datetime.timedelta(minutes=30)


def at(moment):
    return time_machine.travel(moment, tick=False)


def test_check_in_is_true_the_first_time_and_keeps_that_time():
    registration = make_registration()
    moment = timezone.now()
    with at(moment):
        assert actions.check_in(registration=registration, by="aigul") is True
    with at(moment + HALF_AN_HOUR):
        assert actions.check_in(registration=registration, by="bakyt") is False
    registration.refresh_from_db()
    assert (registration.checked_in_at, registration.checked_in_by) == (moment, "aigul")


def test_check_in_sees_what_is_stored_not_what_the_scanner_had():
    registration = make_registration()
    stale = type(registration).objects.get(pk=registration.pk)
    assert actions.check_in(registration=registration, by="aigul") is True
    assert actions.check_in(registration=stale, by="bakyt") is False


def test_check_in_of_somebody_who_cancelled_is_refused():
    registration = make_registration(status="cancelled")
    assert refusal(actions.check_in, registration=registration, by="aigul").code == "cancelled"


def test_check_in_holds_no_more_seats_than_before():
    """Capacity limits what is promised in advance; somebody who waits and came is a fact."""
    city_session = make_city_session(hall_capacity=0)
    waiting = make_registration(city_session, status="waiting")
    assert actions.check_in(registration=waiting, by="aigul") is True
    assert city_session.registrations.holding_hall_seats().count() == 0


def test_check_in_that_was_a_mistake_is_taken_back():
    registration = make_registration()
    actions.check_in(registration=registration, by="aigul")
    assert actions.undo_check_in(registration=registration) == registration
    registration.refresh_from_db()
    assert (registration.checked_in_at, registration.checked_in_by) == (None, "")
    assert actions.check_in(registration=registration, by="bakyt") is True


def test_joining_opens_half_an_hour_before_the_beginning_and_closes_with_the_end():
    city_session = make_city_session(**ZOOM)
    registration = make_registration(city_session, mode="online")
    assert actions.joining_opens_at(city_session) == city_session.starts_at - HALF_AN_HOUR
    with at(city_session.starts_at - HALF_AN_HOUR - SECOND):
        assert not actions.may_join(city_session)
        assert refusal(actions.join_online, registration=registration).code == "too-early"
    for moment in [city_session.starts_at - HALF_AN_HOUR, city_session.ends_at - SECOND]:
        with at(moment):
            assert actions.may_join(city_session)
    with at(city_session.ends_at):
        assert not actions.may_join(city_session)
        assert refusal(actions.join_online, registration=registration).code == "over"
    assert stored([registration])[0].joined_online_at is None


def test_joining_a_session_without_a_time_opens_with_its_day():
    city_session = make_city_session(date=in_days(1), start_time=None, end_time=None, **ZOOM)
    midnight = timezone.make_aware(datetime.datetime.combine(in_days(1), datetime.time.min))
    assert actions.joining_opens_at(city_session) == midnight
    with at(midnight - SECOND):
        assert not actions.may_join(city_session)
    with at(midnight):
        assert actions.may_join(city_session)


def test_joining_a_session_without_a_date_has_no_time():
    city_session = make_city_session(date=None, start_time=None, end_time=None, **ZOOM)
    assert actions.joining_opens_at(city_session) is None
    assert not actions.may_join(city_session)


@pytest.mark.parametrize(
    "fields", [ZOOM | {"state": "postponed"}, ZOOM | {"state": "cancelled"}, {"zoom_join_url": ""}]
)
def test_joining_is_not_possible_where_there_is_nothing_to_join(fields):
    city_session = make_city_session(**fields)
    with at(city_session.starts_at):
        assert not actions.may_join(city_session)


def test_joining_goes_by_zooms_registration_page_where_there_is_no_private_link():
    city_session = make_city_session(zoom_register_url="https://zoom.example/r/1", zoom_link_public=False)
    with at(city_session.starts_at):
        assert actions.may_join(city_session)


def test_joining_is_recorded_the_first_time():
    city_session = make_city_session(**ZOOM)
    registration = make_registration(city_session, mode="online")
    for minutes in [0, 10]:
        with at(city_session.starts_at + datetime.timedelta(minutes=minutes)):
            assert actions.join_online(registration=registration) == registration
    assert stored([registration])[0].joined_online_at == city_session.starts_at


def test_joining_of_somebody_who_cancelled_is_refused():
    city_session = make_city_session(**ZOOM)
    registration = make_registration(city_session, mode="online", status="cancelled")
    with at(city_session.starts_at):
        assert refusal(actions.join_online, registration=registration).code == "cancelled"


def test_joining_after_moving_is_joining_where_one_is_now():
    here = make_city_session(**ZOOM)
    there = make_city_session(here.consultation, date=in_days(40), **ZOOM)
    stale = make_registration(here, mode="online")
    assert stale.city_session == here
    actions.move(registration=type(stale).objects.get(pk=stale.pk), city_session=there)
    with at(here.starts_at):
        assert refusal(actions.join_online, registration=stale).code == "too-early"


def test_joining_sees_a_session_that_was_cancelled_meanwhile():
    city_session = make_city_session(**ZOOM)
    registration = make_registration(city_session, mode="online")
    CitySession.objects.update(state="cancelled")
    with at(city_session.starts_at):
        assert refusal(actions.join_online, registration=registration).code == "too-early"


def test_zooms_form_is_ticked_and_unticked():
    registration = make_registration(mode="online")
    moment = timezone.now()
    for later in [0, 5]:
        with at(moment + datetime.timedelta(minutes=later)):
            assert actions.mark_zoom_form_done(registration=registration) == registration
    assert stored([registration])[0].zoom_form_done_at == moment
    actions.mark_zoom_form_done(registration=registration, done=False)
    assert stored([registration])[0].zoom_form_done_at is None
