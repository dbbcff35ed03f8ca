"""What a consultation asks besides: written in the admin, asked of each person, answered, changed, listed, erased."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from consultations import actions, exports, numbers
from consultations.models import OwnAnswer, OwnQuestion, Registration
from tests.answers import answers, make_open_session, others, register_address
from tests.factories import (
    CHOICES,
    IN_WORDS,
    in_days,
    make_city_session,
    make_consent_text,
    make_consultation,
    make_details,
    make_own_answer,
    make_own_question,
    make_registration,
    sign_up,
)
from tests.markup import parse
from tests.staff import admin_page, make_organiser, make_staff, typed
from tests.test_exports import make_order, rows_of_csv
from tests.test_registering import summary

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_session():
    """Of its consultation three questions are asked, one of each kind; of the session one more."""
    city_session = make_open_session()
    consultation = city_session.consultation
    make_own_question(consultation, words_ky="Сүйлөйсүзбү?", words_ru="Хотите выступить?", is_personal=False)
    make_own_question(consultation, words_ky="Кантип келесиз?", words_ru="Как доберётесь?", **CHOICES)
    make_own_question(consultation, words_ky="Эмне маанилүү?", words_ru="Что важно?", **IN_WORDS)
    make_own_question(city_session, words_ky="Түнөйсүзбү?", words_ru="Нужен ночлег?")
    return city_session


def own(word):
    """The name of the field of the question that begins with this word in either language."""
    found = OwnQuestion.objects.filter(words_ky__startswith=word) | OwnQuestion.objects.filter(
        words_ru__startswith=word
    )
    return f"own_{found.get().pk}"


def send(client, city_session, language="ky", **changed):
    address = register_address(city_session).replace("/ky/", f"/{language}/", 1)
    return client.post(address, answers(city_session, **changed))


def answered(registration):
    return [(answer.question.words_ru, answer.in_words) for answer in registration.own_answers.all()]


# On the form


@pytest.mark.parametrize(
    ("language", "labels"),
    [
        ("ky", ["Сүйлөйсүзбү?", "Кантип келесиз?", "Эмне маанилүү?", "Түнөйсүзбү?"]),
        ("ru", ["Хотите выступить?", "Как доберётесь?", "Что важно?", "Нужен ночлег?"]),
    ],
)
def test_form_asks_the_consultations_questions_then_the_sessions(client, city_session, language, labels):
    make_own_question(make_city_session(), words_ky="Башка шаарда")
    OwnQuestion.objects.create(consultation=city_session.consultation, words_ky="Эски", words_ru="Старый", place=None)
    page = client.get(register_address(city_session).replace("/ky/", f"/{language}/", 1)).content.decode()
    asked = re.findall(r'id="div_id_own_\d+"[^>]*>\s*<(?:legend|label)[^>]*>([^<]+?)\s*<', page)
    assert asked == labels
    assert ("Автобус", "Жөө" if language == "ky" else "Пешком") == tuple(
        re.findall(rf'name="{own("Кантип")}" value="\d".*?\n?<label[^>]*>([^<]+)<', page, re.DOTALL)
    )


def test_answers_are_stored_of_each_person(client, city_session):
    response = send(
        client,
        city_session,
        **others("Асанова Айгүл"),
        **{own("Сүйлөйсүзбү"): "1", own("Кантип"): "2", own("Эмне"): "Суу", f"person-1-{own('Түнөйсүзбү')}": "2"},
    )
    assert response.status_code == 303
    contact, member = Registration.objects.order_by("pk")
    assert answered(contact) == [("Хотите выступить?", "Ооба"), ("Как доберётесь?", "Жөө"), ("Что важно?", "Суу")]
    assert answered(member) == [("Нужен ночлег?", "Жок")]


@pytest.mark.parametrize("kind", [{}, CHOICES, IN_WORDS])
@pytest.mark.parametrize("prefix", ["", "person-1-"])
def test_required_question_must_be_answered_by_each_person(client, kind, prefix):
    city_session = make_open_session()
    question = make_own_question(city_session, is_required=True, **kind)
    given = {f"own_{question.pk}": "1", f"person-1-own_{question.pk}": "2"}
    given.pop(f"{prefix}own_{question.pk}")
    response = send(client, city_session, **others("Асанова Айгүл"), **given, organisation="Уюм")
    assert response.status_code == 422
    [(target, _words)] = summary(response)
    assert target.startswith(f"id_{prefix}own_{question.pk}")
    assert 'value="Уюм"' in response.content.decode()
    assert Registration.objects.count() == 0


@pytest.mark.parametrize("value", ["0", "3", "-1", "ооба", "1' OR 1=1", "\x00"])
def test_what_is_no_answer_is_refused(client, city_session, value):
    assert send(client, city_session, **{own("Сүйлөйсүзбү"): value}).status_code in {400, 422}
    assert Registration.objects.count() == 0


def test_question_retired_while_the_form_was_open_asks_nothing(client, city_session):
    name = own("Сүйлөйсүзбү")
    OwnQuestion.objects.filter(place=1).update(place=None)
    assert send(client, city_session, **{name: "1"}).status_code == 303
    assert OwnAnswer.objects.count() == 0


def test_form_costs_the_same_without_questions_and_with_ten(client, django_assert_num_queries):
    city_session = make_open_session()
    for owner in [None, city_session, city_session.consultation]:
        for _ in range(5 if owner else 0):
            make_own_question(owner)
        with django_assert_num_queries(1):
            client.get(register_address(city_session))


def statements(client, city_session, **changed):
    with CaptureQueriesContext(connection) as captured:
        assert send(client, city_session, **changed).status_code == 303
    return len([query for query in captured if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", query["sql"])])


def test_answers_cost_one_statement_however_many(client):
    city_session = make_open_session()
    send(client, city_session, full_name="Биринчи Адам")  # who writes down what people know from now on
    without = statements(client, city_session)
    questions = [make_own_question(owner) for owner in (city_session, city_session.consultation) for _ in range(5)]
    unanswered = statements(client, city_session, full_name="Асанова Айгүл")
    given = {f"own_{question.pk}": "1" for question in questions}
    assert (unanswered, statements(client, city_session, full_name="Асанов Эсен", **given)) == (without, without + 1)


# Afterwards


def test_change_begins_with_what_was_answered(client, city_session):
    registration = sign_up(city_session).contact
    speaks, comes, says, _sleeps = city_session.own_questions
    make_own_answer(registration, speaks, choice=2)
    make_own_answer(registration, says, choice=None, text="Суу")
    retired = make_own_answer(registration, make_own_question(city_session, place=None))
    address = reverse("ticket-change", args=[registration.code])
    page = client.get(address).content.decode()
    assert re.search(rf'name="own_{speaks.pk}" value="2"[^>]* checked', page)
    assert re.search(r"<textarea[^>]*>\s*Суу</textarea>", page)
    details = {"full_name": registration.full_name, "phone": str(registration.phone), "language": "ky"}
    response = client.post(address, details | {f"own_{speaks.pk}": "1", f"own_{comes.pk}": "1", f"own_{says.pk}": ""})
    assert response.status_code == 303
    assert dict(registration.own_answers.values_list("question", "choice")) == {
        speaks.pk: 1,
        comes.pk: 1,
        retired.question_id: 1,
    }


def test_change_without_a_form_leaves_answers_alone(city_session):
    registration = make_own_answer(make_registration(city_session)).registration
    actions.change(registration=registration, full_name="Асанова Айгүл")
    assert registration.own_answers.count() == 1


def test_who_comes_instead_is_asked_and_inherits_no_answer(client, city_session):
    registration = sign_up(city_session).contact
    for question in city_session.own_questions[:2]:
        make_own_answer(registration, question)
    address = reverse("ticket-replace", args=[registration.code])
    person = {
        "full_name": "Асанова Айгүл",
        "phone": "0700 111 222",
        "language": "ky",
        "consent_text": str(registration.consent_text_id),
        own("Түнөйсүзбү"): "1",
    }
    assert client.post(address, person).status_code == 303
    assert answered(registration) == [("Нужен ночлег?", "Ооба")]


def test_move_takes_along_what_the_consultation_asked_and_not_what_the_city_asked(city_session):
    registration = sign_up(city_session).contact
    for question in city_session.own_questions:
        make_own_answer(registration, question, **({"choice": None, "text": "Суу"} if question.kind == "text" else {}))
    there = make_city_session(city_session.consultation)
    moved = actions.move(registration=registration, city_session=there)
    assert [words for words, _answer in answered(moved)] == ["Хотите выступить?", "Как доберётесь?", "Что важно?"]


def test_what_must_be_answered_and_is_not_is_asked_for_until_it_is(client, city_session):
    """After moving to a city that asks more, and of those who registered before something was asked."""
    registration = sign_up(city_session).contact
    make_own_question(city_session.consultation, words_ky="Кайсы тилде?", words_ru="На каком языке?", is_required=True)
    there = make_city_session(city_session.consultation)
    make_own_question(there, words_ky="Паромбу?", words_ru="Паром?", is_required=True)
    make_own_question(there, words_ky="Кайыкпы?", words_ru="Лодка?")
    own_page = registration.get_absolute_url()

    def asked():
        notes = parse(client.get(own_page)).all("section", **{"aria-labelledby": "owed"})
        return [item.text for note in notes for item in note.all("li")]

    assert asked() == ["Кайсы тилде?"]
    actions.move(registration=registration, city_session=there)
    assert asked() == ["Кайсы тилде?", "Паромбу?"]
    details = {"full_name": registration.full_name, "phone": str(registration.phone), "language": "ky"}
    to_answer = parse(client.get(own_page)).one("section", **{"aria-labelledby": "owed"}).one("a")["href"]
    address, anchor = to_answer.split("#")
    assert anchor in client.get(address).content.decode()
    assert client.post(address, details | {own("Кайсы"): "1"}).status_code == 422
    assert client.post(address, details | {own("Кайсы"): "1", own("Паромбу"): "2"}).status_code == 303
    assert asked() == []


@pytest.mark.parametrize("state", ["cancelled", "over", "not held"])
def test_nothing_more_is_asked_of_who_cannot_come_any_more(client, city_session, state):
    registration = sign_up(city_session).contact
    make_own_question(city_session.consultation, is_required=True)
    if state == "cancelled":
        actions.cancel(registration=registration)
    elif state == "over":
        type(city_session).objects.update(date=in_days(-1))
    else:
        type(city_session).objects.update(state="cancelled")
    assert parse(client.get(registration.get_absolute_url())).all("section", **{"aria-labelledby": "owed"}) == []


def test_staff_on_the_telephone_see_what_is_still_to_be_asked(client, city_session):
    registration = sign_up(city_session).contact
    make_own_question(city_session.consultation, words_ky="Кайсы тилде?", words_ru="На каком языке?", is_required=True)
    client.force_login(make_organiser())
    page = parse(client.get(reverse("telephone-person", args=[registration.pk])))
    [row] = page.one("section", **{"aria-labelledby": "asked"}).all("dt")
    assert row.text == "Кайсы тилде?"


def test_own_data_hands_over_questions_with_their_answers(client, city_session):
    registration = make_registration(city_session)
    _speaks, comes, says, _sleeps = city_session.own_questions
    make_own_answer(registration, comes, choice=2)
    make_own_answer(registration, says, choice=None, text="Суу")
    given = json.loads(client.get(reverse("ticket-data-file", args=[registration.code])).content)
    assert given["answers"] == [
        {
            "choice": 2,
            "text": "",
            "ky": {"question": "Кантип келесиз?", "answer": "Жөө"},
            "ru": {"question": "Как доберётесь?", "answer": "Пешком"},
        },
        {
            "choice": None,
            "text": "Суу",
            "ky": {"question": "Эмне маанилүү?", "answer": "Суу"},
            "ru": {"question": "Что важно?", "answer": "Суу"},
        },
    ]
    with translation.override("ru"):
        page = client.get(reverse("ticket-data", args=[registration.code])).content.decode()
    assert re.findall(r"<dt>(?:Как|Что)[^<]*</dt><dd>([^<]*)</dd>", page) == ["Пешком", "Суу"]


def test_erasure_empties_personal_answers_and_keeps_the_numbers_of_others():
    city_session = make_city_session(date=in_days(-1))
    registration = make_registration(city_session)
    kept = make_own_answer(registration, make_own_question(city_session, is_personal=False))
    personal = make_own_answer(registration, make_own_question(city_session, is_personal=True))
    words = make_own_answer(registration, make_own_question(city_session, **IN_WORDS), choice=None, text="Мен Айгүл")
    actions.anonymise(registration=registration)
    found = {answer.pk: (answer.choice, answer.text) for answer in OwnAnswer.objects.all()}
    assert found == {kept.pk: (1, ""), personal.pk: (None, ""), words.pk: (None, "")}


# In lists and numbers


def test_answers_are_a_column_where_the_question_says_so(city_session):
    OwnQuestion.objects.filter(kind__in=["choice", "text"]).update(seen_by="lists")
    _speaks, comes, says, _sleeps = city_session.own_questions
    first = make_registration(city_session, full_name="Асанова Айгүл")
    make_own_answer(first, comes, choice=2)
    make_own_answer(first, says, choice=None, text="=1+1")
    make_registration(city_session, full_name="Бакиров Азамат")
    keys = ["full_name", *(f"own_{question.pk}" for question in city_session.own_questions)]
    assert rows_of_csv(make_order(city_session, columns=keys, language="ru")) == [
        ["№", "Фамилия, имя, отчество", "Как доберётесь?", "Что важно?"],
        ["1", "Асанова Айгүл", "Пешком", "'=1+1"],
        ["2", "Бакиров Азамат", "", ""],
    ]
    assert exports.column_words(keys[1:3]) == [keys[1], "Кантип келесиз?"]
    columns = {column.question.kind: column for column in exports.question_columns(OwnQuestion.objects.in_lists())}
    assert columns["choice"].is_personal


def test_list_of_everything_has_the_questions_of_its_sessions(client, city_session):
    OwnQuestion.objects.update(seen_by="lists")
    make_own_question(make_city_session(), seen_by="lists")
    make_registration(city_session)
    client.force_login(make_staff("export_registrations"))
    form = {
        "city_sessions": [str(city_session.pk)],
        "preset": "everything",
        "format": "csv",
        "language": "ky",
        "reason": "report",
    }
    response = client.post(reverse("list-export"), form)
    head = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[0].split(";")
    assert head[-4:] == ["Сүйлөйсүзбү?", "Кантип келесиз?", "Эмне маанилүү?", "Түнөйсүзбү?"]
    assert "Кантип келесиз?" in client.get(reverse("list-export")).content.decode()


@pytest.fixture
def counted(city_session):
    """Of four people two go by bus and one walks; one of another city takes the bus, and nobody says more."""
    comes = city_session.own_questions[1]
    for choice in [1, 1, 2]:
        make_own_answer(make_registration(city_session), comes, choice=choice)
    make_registration(city_session, status="cancelled")
    make_own_answer(make_registration(make_city_session(city_session.consultation)), comes, choice=1)
    return city_session


def table_of(found, title):
    [table] = [table for table in found.tables if table.title == title]
    return [(row.label, row["registered"], row["confirmed"]) for row in [*table.rows, table.total]]


def test_numbers_count_each_answer_and_whoever_gave_none(counted):
    whole, here = numbers.numbers_of(counted.consultation), numbers.numbers_of(counted.consultation, counted)
    assert [table.title for table in whole.tables if table.key.startswith("own-")] == [
        "Сүйлөйсүзбү?",
        "Кантип келесиз?",
    ]
    assert table_of(whole, "Кантип келесиз?") == [
        ("Автобус", 3, 3),
        ("Жөө", 1, 1),
        ("Көрсөтүлгөн эмес", 1, 0),
        ("Жалпысынан", 5, 4),
    ]
    assert table_of(here, "Кантип келесиз?")[:2] == [("Автобус", 2, 2), ("Жөө", 1, 1)]
    assert table_of(here, "Түнөйсүзбү?") == [
        ("Ооба", 0, 0),
        ("Жок", 0, 0),
        ("Көрсөтүлгөн эмес", 4, 3),
        ("Жалпысынан", 4, 3),
    ]


def test_numbers_of_own_questions_cost_one_query(counted, django_assert_num_queries):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            numbers.numbers_of(counted.consultation, counted)
        return len(captured)

    before = cost()
    make_own_question(counted, **CHOICES)
    assert cost() == before


def test_page_and_file_of_numbers_show_own_questions(counted, client):
    OwnQuestion.objects.update(words_ky="ө" * 60)  # longer than the name of a sheet, and all alike
    client.force_login(make_organiser())
    page = client.get(reverse("numbers-detail"), {"session": counted.pk}).content.decode()
    assert page.count('<h2 id="table-own-') == 3
    assert client.get(reverse("numbers-file"), {"session": counted.pk}).status_code == 200


# Written in the admin


OWN = "own_questions"


def form_of(client, consultation):
    return typed(client.get(admin_page(consultation)))


def question(number, **fields):
    """One more row of the inline, as an organiser fills it in."""
    filled = {"asked": "", "kind": "yes-no", "words_ky": "Келесизби?", "words_ru": "Придёте?", "seen_by": "lists"}
    empty = {"hint_ky": "", "hint_ru": "", "choices_ky": "", "choices_ru": ""}
    return {f"{OWN}-{number}-{name}": value for name, value in (filled | empty | fields).items()}


def save(client, consultation, *rows, **changed):
    """Saves the page with these rows more; returns the answer."""
    fields = form_of(client, consultation)
    first = int(fields[f"{OWN}-TOTAL_FORMS"])
    for number, row in enumerate(rows, start=first):
        fields |= question(number, **row)
    fields[f"{OWN}-TOTAL_FORMS"] = str(first + len(rows))
    return client.post(admin_page(consultation), fields | {f"{OWN}-{name}": value for name, value in changed.items()})


def places(consultation):
    return list(consultation.own_questions.order_by("pk").values_list("place", flat=True))


@pytest.fixture
def consultation(client):
    client.force_login(make_organiser())
    consultation = make_consultation()
    make_consent_text(consultation)
    return consultation


def test_questions_take_the_next_free_place_and_at_most_five_are_asked(client, consultation):
    assert save(client, consultation, {}, {"asked": "1"}, {}, {"asked": "5"}, {}).status_code == 302
    assert places(consultation) == [2, 1, 3, 5, 4]
    response = save(client, consultation, {})
    assert (response.status_code, len(places(consultation))) == (200, 5)
    assert "Бир убакта" in response.content.decode()
    assert save(client, consultation, {}, **{"0-asked": "retired"}).status_code == 302
    assert places(consultation) == [2, None, 3, 5, 4, 1]


def test_two_questions_may_change_places_and_not_share_one(client, consultation):
    save(client, consultation, {}, {})
    assert save(client, consultation, **{"0-asked": "2"}).status_code == 200
    assert save(client, consultation, **{"0-asked": "2", "1-asked": "1"}).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert places(consultation) == [2, 1]


@pytest.mark.parametrize(
    "row",
    [
        {"words_ru": ""},
        {"words_ky": ""},
        {"kind": "choice"},
        {"kind": "choice", "choices_ky": "а\nб", "choices_ru": "а"},
        {"kind": "choice", "choices_ky": "а", "choices_ru": "а"},
        {"choices_ky": "а\nб", "choices_ru": "а\nб"},
        {"kind": "number"},
        {"asked": "9"},
    ],
)
def test_question_that_could_not_be_asked_is_shown_again(client, consultation, row):
    assert save(client, consultation, row).status_code == 200
    assert OwnQuestion.objects.count() == 0


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"words_ru": ""}, "words_ru"),
        ({"words_ky": ""}, "words_ky"),
        ({"kind": "choice", "choices_ky": "а\nб", "choices_ru": "а"}, "choices_ru"),
        ({"kind": "choice", "choices_ky": "а", "choices_ru": "а\nб"}, "choices_ky"),
        ({"kind": "choice", "choices_ky": "а", "choices_ru": "а"}, "choices_ky"),
        ({"kind": "choice", "choices_ky": "а\n" * 13, "choices_ru": "а\n" * 13}, "choices_ky"),
    ],
)
@pytest.mark.parametrize("owner", ["consultation", "session"])
def test_what_is_wrong_with_a_question_stands_at_its_field(client, consultation, row, field, owner):
    owner = consultation if owner == "consultation" else make_city_session(consultation)
    prefix = OWN if owner == consultation else "questions_of_its_own"
    filled = question(0, hint_ky="Кыскача", hint_ru="Коротко", **row) | {f"{OWN}-TOTAL_FORMS": "1"}
    fields = form_of(client, owner) | {name.replace(OWN, prefix): value for name, value in filled.items()}
    found = parse(client.post(admin_page(owner), fields))
    assert [errors.get("id") for errors in found.all("ul", cls="errorlist")] == [f"id_{prefix}-0-{field}_error"]
    assert found.one("input", name=f"{prefix}-0-hint_ru")["value"] == "Коротко"
    assert found.one(id=f"{prefix}-group").all("details") == []  # it stands open
    assert OwnQuestion.objects.count() == 0


def test_question_stored_in_both_languages_does_not_lose_one(client, consultation):
    asked = make_own_question(consultation)
    found = parse(save(client, consultation, **{"0-words_ru": ""}))
    assert [errors.get("id") for errors in found.all("ul", cls="errorlist")] == [f"id_{OWN}-0-words_ru_error"]
    asked.refresh_from_db()
    assert asked.words_ru != ""


def test_question_in_own_words_is_personal_whatever_was_ticked(client, consultation):
    save(client, consultation, {"kind": "text"}, {"kind": "yes-no"})
    assert list(consultation.own_questions.order_by("pk").values_list("is_personal", flat=True)) == [True, False]


def test_question_that_somebody_answered_keeps_its_meaning(client, consultation):
    asked = make_own_question(consultation, **CHOICES)
    make_own_answer(make_registration(make_city_session(consultation)), asked, choice=2)
    changed = {
        "0-kind": "text",
        "0-is_personal": "",
        "0-choices_ky": "Автобус\nЖөө басып",
        "0-words_ru": "Как приедете?",
    }
    assert save(client, consultation, **changed).status_code == 302
    asked.refresh_from_db()
    assert (asked.kind, asked.is_personal, asked.words_ru) == ("choice", True, "Как приедете?")
    assert asked.answers.get().in_words == "Жөө басып"
    more = {"0-choices_ky": "Автобус\nЖөө\nАт", "0-choices_ru": "Автобус\nПешком\nЛошадь"}
    assert save(client, consultation, **more).status_code == 302
    fewer = {"0-choices_ky": "Автобус\nАт", "0-choices_ru": "Автобус\nЛошадь"}
    assert save(client, consultation, **fewer).status_code == 200


def test_only_a_question_that_nobody_is_asked_and_nobody_answered_is_deleted(client, consultation):
    deleted = {"0-DELETE": "on"}
    asked = make_own_question(consultation)
    save(client, consultation, **deleted)
    assert places(consultation) == [1]
    save(client, consultation, **{"0-asked": "retired"})
    answer = make_own_answer(make_registration(make_city_session(consultation)), asked)
    save(client, consultation, **deleted)
    assert places(consultation) == [None]
    answer.delete()
    save(client, consultation, **deleted)
    assert places(consultation) == []


def test_session_asks_questions_of_its_own(client, consultation):
    city_session = make_city_session(consultation)
    fields = typed(client.get(admin_page(city_session)))
    row = {name.replace(OWN, "questions_of_its_own"): value for name, value in question(0).items()}
    fields |= row | {"questions_of_its_own-TOTAL_FORMS": "1"}
    assert client.post(admin_page(city_session), fields).status_code == 302
    [found] = OwnQuestion.objects.all()
    assert (found.city_session, found.consultation, found.place) == (city_session, None, 1)


@pytest.mark.parametrize(("language", "words"), [("ky", "Түнөйсүзбү?"), ("ru", "Нужен ночлег?")])
def test_preview_shows_the_form_of_a_session_nobody_sees_yet(client, city_session, language, words):
    type(city_session).objects.update(is_published=False)
    client.force_login(make_organiser())
    client.cookies["language"] = language
    page = client.get(reverse("form-preview", args=[city_session.pk])).content.decode()
    assert page.count(words) == 2  # of oneself, and of the person one registers
    assert re.findall(r"<form[^>]*action=\"([^\"]*)\"", page) == ["/admin/language/"]
    assert reverse("form-preview", args=[city_session.pk]) in client.get(admin_page(city_session)).content.decode()


def test_page_of_a_registration_shows_its_answers_to_organisers(client, city_session):
    registration = make_registration(city_session)
    make_own_answer(registration, city_session.own_questions[1], choice=2)
    for permissions, shown in [(["view_registration"], False), (["view_registration", "view_ownanswer"], True)]:
        client.force_login(make_staff(*permissions))
        page = client.get(admin_page(registration)).content.decode()
        assert ("Кантип келесиз?" in page, "Жөө" in page) == (shown, shown)


def test_register_takes_no_statement_for_people_without_answers(city_session):
    outcome = sign_up(city_session, make_details(answers=[]), make_details())
    assert OwnAnswer.objects.filter(registration__in=outcome.registrations).count() == 0


def test_copies_ask_what_is_asked_now(city_session):
    make_own_question(city_session, place=None, words_ky="Эски")
    names = {"slug": "talas", "city_ky": "Талас", "city_ru": "Талас"}
    there = actions.copy_city_session(city_session=city_session, **names)
    titles = {"short_title_ky": "Кийинки", "short_title_ru": "Следующее"}
    later = actions.copy_consultation(
        consultation=city_session.consultation, slug="next", city_sessions=[city_session], **titles
    )
    for copy in [there, later.city_sessions.get()]:
        assert [question.words_ky for question in copy.own_questions] == [
            "Сүйлөйсүзбү?",
            "Кантип келесиз?",
            "Эмне маанилүү?",
            "Түнөйсүзбү?",
        ]
    assert OwnQuestion.objects.count() == 5 + 1 + 4


def test_adding_in_the_admin_leads_to_the_form_that_asks(client, city_session):
    client.force_login(make_organiser())
    address = reverse("admin:consultations_registration_add")
    form = typed(client.get(address, {"city_session": city_session.pk})) | {
        "full_name": "Асанова Айгүл",
        "phone": "0700 111 222",
        "mode": "hall",
        "consented": "on",
    }
    OwnQuestion.objects.filter(place=1).update(is_required=True)
    refused = client.post(address, form)
    assert refused.status_code == 200
    assert f'href="{reverse("telephone-register", args=[city_session.pk])}"' in refused.content.decode()
    assert Registration.objects.count() == 0
    OwnQuestion.objects.update(is_required=False)
    assert client.post(address, form).status_code == 302
