"""What is noted before names and places are erased, so that numbers stay: who is one person, who came from where.

Both are called by the erasure for rows of one session, which its transaction has locked with them.
"""

from collections import Counter, defaultdict

from django.db.models import Count, F, Func, Min

from consultations.models import PlaceCount, Registration
from consultations.numbers.people import same_people, with_reach


def note_same_people(registrations):
    """Give each of these rows, unsaved, the keys of others that are known to be the same person.

    Only their own rows are written: the others may be locked by somebody who waits for us.
    """
    here = Registration.objects.identified().filter(city_session__consultation=consultation_of(registrations))
    names = here.filter(pk__in=keys_of(registrations)).exclude(name_key="").values("name_key")
    rows = with_reach(here.filter(name_key__in=names)).order_by("pk")
    neighbours = defaultdict(set)
    for one, other in same_people(rows.values("pk", "name_key", "reach_phone", "reach_email", "same_person_as")):
        neighbours[one].add(other)
        neighbours[other].add(one)
    for registration in registrations:
        registration.same_person_as = sorted(neighbours[registration.pk] - {registration.pk}) or None


def keep_places(registrations):
    """Add these rows to their session's numbers by place; the name of a place that few wrote is not kept."""
    consultation = consultation_of(registrations)
    keyed = Registration.objects.annotate(place_key=folded("home_place")).exclude(place_key="").order_by()
    leaving = keyed.filter(pk__in=keys_of(registrations))
    written = keyed.filter(city_session__consultation=consultation, place_key__in=leaving.values("place_key"))
    people, names = Counter(), {}
    for key, count, name in written.values_list("place_key").annotate(count=Count("pk"), name=Min("home_place")):
        people[key], names[key] = count, name
    kept = PlaceCount.objects.filter(city_session__consultation=consultation)
    for key, count in kept.annotate(place_key=folded("place")).values_list("place_key", "registered"):
        people[key] += count
    additions = defaultdict(Counter)
    for key, came_at, joined_at in leaving.values_list("place_key", "checked_in_at", "joined_online_at"):
        came, joined = int(came_at is not None), int(joined_at is not None)
        place = names[key] if people[key] >= PlaceCount.LEAST else ""
        additions[place].update(registered=1, came=came, joined=joined, both=came * joined)
    for place, counts in additions.items():
        row, _is_new = PlaceCount.objects.get_or_create(city_session=registrations[0].city_session, place=place)
        PlaceCount.objects.filter(pk=row.pk).update(**{name: F(name) + count for name, count in counts.items()})


def consultation_of(registrations):
    return registrations[0].city_session.consultation_id


def keys_of(registrations):
    return [registration.pk for registration in registrations]


def folded(name):
    return Func(F(name), function="consultations_name_key")
