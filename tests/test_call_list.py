"""The call list: in the order of urgency and travel, for those who may call, one tap each, the same queries always."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from consultations import actions, calls
from consultations.models import Message
from tests.factories import (
    change_facts,
    in_days,
    make_call,
    make_city_session,
    make_group,
    make_message,
    make_registration,
    make_told_session,
)
from tests.hostile import KEPT_AS_TYPED
from tests.markup import parse
from tests.staff import make_organiser, make_staff

pytestmark = pytest.mark.django_db

LIST = "/staff/calls/"
CALLER = ("change_message",)


@pytest.fixture
def caller(client):
    user = make_staff(*CALLER)
    client.force_login(user)
    return user


def shown(client, address=LIST):
    return parse(client.get(address))


def names(page):
    return [heading.text for heading in page.one("main").all("h3")]


def record(client, message, outcome, address=LIST, **fields):
    return client.post(address, {"message": message.pk, "outcome": outcome} | fields)


def call_for(name, city_session=None, **fields):
    person = make_registration(city_session, full_name=name)
    return make_call(person, **fields)


# Who may


def test_address_is_the_one_in_the_map():
    assert reverse("call-list") == LIST


@pytest.mark.parametrize("method", ["get", "post"])
def test_stranger_is_led_to_the_login_and_back(client, method):
    response = getattr(client, method)(f"{LIST}?session=1")
    assert (response.status_code, response["Location"]) == (302, "/admin/login/?next=/staff/calls/%3Fsession%3D1")


@pytest.mark.parametrize(
    ("permissions", "status"),
    [((), 403), (("view_message",), 403), (("change_registration", "view_registration"), 403), (CALLER, 200)],
)
def test_calling_has_its_own_permission(client, permissions, status):
    call = call_for("Асанова Айгүл")
    client.force_login(make_staff(*permissions))
    assert client.get(LIST).status_code == status
    record(client, call, "told")
    call.refresh_from_db()
    assert call.status == ("told" if status == 200 else "queued")


def test_list_is_kept_nowhere(client, caller):
    assert "no-store" in client.get(LIST)["Cache-Control"]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, caller, method):
    assert getattr(client, method)(LIST).status_code == 405


# What it shows


def test_list_shows_whom_to_call_what_to_say_and_how(client, caller):
    city_session = make_told_session(city_ru="Ош", slug="osh")
    make_registration(city_session, full_name="Асанова Айгүл", phone="+996700123456", language="ru")
    change_facts(city_session, state="cancelled")
    notice = actions.announce(city_session=city_session, by="aigul")
    Message.objects.update(send_after=None)
    row = shown(client).one("article")
    assert row.one("h3").text == "Асанова Айгүл"
    words = row.one("blockquote")
    assert words["lang"] == "ru"
    said = calls.words_for(Message.objects.select_related("notice").get()).splitlines()
    assert words.text == " ".join("".join(said).split())
    addresses = [link["href"] for link in row.all("a")]
    assert [address.partition("?")[0] for address in addresses] == [
        "tel:+996700123456",
        "sms:+996700123456",
        "https://wa.me/996700123456",
    ]
    assert [button["value"] for button in row.all("button")] == ["told", "no-answer", "wrong-number"]
    assert notice.messages.count() == 1


def test_contact_is_shown_with_those_they_stand_for(client, caller):
    city_session = make_told_session()
    _contact, member = make_group(city_session, size=2, full_name="Байланыш Адам")
    change_facts(city_session, date=in_days(40))
    actions.announce(city_session=city_session, by="aigul")
    Message.objects.update(send_after=None)
    row = shown(client).one("article")
    assert (row.one("h3").text, row.all("p")[0].text) == ("Байланыш Адам", f"{_('for')}: {member.full_name}")


def test_urgent_calls_come_first_then_those_of_the_nearest_session(client, caller):
    undated = make_city_session(date=None, start_time=None, end_time=None)
    later, sooner = make_city_session(date=in_days(9)), make_city_session(date=in_days(3))
    early = make_city_session(date=in_days(9), start_time=datetime.time(9))
    call_for("Күнсүз Адам", undated)
    call_for("Кийинки Экинчи", later)
    call_for("Эртең Мененки", early)
    call_for("Жакынкы Адам", sooner)
    call_for("Кийинки Үчүнчү", later)
    call_for("Шашылыш Адам", later, is_urgent=True)
    page = shown(client)
    assert names(page) == [
        "Шашылыш Адам",
        "Жакынкы Адам",
        "Эртең Мененки",
        "Кийинки Экинчи",
        "Кийинки Үчүнчү",
        "Күнсүз Адам",
    ]
    assert len(page.one("main").all("h2", cls="session-of-calls")) == 5


def test_calls_to_one_person_stand_together(client, caller):
    city_session = make_city_session()
    person = make_registration(city_session, full_name="Эки Жолу")
    make_call(person)
    call_for("Башка Адам", city_session)
    make_call(person, kind=Message.Kind.PROMOTED)
    assert names(shown(client)) == ["Эки Жолу", "Эки Жолу", "Башка Адам"]


def test_letters_done_calls_and_those_whose_time_has_not_come_are_no_rows(client, caller):
    make_message()
    make_call(status="told", done_at=timezone.now(), done_by="aigul")
    make_call(status="withdrawn", done_at=timezone.now())
    make_call(send_after=timezone.now() + datetime.timedelta(minutes=1))
    page = shown(client)
    assert names(page) == []
    assert page.one("p", cls="notice").text == _("Nobody waits for a call.")


def test_list_is_narrowed_to_one_session(client, caller):
    osh, narin = make_city_session(city_ky="Ош"), make_city_session(city_ky="Нарын")
    call_for("Ошто", osh)
    call_for("Ошто Дагы", osh)
    call_for("Нарында", narin)
    page = shown(client, f"{LIST}?session={osh.pk}")
    assert names(page) == ["Ошто", "Ошто Дагы"]
    links = [(link.text, link["href"], link.get("aria-current")) for link in page.one("nav").all("a")]
    assert links == [
        (_("All sessions"), LIST, None),
        ("Ош: 2", f"?session={osh.pk}", "page"),
        ("Нарын: 1", f"?session={narin.pk}", None),
    ]
    assert page.one("p", cls="lead").text == _("Calls to make: %(total)s") % {"total": 3}


@pytest.mark.parametrize("value", ["0", "-1", "x", "99999999999999999999", "1 OR 1=1", "", "%F0%9F%98%80"])
def test_session_or_page_that_is_none_is_no_error(client, caller, value):
    call_for("Асанова Айгүл")
    for address in (f"{LIST}?session={value}", f"{LIST}?page={value}"):
        assert client.get(address).status_code == 200


def test_long_list_has_pages_that_keep_the_session(client, caller, monkeypatch):
    monkeypatch.setattr("consultations.views.calling.ON_A_PAGE", 2)
    city_session = make_city_session()
    for number in range(3):
        call_for(f"Адам {'АБВ'[number]}", city_session)
    page = shown(client, f"{LIST}?session={city_session.pk}&page=2")
    assert names(page) == ["Адам В"]
    pages = [link["href"] for link in page.all("nav")[-1].all("a")]
    assert pages == [f"?session={city_session.pk}&page=1", f"?session={city_session.pk}&page=2"]


@pytest.mark.parametrize(("language", "title"), [("ky", "Чалуу тизмеси"), ("ru", "Список для обзвона")])
def test_list_speaks_the_callers_language(client, caller, language, title):
    client.cookies["language"] = language
    page = shown(client)
    assert (page.one("html")["lang"], page.one("h1").text) == (language, title)


def test_names_are_text(client, caller):
    for name in KEPT_AS_TYPED:
        call_for(name)
    assert sorted(names(shown(client))) == sorted(" ".join(name.split()) for name in KEPT_AS_TYPED)


def test_list_asks_the_same_number_of_queries_for_any_number_of_calls(client, django_assert_num_queries):
    client.force_login(make_organiser())
    kinds = [Message.Kind.REQUEUED, Message.Kind.HALL_CHOICE, Message.Kind.SESSION_CHANGED]

    def fill():
        city_session = make_told_session(hall_capacity=9)
        contact, *_members = make_group(city_session, size=3)
        change_facts(city_session, date=in_days(40))
        actions.announce(city_session=city_session, by="aigul")
        for kind in kinds:
            make_call(make_registration(city_session, status="waiting"), kind=kind)
        make_call(contact, status="told", done_at=timezone.now(), done_by="aigul")
        Message.objects.update(send_after=None)

    def count():
        with django_assert_num_queries(10, exact=False) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    client.get(LIST)
    fill()
    once = count()
    fill()
    fill()
    assert count() == once


# What came of it


@pytest.mark.parametrize(
    ("outcome", "status", "words"),
    [("told", "told", "Told"), ("no-answer", "queued", "No answer"), ("wrong-number", "unreachable", "Wrong number")],
)
def test_outcome_is_noted_with_who_and_when_and_said(client, caller, outcome, status, words):
    call = call_for("Асанова Айгүл")
    response = record(client, call, outcome, f"{LIST}?session={call.registration.city_session_id}")
    assert (response.status_code, response["Location"]) == (303, f"{LIST}?session={call.registration.city_session_id}")
    call.refresh_from_db()
    assert (call.status, call.attempts, call.done_by) == (status, 1, "" if status == "queued" else caller.username)
    assert shown(client).one(role="status").text == f"Асанова Айгүл: {_(words)}"


def test_calls_done_last_are_shown_and_can_be_put_back(client, caller):
    call = call_for("Асанова Айгүл")
    record(client, call, "told")
    page = shown(client)
    assert names(page) == []
    (done,) = page.one("section").all("li")
    assert caller.username in done.one("small").text
    assert done.one("button")["value"] == "no-answer"
    record(client, call, "no-answer")
    assert names(shown(client)) == ["Асанова Айгүл"]


def test_last_twenty_done_are_shown_the_newest_first(client, caller):
    now = timezone.now()
    for number in range(22):
        done_at = now - datetime.timedelta(minutes=number)
        call_for(f"Адам {chr(0x430 + number)}", status="told", done_at=done_at, done_by="aigul")
    rows = [row.text for row in shown(client).one("section").all("li")]
    assert len(rows) == 20
    assert rows[0].startswith("Адам а ·")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"outcome": "maybe"}, 303),
        ({}, 303),
        ({"message": "0", "outcome": "told"}, 404),
        ({"message": "x", "outcome": "told"}, 404),
        ({"message": "99999999999999999999", "outcome": "told"}, 404),
        ({"message": "", "outcome": "told"}, 404),
        ({"message": "1\x00", "outcome": "told"}, 404),
    ],
)
def test_nonsense_notes_nothing(client, caller, fields, status):
    call = call_for("Асанова Айгүл")
    response = client.post(LIST, {"message": call.pk} | fields)
    call.refresh_from_db()
    assert (response.status_code, call.status, call.attempts) == (status, "queued", 0)


def test_letter_is_not_ticked_off_as_a_call(client, caller):
    letter = make_message()
    assert record(client, letter, "told").status_code == 404


def test_outcome_needs_the_token_of_the_page(caller):
    call = call_for("Асанова Айгүл")
    client = Client(enforce_csrf_checks=True)
    client.force_login(caller)
    assert record(client, call, "told").status_code == 403
    call.refresh_from_db()
    assert call.status == "queued"


# The question about the hall, asked by telephone


@pytest.fixture
def asked():
    """A contact with one member is asked by telephone whether they come to the hall."""
    city_session = make_told_session()
    people = make_group(city_session, size=2)
    actions.ask_hall_or_online(
        city_session=city_session, by="aigul", answer_by=timezone.now() + datetime.timedelta(days=2)
    )
    Message.objects.update(send_after=None)
    return Message.objects.get(), people


def test_answers_given_by_telephone_are_noted_for_each_person(client, asked):
    call, (contact, member) = asked
    client.force_login(make_staff("change_message", "change_registration"))
    fields = [field["name"] for field in shown(client).one("article").all("select")]
    assert fields == [f"answer-{contact.pk}", f"answer-{member.pk}"]
    record(client, call, "told", **dict(zip(fields, ["hall", "no"], strict=True)))
    call.refresh_from_db()
    assert call.status == "told"
    assert actions.hall_answers(call.notice) == {"asked": 2, "hall": 1, "online": 0, "not_coming": 1, "no_answer": 0}


def test_answers_are_taken_only_from_whoever_may_change_registrations(client, caller, asked):
    call, (contact, _member) = asked
    assert shown(client).one("article").all("select") == []
    record(client, call, "told", **{f"answer-{contact.pk}": "no"})
    assert actions.hall_answers(call.notice)["no_answer"] == 2


def test_answer_that_is_refused_leaves_the_call_on_the_list_and_says_why(client, asked):
    call, (contact, member) = asked
    actions.cancel(registration=member)
    client.force_login(make_staff("change_message", "change_registration"))
    type(contact).objects.filter(pk=contact.pk).update(checked_in_at=timezone.now(), checked_in_by="desk")
    record(client, call, "told", **{f"answer-{contact.pk}": "no"})
    call.refresh_from_db()
    assert call.status == "queued"
    reason = _("This person has already come to the session.")
    assert shown(client).one("main").one(role="alert").text == f"{contact.full_name}: {reason}"
