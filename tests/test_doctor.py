"""Each thing is well, or comes with what mends it; administrators hear of changes, and daily of what lasts."""

import datetime
import socket
import ssl
import subprocess
import threading
from collections import namedtuple

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from consultations import backups, doctor
from tests.factories import make_message

pytestmark = pytest.mark.django_db

NOW = timezone.make_aware(datetime.datetime(2026, 6, 1, 12))


def finding(name):
    return next(one for one in doctor.examine() if one.name == name)


def beat(seconds_ago):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)",
            [timezone.now() - datetime.timedelta(seconds=seconds_ago)],
        )


@pytest.fixture
def well(settings, tmp_path):
    """A server on which nothing is wrong, as far as a test can have one."""
    settings.BACKUP_DIRECTORY, settings.BACKUP_RECIPIENT = str(tmp_path), "age1…"
    settings.MEDIA_ROOT = str(tmp_path / "uploads")
    settings.ADMINS = [("administrator", "administrator@example.org")]
    (tmp_path / timezone.now().strftime(backups.NAME)).touch()
    beat(seconds_ago=1)
    return tmp_path


def test_nothing_is_wrong(well, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "_is_synchronised", lambda: None)
    monkeypatch.setattr(doctor.shutil, "disk_usage", disk_with(free=9 * doctor.GIB))
    call_command("doctor")
    lines = capsys.readouterr().out.splitlines()
    assert [line[:3] for line in lines] == ["ok "] * len(doctor.LOOKS)


def disk_with(free):
    return lambda path: namedtuple("usage", "total used free")(100 * doctor.GIB, 0, free)  # noqa: PYI024


def test_command_ends_with_1_and_names_the_remedy(well, settings, capsys):
    settings.ADMINS = []
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    assert ended.value.code == 1
    assert "BAD  administrators: nobody is told" in capsys.readouterr().out


def test_worker_without_a_sign_of_life(well, settings):
    assert finding("worker").is_well
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_workers")
    assert finding("worker").remedy == "systemctl restart consultations-worker"
    beat(seconds_ago=2 * settings.STALLED_AFTER_SECONDS + 1)
    assert finding("worker").words == "no sign of life"


def test_letters_that_wait_too_long(well):
    make_message()
    assert finding("queue").is_well
    make_message(created_at=timezone.now() - datetime.timedelta(minutes=16))
    assert finding("queue").words == "2 letters wait, the oldest for 16 minutes"


def test_messages_held_since_a_restore(well):
    make_message(status="held")
    assert finding("held messages").words == "1 held back since a restore"


def test_backup_that_is_missing_old_or_not_wanted(well, settings):
    [path, _made_at] = backups.kept(well)[0]
    assert finding("backup").words == "0 hours old"
    path.rename(well / (timezone.now() - datetime.timedelta(hours=27)).strftime(backups.NAME))
    assert (finding("backup").words, finding("backup").is_well) == ("27 hours old", False)
    backups.kept(well)[0][0].unlink()
    assert finding("backup").words == "there is none"
    settings.BACKUP_RECIPIENT = ""
    assert finding("backup").words == "none is made"


def test_disk_that_is_nearly_full(well, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", disk_with(free=4.9 * doctor.GIB))
    assert finding("disk").words == f"4.9 GiB left at {well}"


def test_clock_that_differs_or_that_nothing_keeps(well, monkeypatch):
    with time_machine.travel(timezone.now() + datetime.timedelta(seconds=30)):
        assert "disagree" in finding("clock").words
    for answer, is_well in [(None, True), (True, True), (False, False)]:
        monkeypatch.setattr(doctor, "_is_synchronised", lambda answer=answer: answer)
        assert finding("clock").is_well == is_well


def test_migrations_that_are_missing(well):
    with connection.cursor() as cursor:
        newest = "SELECT max(name) FROM django_migrations WHERE app = 'consultations'"
        cursor.execute(f"DELETE FROM django_migrations WHERE app = 'consultations' AND name = ({newest})")
    assert finding("database").words == "migrations missing: 1"


def test_database_that_is_away(well, monkeypatch):
    from tests.test_errors import raise_operational_error

    monkeypatch.setattr(connection, "cursor", raise_operational_error)
    assert finding("database").remedy == "systemctl status postgresql"


def test_mail_server_that_does_not_answer(well, settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", nobody.getsockname()[1]
        assert finding("mail").words == "127.0.0.1 refuses us: ConnectionRefusedError"


@pytest.fixture
def https(tmp_path, monkeypatch):
    """A function that serves a certificate of so many days, which is trusted, and returns the address."""
    servers = []

    def serve(days):
        certificate, key = tmp_path / f"{days}.pem", tmp_path / f"{days}.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ours.load_cert_chain(certificate, key)
        theirs = ssl.create_default_context(cafile=certificate)
        monkeypatch.setattr(doctor.ssl, "create_default_context", lambda: theirs)
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def answer():
            taken, _address = server.accept()
            ours.wrap_socket(taken, server_side=True).close()

        threading.Thread(target=answer, daemon=True).start()
        return f"https://localhost:{server.getsockname()[1]}"

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize(("days", "is_well"), [(90, True), (10, False)])
def test_certificate_that_ends_soon(https, settings, days, is_well):
    settings.SITE_URL = https(days)
    found = finding("certificate")
    assert (found.is_well, found.words) == (is_well, f"good for {days - 1} days")


def test_site_that_cannot_be_reached_by_https(settings):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        settings.SITE_URL = f"https://127.0.0.1:{nobody.getsockname()[1]}"
        assert finding("certificate").words == "127.0.0.1 cannot be reached by https: ConnectionRefusedError"


# Telling the administrators


def found(*wrong):
    return [doctor.Finding(name, "words", "mend" if name in wrong else "") for name in ("mail", "disk")]


def test_administrators_hear_of_changes_and_daily_of_what_lasts(settings, tmp_path, mailoutbox):
    settings.ADMINS = [("a", "administrator@example.org")]
    memory = tmp_path / "doctor.json"
    course = [(0, [], False), (1, ["mail"], True), (2, ["mail"], False), (3, ["mail", "disk"], True)]
    course += [(26, ["mail", "disk"], False), (27, ["mail", "disk"], True), (28, [], True), (60, [], False)]
    for hours, wrong, is_told in course:
        with time_machine.travel(NOW + datetime.timedelta(hours=hours), tick=False):
            assert doctor.tell_admins(found(*wrong), memory) is is_told, hours
    assert [letter.subject.partition("] ")[2] for letter in mailoutbox] == [
        "Wrong: mail",
        "Wrong: mail, disk",
        "Wrong: mail, disk",
        "All is well again",
    ]
    assert mailoutbox[0].to == ["administrator@example.org"]
    assert mailoutbox[0].body == "BAD  mail: words\n     → mend\nok   disk: words"


def test_letter_that_could_not_be_sent_is_tried_again(settings, tmp_path, monkeypatch, mailoutbox):
    settings.ADMINS = [("a", "administrator@example.org")]

    def refuse(*words):
        raise ConnectionRefusedError

    memory = tmp_path / "doctor.json"
    with monkeypatch.context() as patched:
        patched.setattr(doctor, "mail_admins", refuse)
        with pytest.raises(ConnectionRefusedError):
            doctor.tell_admins(found("mail"), memory)
    assert doctor.tell_admins(found("mail"), memory)
    assert len(mailoutbox) == 1
