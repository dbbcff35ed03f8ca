"""How many take part and wait: for organisers always, also where no limit is set and a visitor is shown no number."""

from django.utils.translation import gettext as _

from consultations.models import Message, Registration
from consultations.models.counting import counted


def with_numbers(city_sessions):
    """`with_places()`, and as numbers `hall_confirmed`, `online_confirmed`, `queue_for_hall`, `queue_for_online`,
    everybody `registered`, those of them `registered_online`, and the `calls_to_make`.
    """
    registrations = Registration.objects
    return city_sessions.with_places().annotate(
        hall_confirmed=counted(registrations.holding_hall_seats()),
        online_confirmed=counted(registrations.holding_online_places()),
        queue_for_hall=counted(registrations.wanting_the_hall()),
        queue_for_online=counted(registrations.wanting_online()),
        registered=counted(registrations.live().identified()),
        registered_online=counted(registrations.live().identified().filter(mode=Registration.Mode.ONLINE)),
        calls_to_make=counted(Message.objects.to_call(), by="registration__city_session"),
    )


def of_places(confirmed, places):
    """«87 / 120», or «87» where there is no limit."""
    return str(confirmed) if places is None else f"{confirmed} / {places}"


def hall_places(city_session):
    """Confirmed in the hall, of the seats that registration may give."""
    capacity = city_session.hall_capacity
    return of_places(city_session.hall_confirmed, None if capacity is None else capacity - city_session.hall_reserved)


def online_places(city_session):
    """Confirmed online, of the places there are."""
    return of_places(city_session.online_confirmed, city_session.online_capacity)


def queues(city_session):
    """How many wait; those for an online place, which is rare, only where there are any."""
    if not city_session.queue_for_online:
        return str(city_session.queue_for_hall)
    return _("hall: %(hall)d, online: %(online)d") % {
        "hall": city_session.queue_for_hall,
        "online": city_session.queue_for_online,
    }
