"""The worker's side of a letter: sent once, tried again, given up with a word; on a real mail server on loopback."""

import datetime
import smtplib
import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from consultations import actions, jobs
from consultations.models import Message, RateCount
from tests.factories import make_registration


class Sink:
    """A mail server that keeps what it takes and refuses what the address asks for: `550@…`, `421@…`."""

    def __init__(self):
        self.letters = []
        self.sender = None

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if self.sender:
            return f"{self.sender} not you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 -- the library's name
        code = address.partition("@")[0]
        if code.isdigit():
            return f"{code} no"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


class PortChosenForUs(Controller):
    def _trigger_server(self):
        # Port 0 asks the system for a free one; the library would connect to port 0 to see whether it is up.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    def factory(self):
        return SMTP(self.handler, hostname="localhost")


@pytest.fixture
def sink(settings):
    handler = Sink()
    controller = PortChosenForUs(handler, hostname="127.0.0.1", port=0)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield handler
    controller.stop()


def make_letter(email="a@example.org", **fields):
    registration = make_registration(email=email)
    return Message.objects.create(
        **{
            "registration": registration,
            "kind": Message.Kind.CONFIRMED,
            "channel": Message.Channel.EMAIL,
            "language": "ky",
            "dedupe_key": f"{registration.pk}:confirmed:1",
        }
        | fields
    )


@pytest.mark.django_db
def test_letter_is_sent_once_however_often_the_job_runs(sink):
    message = make_letter()
    jobs.send_letter(message_id=message.pk)
    jobs.send_letter(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == Message.Status.SENT
    [(recipients, content)] = sink.letters
    assert recipients == ["a@example.org"]
    assert f"Message-ID: <{message.email_id}@" in content


@pytest.mark.django_db
def test_address_refused_for_good_is_failed_and_not_tried_again(sink):
    message = make_letter("550@example.org")
    jobs.send_letter(message_id=message.pk)
    message.refresh_from_db()
    assert (message.status, message.attempts) == (Message.Status.FAILED, 1)
    assert message.error == "SMTPRecipientsRefused"


@pytest.mark.django_db
def test_passing_refusal_raises_for_the_worker_and_stays_queued(sink):
    message = make_letter("450@example.org")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        jobs.send_letter(message_id=message.pk)
    message.refresh_from_db()
    assert (message.status, message.attempts) == (Message.Status.QUEUED, 1)
    assert message.error == "SMTPRecipientsRefused"


@pytest.mark.django_db
@pytest.mark.parametrize("code", [450, 550])
def test_server_that_refuses_our_own_address_fails_no_letter(sink, code):
    """A mistake in the settings, or a password that ran out: nobody is telephoned because of it."""
    sink.sender = code
    message = make_letter()
    with pytest.raises(smtplib.SMTPSenderRefused):
        jobs.send_letter(message_id=message.pk)
    message.refresh_from_db()
    assert (message.status, message.error) == (Message.Status.QUEUED, f"SMTPSenderRefused {code}")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, b"no")}), 550),
        (smtplib.SMTPRecipientsRefused({"a@example.org": (450, b"later")}), 450),
        (smtplib.SMTPDataError(554, b"spam"), 554),
        (smtplib.SMTPAuthenticationError(535, b"no such password"), None),
        (smtplib.SMTPConnectError(554, b"no service"), None),
        (smtplib.SMTPHeloError(550, b"who?"), None),
        (smtplib.SMTPServerDisconnected("gone"), None),
        (TimeoutError(), None),
    ],
)
def test_only_what_is_said_of_the_letter_is_a_refusal_of_it(error, code):
    assert jobs.refusal_of(error) == code


@pytest.mark.django_db
def test_mail_server_away_leaves_the_letter_queued(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses at once
        settings.EMAIL_HOST, settings.EMAIL_PORT = taken.getsockname()
        message = make_letter()
        with pytest.raises(ConnectionRefusedError):
            jobs.send_letter(message_id=message.pk)
    message.refresh_from_db()
    assert message.status == Message.Status.QUEUED


@pytest.mark.django_db
def test_letter_that_cannot_be_written_fails_and_blocks_nobody(sink, monkeypatch, caplog):
    bad, good = make_letter(), make_letter("b@example.org")

    def compose(message):
        if message.pk == bad.pk:
            raise ValueError("no such kind")
        return real(message)

    real = jobs.emails.letter
    monkeypatch.setattr(jobs.emails, "letter", compose)
    jobs.send_letter(message_id=bad.pk)
    jobs.send_letter(message_id=good.pk)
    bad.refresh_from_db()
    assert (bad.status, bad.error) == (Message.Status.FAILED, "ValueError")
    assert [recipients for recipients, _content in sink.letters] == [["b@example.org"]]


@pytest.mark.django_db
def test_job_of_somebody_who_has_gone_does_nothing(sink):
    jobs.send_letter(message_id=987654321)
    assert sink.letters == []


@pytest.mark.django_db
def test_old_limit_counts_are_forgotten_at_night():
    actions.within_limit(key="register:192.0.2.1", limit=1, minutes=10)
    RateCount.objects.create(key="old", window_start=timezone.now() - datetime.timedelta(days=3))
    jobs.tidy(timestamp=0)
    assert RateCount.objects.filter(key="old").count() == 0
    assert RateCount.objects.count() == 1
