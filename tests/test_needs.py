"""Needs and questions: whoever waits is shown, the answer is stored and told, and only totals are without names."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone, translation

from consultations import actions, calls, emails
from consultations.models import Message, Need
from tests.factories import (
    in_days,
    make_city_session,
    make_group,
    make_need,
    make_registration,
)
from tests.staff import admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db

PAGE = reverse("need-list")


@pytest.fixture
def organiser(client):
    client.force_login(make_organiser())


def answer(client, need, state="arranged", reply="", **query):
    return client.post(
        PAGE, {"need": need.pk, f"need-{need.pk}-state": state, f"need-{need.pk}-reply": reply}, query_params=query
    )


def answer_question(client, person, reply):
    return client.post(PAGE, {"question": person.pk, f"question-{person.pk}-reply": reply})


def names(response):
    return re.findall(r'<h3 id="who-\d+">([^<]*)</h3>', response.content.decode())


def told(registration):
    return list(registration.messages.values_list("kind", "channel", "status"))


# Who is there


def test_whoever_waits_for_an_answer_is_shown_by_session(client, organiser):
    near, far = make_city_session(date=in_days(2)), make_city_session(date=in_days(9))
    make_need(make_registration(far, full_name="Кийин Келет"))
    make_registration(near, full_name="Суроосу Бар", question="Кандай?")
    make_need(make_registration(near, full_name="Шарты Бар"))
    make_need(make_registration(near, full_name="Жообу Бар"), state="arranged")
    make_need(make_registration(near, full_name="Баш Тарткан", status="cancelled"))
    make_need(make_registration(make_city_session(date=in_days(-1)), full_name="Өтүп Кеткен"))
    make_registration(make_city_session(date=in_days(-1)), full_name="Кийин Жооп", question="Качан?")
    make_registration(near, full_name="Эч Нерсе")
    assert names(client.get(PAGE)) == ["Кийин Жооп", "Суроосу Бар", "Шарты Бар", "Кийин Келет"]
    assert names(client.get(PAGE, {"session": near.pk})) == ["Суроосу Бар", "Шарты Бар"]
    everybody = ["Суроосу Бар", "Шарты Бар", "Жообу Бар"]
    assert names(client.get(PAGE, {"session": near.pk, "show": "all"})) == everybody
    assert names(client.get(PAGE, {"session": "zz"})) == names(client.get(PAGE))


def test_page_costs_the_same_however_many_wait_and_shows_twenty(client, organiser, django_assert_num_queries):
    def with_more(count):
        for _ in range(count):
            need = make_need(make_registration(city_session, question="?"))
            make_need(need.registration, kind="other", text="Экранга жакын")
        with django_assert_num_queries(99, exact=False) as captured:
            shown = names(client.get(PAGE))
        return len(captured), len(shown)

    city_session = make_city_session()
    queries, one = with_more(1)
    assert (with_more(24), one) == ((queries, 20), 1)
    assert len(names(client.get(PAGE, {"page": "2"}))) == 5


def test_only_organisers_see_it(client):
    for permissions, status in [(["view_need", "view_registration"], 403), (["change_need"], 200)]:
        client.force_login(make_staff(*permissions))
        assert client.get(PAGE).status_code == status


def test_totals_are_numbers_without_names(client, organiser):
    city_session = make_city_session()
    for state in ["asked", "asked", "arranged"]:
        make_need(make_registration(city_session), state=state)
    page = client.get(PAGE, {"session": city_session.pk}).content.decode()
    assert re.findall(r'<td class="number">(\d+)</td>', page) == ["2", "1", "0"]


# Answers


@pytest.mark.parametrize(("email", "channel"), [("a@example.org", "email"), ("", "call")])
def test_answer_is_stored_and_told_by_letter_or_call(client, organiser, email, channel):
    need = make_need(make_registration(email=email))
    assert answer(client, need, "arranged", "Пандус болот").status_code == 303
    need.refresh_from_db()
    assert (need.state, need.reply) == ("arranged", "Пандус болот")
    assert told(need.registration) == [("needs-answered", channel, "queued")]
    person = make_registration(email=email, question="Качан?")
    answer_question(client, person, "Эртең")
    person.refresh_from_db()
    assert (person.question_reply, told(person)) == ("Эртең", [("question-answered", channel, "queued")])


def test_member_of_a_group_is_told_through_the_contact(client, organiser):
    _contact, member = make_group(size=2, email="contact@example.org", phone="")
    answer(client, make_need(member))
    message = member.messages.get()
    assert (message.channel, message.registration.contact.email) == ("email", "contact@example.org")


def test_not_possible_needs_a_word(client, organiser):
    need = make_need()
    response = answer(client, need, "not-possible")
    assert response.status_code == 422
    assert f'id="id_need-{need.pk}-reply_error"' in response.content.decode()
    assert (Need.objects.get().state, Message.objects.count()) == ("asked", 0)
    assert answer(client, need, "not-possible", "Лифт жок, жардам беребиз").status_code == 303


def test_empty_answer_to_a_question_is_refused_where_there_was_none(client, organiser):
    person = make_registration(question="Качан?")
    for reply in ["", " \n "]:
        response = answer_question(client, person, reply)
        assert response.status_code == 422
        assert f'id="id_question-{person.pk}-reply_error"' in response.content.decode()
    assert (list(response.context["messages"]), Message.objects.count()) == ([], 0)
    assert answer_question(client, person, "Эртең").status_code == 303
    assert answer_question(client, person, "").status_code == 303
    person.refresh_from_db()
    assert person.question_reply == ""


def test_what_was_typed_is_kept_when_it_is_too_long(client, organiser):
    need = make_need()
    response = answer(client, need, "arranged", "ө" * 501)
    assert (response.status_code, "ө" * 501 in response.content.decode()) == (422, True)


def test_several_answers_are_one_letter_and_a_later_one_is_told_again(client, organiser, run_jobs):
    registration = make_registration(make_city_session(date=in_days(9)), email="a@example.org", language="ru")
    first, second = make_need(registration), make_need(registration, kind="sign-language")
    answer(client, first, "arranged", "Пандус есть")
    answer(client, second, "not-possible", "Будет стенограмма")
    run_jobs()
    assert mail.outbox == []  # not before two minutes have passed
    two_minutes_pass()
    run_jobs()
    [letter] = mail.outbox
    assert "Пандус есть" in letter.body
    assert "Будет стенограмма" in letter.body
    answer(client, second, "arranged", "Переводчик нашёлся")
    assert registration.messages.count() == 2


def two_minutes_pass():
    Message.objects.update(send_after=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'")


def test_answer_put_back_is_not_told(client, organiser):
    need = make_need(make_registration(email="a@example.org"))
    answer(client, need, "arranged", "Болот")
    answer(client, need, "asked", "")
    assert told(need.registration) == [("needs-answered", "email", "withdrawn")]
    person = make_registration(question="Качан?")
    answer_question(client, person, "Эртең")
    answer_question(client, person, "")
    assert told(person) == [("question-answered", "call", "withdrawn")]


def test_the_same_answer_twice_changes_and_tells_nothing(client, organiser):
    need = make_need(make_registration(email="a@example.org"))
    for _ in range(2):
        answer(client, need, "arranged", "Болот")
    assert need.registration.messages.count() == 1


def test_changed_question_waits_for_an_answer_again():
    person = make_registration(question="Качан?", question_reply="Эртең")
    assert actions.change(registration=person, question="Качан?").question_reply == "Эртең"
    assert actions.change(registration=person, question="Кайда?").question_reply == ""


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_letter_and_call_say_the_answer_and_nothing_a_stranger_typed(language):
    registration = make_registration(
        email="a@example.org", language=language, question="Buy at spam.example", question_reply="Жооп берилди"
    )
    make_need(registration, kind="other", text="see spam.example", state="arranged", reply="Орун бар")
    make_need(registration, state="asked", reply="")
    for kind, words in [("needs-answered", "Орун бар"), ("question-answered", "Жооп берилди")]:
        message = Message(registration=registration, kind=kind, channel="email", language=language)
        letter = emails.letter(message)
        for text in [letter.body, letter.alternatives[0].content, calls.words_for(message)]:
            assert words in text
            assert "spam.example" not in text


def test_answered_question_is_called_also_after_the_session():
    registration = make_registration(make_city_session(date=in_days(-1)), question="Качан?")
    actions.answer_question(registration=registration, reply="Эртең")
    assert [message.kind for message in Message.objects.to_call()] == ["question-answered"]


def test_front_page_and_the_sessions_page_lead_there(client, organiser):
    city_session = make_city_session()
    make_registration(city_session, question="Кандай?")
    make_need(make_registration(city_session))
    with translation.override("ky"):
        front = client.get(reverse("admin:index")).content.decode()
    assert front.count(f'href="{PAGE}"') >= 3  # the link, and the two things to do
    page = client.get(reverse("admin:consultations_citysession_change", args=[city_session.pk])).content.decode()
    assert f'href="{PAGE}?session={city_session.pk}"' in page


def test_own_page_shows_what_was_answered_and_nothing_before(client):
    registration = make_registration(question="Качан?")
    need = make_need(registration)
    address = registration.get_absolute_url()
    assert 'id="answers"' not in client.get(address).content.decode()
    actions.answer_need(need=need, state="arranged", reply="Пандус болот")
    actions.answer_question(registration=registration, reply="Эртең")
    page = client.get(address).content.decode()
    assert re.findall(r"<dd>([^<]*)</dd>", page[page.index('id="answers"') :])[:2] == [
        "уюштурулду. Пандус болот",
        "Эртең",
    ]


def test_answer_written_in_the_admin_is_told_too(client, organiser):
    for where in ["need", "registration"]:
        need = make_need(make_registration())
        fields = typed(client.get(admin_page(need if where == "need" else need.registration)))
        prefix = "" if where == "need" else "needs-0-"
        fields |= {f"{prefix}state": "arranged", f"{prefix}reply": "Болот"}
        client.post(admin_page(need if where == "need" else need.registration), fields)
        need.refresh_from_db()
        assert (need.state, need.reply) == ("arranged", "Болот")
        assert told(need.registration) == [("needs-answered", "call", "queued")]


def test_need_worded_anew_waits_for_an_answer_again(client, organiser):
    registration = make_registration(make_city_session())
    need = make_need(registration, kind="other", text="Пандус")
    actions.answer_need(need=need, state="not-possible", reply="Пандус жок")

    actions.change(registration=registration, needs=[{"kind": "other", "text": "Пандус"}])
    need.refresh_from_db()
    assert (need.state, need.reply) == ("not-possible", "Пандус жок")
    actions.change(registration=registration, needs=[{"kind": "other", "text": "Сурдокотормочу"}])
    need.refresh_from_db()
    assert (need.text, need.state, need.reply) == ("Сурдокотормочу", "asked", "")
    assert "Сурдокотормочу" in client.get(reverse("need-list")).content.decode()
