"""Two doors at the same moment, on real connections (P 13): one welcome, one "already in"; the same act sent twice."""

from collections import Counter

import pytest

from consultations import actions
from consultations.actions import arriving
from consultations.models import DoorEntry, Registration
from tests.factories import make_consent_text, make_details, make_registration, make_session_now
from tests.test_races import at_once, meet

pytestmark = pytest.mark.django_db(transaction=True)


def arrives(registration, nonce):
    return lambda: actions.arrive(
        city_session=registration.city_session, number=registration.pass_number, nonce=nonce, by="door"
    )


def test_two_doors_at_once_are_one_welcome_and_one_already():
    city_session = make_session_now()
    for number in range(20):
        registration = make_registration(city_session)
        entries = at_once(arrives(registration, f"left-{number:03}"), arrives(registration, f"right-{number:03}"))
        assert sorted(entry.outcome for entry in entries) == ["already", "welcome"]


def test_two_doors_at_once_would_both_welcome_without_the_lock(monkeypatch):
    registration = make_registration(make_session_now())
    known = arriving.expected_outcome

    def both_read_before_either_writes(*arguments):
        outcome = known(*arguments)
        meet()
        return outcome

    monkeypatch.setattr(arriving, "expected_outcome", both_read_before_either_writes)
    monkeypatch.setattr(arriving.Registration.objects, "identified", lambda: Unlocked(Registration.objects.all()))
    entries = at_once(arrives(registration, "left-door"), arrives(registration, "right-door"))
    assert [entry.outcome for entry in entries] == ["welcome", "welcome"]


class Unlocked:
    """Registrations that nobody locks."""

    def __init__(self, rows):
        self.rows = rows

    def filter(self, **wanted):
        return Unlocked(self.rows.filter(**wanted))

    def select_for_update(self, **_options):
        return self.rows


def test_one_act_sent_four_times_at_once_is_one_entry():
    city_session = make_session_now()
    consent_text = make_consent_text(city_session.consultation)
    registration = make_registration(city_session)
    entries = at_once(*[arrives(registration, "the-same")] * 4)
    assert {(entry.pk, entry.outcome) for entry in entries} == {(entries[0].pk, "welcome")}
    person = make_details()
    details = {"city_session": city_session, "person": person, "nonce": "walk-in-1", "by": "door", "language": "ky"}
    entries = at_once(*[lambda: actions.walk_in(**details, consent_text=consent_text)] * 4)
    assert len({entry.pk for entry in entries}) == 1
    assert Counter(DoorEntry.objects.values_list("kind", flat=True)) == {"arrival": 1, "walk-in": 1}
    assert Registration.objects.count() == 2
