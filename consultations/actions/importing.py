"""A list of people that somebody brings: registered all at once or not at all, by the rules of every registration."""

import datetime
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from consultations.models import Registration, UploadedList

from .numbering import unused_pass_numbers
from .places import lock_city_session
from .refusals import RegistrationRefused, all_or_nothing
from .registering import free_places, give_places, refuse_if_closed, remember_what_people_heard
from .telling import tell_registered

Mode, Source = Registration.Mode, Registration.Source

KEPT = datetime.timedelta(days=1)  # how long a list waits between preview and import
AT_ONCE = 500  # rows in one statement


@dataclass
class Sorted:
    """The people of a list: those to register, those who are registered there already, those it names twice."""

    new: list = field(default_factory=list)
    known: list = field(default_factory=list)
    twice: list = field(default_factory=list)


def keep_list(*, city_session, people, by):
    """Keep a list that was looked through until it is imported, at most for a day. Returns it."""
    return UploadedList.objects.create(city_session=city_session, people=people, uploaded_by=by)


def forget_old_lists():
    """Lists that nobody imported. Returns how many."""
    return UploadedList.objects.filter(uploaded_at__lt=timezone.now() - KEPT).delete()[0]


def sort_people(city_session, people):
    """Who of `people` (dicts of the model's fields) would be new in this session; see `Sorted`.

    The same person is the same folded name with the same phone or the same e-mail.
    """
    keys = _folded({person["full_name"] for person in people})
    live = Registration.objects.live().filter(city_session=city_session, name_key__in=set(keys.values()))
    known = set()
    for name_key, phone, email in live.values_list("name_key", "phone", "email"):
        known |= _marks(name_key, {"phone": phone.as_e164 if phone else "", "email": email})
    found, seen = Sorted(), set()
    for person in people:
        marks = _marks(keys[person["full_name"]], person)
        if marks & known:
            found.known.append(person)
        elif marks & seen:
            found.twice.append(person)
        else:
            found.new.append(person)
        seen |= marks
    return found


def places_lacking(city_session, people):
    """How many of these people would find no place: a pair for the hall and for online. Places are read, not held."""
    counts = [sum(person["mode"] == mode for person in people) for mode in (Mode.HALL, Mode.ONLINE)]
    free = [free_places(city_session, mode) for mode in (Mode.HALL, Mode.ONLINE)]
    return tuple(0 if have is None else max(0, want - have) for want, have in zip(counts, free, strict=True))


@all_or_nothing
def import_list(*, uploaded, source, consent_text, consent_channel, placing="", tell=True):
    """Register everybody of an uploaded list who is new there; the list is gone afterwards. Returns the registrations.

    From a list (`Source.IMPORT`) people take places as on the site: where they are short, nothing is stored
    ("too-few", with the number of free ones) until `placing` is "queue" or, for the hall, "online". From paper they
    are outside the count, and may be recorded of a session that is over. `tell` sends the letters of a registration.
    A list that was imported meanwhile is refused ("no-list").
    """
    kept = UploadedList.objects.select_for_update().filter(pk=uploaded.pk).first()
    if kept is None:
        raise RegistrationRefused("no-list")
    locked = lock_city_session(kept.city_session_id)
    people = sort_people(locked, kept.people).new
    kept.delete()
    numbers = iter(unused_pass_numbers(len(people)))
    registrations = {
        mode: [
            Registration(
                city_session=locked,
                source=source,
                consent_text=consent_text,
                consented_at=timezone.now(),
                consent_channel=consent_channel,
                pass_number=next(numbers),
                **person,
            )
            for person in people
            if person["mode"] == mode
        ]
        for mode in (Mode.HALL, Mode.ONLINE)
    }
    held = locked.hall_held, locked.online_held
    for mode, rows in registrations.items():
        if rows:
            refuse_if_closed(locked, mode, source)
            _refuse_if_short(locked, mode, rows, source, placing)
            give_places(rows, locked, mode=mode, placing=placing or None)
        moved = sum(row.is_online and row.is_confirmed for row in rows) if mode == Mode.HALL else 0
        locked.hall_held, locked.online_held = held[0], None if held[1] is None else held[1] + moved
    everybody = [row for rows in registrations.values() for row in rows]
    Registration.objects.bulk_create(everybody, batch_size=AT_ONCE)
    remember_what_people_heard(locked)
    if tell:
        tell_registered(everybody)
    return everybody


def _refuse_if_short(city_session, mode, rows, source, placing):
    """One person finds the queue by themselves; a list is asked about it."""
    if source in Registration.SOURCES_OUTSIDE_THE_COUNT or placing:
        return
    free = free_places(city_session, mode)
    if free is not None and free < len(rows):
        raise RegistrationRefused("too-few", free=free)


def _marks(name_key, person):
    return {(name_key, person[name].lower()) for name in ("phone", "email") if person.get(name)}


def _folded(names):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, consultations_name_key(name) FROM unnest(%s::text[]) AS name", [list(names)])
        return dict(cursor.fetchall())
