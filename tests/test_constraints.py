"""What the table refuses, whoever writes: each constraint and trigger raw, past every form and action.

The lists are complete by themselves: the tests that begin with `test_every_` ask the database and the models what
there is, and fail for a constraint, a trigger, a pair of fields or a column that nobody wrote a test for.
"""

import datetime
import itertools
import re
import unicodedata
import uuid

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Func, Value
from django.utils import timezone

from consultations.actions.refusals import constraint_name
from consultations.models import (
    ChangeRecord,
    CitySession,
    Consultation,
    DoorEntry,
    ExportRecord,
    FormerSlug,
    LetterParagraph,
    Message,
    Notice,
    OwnQuestion,
    RateCount,
    Registration,
)
from consultations.models.registration import set_together
from tests.factories import (
    CHOICES,
    make_agenda_item,
    make_change_record,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_data_request,
    make_document,
    make_door_entry,
    make_door_pass,
    make_export_record,
    make_group,
    make_need,
    make_own_answer,
    make_own_question,
    make_party,
    make_place_count,
    make_registration,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OUR_MODELS = list(apps.get_app_config("consultations").get_models())
SOMEBODY = {"full_name": "Турдубеков Нурсултан", "phone": "", "email": "nursultan@example.org"}
NURSULTAN = {"full_name": "Турдубеков Нурсултан", "phone": ""}
OUR_PHONE = {"phone": "+996555000111"}
CONSENTED = {"consented_at": NOW, "consent_channel": "web"}
SOMEBODY_BY_PHONE = {"full_name": "Турдубеков Нурсултан", "phone": "+996555000111", "email": ""}


def make_message(**fields):
    registration = fields.pop("registration", None) or make_registration()
    return Message.objects.create(
        **{
            "registration": registration,
            "kind": Message.Kind.CONFIRMED,
            "channel": Message.Channel.EMAIL,
            "language": "ky",
            "dedupe_key": f"{registration.pk}:{uuid.uuid4()}",
        }
        | fields
    )


def make_rate_count(**fields):
    return RateCount.objects.create(**{"key": "register:0", "window_start": NOW} | fields)


def make_former_slug(**fields):
    return FormerSlug.objects.create(**{"slug": "jalal-abad", "changed_at": NOW} | fields)


def make_notice(**fields):
    return Notice.objects.create(
        city_session=make_city_session(), **{"kind": Notice.Kind.MESSAGE, "created_by": "aigul"} | fields
    )


def make_letter_paragraph(consultation):
    return LetterParagraph.objects.create(
        consultation=consultation, kind=Message.Kind.CONFIRMED, text_ky="Келиңиз.", text_ru="Приходите."
    )


def twice(make, *args, **fields):
    """The same row two times."""
    make(*args, **fields)
    make(*args, **fields)


def somebody_twice(first=None, second=None, **both):
    """The same person two times in one session, with these differences."""
    city_session = make_city_session()
    make_registration(city_session, **both | (first or {}))
    make_registration(city_session, **both | (second or {}))


def two_members(names=("Асанова Айгүл", "АЙГУЛ АСАНОВА"), **fields):
    """A contact with two people who have no contact of their own."""
    [contact] = make_group(size=1)
    for name in names:
        make_registration(contact.city_session, group=contact, full_name=name, phone="", **fields)


def waiting(**fields):
    return make_registration(**{"status": "waiting", "hall_wanted_at": None, "online_wanted_at": None} | fields)


def answered_twice():
    answer = make_own_answer()
    make_own_answer(answer.registration, answer.question)


def twice_in_a_place(owner):
    make_own_question(owner, place=3)
    make_own_question(owner, place=3)


def at_the_end(make, *args):
    """Also what a deferred constraint looks at only when the transaction ends."""
    make(*args)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


TEXT = {"kind": "text"}

VIOLATIONS = [
    ("agenda_item_ends_after_start", lambda: make_agenda_item(start=datetime.time(14), end=datetime.time(14))),
    (
        "city_session_closes_after_opening",
        lambda: make_city_session(registration_opens_at=NOW, registration_closes_at=NOW),
    ),
    ("city_session_end_needs_a_start", lambda: make_city_session(start_time=None)),
    ("city_session_ends_after_start", lambda: make_city_session(end_time=datetime.time(13, 30))),
    ("city_session_slug_is_latin", lambda: make_city_session(slug="ош")),
    ("city_session_slug_is_latin", lambda: make_city_session(slug="")),
    ("city_session_slug_is_latin", lambda: make_city_session(slug="osh\n")),
    ("city_session_slug_is_latin", lambda: make_city_session(slug="-osh")),
    (
        "change_record_is_about_one_row",
        lambda: make_change_record(make_registration(), city_session=make_city_session()),
    ),
    ("change_record_is_about_one_row", lambda: make_change_record(city_session=None)),
    ("change_record_names_staff", lambda: make_change_record(actor="staff")),
    ("change_record_names_staff", lambda: make_change_record(username="aigul")),
    ("change_record_names_staff", lambda: make_change_record(actor="somebody")),
    ("change_record_says_what", lambda: make_change_record(columns=[])),
    ("city_session_slug_is_not_reserved", lambda: make_city_session(slug="ky")),
    ("city_session_slug_once_per_consultation", lambda: twice(make_city_session, make_consultation(), slug="osh")),
    ("city_session_state_is_known", lambda: make_city_session(state="moved")),
    ("consent_text_once_per_version", lambda: twice(make_consent_text, make_consultation(), version="1")),
    ("consultation_published_has_retention", lambda: make_consultation(retention_days=None)),
    ("consultation_sign_in_columns_are_known", lambda: make_consultation(sign_in_columns=["phone"])),
    ("consultation_slug_is_latin", lambda: make_consultation(slug="Nbsap")),
    ("consultation_slug_is_latin", lambda: make_consultation(slug="nbsap--2040")),
    ("consultation_slug_is_not_reserved", lambda: make_consultation(slug="zoom")),
    ("consultations_citysession_calendar_sequence_check", lambda: make_city_session(calendar_sequence=-1)),
    ("consultations_citysession_calendar_uid_key", lambda: twice(make_city_session, calendar_uid=uuid.UUID(int=1))),
    ("consultations_citysession_hall_capacity_check", lambda: make_city_session(hall_capacity=-1)),
    ("consultations_citysession_hall_reserved_check", lambda: make_city_session(hall_reserved=-1)),
    ("consultations_citysession_online_capacity_check", lambda: make_city_session(online_capacity=-1)),
    ("consultations_consultation_preview_round_check", lambda: make_consultation(preview_round=-1)),
    ("consultations_consultation_retention_days_check", lambda: make_consultation(retention_days=-1)),
    ("consultations_consultation_slug_key", lambda: twice(make_consultation, slug="nbsap-2040")),
    ("consultations_document_position_check", lambda: make_document(position=-1)),
    ("consultations_message_attempts_check", lambda: make_message(attempts=-1)),
    ("consultations_message_dedupe_key_key", lambda: twice(make_message, dedupe_key="1:confirmed:1")),
    ("consultations_message_email_id_key", lambda: twice(make_message, email_id=uuid.UUID(int=1))),
    ("consultations_party_position_check", lambda: make_party(position=-1)),
    ("consultations_placecount_both_check", lambda: make_place_count(both=-1)),
    ("consultations_placecount_came_check", lambda: make_place_count(came=-1)),
    ("consultations_placecount_joined_check", lambda: make_place_count(joined=-1)),
    ("consultations_placecount_registered_check", lambda: make_place_count(registered=-1)),
    ("place_count_once_per_place", lambda: twice(make_place_count, make_city_session(), place="Кочкор")),
    ("consultations_ratecount_count_check", lambda: make_rate_count(count=-1)),
    ("consultations_registration_code_key", lambda: twice(make_registration, code="a")),
    ("consultations_registration_join_code_key", lambda: twice(make_registration, join_code="a")),
    ("consultations_registration_pass_number_key", lambda: twice(make_registration, pass_number="27410936")),
    ("consultations_registration_submission_index_check", lambda: make_registration(submission_index=-1)),
    ("consultations_registration_version_check", lambda: make_registration(version=-1)),
    ("consultations_doorentry_nonce_key", lambda: twice(make_door_entry, make_registration(), nonce="the same")),
    ("consultations_doorpass_secret_key", lambda: twice(make_door_pass, make_city_session(), secret="the same")),
    ("door_entry_has_a_nonce", lambda: make_door_entry(nonce="")),
    ("door_entry_names_somebody", lambda: DoorEntry.objects.filter(pk=make_door_entry().pk).update(registration=None)),
    ("door_pass_opened_on_one_phone", lambda: make_door_pass(opened_at=NOW)),
    ("door_pass_opened_on_one_phone", lambda: make_door_pass(device="phone")),
    ("door_pass_says_for_whom", lambda: make_door_pass(label="")),
    ("doorpass_revoked_at_with_by", lambda: make_door_pass(revoked_at=NOW)),
    ("doorpass_revoked_at_with_by", lambda: make_door_pass(revoked_by="aigul")),
    ("document_has_a_link_or_a_file", lambda: make_document(url="")),
    ("document_slug_is_latin", lambda: make_document(slug="план")),
    ("document_slug_is_not_reserved", lambda: make_document(slug="docs")),
    ("document_slug_once_per_consultation", lambda: twice(make_document, make_consultation(), slug="strategy")),
    ("former_slug_has_one_owner", make_former_slug),
    (
        "former_slug_has_one_owner",
        lambda: make_former_slug(consultation=make_consultation(), city_session=make_city_session()),
    ),
    ("former_slug_once_per_consultation", lambda: twice(make_former_slug, consultation=make_consultation())),
    ("former_slug_once_per_session", lambda: twice(make_former_slug, city_session=make_city_session())),
    ("consultations_notice_calls_check", lambda: make_notice(calls=-1)),
    ("consultations_notice_letters_check", lambda: make_notice(letters=-1)),
    ("letter_paragraph_once_per_kind", lambda: twice(make_letter_paragraph, make_consultation())),
    ("message_done_at_with_by", lambda: make_message(channel="call", status="told", done_at=NOW)),
    ("message_done_at_with_by", lambda: make_message(done_by="aigul")),
    ("message_done_has_a_time", lambda: make_message(status="sent")),
    ("message_done_has_a_time", lambda: make_message(done_at=NOW)),
    ("message_done_has_a_time", lambda: make_message(status="held", done_at=NOW)),
    ("message_status_fits_its_channel", lambda: make_message(status="told", done_at=NOW, done_by="aigul")),
    (
        "message_status_fits_its_channel",
        lambda: make_message(channel="call", status="sent", done_at=NOW, done_by="aigul"),
    ),
    ("consultations_exportrecord_rows_check", lambda: make_export_record(rows=-1)),
    ("data_request_says_who_asks", lambda: make_data_request(full_name="", phone="")),
    ("datarequest_handled_at_with_by", lambda: make_data_request(handled_at=timezone.now())),
    ("datarequest_handled_at_with_by", lambda: make_data_request(handled_by="organiser")),
    ("export_record_says_what", lambda: make_export_record(columns=[])),
    ("export_record_says_who", lambda: make_export_record(made_by="")),
    ("export_record_says_why", lambda: make_export_record(reason="")),
    ("export_record_says_why", lambda: make_export_record(reason="curiosity", reason_text="I want to know")),
    ("export_record_says_why", lambda: make_export_record(reason="contact", reason_text="")),
    ("export_record_says_why", lambda: make_export_record(reason="supervision", reason_text="")),
    ("need_once_per_kind", lambda: twice(make_need, make_registration())),
    ("notice_choice_has_a_deadline", lambda: make_notice(kind="choice")),
    ("consultations_ownanswer_choice_check", lambda: make_own_answer(choice=-1)),
    ("consultations_ownquestion_place_check", lambda: make_own_question(place=-1)),
    ("own_answer_is_a_choice_or_words", lambda: make_own_answer(text="ооба")),
    ("own_answer_once_per_question", lambda: answered_twice()),
    ("own_question_at_most_five", lambda: make_own_question(place=6)),
    ("own_question_at_most_five", lambda: make_own_question(place=0)),
    ("own_question_choices_fit_its_kind", lambda: make_own_question(kind="choice")),
    ("own_question_choices_fit_its_kind", lambda: make_own_question(choices_ky="а\nб", choices_ru="а\nб")),
    ("own_question_choices_fit_its_kind", lambda: make_own_question(kind="choice", choices_ky="а", choices_ru="а")),
    (
        "own_question_choices_fit_its_kind",
        lambda: make_own_question(kind="choice", choices_ky="а\nб\nв", choices_ru="а\nб"),
    ),
    (
        "own_question_choices_fit_its_kind",
        lambda: make_own_question(kind="choice", choices_ky="\n".join("абвгдежзийклм"), choices_ru="\n" * 12),
    ),
    ("own_question_in_own_words_is_personal", lambda: make_own_question(kind="text", is_personal=False)),
    ("own_question_is_in_both_languages", lambda: make_own_question(words_ky="")),
    ("own_question_is_in_both_languages", lambda: make_own_question(words_ru="")),
    ("own_question_kind_is_known", lambda: make_own_question(kind="number")),
    ("own_question_of_a_consultation_or_a_session", lambda: make_own_question(consultation=None)),
    (
        "own_question_of_a_consultation_or_a_session",
        lambda: make_own_question(city_session=make_city_session()),
    ),
    ("own_question_once_per_place_of_consultation", lambda: at_the_end(twice_in_a_place, make_consultation())),
    ("own_question_once_per_place_of_session", lambda: at_the_end(twice_in_a_place, make_city_session())),
    ("own_question_seen_by_is_known", lambda: make_own_question(seen_by="everybody")),
    ("rate_count_once_per_window", lambda: twice(make_rate_count)),
    ("registration_cancelled_at_with_by", lambda: make_registration(status="cancelled", cancelled_by="")),
    (
        "registration_cancelled_has_a_time",
        lambda: make_registration(status="cancelled", cancelled_at=None, cancelled_by=""),
    ),
    (
        "registration_cancelled_has_a_time",
        lambda: make_registration(cancelled_at=NOW, cancelled_by="participant"),
    ),
    ("registration_checked_in_at_with_by", lambda: make_registration(checked_in_at=NOW, checked_in_by="")),
    ("registration_checked_in_at_with_by", lambda: make_registration(checked_in_by="aigul")),
    ("registration_checked_in_how_needs_an_arrival", lambda: make_registration(checked_in_how="paper")),
    ("registration_checked_in_how_needs_an_arrival", lambda: make_registration(checked_in_at=NOW, checked_in_how="?")),
    ("registration_consent_names_its_text", lambda: make_registration(consent_text=None, **CONSENTED)),
    (
        "registration_consent_names_its_text",
        lambda: make_registration(consented_at=None, consent_channel=""),
    ),
    ("registration_consented_at_with_channel", lambda: make_registration(consent_channel="")),
    ("registration_has_a_name", lambda: make_registration(full_name="")),
    ("registration_has_phone_or_email", lambda: make_registration(phone="", email="")),
    ("registration_mode_and_status_are_known", lambda: make_registration(mode="radio")),
    ("registration_mode_and_status_are_known", lambda: make_registration(status="maybe")),
    ("registration_once_per_submission", lambda: twice(make_registration, make_city_session(), submission_key="a")),
    ("registration_one_live_per_name_and_email", lambda: somebody_twice(**SOMEBODY)),
    (
        "registration_one_live_per_name_and_email",
        lambda: somebody_twice({"email": "A@Example.org"}, {"email": "a@example.org"}, **NURSULTAN),
    ),
    (
        "registration_one_live_per_name_and_email",
        lambda: somebody_twice(SOMEBODY, SOMEBODY | {"full_name": "нурсултан  ТУРДУБЕКОВ", "phone": "+996555000112"}),
    ),
    (
        "registration_one_live_per_name_and_email",
        lambda: somebody_twice({"status": "waiting"}, {"mode": "online"}, **SOMEBODY),
    ),
    ("registration_one_live_per_name_and_group", two_members),
    ("registration_one_live_per_name_and_phone", lambda: somebody_twice(**SOMEBODY_BY_PHONE)),
    (
        "registration_one_live_per_name_and_phone",
        lambda: somebody_twice({"full_name": "Өмүрбек Уулу Үсөн"}, {"full_name": "Усон омурбек-уулу"}, **OUR_PHONE),
    ),
    (
        "registration_only_who_lacks_online_queues_for_it",
        lambda: make_registration(mode="online", online_wanted_at=NOW),
    ),
    (
        "registration_only_who_lacks_online_queues_for_it",
        lambda: waiting(hall_wanted_at=NOW, online_wanted_at=NOW, mode="hall"),
    ),
    ("registration_only_who_lacks_the_hall_queues_for_it", lambda: make_registration(hall_wanted_at=NOW)),
    (
        "registration_only_who_lacks_the_hall_queues_for_it",
        lambda: make_registration(mode="online", status="cancelled", hall_wanted_at=NOW),
    ),
    ("registration_pass_number_has_eight_digits", lambda: make_registration(pass_number="2741093")),
    ("registration_pass_number_has_eight_digits", lambda: make_registration(pass_number="2741 093")),
    ("registration_pass_number_has_eight_digits", lambda: make_registration(pass_number="٢٧٤١٠٩٣٦")),
    ("registration_waiting_stands_in_a_queue", lambda: waiting(mode="hall")),
    ("registration_waiting_stands_in_a_queue", lambda: waiting(mode="online", hall_wanted_at=NOW)),
    # Of the triggers: see also below.
    (
        "own_question_answered_stays",
        lambda: OwnQuestion.objects.filter(pk=make_own_answer().question_id).update(**TEXT),
    ),
    ("registration_hall_capacity", lambda: make_registration(make_city_session(hall_capacity=0))),
    ("registration_hall_capacity", lambda: make_registration(make_city_session(hall_capacity=2, hall_reserved=2))),
    ("registration_online_capacity", lambda: make_registration(make_city_session(online_capacity=0), mode="online")),
    ("city_session_slug_is_no_consultation", lambda: make_city_session(make_consultation(slug="osh"), slug="osh")),
    ("city_session_slug_is_no_consultation", lambda: rename(make_city_session(), make_consultation().slug)),
    ("consultation_slug_is_no_session", lambda: make_consultation(slug=make_city_session(slug="osh").slug)),
    ("consultation_slug_is_no_session", lambda: rename(make_consultation(), make_city_session().slug)),
]


@pytest.mark.parametrize(("name", "violate"), VIOLATIONS, ids=[name for name, _violate in VIOLATIONS])
def test_table_refuses(name, violate):
    with pytest.raises(IntegrityError) as refusal:
        violate()
    assert constraint_name(refusal.value) == name


ALLOWED = {
    "a cancelled person registers again": lambda: somebody_twice({"status": "cancelled"}, **SOMEBODY),
    "the same person in two cities": lambda: twice(make_registration, **SOMEBODY),
    "two namesakes with different phones": lambda: somebody_twice(
        {"phone": "+996555000111"}, {"phone": "+996555000112"}, full_name="Асанова Айгүл"
    ),
    "namesakes of different groups": lambda: twice(two_members, ["Асанова Айгүл"]),
    "a namesake where the first was cancelled": lambda: two_members_with_one_cancelled(),
    "anonymised, without name and contact": lambda: twice(
        make_registration, make_city_session(), full_name="", phone="", anonymised_at=NOW
    ),
    "a member without own contact": lambda: make_group(size=3),
    "online, and in the queue for the hall": lambda: make_registration(mode="online", hall_wanted_at=NOW),
    "waiting for an online place": lambda: waiting(mode="online", online_wanted_at=NOW),
    "the same form in two cities": lambda: twice(make_registration, submission_key="a"),
    "two of one form": lambda: [
        make_registration(city_session, submission_key="a", submission_index=index)
        for city_session in [make_city_session()]
        for index in range(2)
    ],
    "without consent": lambda: make_registration(consent_text=None),
    "the same address in two consultations": lambda: twice(make_city_session, slug="osh"),
    "unpublished without retention": lambda: make_consultation(is_published=False, retention_days=None),
    "a session without a time": lambda: make_city_session(start_time=None, end_time=None),
    "a session without a date": lambda: make_city_session(date=None),
    "a file instead of a link": lambda: make_document(url="", file="documents/strategy.pdf"),
    "a call that reached somebody": lambda: make_message(channel="call", status="told", done_at=NOW, done_by="aigul"),
    "a call that was taken back": lambda: make_message(channel="call", status="withdrawn", done_at=NOW),
    "a letter that went out": lambda: make_message(status="sent", done_at=NOW),
    "five questions, and any number that are asked no more": lambda: make_questions(make_consultation()),
    "the same places in two sessions": lambda: twice(lambda: make_questions(make_city_session())),
    "a place of the consultation and of its session": lambda: make_questions_of_both(make_city_session()),
    "two needs": lambda: two_needs(make_registration()),
}


def make_questions(owner):
    for place in [1, 2, 3, 4, 5, None, None]:
        make_own_question(owner, place=place)


def make_questions_of_both(city_session):
    make_questions(city_session)
    make_questions(city_session.consultation)


def two_needs(registration):
    make_need(registration, kind="step-free")
    make_need(registration, kind="other")


def two_members_with_one_cancelled():
    [contact] = make_group(size=1)
    for status in ["cancelled", "confirmed"]:
        make_registration(contact.city_session, group=contact, full_name="Асанова Айгүл", phone="", status=status)


@pytest.mark.parametrize("make", ALLOWED.values(), ids=ALLOWED.keys())
def test_table_allows(make):
    make()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_six_people_may_share_one_phone():
    city_session = make_city_session()
    for name in ["Асан", "Айгүл", "Бакыт", "Гүлнара", "Үсөн", "Өмүр"]:
        make_registration(city_session, full_name=f"Асанов {name}", phone="+996555000111")
    assert city_session.registrations.live().count() == 6


def test_every_constraint_of_our_tables_has_a_test():
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
            WHERE relname LIKE 'consultations\_%' AND contype IN ('c', 'u', 'x')
            UNION
            SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
            WHERE relname LIKE 'consultations\_%' AND indisunique AND NOT indisprimary
            """
        )
        in_the_database = {name for [name] in cursor}
    in_the_models = {constraint.name for model in OUR_MODELS for constraint in model._meta.constraints}
    assert in_the_models <= in_the_database
    assert in_the_database | capacity_constraints() == {name for name, _violate in VIOLATIONS}


def capacity_constraints():
    """The names that triggers give to their refusals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname LIKE 'consultations%%' AND prolang <> 14")
        return {name for [source] in cursor for name in re.findall(r"CONSTRAINT = '(\w+)'", source)}


def test_every_refusal_by_constraint_names_one_that_exists():
    from consultations.actions.refusals import BY_CONSTRAINT, DRAWN_AGAIN

    assert BY_CONSTRAINT.keys() | DRAWN_AGAIN <= {name for name, _violate in VIOLATIONS}


def pairs():
    """Our fields that tell when something was done, with those that tell by whom or how."""
    for model in OUR_MODELS:
        names = {field.name for field in model._meta.concrete_fields}
        for name in sorted(names):
            stem = name.removesuffix("_at")
            partners = {f"{stem}_by", f"{stem.removesuffix('ed')}_channel"} & names
            if name.endswith("_at") and partners:
                yield model, name, partners.pop()


# Told by a person or sent by the site: by channel, in a constraint of its own form.
PAIRED_OTHERWISE = {(Message, "done_at", "done_by")}


def test_every_when_is_set_together_with_its_who():
    found = set(pairs())
    assert {(Registration, "checked_in_at", "checked_in_by"), (Registration, "consented_at", "consent_channel")} < found
    for model, when, who in found:
        if not model._meta.get_field(when).null:  # always set, and so is the other
            assert not model._meta.get_field(who).blank
            continue
        name = f"{model._meta.model_name}_{when}_with_{who.rpartition('_')[2]}"
        if (model, when, who) in PAIRED_OTHERWISE:
            assert name in {constraint.name for constraint in model._meta.constraints}
        else:
            assert set_together(when, who, name=name) in model._meta.constraints


# The capacity trigger

COMBINATIONS = list(itertools.product(Registration.Mode.values, Registration.Status.values, Registration.Source.values))


def is_refused(write):
    """Which constraint refuses `write`; "" where none does. What it wrote is taken back."""
    try:
        with transaction.atomic():
            write()
            raise TakenBack
    except IntegrityError as error:
        return constraint_name(error)
    except TakenBack:
        return ""


class TakenBack(Exception):
    pass


@pytest.mark.parametrize(
    ("limits", "mode", "holding", "name"),
    [
        ({"hall_capacity": 1}, "hall", Registration.objects.holding_hall_seats, "registration_hall_capacity"),
        ({"online_capacity": 1}, "online", Registration.objects.holding_online_places, "registration_online_capacity"),
        (
            {"hall_capacity": 3, "hall_reserved": 2},
            "hall",
            Registration.objects.holding_hall_seats,
            "registration_hall_capacity",
        ),
    ],
)
def test_trigger_and_queryset_agree_on_who_holds_a_place(limits, mode, holding, name):
    """On all combinations: as the row already there, as the row inserted, and as the row it becomes."""
    for combination in COMBINATIONS:
        fields = dict(zip(["mode", "status", "source"], combination, strict=True))
        city_session = make_city_session(**limits)
        there = make_registration(city_session, **fields)
        holds = holding().filter(pk=there.pk).exists()

        def one_more(city_session=city_session):
            make_registration(city_session, mode=mode)

        assert is_refused(one_more) == (name if holds else ""), combination

        full = make_city_session(**limits)
        make_registration(full, mode=mode)
        assert is_refused(lambda full=full, fields=fields: make_registration(full, **fields)) == (
            name if holds else ""
        ), combination

        outside = make_registration(full, mode=mode, source="desk")

        def become(outside=outside, there=there):
            columns = ["mode", "status", "source", "hall_wanted_at", "online_wanted_at", "cancelled_at", "cancelled_by"]
            Registration.objects.filter(pk=outside.pk).update(**{column: getattr(there, column) for column in columns})

        assert is_refused(become) == (name if holds else ""), combination


def test_counts_in_the_database_and_querysets_agree_on_every_row():
    city_session = make_city_session()
    for combination in COMBINATIONS:
        fields = dict(zip(["mode", "status", "source"], combination, strict=True))
        make_registration(city_session, **fields)
        if fields["status"] == "waiting":
            make_registration(city_session, **fields, full_name="", anonymised_at=NOW)
    CitySession.objects.update(hall_capacity=100, online_capacity=100)
    counted = CitySession.objects.with_places().get()
    rows = Registration.objects.all()
    assert counted.hall_held == rows.holding_hall_seats().count() == 4
    assert counted.online_held == rows.holding_online_places().count() == 4
    assert counted.hall_queue == rows.wanting_the_hall().count() == 6


def test_trigger_counts_a_row_that_moves_to_a_full_session():
    full = make_city_session(hall_capacity=1)
    make_registration(full)
    elsewhere = make_registration()
    with pytest.raises(IntegrityError) as refusal:
        Registration.objects.filter(pk=elsewhere.pk).update(city_session=full)
    assert constraint_name(refusal.value) == "registration_hall_capacity"


def test_lowered_capacity_leaves_everybody_who_is_in_and_lets_them_be_edited():
    city_session = make_city_session(hall_capacity=3)
    registrations = [make_registration(city_session) for _ in range(3)]
    CitySession.objects.filter(pk=city_session.pk).update(hall_capacity=1)
    for registration in registrations:
        registration.full_name += " Асанович"
        registration.checked_in_at, registration.checked_in_by = NOW, "desk"
        registration.save()
    with pytest.raises(IntegrityError) as refusal:
        make_registration(city_session)
    assert constraint_name(refusal.value) == "registration_hall_capacity"


def test_one_statement_that_confirms_too_many_is_refused_whole():
    city_session = make_city_session(hall_capacity=2)
    for _ in range(3):
        make_registration(city_session, status="waiting")
    everybody = Registration.objects.filter(city_session=city_session)
    assert is_refused(lambda: everybody.update(status="confirmed", hall_wanted_at=None)) == "registration_hall_capacity"
    assert everybody.confirmed().count() == 0


# Former addresses


def former_slugs(owner):
    return sorted(owner.former_slugs.values_list("slug", flat=True))


def rename(owner, slug):
    type(owner).objects.filter(pk=owner.pk).update(slug=slug)


@pytest.mark.parametrize("make", [make_consultation, make_city_session])
def test_former_slug_is_remembered_each_time(make):
    owner = make(slug="jalal-abad")
    rename(owner, "manas")
    assert former_slugs(owner) == ["jalal-abad"]
    rename(owner, "manas-city")
    assert former_slugs(owner) == ["jalal-abad", "manas"]


@pytest.mark.parametrize("make", [make_consultation, make_city_session])
def test_former_slug_that_is_in_use_again_is_not_former(make):
    owner = make(slug="jalal-abad")
    rename(owner, "manas")
    rename(owner, "jalal-abad")
    assert former_slugs(owner) == ["manas"]
    rename(owner, "manas")
    assert former_slugs(owner) == ["jalal-abad"]


def test_former_slugs_of_two_sessions_do_not_mix():
    first, second = make_city_session(slug="osh"), make_city_session(slug="osh")
    rename(first, "osh-city")
    rename(second, "osh-town")
    assert (former_slugs(first), former_slugs(second)) == (["osh"], ["osh"])


def test_former_slug_is_written_by_a_plain_save_and_only_when_it_changed():
    city_session = make_city_session(slug="jalal-abad")
    city_session.city_ru = "Манас"
    city_session.save()
    assert former_slugs(city_session) == []
    city_session.slug = "manas"
    city_session.save()
    assert former_slugs(city_session) == ["jalal-abad"]


def test_session_takes_its_former_slugs_with_it():
    city_session = make_city_session(slug="jalal-abad")
    rename(city_session, "manas")
    city_session.delete()
    assert FormerSlug.objects.count() == 0


def hall_is_kept_on_insert():
    return is_refused(lambda: make_registration(make_city_session(hall_capacity=0)))


def hall_is_kept_on_update():
    registration = make_registration(make_city_session(hall_capacity=0), status="waiting")
    row = Registration.objects.filter(pk=registration.pk)
    return is_refused(lambda: row.update(status="confirmed", hall_wanted_at=None))


def slug_is_remembered(make):
    owner = make()
    rename(owner, f"{owner.slug}-renamed")
    return former_slugs(owner)


def slugs_are_kept_apart(make, make_other):
    return is_refused(lambda: make(slug=make_other().slug))


def history_is_kept():
    record = make_export_record()
    return [
        is_refused(lambda: ExportRecord.objects.filter(pk=record.pk).update(rows=0)),
        is_refused(lambda: ExportRecord.objects.filter(pk=record.pk).delete()),
    ] == ["export_record_is_history"] * 2


def changes_are_kept():
    record = make_change_record()
    return [
        is_refused(lambda: ChangeRecord.objects.filter(pk=record.pk).update(columns=["email"])),
        is_refused(lambda: ChangeRecord.objects.filter(pk=record.pk).delete()),
    ] == ["change_record_is_history"] * 2


def change_is_recorded(row, **changed):
    type(row).objects.filter(pk=row.pk).update(**changed)
    return [(one.columns, one.actor) for one in row.changes.all()] == [(list(changed), "site")]


def answered_question_is_kept():
    """Its kind, whom it belongs to, whether it is personal, and every answer there was to choose."""
    question = make_own_question(**CHOICES)
    make_own_answer(make_registration(make_city_session(question.consultation)), question)
    row = OwnQuestion.objects.filter(pk=question.pk)
    changes = [
        {"kind": "yes-no", "choices_ky": "", "choices_ru": ""},
        {"choices_ky": "Автобус", "choices_ru": "Автобус"},
        {"is_personal": False},
        {"consultation": make_consultation()},
    ]
    return {is_refused(lambda change=change: row.update(**change)) for change in changes} == {
        "own_question_answered_stays"
    }


def withdrawn_previews_stay_withdrawn():
    consultation = make_consultation(preview_round=2)
    type(consultation).objects.filter(pk=consultation.pk).update(preview_round=1)
    consultation.refresh_from_db()
    return consultation.preview_round == 2


TRIGGERS = {
    "change_record_is_history": ("consultations_changerecord", changes_are_kept),
    "city_session_records_change": (
        "consultations_citysession",
        lambda: change_is_recorded(make_city_session(), venue_ky="Зал"),
    ),
    "registration_records_change": (
        "consultations_registration",
        lambda: change_is_recorded(make_registration(), organisation="Уюм"),
    ),
    "own_question_answered_stays": ("consultations_ownquestion", answered_question_is_kept),
    "city_session_remembers_slug": ("consultations_citysession", lambda: slug_is_remembered(make_city_session)),
    "city_session_slug_is_no_consultation": (
        "consultations_citysession",
        lambda: slugs_are_kept_apart(make_city_session, make_consultation),
    ),
    "consultation_slug_is_no_session": (
        "consultations_consultation",
        lambda: slugs_are_kept_apart(make_consultation, make_city_session),
    ),
    "consultation_remembers_slug": ("consultations_consultation", lambda: slug_is_remembered(make_consultation)),
    "consultation_preview_round": ("consultations_consultation", withdrawn_previews_stay_withdrawn),
    "export_record_is_history": ("consultations_exportrecord", history_is_kept),
    "registration_capacity_on_insert": ("consultations_registration", hall_is_kept_on_insert),
    "registration_capacity_on_update": ("consultations_registration", hall_is_kept_on_update),
}


def test_every_trigger_of_our_tables_has_a_test():
    with connection.cursor() as cursor:
        cursor.execute(
            r"""
            SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relname LIKE 'consultations\_%' AND NOT tgisinternal
            """
        )
        assert dict(cursor.fetchall()) == {name: table for name, (table, _works) in TRIGGERS.items()}


@pytest.mark.parametrize("name", TRIGGERS)
def test_trigger_does_it_and_nothing_else_does(name):
    """The control: with the trigger switched off the same steps pass unseen."""
    table, works = TRIGGERS[name]
    assert works()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
    assert not works()


# Folding and sorting


def folded(name):
    key = Func(Value(name), function="consultations_name_key", output_field=models.TextField())
    return Consultation.objects.annotate(key=key).values_list("key", flat=True)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Турдубеков Нурсултан", "Нурсултан Турдубеков"),
        ("Турдубеков Нурсултан", "  турдубеков   НУРСУЛТАН "),
        ("Өмүрбек кызы Ңурбийке", "Омурбек кызы Нурбийке"),
        ("Семёнова Алёна", "Семенова Алена"),
        ("Асанова, Айгүл", "Асанова Айгүл"),
        ("Асанова А. Б.", "Асанова А Б"),
        ("Кыдырмаева-Өмүрова Ай", "Кыдырмаева Омурова Ай"),
        ("Кыдырмаева–Өмүрова", "Кыдырмаева\N{NON-BREAKING HYPHEN}Өмүрова"),
        ("Жан-Пьер", "жан пьер"),
        ("Асанова\N{NO-BREAK SPACE}Айгүл", "Асанова Айгүл"),
        ("O'Neil Mary", "ONeil Mary"),
        ("O’Neil Mary", "O'Neil Mary"),
        ("Григорьев", "ГРИГОРЬЕВ"),
        ("Майрамбек Йылмаз", unicodedata.normalize("NFD", "Майрамбек Йылмаз")),
        ("Семёнова Алёна", unicodedata.normalize("NFD", "СЕМЁНОВА АЛЁНА")),
        ("José", unicodedata.normalize("NFD", "José")),
    ],
)
def test_names_of_one_person_fold_to_the_same(one, other):
    make_consultation()
    assert folded(one) == folded(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Асанов Асан", "Асанов"),
        ("Асанов Асан", "Асанов Асан Асанович"),
        ("Бакыт", "Бакит"),
        ("Шамшиев", "Щамщиев"),
        ("Гүлнара", "Гульнара"),
        ("Ан Ан", "Ан"),
        ("Мадина", "Madina"),
    ],
)
def test_names_of_two_people_fold_differently(one, other):
    make_consultation()
    assert folded(one) != folded(other)


@pytest.mark.parametrize("name", ["", " ", "-", "'"])
def test_nothing_folds_to_nothing(name):
    make_consultation()
    assert folded(name) == ""


def test_folding_happens_in_the_row_and_follows_a_changed_name():
    registration = make_registration(full_name="Өмүр Асан")
    registration.refresh_from_db()
    assert registration.name_key == "асан омур"
    Registration.objects.filter(pk=registration.pk).update(full_name="Үсөн")
    registration.refresh_from_db()
    assert registration.name_key == "усон"


def in_alphabetical_order(names):
    city_session = make_city_session()
    for name in reversed(names):
        make_registration(city_session, full_name=name)
    found = Registration.objects.filter(city_session=city_session).in_alphabetical_order()
    return list(found.values_list("full_name", flat=True))


def test_alphabet_is_the_kyrgyz_one():
    alphabet = list("АБВГДЕЁЖЗИЙКЛМНҢОӨПРСТУҮФХЦЧШЩЪЫЬЭЮЯ")
    assert len(alphabet) == 36
    assert in_alphabetical_order(alphabet) == alphabet


def test_names_are_sorted_as_a_kyrgyz_reader_looks_them_up():
    names = [
        "Asanov Asan",
        "Асан уулу Бек",
        "Асанов Асан",
        "асанов бек",
        "Нарынбаев",
        "Ңурбеков",
        "Омуров",
        "Өмүров",
        "Пазылов",
        "Усенов",
        "Үсөнов",
        "Фатима",
    ]
    assert in_alphabetical_order(names) == names


def test_name_typed_with_combining_marks_is_sorted_like_its_twin():
    names = ["Айгүл", unicodedata.normalize("NFD", "Айдай"), "Айжан", "Акылай"]
    assert in_alphabetical_order(names) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [("омур", True), ("ӨМҮР", True), ("асан омур", True), ("омур асан", True), ("асанов", False), ("", True)],
)
def test_search_folds_like_the_table(text, found):
    registration = make_registration(full_name="Өмүрбек Асан")
    assert list(Registration.objects.named_like(text)) == ([registration] if found else [])


def test_search_takes_signs_of_patterns_as_they_are():
    make_registration(full_name="Асан")
    for text in ["%", "_", "\\", "а%н"]:
        assert list(Registration.objects.named_like(text)) == []
