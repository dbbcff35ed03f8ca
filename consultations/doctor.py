"""Is everything well on this server? Each thing is, or comes with the command that mends it."""

import datetime
import json
import shutil
import smtplib
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection, mail_admins
from django.db import DatabaseError, ProgrammingError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from consultations import actions, backups
from consultations.models import Message

GIB = 2**30
BACKUP_EVERY = datetime.timedelta(hours=26)  # every night, and it takes its time
LETTERS_LEAVE_WITHIN = datetime.timedelta(minutes=15)
CERTIFICATE_LASTS = datetime.timedelta(days=14)  # certbot renews at thirty days: by then it has failed for two weeks
CLOCKS_DIFFER = datetime.timedelta(seconds=5)
TOLD_AGAIN_AFTER = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `remedy` is a command, empty when all is well."""

    name: str
    words: str
    remedy: str = ""

    @property
    def is_well(self):
        return not self.remedy


def examine():
    """Look at everything; a thing that cannot even be looked at is not well."""
    return [_looked_at(look) for look in LOOKS]


def _looked_at(look):
    name = look.__name__.replace("_", " ")
    try:
        words, remedy = look()
    except ProgrammingError:
        words, remedy = "a table is missing", "manage.py migrate, as the database's owner"
    except DatabaseError as error:
        words, remedy = f"the database does not answer ({type(error).__name__})", "systemctl status postgresql"
    return Finding(name, words, remedy)


# Each returns what it found, and the command that mends it or nothing.


def database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    missing = missing_migrations()
    if missing:
        return f"migrations missing: {missing}", "manage.py migrate, as the database's owner"
    return "answers, and is of this version", ""


def missing_migrations():
    """How many this version brings that the database has not had. Those of a later version do not count."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        [there] = cursor.fetchone()
    if abs(timezone.now() - there) > CLOCKS_DIFFER:
        return "this machine and the database's disagree about the time", "timedatectl set-ntp true, on both"
    if _is_synchronised() is False:
        return "nothing keeps it right", "timedatectl set-ntp true"
    return "right", ""


def _is_synchronised():
    """What systemd says; None where there is no systemd, as in a container."""
    timedatectl = shutil.which("timedatectl")
    if timedatectl is None:
        return None
    command = [timedatectl, "show", "--property=NTPSynchronized", "--value"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    return {"yes": True, "no": False}.get(said)


def disk():
    for directory in filter(None, [settings.MEDIA_ROOT, settings.BACKUP_DIRECTORY]):
        there = next(path for path in [Path(directory), *Path(directory).parents] if path.exists())
        space = shutil.disk_usage(there)
        if space.free < max(GIB, space.total // 20):
            return f"{space.free / GIB:.1f} GiB left at {there}", f"df -h {there}; du -xh {there} | sort -h | tail"
    return "room enough", ""


def mail():
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        return "letters go to files", ""
    mailbox = get_connection()
    try:
        mailbox.open()
    except (OSError, smtplib.SMTPException) as error:
        return f"{settings.EMAIL_HOST} refuses us: {type(error).__name__}", "manage.py send_test_letter you@example.kg"
    mailbox.close()
    return f"{settings.EMAIL_HOST} takes letters", ""


def worker():
    last = ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True).first()
    silent_for = datetime.timedelta(seconds=2 * settings.STALLED_AFTER_SECONDS)
    if last is None or timezone.now() - last > silent_for:
        return "no sign of life", "systemctl restart consultations-worker"
    return "alive", ""


def queue():
    age, count = actions.queue_age()
    if age and age > LETTERS_LEAVE_WITHIN:
        minutes = round(age.total_seconds() / 60)
        return f"{count} letters wait, the oldest for {minutes} minutes", "journalctl -u consultations-worker -n 50"
    return f"{count} letters wait", ""


def held_messages():
    count = Message.objects.held().count()
    if count:
        return f"{count} held back since a restore", f"{settings.SITE_URL}/admin/: Messages, let them go or drop them"
    return "none", ""


def backup():
    mend = "systemctl start consultations-backup; journalctl -u consultations-backup -n 20"
    if not settings.BACKUP_DIRECTORY or not settings.BACKUP_RECIPIENT:
        return "none is made", "set BACKUP_DIRECTORY and BACKUP_RECIPIENT; README.md, Backup"
    age = backups.age_of_newest()
    if age is None:
        return "there is none", mend
    hours = round(age.total_seconds() / 3600)
    return f"{hours} hours old", mend if age > BACKUP_EVERY else ""


def certificate():
    address = urlsplit(settings.SITE_URL)
    if address.scheme != "https":
        return "none, as in the demo", ""
    try:
        lasts = _certificate_lasts(address.hostname, address.port or 443)
    except OSError as error:
        reason = getattr(error, "verify_message", "") or type(error).__name__
        return f"{address.hostname} cannot be reached by https: {reason}", "certbot renew; systemctl reload nginx"
    mend = "certbot renew; systemctl reload nginx" if lasts < CERTIFICATE_LASTS else ""
    return f"good for {lasts.days} days", mend


def _certificate_lasts(host, port):
    """How long the certificate that visitors see is valid. Raises OSError when there is no valid one."""
    with (
        socket.create_connection((host, port), timeout=10) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
    ):
        ends = ssl.cert_time_to_seconds(secure.getpeercert()["notAfter"])
    return datetime.datetime.fromtimestamp(ends, tz=datetime.UTC) - timezone.now()


def administrators():
    if not settings.ADMINS:
        return "nobody is told when something is wrong", "set ADMINS; README.md, Environment"
    return f"told by letter: {len(settings.ADMINS)}", ""


LOOKS = [database, clock, disk, mail, worker, queue, held_messages, backup, certificate, administrators]


# Telling


def report(findings):
    """What was found, a line each, the remedies below."""
    lines = []
    for finding in findings:
        lines.append(f"{'ok ' if finding.is_well else 'BAD'}  {finding.name}: {finding.words}")
        if not finding.is_well:
            lines.append(f"     → {finding.remedy}")
    return "\n".join(lines)


def tell_admins(findings, memory):
    """Write to ADMINS when what is wrong has changed, once a day while it stays so, and when all is well again.

    `memory` is the path of a file that keeps what they were told last. Raises OSError or SMTPException when the letter
    cannot be sent; it is then tried again the next time. Returns whether a letter was sent.
    """
    wrong = [finding.name for finding in findings if not finding.is_well]
    try:
        told = json.loads(memory.read_text())
    except (FileNotFoundError, ValueError):
        told = {"wrong": [], "at": "1970-01-01T00:00:00+00:00"}
    is_old = timezone.now() - datetime.datetime.fromisoformat(told["at"]) >= TOLD_AGAIN_AFTER
    if wrong == told["wrong"] and not (wrong and is_old):
        return False
    mail_admins(f"Wrong: {', '.join(wrong)}" if wrong else "All is well again", report(findings))
    memory.write_text(json.dumps({"wrong": wrong, "at": timezone.now().isoformat()}))
    return True
