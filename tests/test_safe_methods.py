"""Reading changes nothing (P 42): scanners and previews open every link of a letter, with every secret in it."""

import pytest
from django.db import connection

from tests.addresses import World

pytestmark = pytest.mark.django_db

ROWS_WRITTEN = "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"


def rows_written():
    """How many rows this transaction has written so far, as PostgreSQL counts: also those written back as they were."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS_WRITTEN)
        return cursor.fetchone()[0]


def test_the_counter_sees_a_write():
    before = rows_written()
    World()
    assert rows_written() > before


@pytest.mark.parametrize("reader", ["stranger", "organiser"])
def test_get_head_and_options_write_nothing_at_any_address(client, reader):
    world = World()
    if reader == "organiser":
        client.force_login(world.organiser)
    writing = []
    for address in world.addresses():
        for method in ["GET", "HEAD", "OPTIONS"]:
            before = rows_written()
            response = client.generic(method, address)
            assert response.status_code < 500, (method, address)
            if rows_written() != before:
                writing.append((method, address))
    assert writing == []


@pytest.mark.parametrize("part", ["switch/", "cancel/", "new-link/", "return/", "answer/", "zoom-form/", "group/add/"])
def test_words_of_a_button_in_the_address_do_nothing(client, part):
    world = World()
    before = rows_written()
    client.get(f"{world.registration.get_absolute_url()}{part}?to=online&answer=no&done=1&csrfmiddlewaretoken=x")
    assert rows_written() == before
