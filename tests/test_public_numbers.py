"""Public numbers: what everybody may know, and that no small group can be worked out, however one subtracts."""

import functools
import re
from collections import defaultdict

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from consultations import numbers
from consultations.numbers.public import LEAST, put_together
from tests.factories import in_days, make_city_session, make_consultation, make_registration


def page_of(client, consultation, language="ky"):
    return client.get(f"/{language}/{consultation.slug}/numbers/").content.decode()


def make_held(consultation=None, **fields):
    return make_city_session(consultation, **{"date": in_days(-3)} | fields)


def make_people(city_session, count, *, online=False, **fields):
    was_there = {"joined_online_at": timezone.now()} if online else {"checked_in_at": timezone.now()}
    return [
        make_registration(city_session, mode="online" if online else "hall", **was_there | fields) for _ in range(count)
    ]


def shown(*held, is_final=True):
    """The tables as dictionaries, by key."""
    found = numbers.public_numbers(list(held), is_final=is_final)
    return {table.key: dict(table.rows) for table in found.tables}


# The attack: somebody knows the total, the groups there are, and the rule itself


@functools.cache
def tables_that_look_alike(groups, total):
    """All tables of so many groups and this total, by what the public sees of them."""
    alike = defaultdict(list)
    for counts in shared_out(groups, total):
        alike[look(counts)].append(counts)
    return alike


def shared_out(groups, total):
    if groups == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in shared_out(groups - 1, total - first):
            yield (first, *rest)


def look(counts):
    """What is seen: the numbers shown, which groups stand together, and how many people those are."""
    together = put_together(counts)
    if together is None:
        return "withheld"
    hidden = sum(counts[place] for place in together)
    return tuple(None if place in together else count for place, count in enumerate(counts)), hidden


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=4))
def test_no_small_group_can_be_told_by_who_knows_total_and_rule(counts):
    total = sum(counts)
    if total < LEAST:
        return  # nothing at all is shown
    possible = tables_that_look_alike(len(counts), total)[look(tuple(counts))]
    for place, count in enumerate(counts):
        if 0 < count < LEAST:
            assert len({table[place] for table in possible}) > 1, (counts, place)


def test_attack_works_where_small_groups_are_only_left_out():
    """The control: blanks instead of small numbers, and the total beside them, give the number away."""

    def blanks(counts):
        return tuple(count if count == 0 or count >= LEAST else None for count in counts)

    alike = [counts for counts in shared_out(3, 20) if blanks(counts) == (17, None, 0)]
    assert alike == [(17, 3, 0)]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=14))
def test_no_row_is_small_and_all_add_up(counts):
    together = put_together(counts)
    if together is None or sum(counts) < LEAST:
        return
    rows = [count for place, count in enumerate(counts) if place not in together and count]
    hidden = sum(counts[place] for place in together)
    assert all(count >= LEAST for count in rows)
    assert hidden == 0 or hidden >= LEAST
    assert sum(rows) + hidden == sum(counts)


@pytest.mark.parametrize(
    ("counts", "together"),
    [
        ([30, 10], set()),
        ([30, 0, 0], set()),
        ([30, 3], {0, 1}),
        ([30, 12, 3], {1, 2}),
        ([30, 12, 12, 3], {1, 2, 3}),
        ([30, 3, 4, 0], {1, 2, 3}),
        ([30, 4, 4], {0, 1, 2}),
        ([4, 4], None),
        ([30, 12, 1, 1, 1], {1, 2, 3, 4}),
    ],
)
def test_small_groups_stand_together(counts, together):
    assert put_together(counts) == together


# What is counted


@pytest.mark.django_db
def test_who_took_part_is_counted_by_session_and_form():
    one, other = make_held(city_ky="Ош"), make_held(city_ky="Нарын", date=in_days(-2))
    make_people(one, 7)
    make_people(other, 5, online=True)
    make_people(other, 1, joined_online_at=timezone.now())  # both: in the hall
    make_registration(other)

    found = shown(one, other)

    assert found["sessions"] == {str(one): 7, str(other): 6}
    assert found["mode"] == {"Залда": 8, "Онлайн": 5}


@pytest.mark.django_db
def test_kinds_wait_for_the_last_session():
    city_session = make_held()
    make_people(city_session, 10, gender="female", organisation_type="ngo")
    make_people(city_session, 10, gender="male", organisation_type="state", age_group="65-")

    assert set(shown(city_session, is_final=False)) == set()
    found = shown(city_session)
    assert found["gender"] == {"Аял": 10, "Эркек": 10}
    assert set(found) == {"gender", "organisation_type", "age_group"}


@pytest.mark.django_db
@pytest.mark.parametrize(("absent", "said"), [(0, 10), (1, None), (4, None), (5, 15)])
def test_registered_is_left_out_where_it_would_tell_how_few_stayed_away(absent, said):
    city_session = make_held()
    make_people(city_session, 10)
    for _ in range(absent):
        make_registration(city_session)

    found = numbers.public_numbers([city_session], is_final=True)

    assert (found.took_part, found.registered) == (10, said)


@pytest.mark.django_db
def test_all_tables_are_of_the_same_people():
    """Or one of them taken from another would be a small group."""
    city_session = make_held()
    make_people(city_session, 9, gender="female", age_group="65-")
    make_people(city_session, 8, gender="male", online=True)
    make_registration(city_session, gender="male")

    found = numbers.public_numbers([city_session], is_final=True)

    assert {table.key: sum(count for _label, count in table.rows) for table in found.tables} == dict.fromkeys(
        ["mode", "gender", "age_group"], 17
    )


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 4])
def test_too_few_are_no_numbers(count):
    city_session = make_held()
    make_people(city_session, count)

    found = numbers.public_numbers([city_session], is_final=True)

    assert (found.took_part, found.registered, found.tables) == (None, None, [])


# The page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ky", "ru"])
def test_page_shows_totals_and_what_was_held(client, language):
    consultation = make_consultation()
    held = make_held(consultation)
    make_people(held, 7)
    make_people(held, 6, online=True)
    make_people(make_city_session(consultation), 20)  # still to come
    hidden = make_held(consultation, is_published=False)
    make_people(hidden, 20)

    page = page_of(client, consultation, language)

    assert re.findall(r"<td>(\d+)</td>", page) == ["7", "6"]
    assert not re.search(r"\sstyle=|<script", page)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sessions", "is_final"),
    [
        ([{"date": in_days(-3)}], True),
        ([{"date": in_days(-3)}, {"date": in_days(3)}], False),
        ([{"date": in_days(-3)}, {"date": None}], False),
        ([{"date": in_days(-3)}, {"date": in_days(3), "state": "cancelled"}], True),
        ([{"date": in_days(-3)}, {"date": in_days(3), "state": "postponed"}], False),
    ],
)
def test_last_session_is_the_one_after_which_nothing_is_to_come(client, sessions, is_final):
    consultation = make_consultation()
    for fields in sessions:
        make_city_session(consultation, **fields)

    answer = client.get(f"/ky/{consultation.slug}/numbers/")

    assert answer.context["numbers"].is_final is is_final


@pytest.mark.django_db
def test_consultation_closed_by_the_organisers_is_final(client):
    consultation = make_consultation(closed_on=in_days(-1))
    make_held(consultation)
    make_city_session(consultation, date=None)

    assert client.get(f"/ky/{consultation.slug}/numbers/").context["numbers"].is_final


@pytest.mark.django_db
def test_page_is_led_to_once_a_session_was_held(client):
    consultation = make_consultation()
    address = f'href="/ky/{consultation.slug}/numbers/"'
    make_city_session(consultation)
    assert address not in client.get(f"/ky/{consultation.slug}/").content.decode()
    held = make_held(consultation)
    assert address in client.get(f"/ky/{consultation.slug}/").content.decode()
    assert address in client.get(held.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_page_says_why_there_is_nothing_yet(client):
    consultation = make_consultation()
    before = page_of(client, consultation)
    make_held(consultation)
    afterwards = page_of(client, consultation)
    for page in (before, afterwards):
        assert page.count('class="notice"') == 1
        assert "<table" not in page
    assert before != afterwards


@pytest.mark.django_db
def test_page_costs_three_queries_however_many_people(client, django_assert_num_queries):
    consultation = make_consultation()
    for count in (6, 12):
        make_people(make_held(consultation), count)
        with django_assert_num_queries(3):
            page_of(client, consultation)
