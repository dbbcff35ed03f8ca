"""What a person types into the forms, for tests that send them."""

import time

import time_machine
from django.urls import reverse

from consultations.forms import sending
from tests.factories import make_city_session, make_consent_text


def token_of_age(seconds):
    """A form token as it was given out so many seconds ago; fewer than none: in the future."""
    with time_machine.travel(time.time() - seconds, tick=False):
        return sending.new_token()


def make_open_session(consultation=None, **fields):
    """A session that can be registered for: its consultation has a consent text."""
    city_session = make_city_session(consultation, **fields)
    if city_session.consultation.current_consent is None:
        make_consent_text(city_session.consultation)
    return city_session


def register_address(city_session):
    return reverse("registration-create", args=[city_session.consultation.slug, city_session.slug])


def answers(city_session, **changed):
    """What somebody with a phone sends, ten seconds after the page was opened."""
    return {
        "full_name": "Турдубеков Нурсултан",
        "phone": "0555 123 456",
        "email": "",
        "mode": "hall",
        "language": "ky",
        "consent_text": str(city_session.consultation.current_consent.pk),
        "form_token": token_of_age(10),
    } | changed


def others(*names, agreed=True):
    """The part of the form that registers other people too."""
    fields = {"person": [str(number) for number in range(1, len(names) + 1)]}
    for number, name in enumerate(names, start=1):
        fields[f"person-{number}-full_name"] = name
    return fields | ({"agreed_for_others": "on"} if agreed else {})
