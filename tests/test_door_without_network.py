"""What a phone carries and hands in: the list and its record, deliveries that repeat, refusals that say why."""

import datetime
import json

import pytest
import time_machine
from django.test import Client
from django.utils import formats, timezone
from django.utils.translation import override

from consultations import actions, door_list
from consultations.models import DoorEntry, DoorPass, ExportRecord, Registration
from consultations.views import carrying, desks
from tests.factories import (
    make_city_session,
    make_door_entry,
    make_group,
    make_message,
    make_need,
    make_registration,
)
from tests.staff import make_organiser
from tests.test_door import PERSON, agreed, in_kyrgyz, make_door, page_of, phone_at

pytestmark = pytest.mark.django_db

LATER = datetime.timedelta(minutes=1)


def post(phone, city_session, path, sent):
    return phone.post(page_of(city_session, path), json.dumps(sent), content_type="application/json")


def deliver(phone, city_session, *entries, **more):
    """The answers, and the whole of what came back."""
    found = post(phone, city_session, "deliver/", {"entries": list(entries)} | more)
    assert found.status_code == 200, found.content
    return found.json()["answers"], found.json()


def arrival(registration, **fields):
    return {"kind": "arrival", "nonce": f"nonce-of-{registration.pk}", "number": registration.pass_number} | fields


# The list


def test_list_holds_name_state_mark_and_four_digits_and_is_on_record():
    city_session = make_door(hall_capacity=120)
    contact, member = make_group(city_session, size=2, phone="+996555234567", email="a@example.org")
    make_need(member, text="Пандус")
    make_registration(city_session, status="waiting", full_name="Асанов Бакыт", checked_in_at=timezone.now())
    make_registration(city_session, status="cancelled")
    make_registration(city_session, mode="online")
    make_registration(city_session, anonymised_at=timezone.now())
    not_told = make_registration(city_session)
    make_message(not_told, kind="session-changed")
    make_registration(make_door())
    response = post(phone_at(city_session), city_session, "list/", {})
    found = response.json()
    rows = {row[1]: dict(zip(door_list.COLUMNS, row, strict=True)) for row in found["people"]}
    assert sorted(row["status"] for row in rows.values()) == sorted(
        ["welcome", "welcome", "queue", "cancelled", "online", "not-told"]
    )
    assert rows[member.full_name] == {
        "pass_number": member.pass_number,
        "full_name": member.full_name,
        "status": "welcome",
        "checked_in_at": "",
        "needs": 1,
        "last_digits": "4567",
    }
    came = timezone.localtime(Registration.objects.get(full_name="Асанов Бакыт").checked_in_at)
    assert rows["Асанов Бакыт"]["checked_in_at"] == f"{came:%H:%M}"
    assert (found["in_hall"], found["capacity"]) == (1, 120)
    assert found["expires_at"] == int(city_session.door_closes_at.timestamp() * 1000)
    hidden = ["234567", "a@example.org", "Пандус", contact.code, contact.join_code]
    assert [word for word in hidden if word in response.content.decode()] == []
    record = ExportRecord.objects.get()
    assert (record.made_by, record.city_sessions, record.rows) == (str(DoorPass.objects.get()), [city_session.pk], 6)
    assert (record.preset, record.format, record.columns) == ("door", "json", door_list.COLUMNS)


def test_list_leaves_only_while_the_door_is_open(client):
    city_session = make_door()
    client.force_login(make_organiser())
    for moment, status in [
        (city_session.door_opens_at - LATER, 403),
        (city_session.door_opens_at, 200),
        (city_session.door_closes_at - LATER, 200),
        (city_session.door_closes_at, 403),
    ]:
        with time_machine.travel(moment, tick=False):
            client.force_login(make_organiser())
            assert post(client, city_session, "list/", {}).status_code == status
    assert ExportRecord.objects.count() == 2


def reason(response):
    """Why the list was refused."""
    assert (response.status_code, response.json()["refused"]) == (403, "closed")
    return response.json()["message"]


def test_list_asked_for_too_early_says_from_when_it_can_be_loaded(client):
    city_session = make_city_session()
    client.force_login(make_organiser())
    said = reason(post(client, city_session, "list/", {}))
    with override("ky"):
        assert formats.date_format(city_session.date - datetime.timedelta(days=1)) in said
    assert "13:30" in said
    assert reason(post(phone_at(city_session), city_session, "list/", {})) == said


def test_list_asked_for_too_late_or_without_a_date_says_so(client):
    over = make_city_session(date=datetime.date(2025, 6, 9))
    undated = make_city_session(date=None, start_time=None, end_time=None)
    client.force_login(make_organiser())
    said = in_kyrgyz("The session is over: its list can no longer be loaded.")
    assert reason(post(client, over, "list/", {})) == said
    assert reason(post(client, undated, "list/", {})) == in_kyrgyz("The session has no date yet.")


def test_pass_of_another_day_gets_no_list():
    """The session has moved and its door is open: the pass stays what it was made for."""
    city_session = make_door()
    phone = phone_at(city_session)
    DoorPass.objects.update(day=city_session.date - datetime.timedelta(days=1))
    refusal = "The session is on another day now. Ask the organiser for a new pass."
    assert reason(post(phone, city_session, "list/", {})) == in_kyrgyz(refusal)
    assert ExportRecord.objects.count() == 0


@pytest.mark.parametrize("people", [1, 3])
def test_list_costs_the_same_whoever_is_on_it(people, django_assert_num_queries):
    city_session = make_door()
    for _ in range(people):
        make_need(make_group(city_session, size=2)[1])
    phone = phone_at(city_session)
    with django_assert_num_queries(6):
        post(phone, city_session, "list/", {})


def test_records_of_the_door_are_read_by_people_and_begin_no_form(client):
    city_session = make_door()
    organiser = make_organiser()
    client.force_login(organiser)
    post(client, city_session, "list/", {})
    page = client.get("/staff/exports/").content.decode()
    assert "телефондун акыркы төрт саны" in page
    form = client.get("/staff/lists/export/").content.decode()
    assert 'value="json"' not in form
    assert 'value="door"' not in form


# Handing in


def test_delivery_is_answered_nonce_by_nonce_and_repeats_itself():
    city_session, elsewhere = make_door(hall_capacity=120), make_door()
    here, waiting = make_registration(city_session), make_registration(city_session, status="waiting")
    foreign, cancelled = make_registration(elsewhere), make_registration(city_session, status="cancelled")
    make_need(here)
    phone = phone_at(city_session)
    entries = [arrival(one) for one in [here, waiting, foreign, cancelled]]
    entries += [{"kind": "arrival", "nonce": "of-nobody", "number": "00000000"}]
    answers, state = deliver(phone, city_session, *entries)
    assert [(one["nonce"], one["outcome"]) for one in answers] == [
        (f"nonce-of-{here.pk}", "welcome"),
        (f"nonce-of-{waiting.pk}", "queue"),
        (f"nonce-of-{foreign.pk}", "elsewhere"),
        (f"nonce-of-{cancelled.pk}", "cancelled"),
        ("of-nobody", "unknown"),
    ]
    assert (answers[0]["name"], answers[0]["needs"], answers[2]["city"]) == (here.full_name, True, elsewhere.city)
    assert (state["in_hall"], state["capacity"]) == (1, 120)
    again, _state = deliver(phone, city_session, *entries)
    assert again == answers
    assert DoorEntry.objects.count() == 5
    hidden = [here.phone.as_e164, here.code, foreign.phone.as_e164]
    assert [word for word in hidden if word in json.dumps(answers)] == []


def test_delivery_in_order_ends_with_what_was_done_last():
    city_session = make_door()
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    acts = [("arrival", "nonce-one"), ("taken-back", "nonce-two"), ("arrival", "nonce-three")]
    entries = [arrival(registration, kind=kind, nonce=nonce, was_offline=True, ago=60) for kind, nonce in acts]
    answers, _state = deliver(phone, city_session, *entries)
    assert [one["outcome"] for one in answers] == ["welcome", "taken-back", "welcome"]
    registration.refresh_from_db()
    assert timezone.now() - registration.checked_in_at >= datetime.timedelta(seconds=60)


def test_walk_in_is_delivered_and_one_that_cannot_be_read_says_why():
    city_session = make_door(hall_capacity=1)
    phone = phone_at(city_session)
    person = PERSON | agreed(city_session)
    walk_in = {"kind": "walk-in", "nonce": "walk-in-1", "person": person, "was_offline": True}
    faulty = {"kind": "walk-in", "nonce": "walk-in-2", "person": person | {"contact": "12"}}
    past = {"kind": "walk-in", "nonce": "walk-in-3", "person": person | {"full_name": "Асанов Бакыт"}}
    answers, _state = deliver(phone, city_session, walk_in, faulty, past, past | {"past_capacity": True})
    assert [(one["outcome"], one.get("code")) for one in answers] == [
        ("walk-in", None),
        ("refused", "form"),
        ("refused", "hall-reached"),
        ("walk-in", None),
    ]
    assert all(one["message"] for one in answers[1:3])
    assert Registration.objects.count() == 2


def test_other_door_hears_of_arrivals_and_of_what_was_taken_back():
    city_session = make_door()
    registration, other = make_registration(city_session), make_registration(city_session)
    make_door_entry(other, received_at=timezone.now() - datetime.timedelta(hours=1))
    phone = phone_at(city_session)
    stamp = deliver(phone, city_session)[1]["stamp"]
    deliver(phone_at(city_session), city_session, arrival(registration))
    came = timezone.localtime(Registration.objects.get(pk=registration.pk).checked_in_at)
    assert deliver(phone, city_session, since=stamp)[1]["arrived"] == {registration.pass_number: f"{came:%H:%M}"}
    deliver(phone_at(city_session), city_session, arrival(registration, kind="taken-back", nonce="taken-back"))
    state = phone.get(page_of(city_session, f"state/?since={stamp}")).json()
    assert (state["arrived"], state["in_hall"]) == ({registration.pass_number: ""}, 0)


TOO_MANY = json.dumps({"entries": [{}] * 201})
NESTED = '{"entries":' + "[" * 100_000


@pytest.mark.parametrize("sent", ["", "x", "[]", "{}", '{"entries": 1}', TOO_MANY, NESTED, "\x00", '"\\ud800"'])
def test_what_is_no_delivery_is_refused(sent):
    city_session = make_door()
    phone = phone_at(city_session)
    response = phone.post(page_of(city_session, "deliver/"), sent, content_type="application/json")
    assert (response.status_code, response.json()) == (400, {"refused": "malformed"})


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"nonce": 1},
        {"nonce": "../"},
        {"nonce": "good-nonce", "kind": "?", "number": None},
        {"nonce": "good-nonce", "kind": "arrival", "number": ["x"], "ago": "x", "how": {}},
        {"nonce": "good-nonce", "kind": "arrival", "number": "00000000", "ago": -1},
        {"nonce": "good-nonce", "kind": "arrival", "number": "00000000", "ago": 1e300},
        {"nonce": "good-nonce", "kind": "arrival", "number": "00000000", "ago": float("nan")},
        {"nonce": "good-nonce", "kind": "walk-in"},
        {"nonce": "good-nonce", "kind": "walk-in", "person": "x"},
        {"nonce": "good-nonce", "kind": "walk-in", "person": {"full_name": "\x00", "contact": [], "x": {}}},
        {"nonce": "good-nonce", "kind": "taken-back", "number": "\x00"},
    ],
)
def test_odd_act_is_answered_and_records_nobody(entry):
    city_session = make_door()
    answers, _state = deliver(phone_at(city_session), city_session, entry, since="x")
    assert answers[0]["outcome"] in {"refused", "unknown"}
    assert Registration.objects.count() == 0


def test_delivery_names_nobody_of_other_sessions_to_whoever_guesses(monkeypatch):
    monkeypatch.setattr(desks, "MOST_MISSES", 1)
    city_session, foreign = make_door(), make_registration(make_door())
    phone = phone_at(city_session)
    missed = {"kind": "arrival", "nonce": "of-nobody", "number": "00000000"}
    answers, _state = deliver(phone, city_session, arrival(foreign), missed, arrival(foreign, nonce="once-more"))
    assert [one["outcome"] for one in answers] == ["elsewhere", "unknown", "unknown"]
    assert answers[2]["name"] == ""


# Who may hand in


def test_late_delivery_is_taken_from_a_pass_whose_door_has_closed():
    """A phone that was off for a day: its pass opens nothing more, and what it recorded still counts."""
    city_session = make_door()
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    with time_machine.travel(city_session.door_closes_at + datetime.timedelta(days=1), tick=False):
        assert phone.get(page_of(city_session)).status_code == 403
        answers, _state = deliver(phone, city_session, arrival(registration, was_offline=True, ago=36 * 3600))
        assert answers[0]["outcome"] == "welcome"
        said = in_kyrgyz("The session of this pass is over.")
        assert reason(post(phone, city_session, "list/", {})) == said
    registration.refresh_from_db()
    assert registration.checked_in_at < city_session.door_closes_at
    with time_machine.travel(city_session.door_closes_at + desks.LATE_DELIVERY, tick=False):
        assert post(phone, city_session, "deliver/", {"entries": []}).json() == {"refused": "over", "message": said}


def test_revoked_pass_hands_in_nothing():
    city_session = make_door()
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    actions.revoke_door_pass(door_pass=DoorPass.objects.get(), by="organiser")
    response = post(phone, city_session, "deliver/", {"entries": [arrival(registration)]})
    refusal = {"refused": "revoked", "message": in_kyrgyz("This pass was revoked.")}
    assert (response.status_code, response.json()) == (403, refusal)
    assert post(phone, city_session, "list/", {}).json() == refusal
    assert DoorEntry.objects.count() == 0


def test_strangers_and_passes_of_other_doors_are_refused_in_json():
    city_session = make_door()
    for phone in [Client(), phone_at(make_door())]:
        for path in ["deliver/", "list/"]:
            assert post(phone, city_session, path, {"entries": []}).status_code == 403
        assert phone.get(page_of(city_session, "state/")).status_code == 403
    login = {"refused": "login", "message": in_kyrgyz("This phone is not logged in. Log in and try again.")}
    assert post(Client(), city_session, "list/", {}).json() == login
    other = post(phone_at(make_door()), city_session, "list/", {}).json()
    assert other["message"] == in_kyrgyz("The pass on this phone is for another session.")
    assert Client().get("/door/999999/state/").status_code == 403


def test_delivery_needs_a_token_and_the_state_gives_one():
    city_session = make_door()
    phone = Client(enforce_csrf_checks=True)
    phone.cookies = phone_at(city_session).cookies
    assert post(phone, city_session, "deliver/", {"entries": []}).status_code == 403
    token = phone.get(page_of(city_session, "state/")).json()["token"]
    sent = phone.post(
        page_of(city_session, "deliver/"),
        json.dumps({"entries": []}),
        content_type="application/json",
        headers={"X-CSRFToken": token},
    )
    assert sent.status_code == 200


# The page that is kept


def test_kept_page_names_nobody():
    city_session = make_door()
    registration = make_registration(city_session, checked_in_at=timezone.now())
    phone = phone_at(city_session)
    assert registration.full_name in phone.get(page_of(city_session)).content.decode()
    shell = phone.get(page_of(city_session, "shell/")).content.decode()
    assert registration.full_name not in shell
    assert 'data-kept="shell"' in shell


def test_worker_may_stand_above_its_own_folder(client):
    response = client.get("/door/worker.js")
    assert response.headers["Service-Worker-Allowed"] == "/"
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert (carrying.settings.BASE_DIR / "static/door/worker.js").read_text() == response.content.decode()


def test_form_in_place_of_a_delivery_is_refused():
    city_session = make_door()
    phone = Client(enforce_csrf_checks=True)
    phone.cookies = phone_at(city_session).cookies
    token = phone.get(page_of(city_session, "state/")).json()["token"]
    assert phone.post(page_of(city_session, "deliver/"), {"csrfmiddlewaretoken": token}).status_code == 400


@pytest.mark.parametrize("ago", [10**400, -(10**400), float("nan"), float("inf"), "1", None, True])
def test_time_that_no_clock_shows_records_the_arrival_all_the_same(ago):
    city_session = make_door()
    registration = make_registration(city_session)
    answers, _rest = deliver(phone_at(city_session), city_session, arrival(registration, ago=ago))
    assert answers[0]["outcome"] == "welcome"


def test_what_finds_the_server_busy_waits_and_all_that_came_after_it(monkeypatch):
    city_session = make_door()
    people = [make_registration(city_session) for _ in range(3)]
    arrive = actions.arrive

    def busy_for_the_second(**details):
        if details["number"] == people[1].pass_number:
            raise actions.RegistrationRefused("busy")
        return arrive(**details)

    phone = phone_at(city_session)
    with monkeypatch.context() as patched:
        patched.setattr(actions, "arrive", busy_for_the_second)
        answers, _rest = deliver(phone, city_session, *map(arrival, people))
        assert [answer["number"] for answer in answers] == [people[0].pass_number]
    answers, _rest = deliver(phone, city_session, *map(arrival, people[1:]))
    assert [answer["outcome"] for answer in answers] == ["welcome", "welcome"]
