"""The tickets of a group on paper, six to a sheet, each in its person's language, to be cut apart and handed out."""

from django.utils import translation
from django.utils.translation import gettext as _

from .facts import date_in_words
from .pictures import ticket_words


def pass_words(registrations):
    """Registrations of one session, in the order in which they are given."""
    return {"tickets": [_ticket(one) for one in registrations]}


def _ticket(registration):
    with translation.override(registration.language):
        return ticket_words(registration) | {
            "date": date_in_words(registration.city_session),
            "code": _("QR code of the ticket: %(number)s") % {"number": registration.pass_number_spaced},
        }
