"""What the rules and the table refuse, in words; what is done again; and what is nobody's fault but ours."""

import re
from pathlib import Path

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from consultations import actions
from consultations.actions.refusals import MESSAGES, MovedMeanwhile, all_or_nothing
from consultations.models import DoorPass, Registration
from tests.factories import make_city_session, make_need, make_registration, sign_up
from tests.outcomes import refusal

ACTIONS = Path(actions.__file__).parent


def test_every_refusal_in_the_code_has_words_and_all_words_are_used():
    code = "".join(path.read_text() for path in ACTIONS.glob("*.py"))
    raised = set(re.findall(r'RegistrationRefused\(\s*"([a-z-]+)"', code))
    chosen = set(re.findall(r'RegistrationRefused\("([a-z-]+)" if .+ else "([a-z-]+)"\)', code))
    of_a_pass = {f"pass-{state}" for state in DoorPass.State.values if f"pass-{state}" in MESSAGES}
    by_constraint = set(re.findall(r'"registration_\w+": "([a-z-]+)"', code))
    assert raised | {word for pair in chosen for word in pair} | by_constraint | of_a_pass == MESSAGES.keys()


def test_refusal_carries_code_words_and_numbers():
    refused = actions.RegistrationRefused("too-few", free=4)
    assert (refused.code, refused.free, refused.count) == ("too-few", 4, None)
    assert refused.message == MESSAGES["too-few"]


@all_or_nothing
def write_and_raise(*, error, attempts):
    """Writes a registration, then fails in this way for the first `attempts` times."""
    make_registration(full_name="Асан")
    write_and_raise.attempts += 1
    if write_and_raise.attempts <= attempts:
        raise error
    return "done"


@pytest.fixture(autouse=True)
def no_attempts_yet():
    write_and_raise.attempts = 0


@pytest.mark.django_db
def test_action_that_fails_leaves_nothing():
    with pytest.raises(ZeroDivisionError):
        write_and_raise(error=ZeroDivisionError(), attempts=1)
    assert Registration.objects.count() == 0
    assert write_and_raise.attempts == 1


@pytest.mark.django_db
def test_action_on_somebody_who_moved_is_begun_again_and_leaves_one_trace():
    assert write_and_raise(error=MovedMeanwhile(), attempts=2) == "done"
    assert Registration.objects.count() == 1


@pytest.mark.django_db
def test_action_that_never_finds_where_somebody_is_gives_up():
    refused = refusal(write_and_raise, error=MovedMeanwhile(), attempts=100)
    assert (refused.code, write_and_raise.attempts) == ("busy", 5)
    assert Registration.objects.count() == 0


@pytest.mark.django_db
def test_ticket_numbers_that_are_always_taken_are_given_up(monkeypatch):
    city_session = make_city_session()
    taken = sign_up(city_session).contact.pass_number
    monkeypatch.setattr(Registration._meta.get_field("pass_number"), "_get_default", lambda: taken)
    assert refusal(sign_up, city_session).code == "busy"


@pytest.mark.django_db
def test_refusal_of_the_table_that_nobody_has_words_for_stays_an_error():
    registration = make_registration()
    with pytest.raises(IntegrityError):
        actions.change(registration=registration, full_name="")
    need = {"kind": make_need(registration).kind}
    with pytest.raises(IntegrityError):
        sign_up(None, {"full_name": "Асан", "phone": "+996555000111", "needs": [need, need]})


@pytest.mark.django_db
def test_error_of_the_database_that_is_no_lock_stays_an_error():
    @all_or_nothing
    def divide():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)")

    with pytest.raises(OperationalError), transaction.atomic():
        divide()
