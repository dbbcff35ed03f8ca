"""Forgetting people: at once when they ask, all of them when the time has come; numbers stay."""

import datetime
from collections import Counter

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from consultations import actions
from consultations.actions.erasing import EMPTIED, NOBODY
from consultations.models import DataRequest, ExportRecord, Message, Need, OwnAnswer, Registration
from tests.factories import (
    IN_WORDS,
    in_days,
    make_call,
    make_city_session,
    make_consultation,
    make_data_request,
    make_details,
    make_group,
    make_message,
    make_need,
    make_own_answer,
    make_own_question,
    make_registration,
    sign_up,
)
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db

OUR_MODELS = list(apps.get_app_config("consultations").get_models())
ENDED = {"date": in_days(-200)}


def days_ago(days):
    return timezone.now() - datetime.timedelta(days=days)


def make_whole_registration(city_session=None, **fields):
    """Somebody of whom everything is known that can be known."""
    registration = make_registration(
        city_session,
        **{
            "email": "aigul@example.org",
            "organisation": "Жаңы Айыл коому",
            "organisation_type": "ngo",
            "position": "Төрайым",
            "home_place": "Кочкор айылы",
            "gender": "female",
            "age_group": Registration.AgeGroup.values[0],
            "question": "Жайыттар кандай корголот?",
            "question_reply": "Отчётту караңыз",
            "submission_key": "form-of-aigul",
            "checked_in_by": "door",
            "checked_in_at": days_ago(200),
            "created_at": days_ago(210),
        }
        | fields,
    )
    make_need(registration, text="Пандус керек", reply="Болот")
    make_own_answer(registration)
    in_words = make_own_question(registration.city_session, **IN_WORDS)
    make_own_answer(registration, in_words, choice=None, text="Мен жайытта иштейм")
    make_message(registration, address="old@example.org", status="sent", done_at=days_ago(205))
    make_call(registration, status="told", done_at=days_ago(205), done_by="organiser")
    return registration


def numbers():
    """What an official report counts: every row with everything in it that is not about who somebody is."""
    columns = (
        "city_session mode status gender age_group organisation_type language source group consented_at consent_text "
        "listed_publicly checked_in_at joined_online_at created_at hall_wanted_at cancelled_at"
    ).split()
    rows = Counter(Registration.objects.values_list(*columns))
    return rows, Counter(Need.objects.values_list("kind", "state")), Counter(Message.objects.values_list("kind"))


# Every column


@pytest.mark.parametrize("model", OUR_MODELS)
def test_every_column_is_declared_personal_of_staff_or_neither(model):
    declared = [model.PERSONAL, getattr(model, "OF_STAFF", frozenset()), model.NOT_PERSONAL]
    assert sorted(name for names in declared for name in names) == sorted(
        field.name for field in model._meta.concrete_fields
    )


def test_erasure_empties_exactly_what_is_declared_personal():
    by_age = {"RateCount"}  # a hash that nobody can find: it goes within two days
    declared = {model: model.PERSONAL for model in OUR_MODELS if model.PERSONAL and model.__name__ not in by_age}
    assert {model: frozenset(columns) for model, columns in EMPTIED.items()} == declared


@pytest.mark.parametrize("model", [Registration, Need, Message, OwnAnswer])
def test_each_personal_column_is_empty_or_new_after_anonymising(model):
    registration = make_whole_registration(make_city_session(**ENDED))
    before = list(model.objects.order_by("pk").values(*model.PERSONAL))
    assert all(any(row[name] for row in before) for name in model.PERSONAL), "the test must begin with all of them"
    actions.anonymise(registration=registration)
    for was, is_now in zip(before, model.objects.order_by("pk").values(*model.PERSONAL), strict=True):
        for name in model.PERSONAL:
            assert not was[name] or is_now[name] != was[name], name
            if not callable(EMPTIED[model][name]):
                assert is_now[name] in {"", None, NOBODY}, name


# One person


def test_anonymising_frees_a_seat_to_come_and_tells_the_next():
    city_session = make_city_session(hall_capacity=1)
    leaving = make_registration(city_session)
    waiting = make_registration(city_session, status="waiting", email="next@example.org")
    gone = actions.anonymise(registration=leaving)
    assert (gone.status, gone.cancelled_by, gone.anonymised_at is None) == ("cancelled", "participant", False)
    waiting.refresh_from_db()
    assert waiting.status == "confirmed"
    assert [message.kind for message in waiting.messages.all()] == ["promoted"]
    assert gone.messages.count() == 0


@pytest.mark.parametrize(
    ("session", "person"),
    [
        (ENDED, {}),
        (ENDED, {"status": "waiting"}),
        (ENDED, {"status": "cancelled"}),
        ({}, {"checked_in_at": timezone.now()}),
        ({}, {"mode": "online", "joined_online_at": timezone.now()}),
    ],
)
def test_anonymising_keeps_the_count_of_what_has_happened(session, person):
    registration = make_registration(make_city_session(**session), **person)
    before = numbers()
    actions.anonymise(registration=registration)
    assert numbers() == before


def test_anonymising_takes_back_what_waits_to_be_told():
    registration = make_registration()
    letter, call = make_message(registration), make_call(registration)
    actions.anonymise(registration=registration)
    for message in (letter, call):
        message.refresh_from_db()
        assert message.status == "withdrawn"
        assert message.done_at is not None


def test_anonymising_twice_changes_nothing():
    registration = make_registration()
    first = actions.anonymise(registration=registration)
    second = actions.anonymise(registration=registration)
    assert (first.code, first.version, first.anonymised_at) == (second.code, second.version, second.anonymised_at)


def test_letter_queued_before_is_not_sent(run_jobs, mailoutbox):
    outcome = sign_up(make_city_session(), make_details(email="aigul@example.org"))
    actions.anonymise(registration=outcome.contact)
    assert run_jobs() == ["consultations.send_letter"]
    assert mailoutbox == []


@pytest.mark.parametrize(
    "act",
    [
        lambda row: actions.change(registration=row, full_name="Асанова Айгүл"),
        lambda row: actions.come_back(registration=row),
        lambda row: actions.switch(registration=row, mode="online"),
        lambda row: actions.move(registration=row, city_session=make_city_session(row.city_session.consultation)),
        lambda row: actions.replace_person(
            registration=row, full_name="Асанов", phone="+996555000001", language="ky", consent_text=None
        ),
        lambda row: actions.mark_zoom_form_done(registration=row),
        lambda row: actions.check_in(registration=row, by="desk"),
        lambda row: actions.add_to_group(
            contact=row, people=[make_details()], mode="hall", submission_key="", consent_text=None
        ),
    ],
)
def test_page_still_open_writes_nothing_back(act):
    registration = make_registration()
    actions.anonymise(registration=registration)
    before = Registration.objects.filter(pk=registration.pk).values().get()
    with pytest.raises(actions.RegistrationRefused) as refused:
        act(registration)
    assert refused.value.code == "erased"
    assert Registration.objects.filter(pk=registration.pk).values().get() == before


def test_same_person_may_register_again():
    city_session = make_city_session()
    person = make_details()
    first = sign_up(city_session, person, submission_key="once")
    actions.anonymise(registration=first.contact)
    again = sign_up(city_session, person, submission_key="once")
    assert (again.repeated, again.contact.pk == first.contact.pk) == (False, False)


@pytest.mark.parametrize("path", ["", "data/", "data.json", "delete/", "change/", "pass.png", "calendar.ics"])
def test_old_links_open_nothing(client, path):
    registration = make_registration()
    address = registration.get_absolute_url() + path
    assert client.get(address).status_code == 200
    actions.anonymise(registration=registration)
    assert client.get(address).status_code == 404
    registration.refresh_from_db()
    assert client.get(registration.get_absolute_url() + path).status_code == 404


# Groups


def test_group_of_an_anonymised_contact_keeps_its_places():
    contact, one, two = make_group()
    actions.anonymise(registration=contact)
    for member in (one, two):
        member.refresh_from_db()
        assert (member.status, member.anonymised_at) == ("confirmed", None)
    assert set(actions.unreachable()) == {one, two}
    one.phone = "+996555777777"
    one.save()
    assert set(actions.unreachable()) == {two}


def test_group_is_anonymised_with_its_contact_except_who_has_a_contact_of_their_own():
    contact, alone, reached = make_group()
    reached.email = "own@example.org"
    reached.save()
    actions.anonymise_group(contact=contact)
    found = {row.pk: row.anonymised_at is not None for row in Registration.objects.all()}
    assert found == {contact.pk: True, alone.pk: True, reached.pk: False}


def test_letter_to_a_contact_names_no_anonymised_member(run_jobs, mailoutbox):
    contact, member, other = make_group(email="contact@example.org")
    actions.anonymise(registration=member)
    actions.change(registration=contact, position="Төрага")
    run_jobs()
    [letter] = mailoutbox
    assert other.full_name in letter.body
    assert member.full_name not in letter.body


# When the time has come


def erase_in(days, **expected):
    return actions.erase_what_is_due(today=in_days(days))


def is_erased(registration):
    registration.refresh_from_db()
    return registration.anonymised_at is not None


@pytest.mark.parametrize(
    ("sessions", "closed", "last_day"),
    [([-10], None, -10), ([-20, -10], None, -10), ([-10], -5, -5), ([-10], -30, -10), ([-10, None], None, -10)],
)
def test_erasure_counts_from_the_latest_of_last_session_and_closing(sessions, closed, last_day):
    consultation = make_consultation(retention_days=30, closed_on=None if closed is None else in_days(closed))
    registrations = [
        make_registration(
            make_city_session(consultation, date=None if day is None else in_days(day)), created_at=days_ago(100)
        )
        for day in sessions
    ]
    erase_in(last_day + 29)
    assert [is_erased(one) for one in registrations] == [False] * len(sessions)
    erase_in(last_day + 30)
    assert [is_erased(one) for one in registrations] == [True] * len(sessions)


def test_closing_alone_is_an_end_and_nothing_is_none():
    closed = make_consultation(retention_days=1, closed_on=in_days(-2))
    open_end = make_consultation(retention_days=1)
    gone, kept = (
        make_registration(make_city_session(one, date=None), created_at=days_ago(9)) for one in (closed, open_end)
    )
    erase_in(0)
    assert (is_erased(gone), is_erased(kept)) == (True, False)


def test_who_registers_for_an_undated_session_afterwards_is_kept_for_the_promised_time():
    consultation = make_consultation(retention_days=30)
    make_city_session(consultation, date=in_days(-40))
    late = make_registration(make_city_session(consultation, date=None))
    erase_in(0)
    assert not is_erased(late)
    erase_in(30)
    assert is_erased(late)


def test_who_was_written_down_from_paper_afterwards_goes_with_all_the_others():
    consultation = make_consultation(retention_days=30)
    late = make_registration(make_city_session(consultation, date=in_days(-30)), source="paper")
    erase_in(0)
    assert is_erased(late)


def test_erasure_touches_no_other_consultation():
    due = make_registration(make_city_session(make_consultation(retention_days=1), **ENDED))
    other = make_registration(make_city_session(make_consultation(retention_days=999), **ENDED))
    erase_in(0)
    assert (is_erased(due), is_erased(other)) == (True, False)


def test_erasure_keeps_the_numbers_and_runs_twice_for_nothing(monkeypatch):
    monkeypatch.setattr("consultations.actions.erasing.AT_ONCE", 2)
    consultation = make_consultation(retention_days=1)
    for fields in [{}, {"mode": "online"}, {"status": "waiting"}, {"status": "cancelled"}, {"gender": "female"}]:
        make_registration(make_city_session(consultation, **ENDED), **fields)
        make_whole_registration(make_city_session(consultation, date=None), **fields)
    before = numbers()
    assert actions.erase_what_is_due().people == 10
    assert numbers() == before
    rows = list(Registration.objects.order_by("pk").values())
    assert actions.erase_what_is_due().people == 0
    assert list(Registration.objects.order_by("pk").values()) == rows


def test_erasure_goes_on_behind_a_letter_that_is_leaving(monkeypatch):
    consultation = make_consultation(retention_days=1)
    stuck, free = (make_registration(make_city_session(consultation, **ENDED)) for _ in range(2))
    from consultations.actions import erasing

    def busy(city_session, registered_by, real=erasing._erase_batch):
        if city_session.pk == stuck.city_session_id:
            raise actions.RegistrationRefused("busy")
        return real(city_session=city_session, registered_by=registered_by)

    monkeypatch.setattr(erasing, "_erase_batch", busy)
    erased = actions.erase_what_is_due()
    assert (erased.people, erased.postponed) == (1, 1)
    assert (is_erased(stuck), is_erased(free)) == (False, True)


def test_history_of_the_admin_keeps_no_name():
    registration = make_registration(make_city_session(**ENDED))
    user = make_organiser()
    content_type = ContentType.objects.get_for_model(Registration)
    LogEntry.objects.create(
        user=user,
        content_type=content_type,
        object_id=str(registration.pk),
        object_repr=registration.full_name,
        action_flag=CHANGE,
        change_message=f"Changed {registration.full_name}",
    )
    actions.anonymise(registration=registration)
    [entry] = LogEntry.objects.all()
    assert (entry.object_repr, entry.change_message) == (f"№ {registration.pk}", "")


def test_reason_of_an_export_is_emptied_and_the_record_stays():
    consultation = make_consultation(retention_days=1)
    city_session = make_city_session(consultation, **ENDED)
    record = ExportRecord.objects.create(
        made_by="ministry",
        city_sessions=[city_session.pk],
        preset="official",
        columns=["full_name"],
        format="csv",
        language="ky",
        rows=1,
        reason="contact",
        reason_text="Асанова Айгүл сурады",
    )
    actions.erase_what_is_due()
    record.refresh_from_db()
    assert (record.reason_text, record.made_by, record.rows) == (NOBODY, "ministry", 1)


def test_requests_are_emptied_with_their_consultation_or_a_month_after_the_answer():
    due, other = make_consultation(retention_days=1), make_consultation()
    make_city_session(due, **ENDED)
    old = make_data_request(due)
    answered = make_data_request(other, handled_at=days_ago(31), handled_by="organiser")
    fresh = make_data_request(other, handled_at=days_ago(29), handled_by="organiser")
    actions.erase_what_is_due()
    for request, emptied in [(old, True), (answered, True), (fresh, False)]:
        request.refresh_from_db()
        assert (request.anonymised_at is not None) is emptied
        assert [getattr(request, name) == "" for name in ("full_name", "phone", "email")].count(False) == (
            0 if emptied else 2
        )
    assert DataRequest.objects.count() == 3


def test_finished_jobs_go_and_waiting_ones_stay(run_jobs):
    sign_up(make_city_session(), make_details(email="one@example.org"))
    run_jobs()
    sign_up(make_city_session(), make_details(email="two@example.org"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '8 days'")
    actions.erase_what_is_due()
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs")
        assert cursor.fetchall() == [("todo",)]


def test_nightly_task_erases_what_is_due(run_jobs):
    from consultations import jobs

    registration = make_registration(make_city_session(make_consultation(retention_days=1), **ENDED))
    jobs.erase(timestamp=0)
    assert is_erased(registration)


# By hand


def test_command_shows_what_is_due_and_changes_nothing_until_told(capsys):
    consultation = make_consultation(retention_days=1)
    registration = make_registration(make_city_session(consultation, **ENDED))
    make_registration()
    call_command("erase_personal_data")
    said = capsys.readouterr().out
    assert f"“{consultation.slug}”: 1 people" in said
    assert "Nothing was changed" in said
    assert not is_erased(registration)
    call_command("erase_personal_data", "--now")
    assert "Erased: 1 people" in capsys.readouterr().out
    assert is_erased(registration)
    call_command("erase_personal_data")
    assert consultation.slug not in capsys.readouterr().out
