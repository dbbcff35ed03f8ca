"""Different people as against registrations, also after names are erased."""

from collections import Counter

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce, Lower, NullIf

from consultations.models import Registration

from .terms import MEASURE

NOTHING = Value("", output_field=TextField())


def with_reach(registrations):
    """Adds `reach_phone` and `reach_email`: the person's own, else of whoever registered them; as text."""

    def own_or_contacts(name):
        own, contacts = (Cast(path, TextField()) for path in (name, f"group__{name}"))
        return Lower(Coalesce(NullIf(own, NOTHING), contacts, NOTHING))

    return registrations.annotate(reach_phone=own_or_contacts("phone"), reach_email=own_or_contacts("email"))


def same_people(rows):
    """Pairs of keys (pk) that are one person: `rows` have pk, name_key, reach_phone, reach_email, same_person_as."""
    first = {}
    for row in rows:
        for reach in (row["reach_phone"], row["reach_email"]):
            if row["name_key"] and reach:
                yield row["pk"], first.setdefault((row["name_key"], reach), row["pk"])
        for other in row["same_person_as"] or ():
            yield row["pk"], other


def counted_once(consultation):
    """How many registrations are a person's second, third …: two Counters by session, whose key None is all together.

    Of everybody registered, and of those who took part. Only rows that may be somebody's second one are read.
    """
    everybody = Registration.objects.filter(city_session__consultation=consultation).order_by()
    names = everybody.exclude(name_key="").values("name_key").annotate(n=Count("pk")).filter(n__gt=1)
    found = read(everybody.filter(Q(name_key__in=names.values("name_key")) | Q(same_person_as__isnull=False)))
    known = {row["pk"] for row in found}
    pointed_at = {pk for row in found for pk in row["same_person_as"] or ()} - known
    if pointed_at:
        found += read(everybody.filter(pk__in=pointed_at))
    person = persons(same_people(found))
    registered, took_part = Counter(), Counter()
    for row in found:
        whose = person(row["pk"])
        for city_session in (row["city_session"], None):
            registered[city_session, whose] += 1
            took_part[city_session, whose] += row["took_part"]
    return further(registered), further(took_part)


def read(registrations):
    names = ("pk", "city_session", "name_key", "reach_phone", "reach_email", "same_person_as")
    took_part = ExpressionWrapper(MEASURE["took_part"].condition, output_field=BooleanField())
    return list(with_reach(registrations).annotate(took_part=took_part).values(*names, "took_part"))


def persons(pairs):
    """A function from a key to the key that stands for the whole person, over any chain of pairs."""
    leader = {}

    def lead(key):
        while (above := leader.get(key, key)) != key:
            leader[key] = leader.get(above, above)
            key = above
        return key

    for one, other in pairs:
        leader[lead(one)] = lead(other)
    return lead


def further(counts):
    """By session, the registrations beyond each person's first."""
    beyond = Counter()
    for (city_session, _person), count in counts.items():
        beyond[city_session] += max(0, count - 1)
    return beyond
