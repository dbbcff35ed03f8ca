"""The evening after: what signed paper and Zoom's report say about who was there.

Nothing here asks whether a session is full or closed: it records who came.
"""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from consultations import acting
from consultations.models import Registration
from consultations.models.reading import sent_before_or_known
from consultations.zoom_report import Attendee

from .attending import CHECK_IN
from .places import lock_city_session
from .refusals import RegistrationRefused, all_or_nothing

FROM_PAPER = Registration.CheckInWay.PAPER


@dataclass
class Recorded:
    """How many arrivals are new, how many were known before, and how many people are in the list for the first time."""

    new: int = 0
    known: int = 0
    added: int = 0


@all_or_nothing
def record_from_paper(*, city_session, came, walk_ins, by, language):
    """Those of `came` (ids of this session's registrations) were there, and so were `walk_ins` (the model's fields).

    A walk-in who is registered already, under the same name with the same phone or e-mail, is that registration.
    Their consent is the sentence they signed. No letter goes out: they were there. Returns Recorded.
    """
    locked = lock_city_session(city_session.pk)
    result = Recorded()
    live = Registration.objects.live().identified().filter(city_session=locked)
    for registration in live.filter(pk__in=came).select_for_update(no_key=True):
        _came_by_paper(registration, locked, by, result)
    for person in walk_ins:
        same = [registration.pk for registration in sent_before_or_known(locked, "", [person])]
        known = live.filter(pk__in=same).select_for_update(no_key=True).first()
        if known is None:
            known = _walk_in(locked, person, language)
            result.added += 1
        _came_by_paper(known, locked, by, result)
    return result


def _walk_in(city_session, person, language):
    consent = city_session.consultation.current_consent
    registration = Registration(
        city_session=city_session,
        mode=Registration.Mode.HALL,
        status=Registration.Status.CONFIRMED,
        source=Registration.Source.PAPER,
        language=language,
        consent_text=consent,
        consented_at=timezone.now() if consent else None,
        consent_channel=Registration.Channel.PAPER if consent else "",
        **person,
    )
    registration.save(force_insert=True)
    return registration


def _came_by_paper(registration, city_session, by, result):
    if registration.checked_in_at is not None:
        result.known += 1
        return
    for name, value in being_there(city_session, by=by)[Registration.Mode.HALL].items():
        setattr(registration, name, value)
    registration.save(update_fields=CHECK_IN)
    result.new += 1


def being_there(city_session, *, by):
    """The columns that say, from paper, that somebody was in the hall, and those that say it of online.

    First the moment. A signature has no hour: the session's beginning stands for it.
    """
    begins_at = city_session.starts_at
    at = min(begins_at, timezone.now()) if begins_at else timezone.now()
    return {
        Registration.Mode.HALL: {"checked_in_at": at, "checked_in_by": by, "checked_in_how": FROM_PAPER},
        Registration.Mode.ONLINE: {"joined_online_at": at},
    }


@all_or_nothing
def correct_attendance(*, registration, by, came=None, joined=None):
    """What was recorded was wrong: this person did or did not come to the hall, or join online. Returns them.

    Who did come or join and was not recorded is so from now on; None leaves a matter as it is.
    """
    acting.tell_database()
    current = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if current.anonymised_at is not None:
        raise RegistrationRefused("erased")
    if current.is_cancelled and (came or joined):
        raise RegistrationRefused("cancelled")
    if came is False:
        current.checked_in_at, current.checked_in_by, current.checked_in_how = None, "", ""
    elif came and current.checked_in_at is None:
        _came_by_paper(current, current.city_session, by, Recorded())
    if joined is False:
        current.joined_online_at = None
    elif joined and current.joined_online_at is None:
        current.joined_online_at = being_there(current.city_session, by=by)[Registration.Mode.ONLINE][
            "joined_online_at"
        ]
    current.save(update_fields=[*CHECK_IN, "joined_online_at"])
    return current


# Zoom's report


@dataclass
class Match:
    """A person of the report, whose registration they seem to be, and how sure that is: email, name, or likely."""

    person: Attendee
    registration: Registration | None = None
    how: str = ""

    @property
    def is_sure(self):
        return self.how in {"email", "name"}

    @property
    def is_recorded(self):
        return self.registration is not None and self.registration.joined_online_at is not None


def match_attendees(*, city_session, people):
    """Whose registrations the people of a report are: by e-mail, then by the folded name, then by part of the name.

    What fits several registrations fits none: an office shares an address, and namesakes share a name. "Likely" is a
    name that holds, or is held by, one registered name alone, with two words in common; a person confirms it.
    """
    live = list(Registration.objects.live().identified().filter(city_session=city_session).in_alphabetical_order())
    by_email, by_name = {}, {}
    for registration in live:
        if registration.email:
            by_email.setdefault(registration.email.casefold(), []).append(registration)
        by_name.setdefault(registration.name_key, []).append(registration)
    keys = name_keys({name for person in people for name in person.names})
    return [_match(person, live, by_email, by_name, keys) for person in people]


def _match(person, live, by_email, by_name, keys):
    names = [keys[name] for name in person.names if keys[name]]
    same_email = by_email.get(person.email, []) if person.email else []
    if len(same_email) > 1:
        same_email = [one for one in same_email if one.name_key in names]
    if len(same_email) == 1:
        return Match(person, same_email[0], "email")
    same_name = [registration for name in names for registration in by_name.get(name, [])]
    if len(same_name) == 1:
        return Match(person, same_name[0], "name")
    if not same_name:
        near = [one for one in live if any(_is_near(one.name_key, name) for name in names)]
        if len(near) == 1:
            return Match(person, near[0], "likely")
    return Match(person)


def _is_near(one, other):
    one, other = set(one.split()), set(other.split())
    return len(one & other) >= 2 and (one <= other or other <= one)


def name_keys(names):
    """The key that compares names, from the database, for each of these; one query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, consultations_name_key(name) FROM unnest(%s::text[]) AS name", [list(names)])
        return dict(cursor.fetchall())


@all_or_nothing
def record_zoom_attendance(*, city_session, joined):
    """These registrations of the session (id → aware time or None) were in the meeting; the first record stays.

    A report recorded a second time changes nothing. Returns Recorded.
    """
    locked = lock_city_session(city_session.pk)
    result = Recorded()
    live = Registration.objects.live().identified().filter(city_session=locked, pk__in=joined)
    for registration in live.select_for_update(no_key=True):
        if registration.joined_online_at is not None:
            result.known += 1
            continue
        registration.joined_online_at = joined[registration.pk] or locked.starts_at or timezone.now()
        registration.save(update_fields=["joined_online_at"])
        result.new += 1
    return result
