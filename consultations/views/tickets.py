"""The words of a ticket for a messenger: number, date, place, and where to find it again; never the secret link."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from consultations.templatetags.content import times_of, with_weekday


def share_text(registrations):
    """Lines for one ticket or for a group's: each person's number, then the session once."""
    city_session = registrations[0].city_session
    date = with_weekday(city_session.date) or _("Date to be announced")
    where = ", ".join(filter(None, [city_session.venue or _("Venue to be announced"), city_session.address]))
    lines = [
        city_session.consultation.short_title,
        ", ".join(filter(None, [city_session.city, date, times_of(city_session)])),
        *([where] if any(one.in_hall or one.wants_the_hall for one in registrations) else ["Zoom"]),
    ]
    for registration in registrations:
        number = {"name": registration.full_name, "number": registration.pass_number_spaced}
        lines.append(_("%(name)s, ticket number: %(number)s") % number)
    lines.append(_("Find the ticket again: %(address)s") % {"address": settings.SITE_URL + reverse("ticket-find")})
    return "\n".join(lines)
