"""Limits: counted in the table, per window, without keeping what was counted."""

import datetime

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from consultations import actions
from consultations.models import RateCount

pytestmark = pytest.mark.django_db

MIDDAY = datetime.datetime(2026, 3, 2, 12, 0, tzinfo=datetime.UTC)


def at(**later):
    return time_machine.travel(MIDDAY + datetime.timedelta(**later), tick=False)


def count(key="find:192.0.2.1", limit=2, minutes=10):
    return actions.within_limit(key=key, limit=limit, minutes=minutes)


def test_limit_lets_through_as_many_as_it_says():
    with at():
        assert [count() for _ in range(4)] == [True, True, False, False]


def test_limit_of_nothing_lets_nothing_through():
    with at():
        assert count(limit=0) is False


def test_limits_of_two_keys_and_of_two_prefixes_do_not_mix():
    with at():
        assert [count("find:192.0.2.1", 1), count("find:192.0.2.2", 1), count("register:192.0.2.1", 1)] == [True] * 3
        assert count("find:192.0.2.1", 1) is False


def test_limit_begins_anew_with_each_window():
    with at(minutes=9, seconds=59):
        assert [count(limit=1), count(limit=1)] == [True, False]
    with at(minutes=10):
        assert count(limit=1) is True
        assert RateCount.objects.count() == 2


def test_what_is_counted_is_not_kept():
    with at():
        count("find:aigul@example.org")
    row = RateCount.objects.get()
    assert "aigul" not in row.key
    assert row.key.startswith("find:")
    assert (row.count, row.window_start) == (1, MIDDAY)


def test_key_of_any_length_and_any_letters_is_counted():
    with at():
        assert count("find:" + "ө" * 10_000) is True


def test_counting_never_changes_how_the_rest_of_a_transaction_is_stored():
    """A count of its own need not reach the disk at once; a registration that counts letters must."""
    with connection.cursor() as cursor:
        actions.within_limit(key="a", limit=1, minutes=1)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.django_db(transaction=True)
def test_count_of_its_own_leaves_the_connection_as_it_was():
    with connection.cursor() as cursor:
        actions.within_limit(key="a", limit=1, minutes=1)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_old_counts_are_forgotten_and_recent_ones_kept():
    now = timezone.now()
    for days in [0, 1, 3]:
        RateCount.objects.create(key=f"find:{days}", window_start=now - datetime.timedelta(days=days))
    assert actions.forget_old_counts() == 1
    assert set(RateCount.objects.values_list("key", flat=True)) == {"find:0", "find:1"}
