"""Pictures for phones: one's ticket, and a session's card for messengers. And lists of people as PDF."""

import functools
import json

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from consultations import qr
from consultations.models import CitySession
from consultations.templatetags.content import phone

from .facts import notice_of, short_address, venue_of, where_and_when
from .typesetting import pdf, png

TICKET_PPI = 216  # 360 points wide: 1080 pixels
CARD_PPI = 144  # 600 × 315 points: 1200 × 630 pixels


def ticket_picture(registration):
    """The ticket as a PNG to keep in the phone, in the language of the registration."""
    return png("ticket.typ", ticket_words(registration), ppi=TICKET_PPI)


def session_card(city_session, language):
    """The picture beside a shared link, a PNG of 1200 × 630 pixels."""
    return _card(json.dumps(card_words(city_session, language)))


@functools.lru_cache(maxsize=50)
def _card(words):
    """Cards are for everybody and seldom change, so the last ones drawn are kept."""
    return png("card.typ", json.loads(words), ppi=CARD_PPI)


def attendee_list(words):
    """A list of people as PDF, A4 across. `words` are put together in consultations/exports/."""
    return pdf("list.typ", words)


def ticket_words(registration):
    """Everything the ticket says."""
    city_session = registration.city_session
    consultation = city_session.consultation
    number_address = settings.SITE_URL + reverse("ticket-number", args=[registration.pass_number])
    with translation.override(registration.language):
        status, tone, advice = _standing(registration)
        is_for_the_door = tone != "stopped" and (registration.in_hall or registration.wants_the_hall)
        return {
            **where_and_when(city_session),
            "headline": consultation.short_title,
            "venue": ", ".join(filter(None, [venue_of(city_session), city_session.address])),
            "status": status,
            "tone": tone,
            "mode": "" if tone == "stopped" else _mode(registration),
            "advice": advice,
            "name": registration.full_name,
            "qr": qr.svg(number_address) if is_for_the_door else "",
            "number-label": _("Ticket number"),
            "number": registration.pass_number_spaced,
            "phone-label": _("Organisers’ phone:"),
            "phone": phone(consultation.contact_phone),
        }


def card_words(city_session, language):
    """Everything the card says. No number of places: messengers keep a picture for weeks."""
    with translation.override(language):
        notice, tone = notice_of(city_session)
        return {
            **where_and_when(city_session),
            "headline": city_session.consultation.short_title,
            "notice": notice,
            "tone": tone,
            "form": "" if notice else _("In the hall and through Zoom"),
            "address": short_address(city_session),
        }


def _standing(registration):
    """Status in words, its tone, and what to do: of the session where it will not take place, else of the person."""
    state = registration.city_session.state
    if state == CitySession.State.CANCELLED:
        return _("This session will not take place."), "stopped", ""
    if registration.is_cancelled:
        return _("Registration cancelled"), "stopped", ""
    if state == CitySession.State.POSTPONED:
        advice = _("The session is postponed; the new date will be announced. Whoever has registered stays registered.")
        return _("Postponed"), "waiting", advice
    if registration.is_waiting:
        return (
            _("You are on the waiting list"),
            "waiting",
            _("Free places are given out in the order of this list; when it is your turn, we tell you at once."),
        )
    if registration.is_online:
        return _("Your registration is confirmed"), "done", _("The link to join is on your page.")
    advice = _("You need not remember anything: say your name at the entrance.")
    return _("Your registration is confirmed"), "done", advice


def _mode(registration):
    if registration.is_online and registration.wants_the_hall:
        return _("I will take part through Zoom; on the waiting list for the hall")
    return registration.get_mode_display()
