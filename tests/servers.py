"""Other processes on the test's own database, or on an empty one beside it."""

import contextlib
import os
import subprocess
import sys
from urllib.parse import quote, urlencode

from django.db import connection

from tests.checkouts import HERE


def database_url(name=None):
    """The address of the test database, or of another one on the same server."""
    there = connection.settings_dict
    host = quote(there["HOST"], safe="") or "localhost"
    login = ":".join(quote(part, safe="") for part in (there["USER"], there.get("PASSWORD")) if part)
    port = f":{there['PORT']}" if there["PORT"] else ""
    options = {key: value for key, value in there["OPTIONS"].items() if isinstance(value, str)}
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
