"""Calendar files (RFC 5545) of a session, of one's own registration, of a consultation to subscribe to.

Times are in UTC, so that no file needs a description of our time zone; what is not known is said, never invented.
"""

import copy
import datetime
import uuid
from email.utils import parseaddr
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

ASK_AGAIN_AFTER = datetime.timedelta(hours=6)
CONTROL_CHARACTERS = dict.fromkeys({*range(0x20), 0x7F} - {ord("\n")})  # RFC 5545 allows none in a text


def for_session(city_session, *, language):
    """The public entry of one session, or None while its date is unknown."""
    if city_session.date is None:
        return None
    with translation.override(language):
        method = "PUBLISH" if city_session.is_standing else "CANCEL"
        return _file([_public(city_session)], method=method, language=language)


def for_registration(registration, *, method="PUBLISH"):
    """One's own entry, in one's own language, or None while the date is unknown.

    "CANCEL" takes the entry out of the calendar: the registration no longer holds, or the session will not take place.
    """
    city_session = registration.city_session
    if city_session.date is None:
        return None
    with translation.override(registration.language):
        is_cancelled = method == "CANCEL" or registration.is_cancelled or not city_session.is_standing
        own = _cancelled(registration) if is_cancelled else _held(registration)
        return _file([_public(city_session) | own], method=method, language=registration.language)


def of_session_left(registration, city_session):
    """What takes the entry of a session that this person has exchanged for another out of their calendar; or None."""
    before = copy.copy(registration)
    before.city_session = city_session
    return for_registration(before, method="CANCEL")


def of_date_taken_back(registration, told):
    """What takes out the entry of the day that people had heard of, by the facts `told` to them: no other is known."""
    before = copy.copy(registration)
    city_session = before.city_session = copy.copy(registration.city_session)
    for name in ("date", "start_time", "end_time"):
        setattr(city_session, name, city_session._meta.get_field(name).to_python(told[name] or None))
    with translation.override(registration.language):
        entry = _public(city_session) | _personal(before) | {"status": "CANCELLED"}
        if city_session.is_standing:
            entry["summary"] = _("Date to be announced: %(summary)s") % {"summary": _summary(city_session)}
        return _file([entry], method="CANCEL", language=registration.language)


def of_place_given_away(registration, city_session, *, language):
    """What takes the entry of `city_session` out of the calendar of whoever gave their place there to `registration`'s
    person, of whom it says nothing; or None.
    """
    if city_session.date is None:
        return None
    before = copy.copy(registration)
    before.city_session = city_session
    with translation.override(language):
        entry = _public(city_session)
        entry |= _cancelled(before) | {"url": entry["url"]}
        return _file([entry], method="CANCEL", language=language)


def for_consultation(consultation, city_sessions, *, language):
    """The feed to subscribe to: every session that has a date, those cancelled or postponed marked so."""
    with translation.override(language):
        entries = [_public(city_session) for city_session in city_sessions if city_session.date]
        heading = {
            "name": consultation.short_title,
            "x-wr-calname": consultation.short_title,
            "description": consultation.title,
            "x-wr-caldesc": consultation.title,
            "url": _absolute(consultation.get_absolute_url()),
        }
        return _file(entries, method="PUBLISH", language=language, heading=heading)


def google_calendar_url(city_session, *, language=None):
    """A link that opens the session in Google Calendar, for phones whose browser cannot import a file (UX 57).

    In the present language unless another is given; None without a date, and for a session that will not take place
    then. Nothing personal: it is somebody else's site.
    """
    if city_session.date is None or not city_session.is_standing:
        return None
    with translation.override(language or translation.get_language()):
        start, end = _span(city_session)
        form = "%Y%m%dT%H%M%SZ" if isinstance(start, datetime.datetime) else "%Y%m%d"
        query = {
            "action": "TEMPLATE",
            "text": _summary(city_session),
            "dates": f"{start:{form}}/{end or start:{form}}",
            "ctz": settings.TIME_ZONE,
            "location": _location(city_session),
            "details": "\n".join([*_notes(city_session), _absolute(city_session.get_absolute_url())]),
        }
        return f"https://calendar.google.com/calendar/render?{urlencode(query)}"


def _file(entries, *, method, language, heading=None):
    from icalendar import Calendar, Event, vDuration  # slow import

    calendar = Calendar()
    calendar.add("prodid", f"-//{_host()}//Public consultations//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if heading:
        for name, value in heading.items():
            calendar.add(name, _plain(value))
        calendar.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(ASK_AGAIN_AFTER))
    for properties in entries:
        event = Event()
        for name, value in properties.items():
            event.add(name, _plain(value) if type(value) is str else value)
        calendar.add_component(event)
    return calendar.to_ical()


def _public(city_session):
    """What an entry says to everybody; times that are not known are left out."""
    start, end = _span(city_session)
    return {
        "uid": _uid(city_session.calendar_uid),
        "sequence": city_session.calendar_sequence,
        "dtstamp": timezone.now().astimezone(datetime.UTC),
        "dtstart": start,
        **({"dtend": end} if end else {}),
        "status": "CONFIRMED" if city_session.is_standing else "CANCELLED",
        "summary": _summary(city_session),
        "location": _location(city_session),
        "description": "\n".join(_notes(city_session)),
        "url": _absolute(city_session.get_absolute_url()),
        "organizer": _organiser(city_session.consultation),
    }


def _held(registration):
    """What an entry says to one person: number, own page; online the join page, never Zoom's address."""
    city_session = registration.city_session
    notes = [_("Ticket number: %(number)s") % {"number": registration.pass_number_spaced}]
    if registration.is_waiting:
        notes.append(_("You are on the waiting list."))
    elif registration.is_online:
        join_page = _absolute(reverse("join", args=[registration.join_code]))
        notes.append(_("Take part through Zoom: %(address)s") % {"address": join_page})
    own_page = _absolute(registration.get_absolute_url())
    notes.append(_("Your ticket, changing and cancelling: %(address)s") % {"address": own_page})
    return {
        **_personal(registration),
        "status": "TENTATIVE" if registration.is_waiting else "CONFIRMED",
        "location": "Zoom" if registration.is_online else _location(city_session),
        "description": "\n".join([*notes, *_notes(city_session)]),
    }


def _cancelled(registration):
    own = {**_personal(registration), "status": "CANCELLED"}
    if registration.city_session.is_standing:
        own["summary"] = _("Registration cancelled: %(summary)s") % {"summary": _summary(registration.city_session)}
    return own


def _personal(registration):
    """CLASS:PRIVATE keeps the links from those with whom a calendar is shared.

    Whoever was registered by another person has an entry apart, so that cancelling it leaves that person's own alone.
    """
    city_session = registration.city_session
    identifier = city_session.calendar_uid
    if registration.group_id:
        identifier = uuid.uuid5(identifier, str(registration.pk))
    return {
        "uid": _uid(identifier),
        "sequence": city_session.calendar_sequence + registration.version - 1,
        "class": "PRIVATE",
        "url": _absolute(registration.get_absolute_url()),
    }


def _span(city_session):
    """Beginning and end in UTC, the end None where unknown; of a session without times, its day and the next."""
    if city_session.starts_at is None:
        return city_session.date, city_session.date + datetime.timedelta(days=1)
    end = city_session.ends_at.astimezone(datetime.UTC) if city_session.end_time else None
    return city_session.starts_at.astimezone(datetime.UTC), end


def _summary(city_session):
    names = {"city": city_session.city, "title": city_session.consultation.short_title}
    if city_session.state == city_session.State.CANCELLED:
        return _("Cancelled: %(city)s — %(title)s") % names
    if city_session.state == city_session.State.POSTPONED:
        return _("Postponed: %(city)s — %(title)s") % names
    return f"{names['city']} — {names['title']}"


def _location(city_session):
    venue = city_session.venue or _("Venue to be announced")
    return ", ".join(filter(None, [venue, city_session.address, city_session.city]))


def _notes(city_session):
    """What an entry says below its title: that times are approximate, whom to call."""
    consultation = city_session.consultation
    notes = [
        _("Organisers’ phone: %(phone)s, %(name)s")
        % {"phone": consultation.contact_phone.as_international, "name": consultation.contact_name}
    ]
    if city_session.start_time is None:
        notes.insert(0, _("Time to be announced"))
    elif city_session.times_approximate:
        notes.insert(0, _("Time is approximate."))
    return notes


def _organiser(consultation):
    from icalendar import vCalAddress, vText  # slow import

    address = consultation.contact_email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    organiser = vCalAddress(f"mailto:{address}")
    organiser.params["CN"] = vText(_plain(consultation.contact_name))
    return organiser


def _plain(text):
    """Every kind of line break as the one that the format can carry, and no other control character."""
    return "\n".join(text.splitlines()).translate(CONTROL_CHARACTERS)


def _uid(identifier):
    return f"{identifier}@{_host()}"


def _host():
    return urlsplit(settings.SITE_URL).hostname


def _absolute(path):
    return f"{settings.SITE_URL}{path}"
