"""One's own page: every state of it, and every change of mind."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from consultations.models import Message, Registration
from tests.answers import make_open_session, others, register_address, token_of_age
from tests.factories import in_days, make_city_session, make_group, make_need, make_registration
from tests.markup import parse

pytestmark = pytest.mark.django_db

STATES = {
    "confirmed in the hall": {},
    "waiting": {"status": "waiting"},
    "online": {"mode": "online"},
    "online and queued": {"mode": "online", "hall_wanted_at": timezone.now()},
    "waiting for an online place": {"mode": "online", "status": "waiting"},
    "cancelled": {"status": "cancelled"},
}
SESSIONS = {
    "planned": {},
    "undated": {"date": None, "start_time": None, "end_time": None},
    "without a time": {"start_time": None, "end_time": None},
    "cancelled": {"state": "cancelled"},
    "postponed": {"state": "postponed"},
    "held": {"date": in_days(-1)},
    "with Zoom's form": {"zoom_register_url": "https://zoom.us/meeting/register/abc"},
}


def own(registration, part=""):
    return registration.get_absolute_url() + part


def buttons(response):
    """What the page lets one do: values of the switch, and the links and forms of the own page."""
    page = response.content.decode().partition("<main")[2]
    links = re.findall(r'(?:href|action)="/ky/r/[\w-]{22}/([a-z/-]+)/"', page)
    always = {"switch", "data", "delete", "new-link"}
    return sorted({*re.findall(r'name="to" value="([\w-]+)"', page), *links} - always)


@pytest.mark.parametrize("session", SESSIONS)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_own_page_opens_in_every_state(client, state, session, language):
    city_session = make_open_session(**SESSIONS[session])
    make_open_session(city_session.consultation)
    registration = make_registration(city_session, **STATES[state])
    response = client.get(own(registration).replace("/ky/", f"/{language}/", 1))
    assert response.status_code == 200
    assert re.search(r'<html lang="(\w+)"', response.content.decode())[1] == language


@pytest.mark.parametrize(
    ("state", "session", "offered"),
    [
        ({}, {}, ["cancel", "change", "group/add", "online", "replace"]),
        ({"mode": "online"}, {}, ["cancel", "change", "group/add", "hall", "replace"]),
        ({"mode": "online"}, {"hall_capacity": 0}, ["cancel", "change", "group/add", "queue", "replace"]),
        (
            {"status": "waiting"},
            {"hall_capacity": 0},
            ["cancel", "change", "group/add", "online", "online-meanwhile", "replace"],
        ),
        (
            {"mode": "online", "hall_wanted_at": timezone.now()},
            {"hall_capacity": 0},
            ["cancel", "change", "group/add", "leave-queue", "replace"],
        ),
        ({}, {"online_capacity": 0}, ["cancel", "change", "group/add", "replace"]),
        ({}, {"registration_closes_at": timezone.now()}, ["cancel", "change", "group/add", "online", "replace"]),
        ({}, {"state": "cancelled"}, ["cancel", "change", "replace"]),
        ({"status": "cancelled"}, {}, ["return"]),
        ({"status": "cancelled"}, {"state": "cancelled"}, []),
        ({}, {"date": in_days(-1)}, []),
    ],
)
def test_own_page_offers_what_can_be_done_now(client, state, session, offered):
    registration = make_registration(make_open_session(**session), **state)
    got = [name for name in buttons(client.get(own(registration))) if name not in {"calendar.ics", "pass.png"}]
    assert got == offered


def test_own_page_shows_number_code_and_place_in_the_queue(client):
    city_session = make_open_session(hall_capacity=0)
    make_registration(city_session, status="waiting")
    registration = make_registration(city_session, status="waiting")
    page = client.get(own(registration)).content.decode()
    assert registration.pass_number_spaced in page
    assert "ордуңуз: 2" in page
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 37') <= 1


def test_own_page_is_private(client):
    registration = make_registration(make_open_session())
    response = client.get(own(registration))
    assert {name: response.headers[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")} == {
        "Cache-Control": "no-store",
        "X-Robots-Tag": "noindex",
        "Referrer-Policy": "same-origin",
    }
    head = response.content.decode().partition("</head>")[0]
    assert registration.code not in head


def test_words_for_whatsapp_hold_no_secret(client):
    registration = make_registration(make_open_session())
    link = re.search(r'href="(https://wa\.me/[^"]+)"', client.get(own(registration)).content.decode())[1]
    assert [secret for secret in (registration.code, registration.join_code) if secret in link] == []
    assert registration.pass_number[:4] in link


def test_private_zoom_link_stays_behind_the_join_page(client):
    registration = make_registration(make_open_session(zoom_join_url="https://zoom.us/j/1?pwd=secret"), mode="online")
    page = client.get(own(registration)).content.decode()
    assert "pwd=secret" not in page
    assert f"/j/{registration.join_code}" in page


@pytest.mark.parametrize("code", ["a", "a" * 22, "a" * 500, "ө" * 22, "..", "-" * 22])
def test_codes_that_open_nothing_get_one_same_answer(client, code):
    erased = make_registration(make_open_session(), full_name="", phone="", anonymised_at=timezone.now())
    bodies = {
        re.sub(r"/(ky|ru)/r/[^\"<]*", "", client.get(f"/ky/r/{one}/").content.decode())
        for one in (code, erased.code, "A" * 22)
    }
    assert len(bodies) == 1
    assert client.get(f"/ky/r/{code}/").status_code == 404


@pytest.mark.parametrize(
    "part", ["", "change/", "switch/", "city/", "replace/", "cancel/", "new-link/", "return/", "zoom-form/"]
)
def test_looking_changes_nothing(client, part):
    registration = make_registration(make_open_session(), status="cancelled" if part == "return/" else "confirmed")
    before = Registration.objects.values().get()
    for method in (client.get, client.head, client.options):
        assert method(own(registration, part)).status_code in {200, 302, 405}
    assert Registration.objects.values().get() == before


@pytest.mark.parametrize(
    "part", ["change/", "city/", "replace/", "cancel/", "new-link/", "group/add/", "switch/", "return/"]
)
def test_expired_token_asks_again_and_changes_nothing(part):
    client = Client(enforce_csrf_checks=True)
    registration = make_registration(make_open_session())
    before = Registration.objects.values().get()
    response = client.post(own(registration, part), {"full_name": "Башка Адам", "to": "online"})
    assert response.status_code in {302, 403}
    assert Registration.objects.values().get() == before
    shown = response if response.status_code == 403 else client.get(response.url)
    assert 'role="alert"' in shown.content.decode()


def test_details_come_filled_in_and_are_saved(client):
    registration = make_registration(make_open_session(), organisation="Уюм", email="a@example.org")
    make_need(registration, kind="other", text="Жетелөөчү")
    page = client.get(own(registration, "change/")).content.decode()
    for value in [registration.full_name, registration.phone.as_international, "Уюм", "a@example.org", "Жетелөөчү"]:
        assert f'value="{value}"' in page
    response = client.post(
        own(registration, "change/"),
        {"full_name": "Жаңы Ат", "phone": "0700 111 222", "language": "ru", "needs": ["step-free"]},
    )
    assert (response.status_code, response.url) == (303, own(registration))
    registration.refresh_from_db()
    assert (registration.full_name, registration.phone.as_e164, registration.email, registration.language) == (
        "Жаңы Ат",
        "+996700111222",
        "",
        "ru",
    )
    assert list(registration.needs.values_list("kind", "text")) == [("step-free", "")]


def test_wrong_details_are_not_saved_and_stay_on_the_page(client):
    registration = make_registration(make_open_session())
    response = client.post(own(registration, "change/"), {"full_name": "Жаңы Ат", "phone": "1", "language": "ky"})
    assert (response.status_code, 'value="1"' in response.content.decode()) == (422, True)
    assert Registration.objects.get().full_name == registration.full_name


def test_nobody_becomes_unreachable_but_a_member_of_a_group(client):
    contact, member = make_group(make_open_session(), size=2)
    for registration, status in [(contact, 422), (member, 303)]:
        given = {"full_name": "Жаңы Ат", "phone": "", "email": "", "language": "ky"}
        assert client.post(own(registration, "change/"), given).status_code == status


@pytest.mark.parametrize(
    ("state", "capacity", "to", "outcome"),
    [
        ({}, 5, "online", ("online", "confirmed", False)),
        ({"mode": "online"}, 5, "hall", ("hall", "confirmed", False)),
        ({"mode": "online"}, 0, "queue", ("online", "confirmed", True)),
        ({"status": "waiting"}, 0, "online-meanwhile", ("online", "confirmed", True)),
        ({"mode": "online", "hall_wanted_at": timezone.now()}, 0, "leave-queue", ("online", "confirmed", False)),
        ({}, 5, "nonsense", ("hall", "confirmed", False)),
    ],
)
def test_hall_and_online_are_switched(client, state, capacity, to, outcome):
    registration = make_registration(make_open_session(hall_capacity=capacity), **state)
    client.post(own(registration, "switch/"), {"to": to})
    changed = Registration.objects.get()
    assert (changed.mode, changed.status, changed.wants_the_hall) == outcome


def test_refused_switch_says_why(client):
    registration = make_registration(make_open_session(online_capacity=0))
    response = client.post(own(registration, "switch/"), {"to": "online"})
    assert 'role="alert"' in client.get(response.url).content.decode()


def test_another_city_keeps_the_page(client):
    here = make_open_session()
    there = make_open_session(here.consultation)
    registration = make_registration(here)
    response = client.post(own(registration, "city/"), {"city_session": there.pk})
    assert response.url == own(registration)
    assert Registration.objects.get().city_session == there


def test_full_city_is_chosen_knowing_of_its_queue(client):
    here = make_open_session()
    there = make_open_session(here.consultation, hall_capacity=0)
    registration = make_registration(here)
    page = client.get(own(registration, "city/")).content.decode()
    assert re.findall(r'name="city_session" value="(.*?)"', page) == [f"{there.pk}-queue"]
    assert client.post(own(registration, "city/"), {"city_session": there.pk}).status_code == 422
    client.post(own(registration, "city/"), {"city_session": f"{there.pk}-queue"})
    moved = Registration.objects.get()
    assert (moved.city_session, moved.status) == (there, "waiting")


@pytest.mark.parametrize("choice", ["", "0", "x", "\x00", "99999999999999999999"])
def test_no_such_city_is_asked_again(client, choice):
    registration = make_registration(make_open_session())
    assert client.post(own(registration, "city/"), {"city_session": choice}).status_code == 422


def test_someone_else_comes_instead_on_a_new_ticket(client):
    registration = make_registration(make_open_session(), organisation="Уюм")
    consent_text = registration.city_session.consultation.current_consent
    given = {"full_name": "Башка Адам", "phone": "0700 111 222", "language": "ru", "consent_text": consent_text.pk}
    response = client.post(own(registration, "replace/"), given)
    replaced = Registration.objects.get()
    assert (response.status_code, response.url) == (303, replaced.get_absolute_url())
    assert (replaced.full_name, replaced.phone.as_e164, replaced.organisation) == ("Башка Адам", "+996700111222", "")
    assert client.get(own(registration)).status_code == 404


def test_someone_else_needs_their_own_consent(client):
    registration = make_registration(make_open_session())
    given = {"full_name": "Башка Адам", "phone": "0700 111 222", "language": "ru"}
    assert client.post(own(registration, "replace/"), given).status_code == 422


def test_cancelling_is_asked_then_done_then_undone(client):
    registration = make_registration(make_open_session())
    asked = client.get(own(registration, "cancel/")).content.decode()
    assert registration.city_session.city in asked
    client.post(own(registration, "cancel/"))
    assert Registration.objects.get().status == "cancelled"
    client.post(own(registration, "return/"))
    assert Registration.objects.get().status == "confirmed"


def test_cancelling_needs_a_token():
    registration = make_registration(make_open_session())
    response = Client(enforce_csrf_checks=True).post(own(registration, "cancel/"))
    assert (response.status_code, Registration.objects.get().status) == (403, "confirmed")
    assert 'name="csrfmiddlewaretoken"' in response.content.decode()


def test_zooms_form_is_a_step_to_tick(client):
    city_session = make_open_session(zoom_register_url="https://zoom.us/meeting/register/abc")
    registration = make_registration(city_session, mode="online")
    for done in ["1", "0"]:
        client.post(own(registration, "zoom-form/"), {"done": done})
        assert bool(Registration.objects.get().zoom_form_done_at) == (done == "1")


@pytest.mark.parametrize(("status", "words"), [("queued", "жөнөтүл"), ("sent", "жөнөтүл"), ("failed", "жетки")])
def test_own_page_says_what_became_of_the_letter(client, status, words):
    registration = make_registration(make_open_session(), email="a@example.org")
    done_at = None if status == "queued" else timezone.now()
    Message.objects.create(
        registration=registration,
        kind="confirmed",
        channel="email",
        language="ky",
        dedupe_key="key",
        status=status,
        done_at=done_at,
    )
    page = client.get(own(registration)).content.decode()
    sentence = re.search(r"<p>[^<]*(?:<strong>)?[^<]*a@example\.org[^<]*", page)[0]
    assert words in sentence


def test_group_is_one_list_for_its_contact_alone(client):
    contact, *members = make_group(make_open_session(), size=3)
    page = client.get(own(contact, "group/")).content.decode()
    assert [one.full_name in page and own(one) in page for one in (contact, *members)] == [True, True, True]
    for part in ("group/", "group/add/"):
        assert client.get(own(members[0], part)).status_code == 404
    own_page = client.get(own(members[0])).content.decode()
    assert (contact.full_name in own_page, contact.code in own_page) == (True, False)


def test_those_of_a_group_who_went_to_another_city_have_tickets_of_that_city(client):
    """On the page, on paper and in the words for WhatsApp; and who waits is said to wait."""
    here = make_open_session(city_ky="Нарын", date=in_days(20))
    there = make_city_session(here.consultation, city_ky="Ош", date=in_days(30))
    contact, stays, waits = make_group(here, size=3)
    Registration.objects.filter(pk=contact.pk).update(city_session=there)
    Registration.objects.filter(pk=waits.pk).update(status="waiting", hall_wanted_at=timezone.now())
    page = parse(client.get(own(contact, "group/")))
    tickets = {one.one("h2").text: one.text for one in page.all("article")}
    assert {name: ("Ош" in text, "Нарын" in text) for name, text in tickets.items()} == {
        contact.full_name: (True, False),
        stays.full_name: (False, True),
        waits.full_name: (False, True),
    }
    [shared] = [link["href"] for link in page.all("a") if link["href"].startswith("https://wa.me/")]
    osh, its, naryn, theirs, waiting = [
        line for line in parse_qs(urlsplit(shared).query)["text"][0].splitlines()[1:-1] if "такталууда" not in line
    ]
    assert (osh[:2], naryn[:5]) == ("Ош", "Нарын")
    assert (contact.full_name in its, stays.full_name in theirs) == (True, True)
    assert waiting.startswith(f"{waits.full_name}, күтүү тизмесинде, ")
    assert "Нарын" in client.get(own(contact)).content.decode()


def test_one_more_person_is_added_to_the_group(client):
    contact = make_registration(make_open_session())
    consent_text = contact.city_session.consultation.current_consent
    page = client.get(own(contact, "group/add/")).content.decode()
    assert 'name="person-1-full_name"' in page
    given = others("Асанова Айгүл") | {"mode": "hall", "consent_text": consent_text.pk, "form_token": token_of_age(10)}
    response = client.post(own(contact, "group/add/"), given)
    assert (response.status_code, response.url) == (303, own(contact, "group/"))
    assert list(contact.members.values_list("full_name", flat=True)) == ["Асанова Айгүл"]
    assert client.post(own(contact, "group/add/"), given).status_code == 303
    assert contact.members.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_has_cancelled_is_told_why_nobody_can_be_added(client, method):
    contact = make_registration(make_open_session(), status="cancelled", language="ru")
    address = own(contact, "group/add/").replace("/ky/", "/ru/")
    response = getattr(client, method)(address, follow=True)
    assert "Ваша регистрация отменена. Сначала зарегистрируйтесь снова" in response.content.decode()
    assert not contact.members.exists()


def test_too_large_an_addition_is_asked_how_to_divide(client):
    contact = make_registration(make_open_session(hall_capacity=2))
    consent_text = contact.city_session.consultation.current_consent
    given = others("Асанова Айгүл", "Бакиров Бакыт") | {
        "mode": "hall",
        "consent_text": consent_text.pk,
        "form_token": token_of_age(10),
    }
    asked = client.post(own(contact, "group/add/"), given)
    assert re.findall(r'name="placing" value="(\w+)"', asked.content.decode()) == ["queue", "online"]
    client.post(own(contact, "group/add/"), given | {"placing": "queue"})
    assert list(contact.members.order_by("submission_index").values_list("status", flat=True)) == [
        "confirmed",
        "waiting",
    ]


def test_other_cities_come_filled_in_without_the_secret(client):
    registration = make_registration(make_open_session())
    other = make_open_session(registration.city_session.consultation)
    page = client.get(own(registration)).content.decode()
    form = re.search(rf'action="{register_address(other)}">(.*?)</form>', page, re.DOTALL)[1]
    assert registration.code not in form
    prefill = re.search(r'name="again" value="(.*?)"', form)[1]
    filled = client.post(register_address(other), {"again": prefill}).content.decode()
    assert f'value="{registration.full_name}"' in filled
