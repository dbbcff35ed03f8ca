"""Other processes on the test's own database, or on an empty one beside it; the commands of deploy/, started."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import quote, urlencode

from django.db import connection

from tests.checkouts import HERE


def database_url(name=None):
    """The address of the test database, or of another one on the same server."""
    there = connection.settings_dict
    host = quote(there["HOST"], safe="") or "localhost"
    login = ":".join(quote(part, safe="") for part in (there["USER"], there.get("PASSWORD")) if part)
    port = f":{there['PORT']}" if there["PORT"] else ""
    ours = {"options", "connect_timeout"}  # which the settings say by themselves
    options = {key: value for key, value in there["OPTIONS"].items() if isinstance(value, str) and key not in ours}
    return f"postgresql://{login}@{host}{port}/{name or there['NAME']}?{urlencode(options, quote_via=quote)}"


@contextlib.contextmanager
def empty_database():
    """The address of an empty database on the same server, dropped at the end."""
    name = f"{connection.settings_dict['NAME']}_other"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        yield database_url(name)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def manage(*arguments, check=True, **environment):
    """`manage.py` with these arguments and variables, in a process of its own; what it said."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *map(str, arguments)],
        cwd=HERE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stderr
    return done


HOST = "consultations.example.kg"  # as in the files below deploy/


def production(tmp_path, **more):
    """The environment of a real server on the test database."""
    return {
        "SECRET_KEY": "only-for-this-test-0123456789-abcdefghijklm-nopqrst",
        "DATABASE_URL": database_url(),
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "EMAIL_HOST": "127.0.0.1",
        "DEFAULT_FROM_EMAIL": "Consultations <noreply@consultations.test>",
        "MEDIA_ROOT": str(tmp_path / "uploads"),
        "STATIC_ROOT": str(tmp_path / "static"),
        "TRUSTED_PROXIES": "1",
        **more,
    }


def unit(name, checkout=HERE):
    """The settings of a systemd unit in deploy/, as lists by name, and its command with `checkout` for the release."""
    found = {}
    for line in (HERE / "deploy" / "systemd" / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.startswith("#"):
            found.setdefault(key, []).append(value)
    [command] = found.get("ExecStart", [""])
    # Parted first: a checkout may lie in a path with a space.
    return found, [word.replace("/opt/consultations/current", str(checkout)) for word in command.split()]


@contextlib.contextmanager
def running(command, environment, cwd=HERE):
    """This command in a group of its own and with no other variables, ended at the end."""
    process = subprocess.Popen(
        command, cwd=cwd, env={"PATH": os.environ["PATH"], **environment}, start_new_session=True
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until(happened, seconds=90):
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"It did not happen within {seconds} seconds."
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
