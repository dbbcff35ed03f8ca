"""What an organiser must not overlook about a session that is still to come: shown on the front page and on its own."""

import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consultations.models.fields import local_date

NEAR = datetime.timedelta(days=14)
URGENT = datetime.timedelta(days=2)  # with no venue two days before, people stay at home


def warnings_of(city_session):
    """What is missing although people wait for it or the day is near, the urgent first; nothing for one that is over.

    `city_session` comes from `with_numbers`. Each warning has `words`, `details` (short facts), `is_urgent` and the
    `address` of the very field, or page, that mends it.
    """
    if city_session.is_over or not city_session.is_standing:
        return []
    near, urgent = is_within(city_session, NEAR), is_within(city_session, URGENT)
    people = city_session.registered
    has_venue = bool(city_session.venue_ky or city_session.venue_ru)
    found = []
    if city_session.date is None and people:
        found.append(warning(city_session, _("date still open"), "id_date", waiting_to_hear(people)))
    if not has_venue and city_session.date and (near or people):
        found.append(warning(city_session, _("venue still open"), "id_venue_ky", waiting_to_hear(people), urgent))
    if city_session.online_confirmed and not city_session.zoom_url:
        online = people_online(city_session.online_confirmed)
        found.append(warning(city_session, _("no link to Zoom"), "id_zoom_register_url", online, urgent))
    if city_session.hall_capacity is None and city_session.date and (has_venue or urgent) and near:
        in_hall = people_in_the_hall(city_session.hall_confirmed)
        found.append(warning(city_session, _("number of places unknown"), "id_hall_capacity", in_hall))
    if places_short(city_session) > 0:
        short = ngettext("%(count)d place too few", "%(count)d places too few", places_short(city_session))
        words = short % {"count": places_short(city_session)}
        hall = reverse("admin:consultations_citysession_hall", args=[city_session.pk])
        found.append(warning(city_session, _("the hall is too small"), "", words) | {"address": hall})
    if near and not city_session.is_public:
        publish = reverse("admin:consultations_citysession_publish", args=[city_session.pk])
        found.append(warning(city_session, _("not published yet"), "", "", urgent) | {"address": publish})
    return sorted(found, key=lambda one: not one["is_urgent"])


def warning(city_session, words, field, people, is_urgent=False):  # noqa: FBT002 -- read as "…, urgent" where it is called
    change = reverse("admin:consultations_citysession_change", args=[city_session.pk])
    return {
        "words": words,
        "details": [detail for detail in (days_left(city_session), people) if detail],
        "is_urgent": is_urgent,
        "address": f"{change}#{field}",
    }


def is_within(city_session, time):
    """Whether the session's day is known and no further away than that."""
    return city_session.date is not None and city_session.date <= local_date() + time


def places_short(city_session):
    """How many more people are confirmed for the hall than it has places; 0 or less where there is room."""
    if city_session.hall_capacity is None:
        return 0
    return city_session.hall_confirmed - (city_session.hall_capacity - city_session.hall_reserved)


def days_left(city_session):
    """«today», «tomorrow», «9 days»; nothing without a date."""
    if city_session.date is None:
        return ""
    days = (city_session.date - local_date()).days
    if days < 2:
        return _("tomorrow") if days == 1 else _("today")
    return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}


def waiting_to_hear(count):
    return (
        ngettext("%(count)d person waits to hear", "%(count)d people wait to hear", count) % {"count": count}
        if count
        else ""
    )


def people_online(count):
    return ngettext("%(count)d person online", "%(count)d people online", count) % {"count": count}


def people_in_the_hall(count):
    return (
        ngettext("%(count)d person for the hall", "%(count)d people for the hall", count) % {"count": count}
        if count
        else ""
    )
