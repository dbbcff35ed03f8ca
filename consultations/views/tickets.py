"""A registration as its pages find it by one of its secrets, and the words of its ticket for a messenger."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from consultations.models import CitySession, Registration
from consultations.templatetags.content import times_of, with_weekday


def get_registration(**secret):
    """The registration with this `code`, `join_code` or `pass_number`, its session counted.

    One same 404 for everything that opens nothing, erased registrations among it (P 47).
    """
    registration = Registration.objects.filter(**secret, anonymised_at=None).select_related("group").first()
    if registration is None:
        raise Http404
    counted = CitySession.objects.with_places().select_related("consultation")
    registration.city_session = counted.get(pk=registration.city_session_id)
    return registration


def in_their_sessions(registrations):
    """The same registrations, each with its own session, counted: of a group some may have gone to another city."""
    counted = CitySession.objects.with_places().select_related("consultation")
    found = counted.in_bulk({registration.city_session_id for registration in registrations})
    for registration in registrations:
        registration.city_session = found[registration.city_session_id]
    return registrations


def get_contact(code):
    """The registration, if it may see and make a group: whoever another person registered sees only themselves."""
    registration = get_registration(code=code)
    if registration.group_id is not None:
        raise Http404
    return registration


def about(registration):
    """What every page of a registration shows."""
    return {
        "registration": registration,
        "city_session": registration.city_session,
        "consultation": registration.city_session.consultation,
    }


def whatsapp_url(registrations):
    """Opens WhatsApp with the words of the tickets, to be sent to oneself; never with the secret link."""
    return f"https://wa.me/?{urlencode({'text': share_text(registrations)})}"


def share_text(registrations):
    """Lines for one ticket or for a group's: each session once, with its people, their numbers, and who waits."""
    lines = [registrations[0].city_session.consultation.short_title]
    by_session = {}
    for registration in registrations:
        by_session.setdefault(registration.city_session, []).append(registration)
    for city_session, people in by_session.items():
        lines += lines_about(city_session, people)
    lines.append(_("Find the ticket again: %(address)s") % {"address": settings.SITE_URL + reverse("ticket-find")})
    return "\n".join(lines)


def lines_about(city_session, registrations):
    date = with_weekday(city_session.date) or _("Date to be announced")
    yield ", ".join(filter(None, [city_session.city, date, times_of(city_session)]))
    if any(one.in_hall or one.wants_the_hall for one in registrations):
        yield ", ".join(filter(None, [city_session.venue or _("Venue to be announced"), city_session.address]))
    else:
        yield "Zoom"
    for registration in registrations:
        words = _("%(name)s, ticket number: %(number)s")
        if registration.is_waiting:
            words = _("%(name)s, on the waiting list, ticket number: %(number)s")
        yield words % {"name": registration.full_name, "number": registration.pass_number_spaced}
