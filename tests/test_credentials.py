"""The three secrets of a registration: unguessable, independent; and a number that survives being spoken (P 44, 45)."""

import base64
import itertools
import random

import pytest

from consultations.models import Registration
from consultations.models.credentials import (
    clean_pass_number,
    is_pass_number,
    new_pass_number,
    new_secret,
    spaced_pass_number,
)
from tests.factories import make_registration


def test_secret_holds_128_random_bits_and_needs_no_quoting():
    secret = new_secret()
    assert len(base64.urlsafe_b64decode(secret + "==")) == 16
    assert len(secret) == 22 == Registration._meta.get_field("code").max_length


def test_a_hundred_thousand_secrets_are_all_different_and_use_every_bit():
    drawn = {new_secret() for _ in range(100_000)}
    assert len(drawn) == 100_000
    # Each of the 128 bits is set in about half of them: six standard deviations either way.
    numbers = [int.from_bytes(base64.urlsafe_b64decode(secret + "==")) for secret in itertools.islice(drawn, 10_000)]
    for bit in range(128):
        assert 4700 < sum(number >> bit & 1 for number in numbers) < 5300


@pytest.mark.django_db
def test_secrets_of_one_registration_have_nothing_in_common():
    registration = make_registration()
    assert len({registration.code, registration.join_code, registration.pass_number}) == 3
    assert registration.pass_number not in registration.code + registration.join_code


@pytest.mark.django_db
def test_secrets_are_not_in_the_order_of_registering():
    drawn = [make_registration() for _ in range(8)]
    for secret in ["code", "join_code", "pass_number"]:
        in_order = [getattr(registration, secret) for registration in drawn]
        assert len(set(in_order)) == 8
        assert in_order not in (sorted(in_order), sorted(in_order, reverse=True))


@pytest.mark.django_db
def test_own_page_is_addressed_by_the_code_alone():
    registration = make_registration()
    address = registration.get_absolute_url()
    assert address.endswith(f"/r/{registration.code}/")
    assert registration.pass_number not in address


def test_every_drawn_number_agrees_with_its_check_digit():
    for _ in range(2000):
        assert is_pass_number(new_pass_number())


def test_numbers_begin_with_any_digit_zero_included():
    assert {new_pass_number()[0] for _ in range(2000)} == set("0123456789")


@pytest.mark.parametrize("seed", range(20))
def test_one_wrong_digit_is_noticed(seed):
    number = drawn_number(seed)
    for place, digit in itertools.product(range(8), "0123456789"):
        if number[place] != digit:
            assert not is_pass_number(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize("seed", range(20))
def test_two_neighbours_the_wrong_way_round_are_noticed(seed):
    number = drawn_number(seed)
    for place in range(7):
        if number[place] != number[place + 1]:
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            assert not is_pass_number(swapped)


def drawn_number(seed):
    """A valid number that is the same in each run: seven digits, and the one eighth that agrees."""
    digits = "".join(random.Random(seed).choices("0123456789", k=7))
    [number] = [digits + check for check in "0123456789" if is_pass_number(digits + check)]
    return number


@pytest.mark.parametrize(
    "text", ["", "2741093", "274109366", "2741 093", "٢٧٤١٠٩٣٦", "２７４１０９３６", "2741093²", "abcdefgh"]
)
def test_what_is_no_number_is_refused(text):
    assert not is_pass_number(text)


@pytest.mark.parametrize(
    "typed",
    [
        "27410936",
        "2741 0936",
        "2741-0936",
        "№ 2741 0936",
        "2741\N{NO-BREAK SPACE}0936",
        " 2 7 4 1 0 9 3 6 ",
        "２７４１０９３６",
        "٢٧٤١ ٠٩٣٦",
        "билет 2741.0936",
    ],
)
def test_number_is_read_however_it_is_typed(typed):
    assert clean_pass_number(typed) == "27410936"


@pytest.mark.parametrize("typed", ["", "жок", "½²", "O"])
def test_nothing_is_read_where_no_digit_is(typed):
    assert clean_pass_number(typed) == ""


def test_number_is_shown_in_two_groups_that_do_not_break():
    assert spaced_pass_number("27410936") == "2741\N{NO-BREAK SPACE}0936"
    assert clean_pass_number(spaced_pass_number("27410936")) == "27410936"
