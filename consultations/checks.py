"""`manage.py check`: each misconfiguration has an id and says how to repair it.

The database is asked only under `check --database default`; the Python and the address only under `check --deploy`.
"""

import sys
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import connections
from django.http.request import validate_host

OLDEST_SERVER = 150000  # as PostgreSQL writes 15.0
SAFE_PYTHON = (3, 11, 15)


@checks.register(checks.Tags.database)
def check_database(app_configs, databases, **kwargs):
    """E001 encoding, E002 case mapping, E003 version of the PostgreSQL server."""
    errors = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_setting('server_encoding'), upper('ө') = 'Ө'")
            encoding, knows_cyrillic = cursor.fetchone()
            version = cursor.connection.info.server_version
        if encoding != "UTF8":
            errors.append(
                checks.Error(
                    f"The database is encoded in {encoding}, not UTF8.",
                    hint="Make it anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
                    id="consultations.E001",
                )
            )
        elif not knows_cyrillic:
            errors.append(
                checks.Error(
                    "The database does not know capital letters beyond ASCII: searching «омур» would not find «Өмүр».",
                    hint="Make the cluster with --locale C.UTF-8, or the database with LOCALE 'C.UTF-8'.",
                    id="consultations.E002",
                )
            )
        if version < OLDEST_SERVER:
            errors.append(
                checks.Error(
                    f"PostgreSQL {version // 10000} is older than any this was tested on.",
                    hint="Use PostgreSQL 15 or newer.",
                    id="consultations.E003",
                )
            )
    return errors


@checks.register(checks.Tags.security, deploy=True)
def check_python(app_configs, **kwargs):
    """W001: a Python whose e-mail module lets a header be forged."""
    if sys.version_info[:3] >= SAFE_PYTHON:
        return []
    return [
        checks.Warning(
            f"Python {sys.version.split()[0]} has known holes in its e-mail module (CVE-2024-6923, CVE-2026-1299).",
            hint="Use Python 3.11.15 or newer.",
            id="consultations.W001",
        )
    ]


@checks.register(checks.Tags.security, deploy=True)
def check_site_url(app_configs, **kwargs):
    """E004: letters and posters would carry an address that the site itself refuses."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [
        checks.Error(
            f"SITE_URL is at {host}, which is not among ALLOWED_HOSTS.",
            hint=f"Add {host} to ALLOWED_HOSTS.",
            id="consultations.E004",
        )
    ]


@checks.register()
def check_mail(app_configs, **kwargs):
    """E005 a login without its password or the reverse; E006 a sender that is nobody; W002 a password in the clear."""
    if settings.EMAIL_BACKEND != "django.core.mail.backends.smtp.EmailBackend":
        return []
    found = []
    if bool(settings.EMAIL_HOST_USER) != bool(settings.EMAIL_HOST_PASSWORD):
        found.append(
            checks.Error(
                "The mail server's login is half configured.",
                hint="Set both EMAIL_HOST_USER and EMAIL_HOST_PASSWORD, or neither.",
                id="consultations.E005",
            )
        )
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        found.append(
            checks.Warning(
                "The mail server's password goes over the network in the clear.",
                hint="Set EMAIL_USE_TLS=1 (port 587) or EMAIL_USE_SSL=1 (port 465).",
                id="consultations.W002",
            )
        )
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2]
    if not settings.DEMO and (not domain or domain.endswith(("example.org", "example.com", "localhost"))):
        found.append(
            checks.Error(
                f"Letters would come from {settings.DEFAULT_FROM_EMAIL}, which is nobody's address.",
                hint="Set DEFAULT_FROM_EMAIL to an address of your own domain.",
                id="consultations.E006",
            )
        )
    return found
