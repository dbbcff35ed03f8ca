"""`manage.py load_demo`: facts of the announcement, dates to come, invented people; repeatable."""

import datetime
import re
import stat

import pytest
import time_machine
from django.contrib.auth import authenticate, get_user_model
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone

from consultations import actions, announcement, database, demo_people
from consultations.models import (
    AgendaItem,
    CitySession,
    ConsentText,
    Consultation,
    Document,
    Message,
    Need,
    Party,
    Registration,
)

pytestmark = pytest.mark.django_db

Stage = CitySession.Stage
MODELS = [Consultation, ConsentText, Party, Document, CitySession, AgendaItem, Registration, Need, Message]
PRINTED = [datetime.date(2025, 6, day) for day in (9, 10, 17, 18)]


@pytest.fixture(autouse=True)
def own_state(monkeypatch, tmp_path, settings):
    """Never the password of the demo that may be running here; and no slow hash."""
    monkeypatch.setattr(database, "state_directory", lambda: tmp_path / "state")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def nobody(monkeypatch):
    """The sessions alone, for what does not depend on people: quicker."""
    monkeypatch.setattr(demo_people, "forms", list)


def snapshot():
    """Every row of the demo, as text."""
    return [serializers.serialize("json", model.objects.order_by("pk")) for model in MODELS]


def dates():
    return list(CitySession.objects.exclude(date=None).in_order().values_list("date", flat=True))


def stages():
    return {city_session.slug: city_session.stage for city_session in CitySession.objects.with_places().in_order()}


@pytest.mark.parametrize("today", [datetime.date(2026, 11, 23) + datetime.timedelta(days=n) for n in range(7)])
def test_sessions_are_moved_by_whole_weeks(today, nobody):
    with time_machine.travel(datetime.datetime.combine(today, datetime.time(6)), tick=False):
        call_command("load_demo")

    moved = dates()
    assert len({(new - printed).days for new, printed in zip(moved, PRINTED, strict=True)}) == 1
    assert (moved[0] - PRINTED[0]).days % 7 == 0
    assert datetime.timedelta(days=8) <= moved[0] - today < datetime.timedelta(days=15)
    assert CitySession.objects.get(date=None).slug == "bishkek"


def test_only_dates_and_places_differ_from_the_announcement(nobody):
    call_command("load_demo")
    shown = announced_facts()
    Consultation.objects.all().delete()

    call_command("load_announcement")

    assert shown == announced_facts()


def announced_facts():
    left_out = {"id", "consultation_id", "date", "hall_capacity", "calendar_uid", "calendar_sequence"}
    return [
        {name: value for name, value in row.items() if name not in left_out}
        for model in [Consultation, ConsentText, Party, Document, CitySession, AgendaItem]
        for row in model.objects.order_by("pk").values()
    ]


def test_sessions_show_the_states_a_visitor_meets():
    call_command("load_demo")

    assert stages() == {
        "balykchy": Stage.FEW,
        "naryn": Stage.OPEN,
        "osh": Stage.FULL,
        "jalal-abad": Stage.OPEN,
        "bishkek": Stage.UNDATED,
    }


def test_people_are_invented():
    call_command("load_demo")

    people = Registration.objects.all()
    phones = set(people.exclude(phone="").values_list("phone", flat=True))
    emails = set(people.exclude(email="").values_list("email", flat=True))
    assert {phone.as_e164[:10] for phone in phones} == {"+996555000"}
    assert all(phone.is_valid() for phone in phones)
    assert {email.partition("@")[2] for email in emails} == {"example.org"}
    assert len(set(people.values_list("name_key", flat=True))) == people.count()


def test_people_are_of_every_kind():
    call_command("load_demo")

    people = Registration.objects.all()
    assert set(people.values_list("language", flat=True)) == {"ky", "ru"}
    assert set(people.values_list("mode", flat=True)) == {"hall", "online"}
    assert set(people.values_list("status", flat=True)) == {"confirmed", "waiting", "cancelled"}
    assert set(people.values_list("source", flat=True)) == {"web", "group", "telephone"}
    assert people.filter(status="cancelled").count() == 1
    assert people.filter(mode="online", status="confirmed", hall_wanted_at__isnull=False).count() == 1
    assert people.filter(email="", phone="", group=None).count() == 0
    assert people.filter(email="", group=None).exists()
    assert people.filter(phone="", group=None).exists()
    assert people.exclude(question="").exists()
    assert people.filter(zoom_form_done_at__isnull=False).exists()
    assert set(Need.objects.values_list("kind", flat=True)) == set(Need.Kind.values)
    assert people.filter(consent_text=None).count() == 0


def test_people_are_the_same_each_time():
    call_command("load_demo")
    first = list(Registration.objects.order_by("pk").values_list("full_name", "phone", "email", "mode", "status"))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL consultations.erasing = 'on'")  # history would keep its rows
    Message.objects.all().delete()
    Registration.objects.exclude(group=None).delete()
    Registration.objects.all().delete()
    Consultation.objects.all().delete()

    call_command("load_demo")

    assert first == list(
        Registration.objects.order_by("pk").values_list("full_name", "phone", "email", "mode", "status")
    )


def test_second_run_changes_nothing(django_assert_max_num_queries):
    call_command("load_demo")
    before = snapshot()

    with django_assert_max_num_queries(8):
        call_command("load_demo")

    assert snapshot() == before


def test_second_run_keeps_what_visitors_and_organisers_did():
    call_command("load_demo")
    cancelled = Registration.objects.confirmed().first()
    actions.cancel(registration=cancelled)
    CitySession.objects.filter(slug="naryn").update(slug="at-bashy", venue_ru="Дом культуры")
    Consultation.objects.update(slug="biodiversity")
    before = snapshot()

    call_command("load_demo")

    assert snapshot() == before


def test_dates_stay_while_one_session_is_still_to_come(nobody):
    with time_machine.travel("2026-11-23T06:00:00Z", tick=False):
        call_command("load_demo")
    before = dates()

    with time_machine.travel(timezone.make_aware(datetime.datetime.combine(before[-1], datetime.time(23)))):
        call_command("load_demo")

    assert dates() == before


def test_sessions_are_moved_again_when_the_last_has_passed():
    with time_machine.travel("2026-11-23T06:00:00Z", tick=False):
        call_command("load_demo")
    before = dates()
    came = Registration.objects.confirmed().filter(city_session__slug="balykchy").first()
    actions.check_in(registration=came, by="desk")
    numbers = list(Registration.objects.order_by("pk").values_list("pass_number", "status"))
    opens_at = timezone.make_aware(datetime.datetime.combine(before[0], datetime.time(9)))
    CitySession.objects.filter(slug="balykchy").update(registration_closes_at=opens_at)
    sequence = CitySession.objects.get(slug="balykchy").calendar_sequence

    today = before[-1] + datetime.timedelta(days=1)
    with time_machine.travel(timezone.make_aware(datetime.datetime.combine(today, datetime.time(0, 1))), tick=False):
        call_command("load_demo")
        moved = dates()
        assert stages()["balykchy"] == Stage.FEW

    ahead = moved[0] - before[0]
    assert ahead.days % 7 == 0
    assert datetime.timedelta(days=8) <= moved[0] - today < datetime.timedelta(days=15)
    assert moved == [date + ahead for date in before]
    assert list(Registration.objects.order_by("pk").values_list("pass_number", "status")) == numbers
    assert Registration.objects.exclude(checked_in_at=None).count() == 0
    balykchy = CitySession.objects.get(slug="balykchy")
    assert balykchy.registration_closes_at == opens_at + ahead
    assert [city_session.untold_changes for city_session in CitySession.objects.all()] == [[]] * len(stages())
    assert balykchy.calendar_sequence == sequence + 1
    assert CitySession.objects.get(slug="bishkek").date is None


def test_half_a_demo_is_not_made(monkeypatch):
    """What was killed half-way is made whole by the next start."""
    with monkeypatch.context() as broken:
        broken.setattr(actions, "mark_zoom_form_done", None)
        with pytest.raises(TypeError):
            call_command("load_demo")
    assert snapshot() == ["[]"] * len(MODELS)

    call_command("load_demo")

    assert stages()["osh"] == Stage.FULL


def test_organiser_can_enter_with_the_printed_password(capsys, settings, tmp_path, nobody):
    call_command("load_demo")
    printed = capsys.readouterr().out
    password = re.search(r"user: organiser, password: (\S+)", printed)[1]

    user = authenticate(HttpRequest(), username="organiser", password=password)
    assert (user.is_staff, user.is_superuser) == (True, True)
    assert f"{settings.SITE_URL}/\n" in printed
    assert f"{settings.SITE_URL}/admin/\n" in printed
    assert str(settings.EMAIL_FILE_PATH) in printed

    call_command("load_demo")
    assert capsys.readouterr().out == printed
    assert stat.S_IMODE((tmp_path / "state" / "organiser-password").stat().st_mode) == 0o600


def test_password_outlives_the_database(capsys, nobody):
    call_command("load_demo")
    printed = capsys.readouterr().out
    get_user_model().objects.all().delete()

    call_command("load_demo")

    assert capsys.readouterr().out == printed


def test_password_that_was_changed_is_not_changed_back(capsys, nobody):
    call_command("load_demo")
    user = get_user_model().objects.get()
    user.set_password("chosen by the organiser")
    user.save()
    capsys.readouterr()

    call_command("load_demo")

    assert "user: organiser, with the password you have given yourself\n" in capsys.readouterr().out
    assert authenticate(HttpRequest(), username="organiser", password="chosen by the organiser") == user


def test_password_is_made_anew_when_its_file_is_gone(capsys, tmp_path, nobody):
    call_command("load_demo")
    first = capsys.readouterr().out
    (tmp_path / "state" / "organiser-password").unlink()

    call_command("load_demo")

    second = capsys.readouterr().out
    password = re.search(r"password: (\S+)", second)[1]
    assert second != first
    assert authenticate(HttpRequest(), username="organiser", password=password).is_superuser


def test_demo_is_refused_in_production(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match=r"^This is the demo, for DEMO=1\."):
        call_command("load_demo")

    assert announcement.announced() is None


def test_letters_go_to_example_org_alone():
    call_command("load_demo")

    addresses = {message.registration.contact.email for message in Message.objects.select_related("registration")}
    assert addresses
    assert {address.partition("@")[2] for address in addresses} == {"example.org"}
    assert set(Message.objects.values_list("channel", flat=True)) == {"email"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone() == (Message.objects.count(),)
