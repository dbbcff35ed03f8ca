"""A list of people that somebody brings: registered all at once or not at all, by the rules of every registration."""

import datetime
from dataclasses import dataclass, field

from django.utils import timezone

from consultations.models import Registration, UploadedList

from .numbering import unused_pass_numbers
from .places import lock_city_session
from .recording import being_there, name_keys
from .refusals import RegistrationRefused, all_or_nothing
from .registering import (
    add_answers,
    add_needs,
    columns_of,
    free_places,
    give_places,
    refuse_if_closed,
    remember_what_people_heard,
)
from .telling import tell_registered

Mode, Source = Registration.Mode, Registration.Source

KEPT = datetime.timedelta(days=1)  # how long a list waits between preview and import
AT_ONCE = 500  # rows in one statement


@dataclass
class Sorted:
    """The people of a list: those to register, those who are registered there already, those it names twice; and the
    registrations of those who are known, by id, with the way in which the list says they take part.
    """

    new: list = field(default_factory=list)
    known: list = field(default_factory=list)
    twice: list = field(default_factory=list)
    registered: dict = field(default_factory=dict)


@dataclass
class Imported:
    """Who was registered, and of how many who were registered already it is new that they were there."""

    registrations: list
    recorded: int = 0


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
    keys = name_keys({person["full_name"] for person in people})
    live = Registration.objects.live().filter(city_session=city_session, name_key__in=set(keys.values()))
    known = {}
    for pk, name_key, phone, email in live.values_list("pk", "name_key", "phone", "email"):
        known |= dict.fromkeys(_marks(name_key, {"phone": phone.as_e164 if phone else "", "email": email}), pk)
    found, seen = Sorted(), set()
    for person in people:
        marks = _marks(keys[person["full_name"]], person)
        same = [known[mark] for mark in marks if mark in known]
        if same:
            found.known.append(person)
            found.registered.setdefault(same[0], person["mode"])
        elif seen.intersection(marks):
            found.twice.append(person)
        else:
            found.new.append(person)
        seen.update(marks)
    return found


def places_lacking(city_session, people):
    """How many of these people would find no place: a pair for the hall and for online. Places are read, not held."""
    counts = [sum(person["mode"] == mode for person in people) for mode in (Mode.HALL, Mode.ONLINE)]
    free = [free_places(city_session, mode) for mode in (Mode.HALL, Mode.ONLINE)]
    return tuple(0 if have is None else max(0, want - have) for want, have in zip(counts, free, strict=True))


@all_or_nothing
def import_list(*, uploaded, source, consent_text, consent_channel, by, placing="", tell=True):
    """Register everybody of an uploaded list who is new there; the list is gone afterwards. Returns `Imported`.

    From a list (`Source.IMPORT`) people take places as on the site: where they are short, nothing is stored
    ("too-few", with the number of free ones) until `placing` is "queue" or, for the hall, "online". `tell` sends the
    letters of a registration. A list that was imported meanwhile is refused ("no-list").

    From paper (`Source.PAPER`) they were there, whoever was registered already too: outside the count of places,
    however full or closed the session is, and without letters. Before it has begun, and where it is not held, that is
    refused ("not-held").
    """
    kept = UploadedList.objects.select_for_update().filter(pk=uploaded.pk).first()
    if kept is None:
        raise RegistrationRefused("no-list")
    locked = lock_city_session(kept.city_session_id)
    from_paper = source == Source.PAPER
    if from_paper and not locked.is_held:
        raise RegistrationRefused("not-held")
    found = sort_people(locked, kept.people)
    people = found.new
    there = being_there(locked, by=by) if from_paper else {}
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
                **there.get(mode, {}),
                **columns_of(person),
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
    in_their_order = [person for mode in registrations for person in people if person["mode"] == mode]
    add_needs(everybody, in_their_order)
    add_answers(everybody, [person | {"answers": still_asked(person, locked)} for person in in_their_order])
    remember_what_people_heard(locked)
    if tell and not from_paper:
        tell_registered(everybody)
    return Imported(everybody, sum(_record(found.registered, mode, columns) for mode, columns in there.items()))


def still_asked(person, city_session):
    """The answers without those to what has been deleted, retired or worded anew since the list was looked through."""
    asked = {question.pk: question for question in city_session.own_questions}
    kept = [answer for answer in person.get("answers", []) if _means_the_same(answer, asked.get(answer["question_id"]))]
    return [{name: value for name, value in answer.items() if name != "words"} for answer in kept]


def _means_the_same(answer, question):
    if question is None:
        return False
    if "choice" in answer:
        return answer.get("words") == question.words_of(answer["choice"])
    return question.kind == question.Kind.TEXT


def _record(registered, mode, columns):
    """Say of those of whom it was not said before that they were there. Returns of how many."""
    moment = next(iter(columns))
    keys = [pk for pk, how in registered.items() if how == mode]
    return Registration.objects.filter(pk__in=keys, **{moment: None}).update(**columns)


def _refuse_if_short(city_session, mode, rows, source, placing):
    """One person finds the queue by themselves; a list is asked about it."""
    if source in Registration.SOURCES_OUTSIDE_THE_COUNT or placing:
        return
    free = free_places(city_session, mode)
    if free is not None and free < len(rows):
        raise RegistrationRefused("too-few", free=free)


def _marks(name_key, person):
    """How a person is known: the phone first, which families and offices share less than an address."""
    return [(name_key, person[name].lower()) for name in ("phone", "email") if person.get(name)]
