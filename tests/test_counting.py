"""What is counted beside rows: right, and without reading the rows that are counted."""

import re

import pytest
from django.db import connection

from consultations.models import CitySession, Registration
from consultations.models.counting import counted
from tests.factories import make_city_session, make_registration

COUNTS = [
    Registration.objects.came_to_the_hall,
    Registration.objects.holding_hall_seats,
    Registration.objects.holding_online_places,
    lambda: Registration.objects.confirmed().identified(),
    lambda: Registration.objects.live().identified(),
]


@pytest.mark.django_db
def test_each_session_has_its_own_people_and_nobody_is_zero():
    first, second, empty = (make_city_session(slug=slug) for slug in ("osh", "naryn", "balykchy"))
    for city_session, mode in [(first, "hall"), (first, "online"), (second, "hall")]:
        make_registration(city_session, mode=mode)
    found = CitySession.objects.annotate(
        everybody=counted(Registration.objects.live()), seats=counted(Registration.objects.holding_hall_seats())
    )
    numbers = {one.pk: (one.everybody, one.seats) for one in found}
    assert numbers == {first.pk: (2, 1), second.pk: (1, 1), empty.pk: (0, 0)}


@pytest.mark.django_db
@pytest.mark.parametrize("people", COUNTS)
def test_a_session_s_people_are_counted_by_an_index_alone(people):
    """With a million registrations a count that reads rows takes seconds on every page that shows it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = CitySession.objects.annotate(people=counted(people())).explain()
    scans = re.findall(r"(\w+ ?\w* Scan)[^\n]* on consultations_registration ", plan)
    assert scans == ["Index Only Scan"], plan
