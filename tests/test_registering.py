"""The registration page: what it shows, what it refuses, what it answers."""

import re
import threading
import time

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consultations import actions
from consultations.models import CitySession, ConsentText, Message, Need, Registration
from consultations.views import registering
from tests import hostile
from tests.answers import answers, make_open_session, others, register_address, token_of_age
from tests.factories import in_days, make_group, make_registration

pytestmark = pytest.mark.django_db


def send(client, city_session, page_language="ky", **changed):
    address = register_address(city_session).replace("/ky/", f"/{page_language}/", 1)
    return client.post(address, answers(city_session, **changed))


def summary(response):
    """The lines of the error summary: target and words."""
    inside = re.search(r'<div class="error-summary".*?</ul>', response.content.decode(), re.DOTALL)
    return re.findall(r"<li>(?:<a href=\"#(.*?)\">)?(.*?)(?:</a>)?</li>", inside[0]) if inside else []


def test_a_phone_alone_registers_and_leads_to_the_own_page(client):
    city_session = make_open_session()
    response = send(client, city_session)
    registration = Registration.objects.get()
    assert (response.status_code, response.url) == (303, registration.get_absolute_url())
    assert (registration.full_name, registration.phone.as_e164, registration.email) == (
        "Турдубеков Нурсултан",
        "+996555123456",
        "",
    )
    assert Message.objects.count() == 0


def test_an_email_alone_registers_and_queues_a_letter(client):
    send(client, make_open_session(), phone="", email="A@Example.org")
    assert list(Message.objects.values_list("registration__email", "kind", "channel")) == [
        ("a@example.org", "confirmed", "email")
    ]


def test_everything_that_is_asked_is_stored(client):
    city_session = make_open_session()
    given = {
        "organisation": "Жайыт комитети",
        "organisation_type": "pasture",
        "position": "төрага",
        "home_place": "Ат-Башы",
        "gender": "female",
        "age_group": "35-44",
        "question": "Суроо?",
        "language": "ru",
        "mode": "online",
    }
    send(client, city_session, **given, needs=["step-free", "large-print"], listed_publicly="on", photo_consent="on")
    registration = Registration.objects.get()
    assert {name: getattr(registration, name) for name in given} == given
    assert (registration.listed_publicly, registration.photo_consent) == (True, True)
    assert (registration.consent_text, registration.consent_channel) == (
        city_session.consultation.current_consent,
        "web",
    )
    assert list(registration.needs.values_list("kind", flat=True)) == ["step-free", "large-print"]


@pytest.mark.parametrize(("language", "title"), [("ky", "Ката: "), ("ru", "Ошибка: ")])
def test_errors_keep_what_was_typed_and_name_their_fields(client, language, title):
    response = send(
        client, make_open_session(), language, phone="12", mode="", organisation="Уюм", needs=["large-print"]
    )
    page = response.content.decode()
    assert response.status_code == 422
    assert f"<title>{title}" in page
    assert [target for target, _words in summary(response)] == ["id_mode_0", "id_phone"]
    assert [word for word in ['value="12"', 'value="Уюм"'] if word not in page] == []
    assert re.search(r'value="large-print"[^>]* checked', page)
    assert re.search(r'<input type="tel" name="phone" value="12"[^>]* aria-invalid="true"', page)
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in page
    assert Registration.objects.count() == 0


@pytest.mark.parametrize("name", hostile.KEPT_AS_TYPED)
def test_hostile_text_stays_text(client, name):
    text = f"{name} аа"
    city_session = make_open_session()
    given = {"full_name": text, "organisation": text, "position": text, "home_place": text, "needs_text": text}
    response = send(client, city_session, **given, question=text)
    registration = Registration.objects.get()
    assert (registration.full_name, registration.question, registration.needs.get().text) == (text, text, text)
    page = client.get(response.url).content.decode()
    assert page.count("<script") == 0
    assert "onerror=alert(1)>" not in page


@pytest.mark.parametrize("typed", [*(typed for typed, _ in hostile.CLEANED), *hostile.NO_NAME, "а" * 3000])
def test_no_typed_byte_gives_an_error_page(client, typed):
    names = "full_name phone email organisation organisation_type gender mode language placing consent_text form_token"
    sent = typed.encode(errors="replace").decode()
    given = dict.fromkeys([*names.split(), "person", "needs", "agreed_for_others", "leave_empty"], sent)
    city_session = make_open_session()
    assert client.post(register_address(city_session), given).status_code in {303, 400, 422}


@pytest.mark.parametrize("part", hostile.PATH_PARTS)
def test_no_address_gives_an_error_page(client, part):
    city_session = make_open_session()
    consultation = city_session.consultation.slug
    for path in [f"/ky/{consultation}/{part}/register/", f"/ky/r/{part}/", f"/p/{part}", f"/j/{part}"]:
        assert client.get(path).status_code in {302, 400, 404}


def test_form_from_a_machine_is_asked_again_and_keeps_the_text(client):
    city_session = make_open_session()
    for changed in [
        {"form_token": token_of_age(0)},
        {"form_token": ""},
        {"form_token": "forged"},
        {"form_token": token_of_age(3 * 24 * 3600)},
        {"form_token": token_of_age(-3600)},
        {"leave_empty": "spam"},
    ]:
        response = send(client, city_session, **changed)
        page = response.content.decode()
        assert (response.status_code, len(summary(response)), "Турдубеков Нурсултан" in page) == (422, 1, True)
        assert "spam" not in page
    assert Registration.objects.count() == 0


def test_form_asked_again_can_be_sent(client):
    city_session = make_open_session()
    page = send(client, city_session, form_token="forged").content.decode()
    token = re.search(r'name="form_token" value="(.*?)"', page)[1]
    with time_machine.travel(time.time() + 3, tick=False):
        assert send(client, city_session, form_token=token).status_code == 303


def test_form_token_of_absurd_size_is_a_bad_request(client):
    assert send(client, make_open_session(), form_token="a" * 10_000).status_code == 400


def test_body_of_absurd_size_is_a_bad_request(client):
    assert send(client, make_open_session(), full_name="а" * 3_000_000).status_code == 400


def test_form_sent_twice_registers_once(client):
    city_session = make_open_session()
    token = token_of_age(10)
    first, second = (send(client, city_session, form_token=token) for _ in range(2))
    assert (first.url, Registration.objects.count()) == (second.url, 1)


def test_form_sent_again_for_another_person_says_whose_ticket_it_is(client):
    city_session = make_open_session()
    token = token_of_age(10)
    send(client, city_session, form_token=token)
    response = send(client, city_session, form_token=token, full_name="Асанова Айгүл")
    assert "notice-warning" in client.get(response.url).content.decode()
    assert Registration.objects.count() == 1


def test_same_person_gets_the_neutral_page(client):
    city_session = make_open_session()
    known = make_registration(city_session, full_name="Нурсултан Турдубеков", phone="+996555123456")
    response = send(client, city_session, organisation="Уюм")
    page = response.content.decode()
    assert (response.status_code, response.headers["Cache-Control"]) == (422, "no-store")
    assert [
        word for word in [known.full_name, known.pass_number, known.code, known.phone.as_e164] if word in page
    ] == []
    assert Registration.objects.count() == 1

    # Somebody of the same name goes back and adds a patronymic; nothing has to be typed again.
    kept = dict(re.findall(r'<input type="hidden" name="(.*?)" value="(.*?)">', page))
    back = client.post(register_address(city_session), kept | {"carry": "1"})
    assert (back.status_code, summary(back), back.context["form"]["organisation"].value()) == (200, [], "Уюм")
    client.post(register_address(city_session), kept | {"full_name": "Турдубеков Нурсултан Асанович"})
    assert Registration.objects.filter(full_name="Турдубеков Нурсултан Асанович", organisation="Уюм").count() == 1


def test_same_phone_under_another_name_is_another_person(client):
    city_session = make_open_session()
    make_registration(city_session, full_name="Асанова Айгүл", phone="+996555123456")
    response = send(client, city_session)
    assert response.url == Registration.objects.get(full_name="Турдубеков Нурсултан").get_absolute_url()


def test_full_hall_says_so_before_and_queues(client):
    city_session = make_open_session(hall_capacity=0)
    page = client.get(register_address(city_session)).content.decode()
    assert re.findall(r'name="mode" value="(.*?)"', page) == ["hall", "online-meanwhile", "online"]
    send(client, city_session)
    send(client, city_session, mode="online-meanwhile", full_name="Асанова Айгүл")
    states = Registration.objects.order_by("pk").values_list("mode", "status", "hall_wanted_at")
    assert [(mode, status, bool(wanted)) for mode, status, wanted in states] == [
        ("hall", "waiting", True),
        ("online", "confirmed", True),
    ]


def test_closed_hall_leaves_online_alone_to_choose(client):
    city_session = make_open_session(registration_closes_at=timezone.now())
    page = client.get(register_address(city_session)).content.decode()
    assert re.findall(r'name="mode" value="(\w+)"(.*?) required( checked)?', page) == [
        ("online", '  id="id_mode_0"', " checked")
    ]
    assert summary(send(client, city_session, mode="hall"))[0][0] == "id_mode_0"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "cancelled"},
        {"state": "postponed"},
        {"date": in_days(-1)},
        {"registration_opens_at": timezone.now() + timezone.timedelta(days=1)},
    ],
)
def test_nobody_stands_before_a_wall(client, fields):
    city_session = make_open_session(**fields)
    nearest = make_open_session(city_session.consultation, date=in_days(20))
    make_open_session(city_session.consultation, date=None, start_time=None, end_time=None)
    page = client.get(register_address(city_session)).content.decode()
    offered = re.findall(r'href="(/ky/[\w/-]+/register/)"', page.partition("<main")[2])
    assert offered[0] == register_address(nearest)
    assert len(offered) == 2


def test_session_closed_while_typing_keeps_the_text_for_another_city(client):
    city_session = make_open_session(state="cancelled")
    other = make_open_session(city_session.consultation)
    response = send(client, city_session, organisation="Уюм")
    page = response.content.decode()
    assert response.status_code == 422
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', page.partition("<main")[2]))
    assert f'formaction="{register_address(other)}"' in page
    carried = client.post(register_address(other), kept | {"carry": "1"})
    assert (carried.status_code, summary(carried)) == (200, [])
    assert 'value="Уюм"' in carried.content.decode()
    assert Registration.objects.count() == 0


def test_session_closed_between_page_and_lock_is_refused(client, monkeypatch):
    city_session = make_open_session()

    def close_first(**details):
        CitySession.objects.filter(pk=city_session.pk).update(state="cancelled")
        return register(**details)

    register = actions.register
    monkeypatch.setattr(actions, "register", close_first)
    response = send(client, city_session)
    assert (response.status_code, Registration.objects.count()) == (422, 0)


def test_group_is_registered_together(client):
    city_session = make_open_session()
    response = send(client, city_session, **others("Асанова Айгүл", "Бакиров Бакыт"))
    contact = Registration.objects.get(group=None)
    assert response.url == contact.get_absolute_url()
    assert sorted(contact.members.values_list("full_name", "source")) == [
        ("Асанова Айгүл", "group"),
        ("Бакиров Бакыт", "group"),
    ]


def test_person_is_added_without_a_script_and_without_an_error(client):
    response = send(client, make_open_session(), add_person="1", phone="12")
    page = response.content.decode()
    assert (response.status_code, summary(response)) == (200, [])
    assert re.search(r'<input type="text" name="person-1-full_name"[^>]* autofocus', page)
    assert 'value="12"' in page
    assert "aria-invalid" not in page


@pytest.mark.parametrize(
    ("placing", "outcome"),
    [
        ("queue", [("hall", "confirmed"), ("hall", "confirmed"), ("hall", "waiting")]),
        ("online", [("hall", "confirmed"), ("hall", "confirmed"), ("online", "confirmed")]),
    ],
)
def test_group_larger_than_the_hall_is_asked_how_to_divide(client, placing, outcome):
    city_session = make_open_session(hall_capacity=2)
    other = make_open_session(city_session.consultation)
    names = others("Асанова Айгүл", "Бакиров Бакыт")
    asked = send(client, city_session, **names)
    page = asked.content.decode()
    assert (asked.status_code, Registration.objects.count()) == (422, 0)
    assert re.findall(r'name="placing" value="(\w+)"', page) == ["queue", "online"]
    assert f'formaction="{register_address(other)}"' in page
    send(client, city_session, **names, placing=placing)
    assert list(Registration.objects.order_by("submission_index").values_list("mode", "status")) == outcome


def test_group_with_somebody_known_keeps_the_text(client):
    city_session = make_open_session()
    make_registration(city_session, full_name="Турдубеков Нурсултан", phone="+996555123456")
    response = send(client, city_session, **others("Асанова Айгүл"))
    assert (response.status_code, len(summary(response))) == (422, 1)
    assert 'value="Асанова Айгүл"' in response.content.decode()


def test_two_of_one_name_in_a_group_are_told_apart(client):
    response = send(client, make_open_session(), **others("Асанова Айгүл", "Айгүл Асанова"))
    assert (response.status_code, len(summary(response)), Registration.objects.count()) == (422, 1, 0)


def test_form_for_another_city_comes_filled_in(client):
    registration = make_registration(make_open_session(), organisation="Уюм", email="a@example.org")
    other = make_open_session(registration.city_session.consultation)
    prefill = registering.prefill_for(registration)
    page = client.post(register_address(other), {"again": prefill}).content.decode()
    for value in [registration.full_name, registration.phone.as_international, "Уюм", "a@example.org"]:
        assert f'value="{value}"' in page
    assert registration.code not in page
    assert registration.full_name not in client.post(register_address(other), {"again": "forged"}).content.decode()


def test_limit_of_one_address_answers_in_words_and_keeps_the_text(client, monkeypatch):
    monkeypatch.setattr(registering, "MOST_FROM_ONE_ADDRESS", 2)
    city_session = make_open_session()
    answered = [send(client, city_session, full_name=f"Адам Номер{n}") for n in range(3)]
    assert [response.status_code for response in answered] == [303, 303, 429]
    assert 'value="Адам Номер2"' in answered[2].content.decode()


def test_two_hundred_people_of_one_hall_are_within_the_limit():
    assert registering.MOST_FROM_ONE_ADDRESS >= 200 * 1.2


@pytest.mark.parametrize("cookie", ["none", "other"])
def test_expired_token_shows_the_form_filled(cookie):
    client = Client(enforce_csrf_checks=True)
    city_session = make_open_session()
    if cookie == "other":
        client.cookies["csrftoken"] = "a" * 32
    response = send(client, city_session, organisation="Уюм", csrfmiddlewaretoken="b" * 32)
    page = response.content.decode()
    assert (response.status_code, len(summary(response)), 'value="Уюм"' in page) == (403, 1, True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    again = send(client, city_session, organisation="Уюм", csrfmiddlewaretoken=token)
    assert (again.status_code, Registration.objects.get().organisation) == (303, "Уюм")


def test_form_from_another_site_is_refused():
    client = Client(enforce_csrf_checks=True)
    city_session = make_open_session()
    response = client.post(
        register_address(city_session), answers(city_session), headers={"origin": "https://evil.example"}
    )
    assert (response.status_code, "Турдубеков" in response.content.decode()) == (403, False)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(register_address(make_open_session())).status_code == 405


def test_registering_takes_at_most_twelve_statements(client):
    city_session = make_open_session(hall_capacity=10)
    for changed in [{}, {"email": "b@example.org", "needs": ["step-free"]}]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = send(client, city_session, **changed, full_name=f"Адам {'Бир' if changed else 'Эки'}")
        assert response.status_code == 303
        statements = [
            query["sql"] for query in captured if not re.match(r"SAVEPOINT|RELEASE|BEGIN|COMMIT", query["sql"])
        ]
        assert len(statements) <= 12, statements


def test_page_costs_the_same_with_one_registration_or_three(client, django_assert_num_queries):
    city_session = make_open_session(hall_capacity=10)
    for size in [1, 3]:
        make_group(city_session, size=size)
        with django_assert_num_queries(1):
            client.get(register_address(city_session))


@pytest.mark.django_db(transaction=True)
def test_busy_session_answers_503_with_the_text_kept(client):
    city_session = make_open_session()
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            CitySession.objects.select_for_update().get(pk=city_session.pk)
            held.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(10)
        response = send(client, city_session)
    finally:
        done.set()
        holder.join()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert 'value="Турдубеков Нурсултан"' in response.content.decode()


def test_nothing_is_written_by_looking(client):
    city_session = make_open_session(hall_capacity=1)
    before = [model.objects.count() for model in (Registration, Message, Need, ConsentText)]
    client.get(register_address(city_session))
    client.head(register_address(city_session))
    client.options(register_address(city_session))
    assert [model.objects.count() for model in (Registration, Message, Need, ConsentText)] == before


def test_typed_text_is_not_stored_by_caches(client):
    city_session = make_open_session()
    assert client.get(register_address(city_session)).headers["Cache-Control"] == "private, no-cache"
    assert send(client, city_session, phone="1").headers["Cache-Control"] == "no-store"


def test_form_continues_in_the_other_language_with_what_was_typed(client):
    city_session = make_open_session()
    page = client.get(register_address(city_session)).content.decode()
    other = re.search(r'name="carry" value="language" formaction="(/ru/[^"]+)"', page)[1]
    carried = client.post(other, answers(city_session, organisation="Уюм", language="ky", carry="language"))
    assert (carried.status_code, summary(carried), 'value="Уюм"' in carried.content.decode()) == (200, [], True)
    assert carried.context["form"]["language"].value() == "ru"  # the messages too
    assert Registration.objects.count() == 0


def test_without_a_consent_text_people_register_all_the_same(client):
    city_session = make_open_session()
    ConsentText.objects.all().delete()
    given = {"mode": "hall", "language": "ky", "phone": "0555 123 456", "consent_text": "0"}
    send_raw = {"full_name": "Турдубеков Нурсултан", "form_token": token_of_age(10)} | given
    own_page = client.post(register_address(city_session), send_raw).url
    added = others("Асанова Айгүл") | given | {"form_token": token_of_age(10)}
    assert client.post(f"{own_page}group/add/", added).status_code == 303
    assert client.post(f"{own_page}replace/", {"full_name": "Башка Адам"} | given).status_code == 303
    assert list(Registration.objects.values_list("consent_text", "consented_at")) == [(None, None)] * 2
