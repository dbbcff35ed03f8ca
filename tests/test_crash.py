"""Web, worker and database killed at random moments under load: what was acknowledged is there, once, with its message.

`make run` in a copy of the checkout, whose supervisor brings back what dies. Visitors register and cancel all the while
and, as a person at a browser would, send the same form again until they have an answer. The moments are random, from a
seed that a failure names; the verdict is not: it looks at the rows when everybody has been served.
"""

import contextlib
import http.client
import itertools
import os
import random
import signal
import threading
import time
from collections import Counter
from urllib.parse import urlencode

import psycopg
import pytest
import time_machine

from consultations.forms.sending import new_token
from tests.checkouts import copied_checkout
from tests.test_run import Site, children, free_port, wait_for

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="`make run` brings its own database"),
    pytest.mark.xdist_group("faults"),
]

SEED = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
KILLS = {"database": 8, "web": 6, "one process of the web": 22, "worker": 14}  # fifty
AT_MOST = 75  # seconds of it; a machine that has much else to do tries fewer moments, and the verdict is the same
VISITORS = 4
PLACES = 40
EVERY_FIFTH = 5  # cancels again
CSRF = "a" * 32


class Visitor(threading.Thread):
    """Registers one person after another, and cancels for some; keeps what the site has acknowledged."""

    numbers = itertools.count(1)

    def __init__(self, load):
        super().__init__(daemon=True)
        self.load = load

    def run(self):
        try:
            while not self.load.is_over.is_set():
                self.register(next(self.numbers))
        except Exception as error:  # noqa: BLE001 -- told by the test's thread
            self.load.failures.append(error)

    def register(self, number):
        with self.load.an_hour_ago():
            token = new_token()
        person = {
            "full_name": f"Катышуучу Саны-{number}",
            "email": f"visitor-{number}@example.org",
            "mode": "hall",
            "language": "ky",
            "consent_text": str(self.load.consent_text),
            "form_token": token,
        }
        location = self.send_until_answered(number, f"{self.load.path}register/", person)
        code = location.rstrip("/").rsplit("/", 1)[-1]
        self.load.registered[code] = person["full_name"]
        if number % EVERY_FIFTH == 0:
            self.send_until_answered(number, f"/ky/r/{code}/cancel/", {})
            self.load.cancelled.add(code)

    def send_until_answered(self, number, path, fields):
        """Send the same form until the site says where to go next; where that is."""
        body = urlencode({"csrfmiddlewaretoken": CSRF, **fields})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"language=ky; csrftoken={CSRF}"}
        from_where = (f"127.0.{number // 200 % 200 + 1}.{number % 200 + 1}", 0)  # a network of their own each
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection(
                    "127.0.0.1", self.load.port, timeout=20, source_address=from_where
                )
                with contextlib.closing(connection):
                    connection.request("POST", path, body, headers)
                    answer = connection.getresponse()
                    answer.read()
                    self.load.statuses.add(answer.status)
                    if answer.status == 303:
                        return answer.headers["Location"]
                    if answer.status == 422 and path.endswith("/cancel/"):
                        return ""  # done before, and only the answer was lost
                    if answer.status not in {502, 503}:
                        raise AssertionError(f"{path} answers {answer.status}")
            time.sleep(0.05)


class Load:
    """What all visitors share."""

    def __init__(self, site, city_session):
        self.port = site.port
        self.path, self.consent_text = city_session
        self.registered, self.cancelled, self.statuses, self.failures = {}, set(), set(), []
        self.is_over = threading.Event()
        self.clock = threading.Lock()
        self.visitors = [Visitor(self) for _ in range(VISITORS)]

    @contextlib.contextmanager
    def an_hour_ago(self):
        """For forms that were opened some time ago: one that comes back at once is taken for a machine's."""
        with self.clock, time_machine.travel(time.time() - 3600):
            yield

    def __enter__(self):
        for visitor in self.visitors:
            visitor.start()
        return self

    def __exit__(self, *error):
        """Nobody new begins; everybody gets an answer."""
        self.is_over.set()
        for visitor in self.visitors:
            visitor.join(timeout=90)

    def has_gone_on(self):
        """Returns a condition: somebody has been acknowledged since now, or a visitor has failed."""
        before = len(self.registered)
        return lambda: len(self.registered) > before or self.failures


@pytest.fixture
def site(tmp_path):
    with copied_checkout(tmp_path / "crash") as checkout:
        site = Site(checkout, free_port())
        yield site.start().wait_until_ready()
        site.end(signal.SIGTERM)


def connected(site):
    """A connection to the site's own database."""
    folder = site.checkout.state / "server"
    return psycopg.connect(host=str(folder), port=5432, user="consultations", dbname="consultations")


def prepare_session(site):
    """A session with few places and nobody waiting: its id, and what a visitor's form needs."""
    with connected(site) as there:
        [pk, slug, consultation] = there.execute(
            """
            SELECT one.id, one.slug, consultation.slug
            FROM consultations_citysession AS one
            JOIN consultations_consultation AS consultation ON consultation.id = one.consultation_id
            WHERE one.date IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM consultations_registration WHERE city_session_id = one.id AND status = 'waiting'
            ) ORDER BY one.id LIMIT 1
            """
        ).fetchone()
        there.execute(
            "UPDATE consultations_citysession SET hall_reserved = 0, hall_capacity = %s + ("
            "SELECT count(*) FROM consultations_registration WHERE city_session_id = %s AND mode = 'hall'"
            " AND status = 'confirmed' AND source NOT IN ('desk', 'paper')) WHERE id = %s",
            [PLACES, pk, pk],
        )
        [consent_text] = there.execute("SELECT max(id) FROM consultations_consenttext").fetchone()
    return pk, (f"/ky/{consultation}/{slug}/", consent_text)


def victims(site, what):
    """The processes of that kind that live now."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        if what == "database":
            pid = site.checkout.postmaster()
            return [pid] if pid in site.pids("bin/postgres") else []
        if what == "worker":
            return site.children("manage.py procrastinate worker")
        mains = site.children("-m granian")
        return mains if what == "web" else [pid for main in mains for pid in children(main)]
    return []


def kill_at_random_moments(site, load, seed):
    """One of each kind, then the others in an order of the seed; each time after somebody was served again.

    Returns how many were killed of what.
    """
    chance = random.Random(seed)
    order = [what for what, count in KILLS.items() for _ in range(count - 1)]
    chance.shuffle(order)
    end = time.monotonic() + AT_MOST
    killed = Counter()
    for number, what in enumerate([*KILLS, *order]):
        if number >= len(KILLS) and time.monotonic() > end:
            break
        wait_for(load.has_gone_on(), site.output)
        wait_for(lambda what=what: victims(site, what), site.output)
        time.sleep(chance.random() * 0.2)
        living = victims(site, what)
        if living:
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(living), signal.SIGKILL)
                killed[what] += 1
    return killed


HELD = """
    SELECT count(*) FROM consultations_registration WHERE city_session_id = %(session)s AND mode = 'hall'
        AND status = 'confirmed' AND source NOT IN ('desk', 'paper')
"""
WAITING = "SELECT count(*) FROM consultations_registration WHERE city_session_id = %(session)s AND status = 'waiting'"
TOLD = """
    SELECT registration.code, array_agg(message.kind ORDER BY message.kind), registration.status
    FROM consultations_registration AS registration
    LEFT JOIN consultations_message AS message ON message.registration_id = registration.id
    WHERE registration.id > %(before)s GROUP BY registration.id
"""
WITHOUT_A_JOB = """
    SELECT id FROM consultations_message AS message WHERE status = 'queued' AND channel = 'email' AND NOT EXISTS (
        SELECT 1 FROM procrastinate_jobs WHERE task_name = 'consultations.send_letter'
            AND status IN ('todo', 'doing') AND (args ->> 'message_id')::bigint = message.id
    )
"""
# What somebody has been told, by what became of them: the first answer, a place that became free, the cancellation.
MESSAGES = {
    "confirmed": [["confirmed"], ["promoted", "queued"]],
    "waiting": [["queued"]],
    "cancelled": [["confirmed", "left"], ["left", "promoted", "queued"], ["left", "queued"]],
}


def faults(there, load, **given):
    """What is not as it was acknowledged, in words; nothing, it is hoped."""

    def asked(query):
        return there.execute(query, given).fetchall()

    stored = asked("SELECT code, full_name, status FROM consultations_registration WHERE id > %(before)s")
    [(held,)], [(waiting,)] = asked(HELD), asked(WAITING)
    [(capacity,)] = asked("SELECT hall_capacity FROM consultations_citysession WHERE id = %(session)s")
    verdicts = {
        "not exactly what was acknowledged": {code: name for code, name, _status in stored} != load.registered,
        "somebody twice": len({name for _code, name, _status in stored}) != len(stored),
        "cancelled otherwise": {code for code, _name, status in stored if status == "cancelled"} != load.cancelled,
        "a place given twice": held > capacity,
        "a place lost": bool(waiting) and held < capacity,
        "told too little or too much": any(kinds not in MESSAGES[status] for _code, kinds, status in asked(TOLD)),
        "a letter that nothing will send": asked(WITHOUT_A_JOB) != [],
    }
    return [words for words, is_so in verdicts.items() if is_so]


# Each of these is what a crash could leave behind; the look above must see it.
DAMAGES = {
    "DELETE FROM consultations_message WHERE id = (SELECT max(id) FROM consultations_message WHERE kind = 'left')": [
        "told too little or too much"
    ],
    "UPDATE consultations_citysession SET hall_capacity = hall_capacity - 1 WHERE id = %(session)s": [
        "a place given twice"
    ],
    "UPDATE consultations_citysession SET hall_capacity = hall_capacity + 1 WHERE id = %(session)s": ["a place lost"],
    "UPDATE consultations_message SET status = 'queued', done_at = NULL WHERE id = ("
    "SELECT min(id) FROM consultations_message WHERE status = 'sent')": ["a letter that nothing will send"],
}


def test_fifty_kills_lose_nothing_and_double_nothing(site, record_property):
    print(f"CRASH_SEED={SEED}")  # noqa: T201 -- shown when it fails
    pk, city_session = prepare_session(site)
    with connected(site) as there:
        [before] = there.execute("SELECT max(id) FROM consultations_registration").fetchone()
    with Load(site, city_session) as load:
        killed = kill_at_random_moments(site, load, SEED)
        record_property("killed at random moments", ", ".join(f"{what}: {count}" for what, count in killed.items()))
        # Until the hall is full and people wait, however slow the machine: else there is nothing to look at.
        wait_for(lambda: len(load.registered) >= 2 * PLACES or load.failures, site.output)
    assert load.failures == []
    wait_for(lambda: site.answers() == 200, site.output)
    with connected(site) as there:
        assert faults(there, load, session=pk, before=before) == []
        for damage, words in DAMAGES.items():
            there.execute(damage, {"session": pk})
            assert faults(there, load, session=pk, before=before) == words
            there.rollback()
        load.registered["lost"] = "Катышуучу Жоголгон"
        assert faults(there, load, session=pk, before=before) == ["not exactly what was acknowledged"]
