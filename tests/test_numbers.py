"""Numbers for staff: each recounted by another way, each with the list it speaks of, all there after erasure."""

import datetime
import io
import itertools
import random
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from python_calamine import CalamineWorkbook

from consultations import actions, numbers
from consultations.models import PlaceCount, Registration
from consultations.numbers import charts, tables
from tests.factories import (
    in_days,
    make_city_session,
    make_consultation,
    make_group,
    make_place_count,
    make_registration,
)
from tests.staff import admin_list, make_organiser, make_staff

pytestmark = pytest.mark.django_db

PAGE, FILE = "/staff/numbers/", "/staff/numbers/numbers.xlsx"
KINDS = {
    "mode": ["hall", "online"],
    "organisation_type": [*Registration.OrganisationType.values, ""],
    "gender": [*Registration.Gender.values, ""],
    "age_group": [*Registration.AgeGroup.values, ""],
    "language": ["ky", "ru"],
    "source": Registration.Source.values,
}
# The terms in SQL, written again: nothing here comes from what is tested.
MEANT = {
    "registered": "true",
    "confirmed": "status = 'confirmed'",
    "waiting": "status = 'waiting'",
    "cancelled": "status = 'cancelled'",
    "came": "checked_in_at IS NOT NULL",
    "joined": "joined_online_at IS NOT NULL",
    "both": "checked_in_at IS NOT NULL AND joined_online_at IS NOT NULL",
    "took_part": "checked_in_at IS NOT NULL OR joined_online_at IS NOT NULL",
}
PLACES = ["", "Ош", "ош шаары", "Ош шаары", "Кочкор айылы", "№ 5", "-"]


def make_crowd(consultation, size=40, *, seed=1):
    """Two sessions and people of every kind in them, different each seed; another consultation's person beside."""
    dice = random.Random(seed)
    sessions = [make_city_session(consultation, date=in_days(-200)), make_city_session(consultation, date=None)]
    now = timezone.now()
    for number in range(size):
        status = dice.choice(["confirmed", "confirmed", "confirmed", "waiting", "cancelled"])
        came = status == "confirmed" and dice.random() < 0.6
        make_registration(
            sessions[number % 2],  # so that a person may be in both
            full_name=dice.choice(["Асанов Асан", "Асан Асанов", "Өмүралиева Үмүт", f"Катышуучу Номер-{number}"]),
            phone=f"+99655500{number // 2:04}",
            email=dice.choice(["", "", f"somebody{number // 2}@example.org"]),
            status=status,
            home_place=dice.choice(PLACES),
            source=dice.choice([one for one in Registration.Source.values if one not in {"desk", "paper"}]),
            created_at=now - datetime.timedelta(days=dice.randrange(300), hours=dice.randrange(24)),
            **{name: dice.choice(KINDS[name]) for name in ["mode", "organisation_type", "gender", "age_group"]},
            **({"checked_in_at": now} if came else {}),
            joined_online_at=now if status == "confirmed" and dice.random() < 0.4 else None,
            language=dice.choice(["ky", "ru"]),
        )
    make_registration(home_place="Ош", checked_in_at=now, full_name="Асанов Асан", phone="+996555000000")
    return sessions


def recounted(where, *parameters):
    """Every measure of the rows that fit, by one statement of plain SQL."""
    asked = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in MEANT.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {asked} FROM consultations_registration AS person
            JOIN consultations_citysession AS city ON city.id = person.city_session_id WHERE {where}
            """,
            parameters,
        )
        return dict(zip(MEANT, cursor.fetchone(), strict=True))


def values(row):
    return {key: number.value for key, number in row.numbers.items() if key in MEANT}


# Counted


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_what_another_query_counts(seed):
    consultation = make_consultation()
    sessions = make_crowd(consultation, seed=seed)
    for scope in (None, *sessions):
        found = numbers.numbers_of(consultation, scope)
        here, key = ("city.id = %s", scope.pk) if scope else ("city.consultation_id = %s", consultation.pk)
        by_key = {table.key: table for table in found.all_tables}
        for name, choices in KINDS.items():
            counted = [values(row) for row in by_key[name].rows]
            assert counted == [recounted(f"{here} AND {name} = %s", key, value) for value in choices], name
            assert values(by_key[name].total) == recounted(here, key)
        lines = [recounted("city.id = %s", one.pk) for one in ([scope] if scope else sessions)]
        assert sorted(map(str, map(values, found.sessions.rows))) == sorted(map(str, lines))
        assert values(found.total) == recounted(here, key)
        assert found.total["confirmed"] + found.total["waiting"] + found.total["cancelled"] == found.total["registered"]


def test_places_are_one_however_they_are_spelt_and_what_says_nothing_is_not_stated():
    consultation = make_consultation()
    city_session = make_city_session(consultation)
    for place in ["Ош шаары", "шаары ош", "ОШ ШААРЫ", "Кочкор", "", "-"]:
        make_registration(city_session, home_place=place)

    [places] = [table for table in numbers.numbers_of(consultation).tables if table.key == "place"]

    assert [(row.label, row["registered"]) for row in places.rows] == [
        ("ОШ ШААРЫ", 3),
        ("Кочкор", 1),
        ("Көрсөтүлгөн эмес", 2),
    ]
    assert places.total["registered"] == 6


def test_rare_places_share_a_row(monkeypatch):
    monkeypatch.setattr(tables, "MOST_PLACES", 1)
    city_session = make_city_session()
    for place in ["Ош", "Ош", "Кочкор", "Тоң"]:
        make_registration(city_session, home_place=place)

    [places] = [one for one in numbers.numbers_of(city_session.consultation).tables if one.key == "place"]

    assert [row["registered"] for row in places.rows] == [2, 2, 0]


@pytest.mark.parametrize(("span", "periods"), [(0, 1), (30, 31), (31, 5), (200, 29), (300, 11)])
def test_over_time_has_no_gap_and_adds_up(span, periods):
    city_session = make_city_session()
    first = datetime.datetime(2026, 1, 1, 0, 30, tzinfo=timezone.get_current_timezone())
    for day in {0, span // 2, span}:
        make_registration(city_session, created_at=first + datetime.timedelta(days=day))

    [table] = [one for one in numbers.numbers_of(city_session.consultation).tables if one.key == "time"]

    assert abs(len(table.rows) - periods) <= 1  # a week or month that is cut at either end
    assert sum(row["registered"] for row in table.rows) == city_session.registrations.count()
    assert [row["so_far"] for row in table.rows] == list(itertools.accumulate(row["registered"] for row in table.rows))
    days = [row.numbers["registered"].filters["registered_on"].split("..") for row in table.rows if row["registered"]]
    assert days[0][0] <= "2026-01-01" <= days[0][1]  # by Bishkek's clock: in UTC it was still last year


# Different people


def people(consultation, city_session=None):
    total = numbers.numbers_of(consultation, city_session).total
    return total["registered"], total["people"], total["people_took_part"]


def test_one_person_in_two_cities_is_one_person_and_two_registrations():
    consultation = make_consultation()
    one, other = make_city_session(consultation), make_city_session(consultation)
    make_registration(one, full_name="Асанов Асан", phone="+996555000111", checked_in_at=timezone.now())
    make_registration(other, full_name="асан АСАНОВ", phone="+996555000111", mode="online")

    assert people(consultation) == (2, 1, 1)
    assert people(consultation, one) == (1, 1, 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"phone": "+996555000111"}, {"phone": "+996555000112"}, 2),
        ({"phone": "", "email": "A@example.org"}, {"phone": "", "email": "a@example.org"}, 1),
        ({"phone": "+996555000111", "full_name": "Асанова Айгүл"}, {"phone": "+996555000111"}, 2),
    ],
)
def test_person_is_a_name_with_a_phone_or_an_address(first, second, expected):
    consultation = make_consultation()
    for given in (first, second):
        make_registration(make_city_session(consultation), **{"full_name": "Асанов Асан"} | given)

    assert people(consultation)[1] == expected


def test_chain_of_phone_and_address_is_one_person():
    consultation = make_consultation()
    phone, address = {"phone": "+996555000111"}, {"email": "asan@example.org"}
    for given in [phone, phone | address, {"phone": ""} | address]:
        make_registration(make_city_session(consultation), full_name="Асанов Асан", **given)

    assert people(consultation)[:2] == (3, 1)


def test_member_of_a_group_is_known_by_the_contact():
    consultation = make_consultation()
    for _ in range(2):
        contact, member = make_group(
            make_city_session(consultation), size=2, full_name="Асанов Асан", phone="+996555000111"
        )
        Registration.objects.filter(pk=member.pk).update(full_name="Асанова Айгүл")
        Registration.objects.filter(pk=contact.pk).update(full_name="Асанов Асан")

    assert people(consultation)[:2] == (4, 2)


def test_cancelled_and_registered_again_is_one_person():
    city_session = make_city_session()
    for status in ["cancelled", "confirmed"]:
        make_registration(city_session, full_name="Асанов Асан", phone="+996555000111", status=status)

    assert people(city_session.consultation)[:2] == (2, 1)


# After erasure


def shown(consultation, *scopes):
    """All that is on the page, without links."""
    return {
        (scope, table.key): (table.title, table.lines())
        for scope in (None, *scopes)
        for table in numbers.numbers_of(consultation, scope).all_tables
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_numbers_stay_when_everybody_is_erased(seed, monkeypatch):
    monkeypatch.setattr(actions.erasing, "AT_ONCE", 7)
    consultation = make_consultation(closed_on=in_days(-1), retention_days=0)
    sessions = make_crowd(consultation, size=60, seed=seed)
    places = Registration.objects.filter(city_session__consultation=consultation).exclude(home_place__in=["", "-"])
    assert places.filter(home_place="№ 5").count() >= PlaceCount.LEAST, "the test must keep every place"
    before = shown(consultation, *sessions)

    actions.erase_consultation(consultation=consultation, today=in_days(1))

    assert not Registration.objects.filter(city_session__consultation=consultation).identified().exists()
    assert without_spelling(shown(consultation, *sessions)) == without_spelling(before)


def without_spelling(found):
    """A place may be spelt as somebody else spelt it afterwards, and two that are as many change places."""
    return {
        key: (title, sorted(line[1:] for line in lines) if key[1] == "place" else lines)
        for key, (title, lines) in found.items()
    }


def test_place_that_few_wrote_is_not_kept_by_name():
    consultation = make_consultation()
    city_session = make_city_session(consultation, date=in_days(-200))
    for place in ["Ош", "ош", "Ош", "ОШ", "Ош", "Ленин көчөсү 5", ""]:
        make_registration(city_session, home_place=place, checked_in_at=timezone.now())

    actions.erase_consultation(consultation=consultation)

    assert set(PlaceCount.objects.values_list("place", "registered", "came", "joined", "both")) == {
        ("ОШ", 5, 5, 0, 0),
        ("", 1, 1, 0, 0),
    }
    [places] = [one for one in numbers.numbers_of(consultation).tables if one.key == "place"]
    assert [(row.label, row["came"]) for row in places.rows] == [
        ("ОШ", 5),
        ("Башка жерлер", 1),
        ("Көрсөтүлгөн эмес", 1),
    ]
    assert not any(number.filters for row in places.rows for number in row.numbers.values())


def test_same_person_is_still_one_when_only_one_of_the_names_is_erased():
    consultation = make_consultation()
    rows = [
        make_registration(make_city_session(consultation), full_name="Асанов Асан", phone="+996555000111")
        for _ in range(3)
    ]
    for erased in rows:
        assert people(consultation)[:2] == (3, 1)
        actions.anonymise(registration=erased)
    assert people(consultation)[:2] == (3, 1)
    assert "Асан" not in str(list(Registration.objects.values()))


def test_other_person_is_not_counted_as_the_erased_one():
    consultation = make_consultation()
    for name in ["Асанов Асан", "Асанова Айгүл"]:
        erased = make_registration(make_city_session(consultation), full_name=name, phone="+996555000111")
        actions.anonymise(registration=erased)

    assert people(consultation)[:2] == (2, 2)


# The page


def test_every_number_leads_to_exactly_so_many(client):
    consultation = make_consultation()
    make_crowd(consultation, size=25)
    client.force_login(make_organiser())
    page = client.get(PAGE, {"consultation": consultation.pk}).content.decode()
    links = re.findall(r'<a href="(/admin/consultations/registration/\?[^"]+)">(\d+)</a>', page)
    assert len(links) > 100

    wrong = {}
    for address, number in dict.fromkeys(links):
        answer = client.get(address.replace("&amp;", "&"))
        found = answer.context["cl"].result_count if answer.status_code == 200 else answer.status_code
        if found != int(number):
            wrong[address] = (number, found)
    assert wrong == {}


def test_links_of_one_session_stay_in_it(client):
    consultation = make_consultation()
    one, _other = make_crowd(consultation, size=20)
    client.force_login(make_organiser())
    page = client.get(PAGE, {"session": one.pk}).content.decode()
    links = re.findall(r'<a href="(/admin/consultations/registration/\?[^"]+)">', page)

    assert links
    assert all(f"city_session__id__exact={one.pk}" in link for link in links)


def test_page_leads_nowhere_who_may_see_numbers_alone(client):
    consultation = make_registration().city_session.consultation
    client.force_login(make_staff("view_numbers"))

    page = client.get(PAGE, {"consultation": consultation.pk})

    assert page.status_code == 200
    assert "/admin/consultations/registration/" not in page.content.decode()


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_numbers_need_their_own_permission(client, address):
    make_city_session()
    assert client.get(address)["Location"].startswith("/admin/login/")
    client.force_login(make_staff("view_registration", "export_registrations"))
    assert client.get(address).status_code == 403
    client.force_login(make_staff("view_numbers"))
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("asked", ["consultation=99999", "session=99999"])
def test_what_is_not_there_is_not_found(client, asked):
    make_city_session()
    client.force_login(make_staff("view_numbers"))
    assert client.get(f"{PAGE}?{asked}").status_code == 404


def test_page_without_any_consultation_says_so(client):
    client.force_login(make_staff("view_numbers"))
    assert client.get(PAGE).status_code == 200
    assert client.get(FILE).status_code == 404


def test_page_says_when_it_was_counted_and_each_term_in_a_sentence(client):
    make_registration()
    client.force_login(make_organiser())
    page = client.get(PAGE).content.decode()

    assert re.search(r"<b>\d{4}-жылдын \d+-\w+, \d\d:\d\d</b>", page)
    for term in numbers.TERMS:
        assert f"<dt>{term.title}</dt><dd>{term.meaning}</dd>" in page


def test_page_costs_the_same_however_many_there_are(client):
    client.force_login(make_organiser())
    consultation = make_consultation()
    counts = []
    for seed in (1, 2):
        make_crowd(consultation, size=10, seed=seed + 10)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE, {"consultation": consultation.pk})
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 26


def test_drawings_have_no_style_and_no_script(client):
    make_crowd(make_consultation(), size=5)
    client.force_login(make_organiser())
    page = client.get(PAGE).content.decode()

    assert "<svg" in page
    assert not re.search(r"\sstyle=|<script|<style", page)


def test_bar_shows_three_numbers_without_colour():
    row = tables.Row(
        "Ош", {key: tables.Number(n) for key, n in [("registered", 8), ("confirmed", 4), ("took_part", 2)]}
    )

    drawn = charts.bar(row, 16)

    assert re.findall(r'width="([\d.]+)%"[^>]* fill="([^"]+)"', drawn)[-3:] == [
        ("25.00", "url(#hatching)"),
        ("50.00", "none"),
        ("12.50", "currentColor"),
    ]


def test_columns_reach_as_high_as_they_count():
    heights = re.findall(r'<rect [^>]*height="([\d.]+)"', charts.columns([0, 5, 10]))
    assert [float(height) for height in heights] == [0, 61, 122]
    assert charts.columns([]).startswith("<svg")


def test_sentence_is_ready_in_both_languages():
    city_session = make_city_session(city_ky="Ош", city_ru="Ош", date=in_days(1))
    make_registration(city_session, checked_in_at=timezone.now())
    make_registration(city_session, status="cancelled")

    said = dict(numbers.sentences(numbers.numbers_of(city_session.consultation, city_session)))

    assert set(said) == {"ky", "ru"}
    for language, words in said.items():
        with translation.override(language):
            assert city_session.consultation.short_title in words
        assert re.findall(r": (\d+)", words)[:5] == ["2", "2", "1", "0", "1"]
    assert said["ky"] != said["ru"]


@pytest.mark.parametrize("fields", [{"date": datetime.date(2031, 6, 9)}, {"date": None}])
@pytest.mark.parametrize("of_session", [True, False])
def test_sentence_has_one_full_stop_after_each_date(fields, of_session):
    consultation = make_consultation(short_title_ru="План 2025–2030 гг.", short_title_ky="План, 2025–2030-жж.")
    city_session = make_city_session(consultation, **fields)
    said = dict(numbers.sentences(numbers.numbers_of(consultation, city_session if of_session else None)))
    assert [language for language, words in said.items() if ".." in words or not words.endswith(".")] == []
    if of_session and fields["date"]:
        assert ", 9 июня 2031 г. " in said["ru"]


# The file


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_file_has_a_sheet_for_each_table_with_the_same_numbers(language):
    consultation = make_consultation()
    make_crowd(consultation)
    with translation.override(language):
        found = numbers.numbers_of(consultation)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(numbers.numbers_xlsx(found)))

    assert len(workbook.sheet_names) == 1 + len(found.all_tables)
    for place, table in enumerate(found.all_tables, start=1):
        title, _empty, head, *rows = workbook.get_sheet_by_index(place).to_python(skip_empty_area=False)
        assert title[0] == table.title
        assert len(head) == 1 + len(table.columns)
        assert rows == table.lines()


def test_file_is_a_download_named_by_what_it_counts(client):
    city_session = make_city_session(slug="osh")
    client.force_login(make_staff("view_numbers"))

    answer = client.get(FILE, {"session": city_session.pk})

    today = timezone.localdate()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="osh-{today:%Y-%m-%d}-numbers.xlsx"'
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.content.startswith(b"PK")


# The filters that numbers lead to


@pytest.mark.parametrize(
    "probe",
    [
        "gender=x",
        "age_group=%25",
        "organisation_type=",
        "language=en",
        "registered_on=today",
        "registered_on=2026-01-01",
        "consultation=x",
        "gender__startswith=f",
        "home_place__startswith=a",
        "age_group__gt=1",
    ],
)
def test_filter_takes_its_own_values_alone(client, probe):
    client.force_login(make_organiser())
    make_registration()
    assert client.get(f"{admin_list('registration')}?{probe}").status_code == 400


@pytest.mark.parametrize("kept_back", ["gender=female", "age_group=65-"])
def test_no_list_leaves_by_gender_or_age(client, kept_back):
    client.force_login(make_organiser())
    person = make_registration(gender="female", age_group="65-")

    answer = client.post(
        f"{admin_list('registration')}?{kept_back}",
        {"action": "take_list", "_selected_action": [person.pk], "select_across": "1"},
    )

    assert not answer["Location"].startswith("/staff/lists/")


def test_numbers_by_place_go_with_their_session():
    row = make_place_count(place="Кочкор", registered=5)
    assert str(row) == "Кочкор: 5"
    row.city_session.delete()
    assert not PlaceCount.objects.exists()
