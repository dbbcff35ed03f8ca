"""The telephone page: found by anything a caller says, and everything done by the actions of the pages."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from consultations import actions
from consultations.models import Message, Registration
from tests.answers import answers, make_open_session, others
from tests.factories import make_city_session, make_group, make_need, make_own_question, make_registration
from tests.staff import make_organiser, make_staff

pytestmark = pytest.mark.django_db

PAGE = reverse("telephone")


@pytest.fixture
def organiser(client):
    user = make_organiser()
    client.force_login(user)
    return user


def page_of(registration, name="telephone-person"):
    return reverse(name, args=[registration.pk])


def found(client, asked):
    page = client.get(PAGE, {"q": asked}).content.decode()
    return re.findall(r'<a href="/staff/telephone/\d+/"><strong>([^<]*)</strong>', page)


def do(client, registration, name):
    response = client.post(page_of(registration), {"do": name})
    assert (response.status_code, response.url) == (303, page_of(registration))
    registration.refresh_from_db()
    return registration


# Who calls


@pytest.mark.parametrize(
    "asked",
    [
        "омур",
        "ӨМҮР",
        "бек өмүр",
        "0555 12-34-56",
        "+996 555 123 456",
        "996555123456",
        "555123",
        "3456",
        "2741 0936",
        "27410936",
        "0936",
        "OMUR@example.org",
    ],
)
def test_caller_is_found_by_anything_they_say(client, organiser, asked):
    person = {"full_name": "Өмүров Бек", "phone": "+996555123456", "email": "omur@example.org"}
    make_registration(pass_number="27410936", **person)
    make_registration(full_name="Асанова Айгүл", phone="+996700999888", pass_number="11111112")
    assert found(client, asked) == ["Өмүров Бек"]


@pytest.mark.parametrize("asked", ["", "  ", "%", "_", "жок", "000000", "\u2028", "ө" * 500])
def test_nobody_is_found_by_nothing(client, organiser, asked):
    make_registration(full_name="Асанова Айгүл", phone="+996700999888", pass_number="11111112")
    assert found(client, asked) == []


def test_at_most_twenty_are_shown(client, organiser):
    for _ in range(21):
        make_registration(full_name="Асанова Айгүл")
    assert len(found(client, "асанова")) == 20


def test_erased_people_are_not_found(client, organiser):
    make_registration(full_name="", phone="", anonymised_at="2026-01-01T00:00Z")
    assert found(client, "555") == []


def queries(client, address, django_assert_num_queries):
    with django_assert_num_queries(99, exact=False) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_cost_the_same_however_many_there_are(client, organiser, django_assert_num_queries):
    consultation = make_open_session().consultation
    contact = make_group(make_open_session(consultation), size=2, email="a@example.org")[0]
    costs = []
    for size in [1, 4]:
        for number in range(size):
            make_city_session(consultation)
            make_registration(contact.city_session, full_name=f"Асанова {size}{number}", phone=contact.phone)
            member = {"group": contact, "phone": "", "source": "group"}
            make_registration(contact.city_session, **member)
        costs.append(
            [
                queries(client, address, django_assert_num_queries)
                for address in [f"{PAGE}?q=асанова", page_of(contact), page_of(contact, "telephone-change")]
            ]
        )
    assert costs[0] == costs[1]


# What they ask for


def test_buttons_do_what_the_pages_do(client, organiser):
    registration = make_registration(make_open_session(hall_capacity=5), email="a@example.org")
    assert do(client, registration, "online").mode == "online"
    assert do(client, registration, "hall").mode == "hall"
    cancelled = do(client, registration, "cancel")
    assert (cancelled.status, cancelled.cancelled_by) == ("cancelled", "participant")
    assert do(client, registration, "return").status == "confirmed"
    kinds = list(registration.messages.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["switched", "switched", "left", "confirmed"]
    assert do(client, registration, "nothing").status == "confirmed"


def test_only_what_can_be_done_is_offered(client, organiser):
    def offered(registration):
        return re.findall(r'name="do" value="([\w-]+)"', client.get(page_of(registration)).content.decode())

    city_session = make_open_session(hall_capacity=1)
    assert offered(make_registration(city_session)) == ["online", "cancel"]
    assert offered(make_registration(city_session, status="waiting")) == ["online", "online-meanwhile", "cancel"]
    assert offered(make_registration(city_session, mode="online")) == ["queue", "cancel"]
    assert offered(make_registration(city_session, status="cancelled")) == ["return"]


def test_refusal_is_said_on_the_page(client, organiser):
    registration = make_registration(make_open_session(online_capacity=0))
    response = client.post(page_of(registration), {"do": "online"}, follow=True)
    assert 'role="alert"' in response.content.decode()


def test_group_and_family_are_one_tap_away(client, organiser):
    contact, member = make_group(size=2)
    sister = make_registration(make_city_session(), phone=contact.phone)
    page = client.get(page_of(contact)).content.decode()
    assert re.findall(r'<a href="(/staff/telephone/\d+/)"><strong>', page) == [page_of(member), page_of(sister)]
    assert page_of(contact) in client.get(page_of(member)).content.decode()


@pytest.mark.parametrize(("language", "word"), [("ky", "билеттин номери"), ("ru", "номер билета")])
def test_ticket_goes_by_whatsapp_to_the_callers_number_in_their_language(client, organiser, language, word):
    contact, member = make_group(size=2, phone="+996555123456", language=language)
    page = client.get(page_of(member)).content.decode()
    one, everybody = [urlsplit(address.replace("&amp;", "&")) for address in re.findall(r'"(https://wa[^"]*)"', page)]
    assert {one.path, everybody.path} == {"/996555123456"}
    text = parse_qs(one.query)["text"][0]
    assert word in text
    assert (member.pass_number_spaced in text, member.code in text) == (True, False)
    assert contact.pass_number_spaced in parse_qs(everybody.query)["text"][0]


# Forms


def test_somebody_new_is_registered_by_telephone(client, organiser):
    city_session = make_open_session()
    question = make_own_question(city_session, is_required=True)
    address = reverse("telephone-register", args=[city_session.pk])
    begun = client.get(PAGE, {"q": "0555 123 456"}).content.decode()
    assert f'href="{address}?phone=0555+123+456"' in begun
    assert 'value="0555 123 456"' in client.get(address, {"phone": "0555 123 456"}).content.decode()
    own = {f"own_{question.pk}": "2", f"person-1-own_{question.pk}": "1"}
    response = client.post(address, answers(city_session, **others("Асанова Айгүл")) | own)
    contact, member = Registration.objects.order_by("pk")
    assert (response.status_code, response.url) == (303, page_of(contact))
    assert {(one.source, one.consent_channel) for one in (contact, member)} == {("telephone", "telephone")}
    assert [one.own_answers.get().choice for one in (contact, member)] == [2, 1]
    again = client.post(address, answers(city_session, **own))
    assert (again.status_code, Registration.objects.count()) == (422, 2)


@pytest.mark.parametrize("changed", [{"full_name": ""}, {"phone": "12"}, {"consent_text": ""}, {"mode": "radio"}])
def test_form_keeps_what_was_typed(client, organiser, changed):
    city_session = make_open_session()
    address = reverse("telephone-register", args=[city_session.pk])
    response = client.post(address, answers(city_session, organisation="Уюм") | changed)
    assert (response.status_code, 'value="Уюм"' in response.content.decode()) == (422, True)
    assert Registration.objects.count() == 0


def test_group_larger_than_the_hall_is_offered_the_ways(client, organiser):
    city_session = make_open_session(hall_capacity=1)
    address = reverse("telephone-register", args=[city_session.pk])
    response = client.post(address, answers(city_session, **others("Асанова Айгүл")))
    assert (response.status_code, 'name="placing"' in response.content.decode()) == (422, True)
    one_more = client.post(address, answers(city_session, add_person="1"))
    assert 'name="person-1-full_name"' in one_more.content.decode()


def test_details_and_needs_are_changed(client, organiser):
    registration = make_registration(make_open_session())
    details = {"full_name": "Асанова Айгүл", "phone": "0700 111 222", "language": "ru", "needs": ["step-free"]}
    assert client.post(page_of(registration, "telephone-change"), details).url == page_of(registration)
    registration.refresh_from_db()
    assert (registration.full_name, registration.needs.get().kind) == ("Асанова Айгүл", "step-free")
    assert client.post(page_of(registration, "telephone-change"), details | {"phone": "12"}).status_code == 422


def test_somebody_else_comes_instead_with_consent_by_telephone(client, organiser):
    registration = make_registration(make_open_session())
    make_need(registration)
    person = {"full_name": "Асанова Айгүл", "phone": "0700 111 222", "language": "ru"}
    address = page_of(registration, "telephone-replace")
    assert client.post(address, person).status_code == 422
    client.post(address, person | {"consent_text": str(registration.consent_text_id)})
    registration.refresh_from_db()
    assert (registration.full_name, registration.consent_channel) == ("Асанова Айгүл", "telephone")
    assert registration.needs.count() == 0


def test_another_city_and_one_more_person(client, organiser):
    registration = make_registration(make_open_session())
    there = make_open_session(registration.city_session.consultation)
    client.post(page_of(registration, "telephone-move"), {"city_session": str(there.pk)})
    registration.refresh_from_db()
    assert registration.city_session == there
    sent = answers(there, **others("Асанова Айгүл"))
    assert client.post(page_of(registration, "telephone-add"), sent).status_code == 303
    member = registration.members.get()
    assert (member.full_name, member.consent_channel) == ("Асанова Айгүл", "telephone")


def test_every_change_is_recorded_under_the_organisers_name(client, organiser):
    registration = make_registration(make_open_session())
    do(client, registration, "online")
    assert registration.changes.first().username == organiser.username


# Who may


def test_who_may_change_finds_and_changes_and_only_who_may_add_registers(client):
    city_session = make_open_session()
    registration = make_registration(city_session)
    pages = [PAGE, page_of(registration), page_of(registration, "telephone-change")]
    adding = [reverse("telephone-register", args=[city_session.pk]), page_of(registration, "telephone-add")]
    for permissions, seen, added in [
        (["view_registration"], 403, 403),
        (["change_registration"], 200, 403),
        (["change_registration", "add_registration"], 200, 200),
    ]:
        client.force_login(make_staff(*permissions))
        assert [client.get(address).status_code for address in pages + adding] == [seen] * 3 + [added] * 2


def test_front_page_and_the_sessions_page_lead_here(client, organiser):
    city_session = make_open_session()
    assert f'href="{PAGE}"' in client.get(reverse("admin:index")).content.decode()
    page = client.get(reverse("admin:consultations_citysession_change", args=[city_session.pk])).content.decode()
    assert reverse("telephone-register", args=[city_session.pk]) in page


def test_letter_is_sent_again(client, organiser):
    registration = make_registration(make_open_session(), email="a@example.org")
    do(client, registration, "tell-again")
    assert [message.kind for message in Message.objects.all()] == ["confirmed"]


def test_group_whose_contact_is_forgotten_leads_to_nobody(client):
    contact, *members = make_group(make_city_session(), size=3)
    actions.anonymise(registration=contact)
    client.force_login(make_organiser())
    page = client.get(reverse("telephone-person", args=[members[0].pk])).content.decode()
    assert reverse("telephone-person", args=[members[1].pk]) in page
    assert reverse("telephone-person", args=[contact.pk]) not in page
