"""The worker killed, the mail server away, several workers at once: no letter is lost, none comes twice for nothing.

Real workers in processes of their own, a real mail server on loopback, signals only to processes started here.
"""

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from consultations.actions.telling import send_all_later
from consultations.models import Message
from tests.factories import make_city_session, make_consent_text, make_registration

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("faults")]

CHECKOUT = Path(__file__).resolve().parent.parent
STALLED_AFTER = 3  # seconds
PATIENCE = 60


class Sink:
    """Counts the letters it takes by Message-ID; takes its time, so that a worker can be killed in the middle."""

    def __init__(self, seconds_a_letter=0.02):
        self.taken = Counter()
        self.seconds_a_letter = seconds_a_letter

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- the library's name
        import asyncio

        await asyncio.sleep(self.seconds_a_letter)
        lines = envelope.content.decode().splitlines()
        self.taken[next(line for line in lines if line.lower().startswith("message-id:"))] += 1
        return "250 OK"


@contextlib.contextmanager
def mail_server(sink, port=0):
    if not port:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


class Worker:
    """`manage.py procrastinate worker` on this test's database."""

    def __init__(self, smtp_port):
        there = connection.settings_dict
        host = quote(there["HOST"], safe="") or "localhost"
        login = ":".join(quote(part, safe="") for part in (there["USER"], there.get("PASSWORD")) if part)
        port = f":{there['PORT']}" if there["PORT"] else ""
        options = {key: value for key, value in there["OPTIONS"].items() if isinstance(value, str)}
        self.environment = os.environ | {
            "DATABASE_URL": f"postgresql://{login}@{host}{port}/{there['NAME']}?{urlencode(options, quote_via=quote)}",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(smtp_port),
            "EMAIL_USE_TLS": "0",
            "STALLED_AFTER_SECONDS": str(STALLED_AFTER),
        }
        self.process = None

    def __enter__(self):
        command = [sys.executable, "-W", "ignore", "manage.py", "procrastinate", "worker"]
        self.process = subprocess.Popen(
            command, cwd=CHECKOUT, env=self.environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        return self

    def __exit__(self, *error):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


def queue_letters(count):
    """So many letters in the outbox, each with its job."""
    city_session = make_city_session()
    consent_text = make_consent_text(city_session.consultation)
    numbers = itertools.count()
    registrations = [
        make_registration(city_session, email=f"visitor-{next(numbers)}@example.org", consent_text=consent_text)
        for _ in range(count)
    ]
    messages = Message.objects.bulk_create(
        Message(
            registration=registration,
            kind=Message.Kind.CONFIRMED,
            channel=Message.Channel.EMAIL,
            language="ky",
            dedupe_key=f"{registration.pk}:confirmed:1",
        )
        for registration in registrations
    )
    send_all_later(messages)
    return messages


def wait_until(happened, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.1)


def unsent():
    return Message.objects.unsent().count()


def test_killed_workers_lose_no_letter_and_repeat_at_most_one_each(transactional_db):
    messages, sink, kills = queue_letters(60), Sink(), 5
    with mail_server(sink) as port:
        for number in range(1, kills + 1):
            with Worker(port) as worker:
                wait_until(lambda number=number: len(sink.taken) >= number * 8)
                worker.kill()
        time.sleep(STALLED_AFTER + 0.5)  # until the dead are seen to be dead
        with contextlib.suppress(AlreadyEnqueued):  # by the clock, every other minute
            app.configure_task("consultations.retry_stalled", queueing_lock="consultations.retry_stalled").defer(
                timestamp=0
            )
        with Worker(port):
            wait_until(lambda: unsent() == 0)
    assert len(sink.taken) == len(messages)
    assert sum(sink.taken.values()) - len(messages) <= kills
    assert set(Message.objects.values_list("status", flat=True)) == {Message.Status.SENT}


def test_several_workers_send_each_letter_once(transactional_db):
    messages, sink = queue_letters(40), Sink()
    with mail_server(sink) as port, contextlib.ExitStack() as workers:
        for _ in range(3):
            workers.enter_context(Worker(port))
        wait_until(lambda: unsent() == 0)
    assert sorted(sink.taken.values()) == [1] * len(messages)


def test_letters_go_out_when_the_mail_server_returns(transactional_db):
    messages, sink = queue_letters(3), Sink()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        with Worker(port):
            wait_until(lambda: Message.objects.filter(attempts__gte=1).count() == len(messages))
            assert unsent() == len(messages)
            nobody.close()
            with mail_server(sink, port):
                wait_until(lambda: unsent() == 0)
    assert sorted(sink.taken.values()) == [1] * len(messages)
    assert set(Message.objects.values_list("error", flat=True)) == {""}
