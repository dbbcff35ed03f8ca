"""Certificates of participation: for whoever came to the hall or joined online, once the session was held."""

from django.db.models import Q
from django.utils.translation import gettext as _

from consultations.models import Registration
from consultations.templatetags.content import times_of

from . import facts


def certificates(city_session):
    """Those who are to be given one: present in the hall or online; nobody before the session is over."""
    if not city_session.is_over or not city_session.is_standing:
        return Registration.objects.none()
    came = Q(checked_in_at__isnull=False) | Q(joined_online_at__isnull=False)
    return city_session.registrations.identified().filter(came).in_alphabetical_order()


def certificate_words(city_session, people):
    """A page for each of these people, in the present language."""
    consultation = city_session.consultation
    return {
        "title": _("Certificate"),
        "of": _("of participation in the public consultation"),
        "consultation": consultation.title,
        "where-label": _("Place"),
        "where": ", ".join(filter(None, [city_session.city, city_session.venue])),
        "when-label": _("Date"),
        "when": ", ".join(filter(None, [facts.date_in_words(city_session), times_of(city_session)])),
        "how-label": _("Form of participation"),
        "parties": [[party.role, party.name] for party in consultation.party_list],
        "signature": _("Signature of the organiser"),
        "stamp": _("place for a stamp"),
        "number-label": _("Ticket number"),
        "people-of": [
            {"name": person.full_name, "how": _how(person), "number": person.pass_number_spaced} for person in people
        ],
        "people": len(people),
    }


def _how(person):
    """In the hall, whoever came there and joined online too."""
    return _("in the hall") if person.checked_in_at else _("online, through Zoom")
