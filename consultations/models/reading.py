"""What every registration reads, in one statement each: functions of the database, whose plans a connection keeps.

Built by the ORM the same three reads took more time than everything else in a registration, twice: once to write the
statement, once to plan it. Whole rows come as JSON (`embedded.instance`).
"""

import json

from django.db import connection

from consultations import acting

from .city_session import CitySession
from .consultation import ConsentText, Consultation
from .embedded import instance, instances
from .own_question import OwnQuestion
from .registration import Registration

# Who acts travels with the lock that every change begins with, so that the history costs no statement of its own.
LOCK = "SELECT locked.* FROM set_config(%s, %s, true), consultations_lock_city_sessions(%s) AS locked"


def city_session_at(consultation, slug):
    """The published session at these two slugs with its counts, consultation, consent text and questions; or None."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM consultations_city_session_at(%s, %s)", [consultation, slug])
        row = cursor.fetchone()
    if row is None:
        return None
    city_session, consultation, consent_text, own_questions, *counts = row
    found = _counted(city_session, consultation, counts)
    found.consultation.known_consent = consent_text and instance(ConsentText, json.loads(consent_text))
    found.own_questions = instances(OwnQuestion, json.loads(own_questions or "[]"))
    return found


def locked_city_sessions(pks):
    """These sessions by pk, locked in pk order, with their counts and consultations as they are under the lock."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [acting.SETTING, acting.actor(), list(pks)])
        found = [
            _counted(city_session, consultation, counts) for city_session, consultation, *counts in cursor.fetchall()
        ]
    return {city_session.pk: city_session for city_session in found}


def _counted(city_session, consultation, counts):
    found = instance(CitySession, json.loads(city_session))
    found.consultation = instance(Consultation, json.loads(consultation))
    found.hall_held, found.online_held, found.hall_queue = counts
    return found


def sent_before_or_known(city_session, submission_key, people):
    """The registrations there that this very form gave before, and those of the same people, in the form's order.

    The same person is the same folded name with the same e-mail or the same phone, and not cancelled (a family shares
    a phone, an office an e-mail).
    """
    columns = ("full_name", "phone", "email")
    known_by = json.dumps([{name: _stored(name, person) for name in columns} for person in people])
    asked = [city_session.pk, submission_key, known_by]
    with connection.cursor() as cursor:
        cursor.execute("SELECT consultations_sent_before_or_known(%s, %s, %s)", asked)
        pks = [pk for (pk,) in cursor.fetchall()]
    return list(Registration.objects.filter(pk__in=pks).order_by("submission_index", "pk")) if pks else []


def _stored(name, person):
    """This column of a person as the table keeps it."""
    return Registration._meta.get_field(name).get_prep_value(person.get(name) or "")
