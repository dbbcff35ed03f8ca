"""How many letters a minute one worker writes and hands to a mail server on the same machine."""

import contextlib
import os
import socket
import subprocess
import sys
import time

from bench.people import somebody_registered

LETTERS = 100


class Sink:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 -- the library's name
        return "250 OK"


@contextlib.contextmanager
def mail_server():
    from aiosmtpd.controller import Controller

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def letters():
    """Queue the confirmations of `LETTERS` people, start a worker and wait for the last; its start is not counted."""
    from django.db import connection

    from consultations.actions.telling import send_all_later
    from consultations.models import Message, Registration

    # What the registrations before have queued is not what is measured here.
    Message.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    somebody_registered()
    people = Registration.objects.confirmed().exclude(email="").order_by("pk")[:LETTERS]
    messages = Message.objects.bulk_create(
        Message(
            registration=registration,
            kind=Message.Kind.CONFIRMED,
            channel=Message.Channel.EMAIL,
            language=registration.language,
            dedupe_key=f"{registration.pk}:bench",
        )
        for registration in people
    )
    send_all_later(messages)
    with mail_server() as port:
        environment = os.environ | {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port), "EMAIL_USE_TLS": "0"}
        command = [sys.executable, "-W", "ignore", "manage.py", "procrastinate", "worker"]
        worker = subprocess.Popen(command, env=environment)
        try:
            waiting, begun = wait_for_the_first(len(messages)), time.perf_counter()
            while left := Message.objects.unsent().count():
                time.sleep(0.05)
            assert left == 0
            seconds = time.perf_counter() - begun
        finally:
            worker.terminate()
            worker.wait(timeout=30)
    yield "letters, one worker, into a local mail server", f"{waiting / seconds:,.0f}/s", "", ""


def wait_for_the_first(count):
    from consultations.models import Message

    while (waiting := Message.objects.unsent().count()) == count:
        time.sleep(0.02)
    return waiting
