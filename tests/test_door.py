"""The door's pages, without a script: passes, one tap, walk-ins, and what is never shown there (P 13, 66, 73)."""

import datetime
import re

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override

from consultations import actions
from consultations.models import ChangeRecord, DoorEntry, DoorPass, RateCount, Registration
from consultations.models.credentials import new_pass_number
from consultations.templatetags.content import with_weekday
from consultations.views import desks
from tests.factories import (
    in_days,
    make_city_session,
    make_consent_text,
    make_door_pass,
    make_need,
    make_registration,
    make_session_now,
)
from tests.staff import make_organiser

pytestmark = pytest.mark.django_db


def make_door(**fields):
    """A session under way, which people can be registered for."""
    city_session = make_session_now(**fields)
    make_consent_text(city_session.consultation)
    return city_session


def phone_at(city_session):
    """A volunteer's phone that holds a pass."""
    phone = Client()
    assert phone.post(f"/door/pass/{make_door_pass(city_session).secret}").status_code == 303
    return phone


def desk(client, *permissions):
    user = User.objects.create_user("desk")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions or ["check_in"]))
    client.force_login(user)
    return client


def page_of(city_session, path=""):
    return f"/door/{city_session.pk}/{path}"


def text(response):
    return response.content.decode()


def in_kyrgyz(words):
    with override("ky"):
        return gettext(words)


def answer(response):
    """The kind of answer that a page shows, and its first words."""
    found = re.search(r'class="answer answer-([\w-]+)".*?<h2>(.*?)</h2>', text(response), re.DOTALL)
    return (found[1], re.sub(r"<.*?>", "", found[2])) if found else None


def taps(phone, city_session, registration, **fields):
    sent = {"number": registration.pass_number, "nonce": "nonce-one"} | fields
    return phone.post(page_of(city_session, "arrival/"), sent, follow=True)


# Passes


def test_pass_asks_first_and_opens_on_the_phone_that_says_yes():
    city_session = make_door()
    made = make_door_pass(city_session)
    phone, other = Client(), Client()
    assert phone.get(f"/door/pass/{made.secret}").status_code == 200
    assert DoorPass.objects.get().device == ""
    response = phone.post(f"/door/pass/{made.secret}")
    assert (response.status_code, response.url) == (303, page_of(city_session))
    assert phone.get(page_of(city_session)).status_code == 200
    assert phone.get("/door/").url == page_of(city_session)
    for refused in [other.get(f"/door/pass/{made.secret}"), other.post(f"/door/pass/{made.secret}")]:
        assert refused.status_code == 403
        assert "башка телефондо" in text(refused)
    assert other.get(page_of(city_session)).url.startswith("/admin/login/")


def test_pass_scanned_again_by_its_phone_leads_to_the_door():
    city_session = make_door()
    made = make_door_pass(city_session)
    phone = Client()
    phone.post(f"/door/pass/{made.secret}")
    assert phone.get(f"/door/pass/{made.secret}").url == page_of(city_session)


def test_pass_opens_its_own_door_and_nothing_else():
    phone = phone_at(make_door())
    elsewhere = make_door()
    for path in [page_of(elsewhere), page_of(elsewhere, "walk-in/"), "/admin/", "/staff/lists/", "/staff/calls/"]:
        assert phone.get(path).url.startswith("/admin/login/"), path
    registration = make_registration(elsewhere)
    assert phone.post(page_of(elsewhere, "arrival/"), {"number": registration.pass_number}).status_code == 302
    assert Registration.objects.get().checked_in_at is None


def test_pass_that_is_revoked_is_out_with_the_next_request():
    city_session = make_door()
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    actions.revoke_door_pass(door_pass=DoorPass.objects.get(), by="organiser")
    response = phone.get(page_of(city_session))
    assert (response.status_code, answer(response)) == (403, ("cancelled", "Бул уруксат жокко чыгарылды."))
    assert taps(phone, city_session, registration).status_code == 403
    assert registration.full_name not in text(phone.get(f"/p/{registration.pass_number}"))
    assert Registration.objects.get().checked_in_at is None


def test_pass_shows_no_name_before_the_door_opens_and_none_after_it_closes():
    city_session = make_city_session()
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    for moment, may_practise in [
        (city_session.door_opens_at - datetime.timedelta(minutes=1), True),
        (city_session.door_closes_at, False),
    ]:
        with time_machine.travel(moment, tick=False):
            assert phone.get(page_of(city_session)).status_code == 403
            assert registration.full_name not in text(phone.get(f"/p/{registration.pass_number}"))
            assert (phone.get(page_of(city_session, "practise/")).status_code == 200) is may_practise
    with time_machine.travel(city_session.door_opens_at, tick=False):
        assert phone.get(page_of(city_session)).status_code == 200


def test_pass_ends_when_the_session_moves_to_another_day():
    city_session = make_door()
    phone = phone_at(city_session)
    city_session.date += datetime.timedelta(days=1)
    city_session.save()
    assert phone.get(page_of(city_session)).status_code == 403


@pytest.mark.parametrize("forged", ["1.x", "1.", "", "nonsense", "x.y"])
def test_forged_cookie_is_no_pass(forged):
    city_session = make_door()
    phone_at(city_session)
    phone = Client()
    phone.cookies[desks.COOKIE] = forged
    assert phone.get(page_of(city_session)).url.startswith("/admin/login/")


def test_pass_is_given_back():
    city_session = make_door()
    phone = phone_at(city_session)
    assert phone.post("/door/leave/").status_code == 303
    assert DoorPass.objects.get().state == "revoked"
    assert phone.get(page_of(city_session)).url.startswith("/admin/login/")


def test_account_stays_at_the_door_with_a_pass_that_no_idle_limit_ends(client):
    """The end of the account does."""
    city_session = make_door()
    desk(client)
    cookie = client.post(page_of(city_session, "this-phone/")).cookies[desks.COOKIE].value
    made = DoorPass.objects.get()
    assert (made.user.get_username(), made.state, made.signature) == ("desk", "opened", "desk")
    phone = Client()
    phone.cookies[desks.COOKIE] = cookie
    assert phone.get(page_of(city_session)).status_code == 200
    User.objects.update(is_active=False)
    assert phone.get(page_of(city_session)).url.startswith("/admin/login/")


def test_organiser_makes_and_revokes_passes(client):
    city_session = make_door()
    client.force_login(make_organiser(first_name="Айгүл"))
    page = f"/admin/consultations/citysession/{city_session.pk}/door/"
    assert client.post(page, {"make": "1", "label": ""}).status_code == 422
    assert client.post(page, {"make": "1", "label": "Айгүл, сол эшик"}).status_code == 302
    made = DoorPass.objects.get()
    assert (made.label, made.created_by, made.city_session) == ("Айгүл, сол эшик", made.created_by, city_session)
    assert "<svg" in text(client.get(page))
    phone = Client()
    phone.post(f"/door/pass/{made.secret}")
    opened = text(client.get(page))
    assert made.secret not in opened
    assert "door-code" not in opened
    client.post(page, {"revoke": made.pk})
    assert phone.get(page_of(city_session)).status_code == 403


def test_passes_of_a_session_without_a_day_are_refused_with_a_word(client):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    client.force_login(make_organiser(first_name="Айгүл"))
    response = client.post(f"/admin/consultations/citysession/{city_session.pk}/door/", {"make": "1", "label": "А"})
    assert (response.status_code, DoorPass.objects.count()) == (422, 0)


# Finding and one tap


def test_one_tap_records_and_a_reload_shows_the_same():
    city_session = make_door(hall_capacity=120)
    registration = make_registration(city_session)
    phone = phone_at(city_session)
    response = taps(phone, city_session, registration)
    assert answer(response) == ("welcome", "Кош келиңиз")
    assert "1 / 120" in text(response)
    assert answer(taps(phone, city_session, registration))[0] == "welcome", "the same tap, sent twice"
    address = response.redirect_chain[0][0]
    assert answer(phone.get(address)) == ("welcome", "Кош келиңиз")
    again = taps(phone, city_session, registration, nonce="nonce-two")
    came = timezone.localtime(Registration.objects.get().checked_in_at)
    assert answer(again) == ("already", f"Мурда белгиленген: {came:%H:%M}")
    undone = taps(phone, city_session, registration, nonce="nonce-three", undo="1")
    assert answer(undone)[0] == "taken-back"
    assert Registration.objects.get().checked_in_at is None


def test_arrival_says_who_recorded_it():
    city_session = make_door()
    registration = make_registration(city_session)
    taps(phone_at(city_session), city_session, registration)
    assert Registration.objects.get().checked_in_by == str(DoorPass.objects.get())
    change = ChangeRecord.objects.get(registration=registration)
    assert (change.actor, change.username) == ("staff", str(DoorPass.objects.get()))


@pytest.mark.parametrize("asked", ["{number}", "№ {spaced}", "Өмүр", "омуралиева умут", "4567"])
def test_person_is_found_by_number_name_or_last_digits(asked):
    city_session = make_door()
    registration = make_registration(city_session, full_name="Өмүралиева Үмүт", phone="+996555234567")
    make_registration(city_session, full_name="Асанов Бакыт", phone="+996555234568")
    asked = asked.format(number=registration.pass_number, spaced=registration.pass_number_spaced)
    page = text(phone_at(city_session).post(page_of(city_session), {"asked": asked}))
    assert ("Өмүралиева Үмүт" in page, "Асанов Бакыт" in page) == (True, False)


def test_member_of_a_group_is_found_by_the_contacts_digits():
    city_session = make_door()
    contact = make_registration(city_session, phone="+996555234567")
    member = make_registration(city_session, phone="", group=contact, source="group")
    assert member.full_name in text(phone_at(city_session).post(page_of(city_session), {"asked": "4567"}))


@pytest.mark.parametrize(
    ("asked", "status"), [("", 422), ("а", 422), ("123", 422), ("Жок адам", 200), ("00000000", 200), ("x" * 151, 422)]
)
def test_nobody_is_found_with_a_word(asked, status):
    city_session = make_door()
    make_registration(city_session)
    response = phone_at(city_session).post(page_of(city_session), {"asked": asked})
    assert response.status_code == status
    assert 'role="alert"' in text(response)


@pytest.mark.parametrize("change", ["last digit", "unknown"])
def test_number_that_no_ticket_has_is_said_to_be_one(change):
    """And not that eight digits should have been typed."""
    city_session = make_door()
    number = make_registration(city_session).pass_number
    asked = number[:7] + str((int(number[7]) + 1) % 10) if change == "last digit" else new_pass_number()
    response = phone_at(city_session).post(page_of(city_session), {"asked": f"{asked[:4]} {asked[4:]}"})
    assert response.status_code == 200
    assert answer(response) == ("unknown", in_kyrgyz("No ticket has this number"))
    assert in_kyrgyz("Check the digits, or search by name.") in text(response)


def test_name_that_nobody_has_is_no_number():
    city_session = make_door()
    response = phone_at(city_session).post(page_of(city_session), {"asked": "Жок адам"})
    assert answer(response) == ("unknown", in_kyrgyz("Nobody is found"))


def test_people_of_other_sessions_are_found_by_number_alone():
    city_session, elsewhere = make_door(), make_door()
    registration = make_registration(elsewhere, full_name="Асанов Бакыт", phone="+996555234567")
    phone = phone_at(city_session)
    for asked in ["Бакыт", "4567"]:
        assert "Асанов" not in text(phone.post(page_of(city_session), {"asked": asked}))
    page = text(phone.post(page_of(city_session), {"asked": registration.pass_number}))
    assert elsewhere.city in page
    assert answer(taps(phone, city_session, registration))[1].endswith(f": {elsewhere.city}")


@pytest.mark.parametrize("status", ["confirmed", "waiting", "cancelled"])
def test_door_shows_no_phone_no_mail_and_no_secret(status):
    city_session = make_door()
    registration = make_registration(
        city_session, status=status, phone="+996555234567", email="guest@example.org", organisation="Жайыт комитети"
    )
    make_need(registration, text="Кулагым начар угат")
    phone = phone_at(city_session)
    pages = [
        phone.post(page_of(city_session), {"asked": registration.pass_number}),
        phone.post(page_of(city_session), {"asked": "Катышуучу"}),
        phone.get(f"/p/{registration.pass_number}"),
        taps(phone, city_session, registration, let_in="1"),
        phone.get(page_of(city_session)),
    ]
    for response in pages:
        page = text(response)
        for hidden in [
            "234567",
            "234 567",
            "guest@",
            "Жайыт комитети",
            "начар",
            registration.code,
            registration.join_code,
        ]:
            assert hidden not in page
    assert all("★" in text(response) for response in pages[:4])


def test_ticket_opens_the_person_and_one_tap_at_the_pass_holders_door():
    city_session, elsewhere = make_door(), make_door()
    registration, foreign = make_registration(city_session), make_registration(elsewhere)
    phone = phone_at(city_session)
    assert registration.full_name in text(phone.get(f"/p/{registration.pass_number}"))
    assert Registration.objects.filter(checked_in_at__isnull=False).count() == 0
    response = phone.post(f"/p/{registration.pass_number}", follow=True)
    assert answer(response)[0] == "welcome"
    assert answer(phone.post(f"/p/{foreign.pass_number}", follow=True))[0] == "elsewhere"
    assert phone.get("/p/00000000").status_code == 404


def test_guessing_numbers_of_other_sessions_comes_to_an_end(monkeypatch):
    monkeypatch.setattr(desks, "MOST_MISSES", 2)
    city_session = make_door()
    registration, foreign = make_registration(city_session), make_registration(make_door())
    phone = phone_at(city_session)
    assert phone.get(f"/p/{foreign.pass_number}").status_code == 200
    assert [phone.get("/p/00000000").status_code for _ in range(2)] == [404, 404]
    assert phone.get(f"/p/{foreign.pass_number}").status_code == 429
    assert foreign.full_name not in text(phone.post(page_of(city_session), {"asked": foreign.pass_number}))
    assert phone.get(f"/p/{registration.pass_number}").status_code == 200, "the own session's people still come in"
    assert RateCount.objects.count() == 1


def test_waiting_person_is_let_in_by_a_second_tap():
    city_session = make_door()
    registration = make_registration(city_session, status="waiting")
    phone = phone_at(city_session)
    response = taps(phone, city_session, registration)
    assert answer(response)[0] == "queue"
    assert answer(taps(phone, city_session, registration, nonce="nonce-two", let_in="1"))[0] == "welcome"


def test_arrival_without_number_or_nonce_is_no_error():
    city_session = make_door()
    response = phone_at(city_session).post(
        page_of(city_session, "arrival/"), {"nonce": "../", "number": "х"}, follow=True
    )
    assert answer(response)[0] == "unknown"


def test_arrival_needs_a_token():
    city_session = make_door()
    registration = make_registration(city_session)
    phone = Client(enforce_csrf_checks=True)
    phone.cookies = phone_at(city_session).cookies
    assert phone.post(page_of(city_session, "arrival/"), {"number": registration.pass_number}).status_code == 403
    assert Registration.objects.get().checked_in_at is None


# Without registration

PERSON = {
    "full_name": "Асанова Айгүл",
    "contact": "0555 123 456",
    "organisation": "Жайыт комитети",
    "nonce": "nonce-one",
}


def agreed(city_session):
    return {"consent_text": str(city_session.consultation.current_consent.pk)}


@pytest.mark.parametrize("fields", [{}, {"hall_capacity": 1, "hall_reserved": 1}, {"state": "cancelled"}])
def test_walk_in_is_written_down_however_full_or_closed_the_session_is(fields):
    city_session = make_door(registration_closes_at=timezone.now() - datetime.timedelta(hours=1), **fields)
    response = phone_at(city_session).post(
        page_of(city_session, "walk-in/"), PERSON | agreed(city_session), follow=True
    )
    assert answer(response) == ("walk-in", "Жазылды, кош келиңиз")
    registration = Registration.objects.get()
    assert (registration.phone.as_e164, registration.email, registration.source) == ("+996555123456", "", "desk")
    assert registration.consent_text == city_session.consultation.current_consent
    assert registration.checked_in_at is not None


def test_walk_in_may_give_an_email():
    city_session = make_door()
    sent = PERSON | agreed(city_session) | {"contact": " Guest@Example.org "}
    phone_at(city_session).post(page_of(city_session, "walk-in/"), sent)
    assert Registration.objects.get().email == "guest@example.org"


@pytest.mark.parametrize(
    "fault", [{"full_name": ""}, {"contact": ""}, {"contact": "12"}, {"contact": "a@"}, {"consent_text": ""}]
)
def test_walk_in_with_a_fault_keeps_what_was_typed(fault):
    city_session = make_door()
    sent = PERSON | agreed(city_session) | fault
    response = phone_at(city_session).post(page_of(city_session, "walk-in/"), sent)
    assert (response.status_code, Registration.objects.count()) == (422, 0)
    assert 'value="Жайыт комитети"' in text(response)
    assert 'value="nonce-one"' in text(response)


def test_walk_in_past_the_places_asks_once():
    city_session = make_door(hall_capacity=1)
    make_registration(city_session, checked_in_at=timezone.now())
    phone = phone_at(city_session)
    sent = PERSON | agreed(city_session)
    response = phone.post(page_of(city_session, "walk-in/"), sent)
    assert (response.status_code, answer(response)) == (422, ("queue", "Залда: 1 / 1"))
    assert Registration.objects.count() == 1
    response = phone.post(page_of(city_session, "walk-in/"), sent | {"past_capacity": "1"}, follow=True)
    assert answer(response)[0] == "walk-in"
    assert "2 / 1" in text(response)


def test_cancelled_person_is_written_down_under_the_name_known():
    city_session = make_door()
    cancelled = make_registration(city_session, status="cancelled")
    phone = phone_at(city_session)
    assert answer(taps(phone, city_session, cancelled))[0] == "cancelled"
    page = phone.post(page_of(city_session, "walk-in/"), {"begin": "1", "full_name": cancelled.full_name})
    assert (page.status_code, f'value="{cancelled.full_name}"' in text(page)) == (200, True)


# Practice


def test_practice_answers_in_every_way_and_records_nothing():
    city_session = make_door()
    phone = phone_at(city_session)
    page = page_of(city_session, "practise/")
    found = [answer(phone.post(page, {"number": f"0000000{n}"}, follow=True))[0] for n in range(1, 6)]
    assert found == ["welcome", "already", "queue", "elsewhere", "cancelled"]
    response = phone.post(f"{page}?in=00000001", {"number": "00000003", "let_in": "1"}, follow=True)
    assert answer(response)[0] == "welcome"
    assert "89 / 120" in text(response)
    back = phone.post(f"{page}?in=00000001&in=00000003", {"number": "00000003", "undo": "1"}, follow=True)
    assert (answer(back)[0], "88 / 120" in text(back)) == ("taken-back", True)
    assert (DoorEntry.objects.count(), Registration.objects.count()) == (0, 0)


@pytest.mark.parametrize("query", ["?guest=x", "?answer=welcome", "?guest=00000001&answer=no", "?in=1&in=%D1%85"])
def test_practice_with_another_address_is_no_error(query):
    city_session = make_door()
    assert phone_at(city_session).get(page_of(city_session, f"practise/{query}")).status_code == 200


# Accounts


def test_account_chooses_its_door(client):
    sessions = [make_door(), make_city_session()]
    over = make_city_session(date=datetime.date(2025, 6, 9))
    page = text(desk(client).get("/door/"))
    assert all(one.city in page for one in sessions)
    assert over.city not in page
    assert client.get(page_of(sessions[1])).status_code == 200
    assert client.get("/door/999999999999999999999/").status_code == 404


def test_doors_of_today_come_first_and_are_marked(client):
    """Before yesterday's, which are open still, and before tomorrow's."""
    early = timezone.localtime().replace(hour=5, minute=0)
    with time_machine.travel(early, tick=False):
        yesterday = make_city_session(date=in_days(-1), start_time=datetime.time(18), end_time=datetime.time(20))
        today, tomorrow = make_city_session(date=in_days(0)), make_city_session(date=in_days(1))
        page = text(desk(client).get("/door/"))
    assert re.findall(r'href="/door/(\d+)/"', page) == [str(one.pk) for one in (today, yesterday, tomorrow)]
    rows = re.findall(r"<li>.*?</li>", page)
    assert ['class="today"' in row for row in rows] == [True, False, False]


def shows_other_day(response):
    """Whether the page says that the session is not today: it is there always, for the script to look again."""
    found = re.search(r'id="other-day" data-day="([\d-]+)"( hidden)?>', text(response))
    return found[1], found[2] is None


@pytest.mark.parametrize("path", ["", "walk-in/"])
def test_door_of_another_day_says_so_and_offers_practice(client, path):
    desk(client)
    today, later = make_door(), make_city_session()
    make_consent_text(later.consultation)
    assert shows_other_day(client.get(page_of(today, path))) == (str(today.date), False)
    response = client.get(page_of(later, path))
    assert shows_other_day(response) == (str(later.date), True)
    with override("ky"):
        assert text(response).count(with_weekday(later.date)) == 2
    notice = text(response).partition('id="other-day"')[2].partition("</div>")[0]
    assert f'href="{page_of(later, "practise/")}"' in notice


def test_door_of_another_day_still_records(client):
    registration = make_registration()
    assert answer(taps(desk(client), registration.city_session, registration))[0] == "welcome"


def test_door_of_a_session_without_a_day_says_so(client):
    city_session = make_city_session(date=None, start_time=None, end_time=None)
    assert in_kyrgyz("The session has no date yet.") in text(desk(client).get(page_of(city_session)))


def test_account_without_the_permission_is_refused(client):
    city_session = make_door()
    desk(client, "view_registration")
    assert client.get("/door/").status_code == 403
    assert client.get(page_of(city_session)).status_code == 403


def test_numbers_tried_by_the_form_count_as_guessing(monkeypatch):
    monkeypatch.setattr(desks, "MOST_MISSES", 2)
    city_session, foreign = make_door(), make_registration(make_door())
    phone = phone_at(city_session)
    for number in range(3):
        phone.post(page_of(city_session, "arrival/"), {"number": "00000000", "nonce": f"nonce-of-{number}"})
    assert RateCount.objects.get(key__startswith="door-miss:").count >= 2
    sent = {"number": foreign.pass_number, "nonce": "nonce-of-9"}
    answer = phone.post(page_of(city_session, "arrival/"), sent, follow=True)
    assert foreign.full_name not in answer.content.decode()
