"""The history of registrations and sessions: which columns, who, when; no copy of anything; erased with the person."""

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from consultations import acting, actions
from consultations.models import ChangeRecord, CitySession, Registration
from tests.answers import make_open_session
from tests.factories import make_city_session, make_registration, sign_up
from tests.markup import parse
from tests.staff import admin_page, make_organiser, make_staff, typed

pytestmark = pytest.mark.django_db


def history(row):
    return [(one.actor, one.username, one.columns) for one in row.changes.order_by("pk")]


def test_registering_is_no_change():
    registration = sign_up().contact

    assert history(registration) == []


def test_participants_change_stands_with_its_columns_and_nothing_else(client):
    registration = sign_up(make_open_session()).contact
    now = timezone.now()
    address = reverse("ticket-cancel", args=[registration.code])

    client.post(address)

    (change,) = registration.changes.all()
    assert (change.actor, change.username) == ("participant", "")
    assert change.columns == ["cancelled_at", "cancelled_by", "status"]
    assert change.changed_at >= now - timezone.timedelta(seconds=5)
    assert {field.name for field in ChangeRecord._meta.concrete_fields} == {
        "id", "registration", "city_session", "changed_at", "actor", "username", "columns"
    }  # fmt: skip


def test_staffs_change_names_the_account(client):
    registration = make_registration()
    user = make_staff("view_registration", "change_registration")
    client.force_login(user)

    client.post(admin_page(registration), typed(client.get(admin_page(registration))) | {"organisation": "Уюм"})

    assert history(registration) == [("staff", user.get_username(), ["organisation"])]


def test_staffs_change_of_a_session_names_the_account(client):
    city_session = make_city_session()
    organiser = make_organiser()
    client.force_login(organiser)

    client.post(admin_page(city_session), typed(client.get(admin_page(city_session))) | {"venue_ky": "Зал"})

    assert history(city_session) == [("staff", organiser.get_username(), ["venue_ky"])]


def test_job_is_the_site_itself():
    registration = make_registration()

    actions.cancel(registration=registration)

    assert [actor for actor, _name, _columns in history(registration)] == ["site"]


def test_place_that_became_free_is_given_by_the_site(client):
    city_session = make_open_session(hall_capacity=1)
    first, second = (sign_up(city_session).contact for _ in range(2))

    client.post(reverse("ticket-cancel", args=[first.code]))

    assert [actor for actor, _name, _columns in history(first)] == ["participant"]
    assert history(second) == [("site", "", ["hall_wanted_at", "status"])]


@pytest.mark.parametrize("action", ["check_in", "undo"])
def test_desk_is_named(client, action):
    registration = make_registration(**({"checked_in_at": timezone.now()} if action == "undo" else {}))
    user = make_staff("check_in")
    request = type("Request", (), {"user": user})()

    with acting.in_request(request):
        if action == "undo":
            actions.undo_check_in(registration=registration)
        else:
            actions.check_in(registration=registration, by="desk")

    assert [(actor, name) for actor, name, _columns in history(registration)] == [("staff", user.get_username())]


def test_whoever_acts_is_forgotten_with_the_request(client):
    client.get("/ky/")

    assert acting.actor() == "site"


def test_saving_what_is_there_already_is_no_change():
    registration = make_registration()

    Registration.objects.get(pk=registration.pk).save()
    Registration.objects.filter(pk=registration.pk).update(version=7)

    assert history(registration) == []


def test_history_is_erased_with_the_person():
    gone, other = (make_registration() for _ in range(2))
    for registration in (gone, other):
        Registration.objects.filter(pk=registration.pk).update(organisation="Уюм")

    actions.anonymise(registration=gone)

    assert (history(gone), len(history(other))) == ([], 1)


def test_history_goes_on_after_an_erasure_in_the_same_transaction():
    """Whoever gets the freed seat has a history of it."""
    city_session = make_city_session(hall_capacity=1)
    gone, waiting = (sign_up(city_session).contact for _ in range(2))

    actions.anonymise(registration=gone)

    assert history(waiting) == [("site", "", ["hall_wanted_at", "status"])]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('consultations.erasing', true)")
        assert cursor.fetchone() == ("off",)


def test_session_takes_its_history_along():
    city_session = make_city_session()
    CitySession.objects.filter(pk=city_session.pk).update(venue_ky="Зал")

    CitySession.objects.get(pk=city_session.pk).delete()

    assert ChangeRecord.objects.count() == 0


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_history_is_shown_on_the_rows_own_page(client, language):
    registration = make_registration()
    Registration.objects.filter(pk=registration.pk).update(phone="+996555000111", email="a@example.org")
    client.force_login(make_organiser())
    client.cookies["language"] = language

    shown = parse(client.get(admin_page(registration))).one("div", id="changes-group").text

    words = {"ky": "телефон номери, электрондук почта", "ru": "номер телефона, электронная почта"}
    assert {word for word in words[language].split(", ") if word in shown} == set(words[language].split(", "))
