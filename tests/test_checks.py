import sys

import pytest
from django.core import checks as django_checks

from consultations import checks


class Answering:
    """Stands in for a connection to another server, with these answers."""

    def __init__(self, encoding, knows_cyrillic, version):
        self.row = (encoding, knows_cyrillic)
        self.connection = self.info = self
        self.server_version = version

    def cursor(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def execute(self, query):
        return None

    def fetchone(self):
        return self.row


@pytest.mark.parametrize(
    ("server", "ids"),
    [
        (Answering("UTF8", True, 150004), []),
        (Answering("SQL_ASCII", False, 150004), ["consultations.E001"]),
        (Answering("UTF8", False, 150004), ["consultations.E002"]),
        (Answering("UTF8", True, 140011), ["consultations.E003"]),
    ],
)
def test_a_server_that_would_lose_letters_or_is_too_old_is_refused(monkeypatch, server, ids):
    monkeypatch.setattr(checks, "connections", {"default": server})
    found = checks.check_database(None, databases=["default"])
    assert [error.id for error in found] == ids
    assert all(error.hint for error in found)


@pytest.mark.django_db
def test_the_server_of_the_tests_passes():
    assert checks.check_database(None, databases=["default"]) == []


def test_without_database_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(checks, "connections", None)
    assert checks.check_database(None, databases=None) == []


@pytest.mark.parametrize(
    ("version", "ids"),
    [((3, 11, 14), ["consultations.W001"]), ((3, 11, 15), []), ((3, 12, 0), []), ((3, 14, 1), [])],
)
def test_an_old_python_is_named(monkeypatch, version, ids):
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    assert [warning.id for warning in checks.check_python(None)] == ids


@pytest.mark.parametrize(
    ("site_url", "ids"),
    [("https://example.kg", []), ("https://www.example.kg", []), ("https://other.kg", ["consultations.E004"])],
)
def test_the_sites_own_address_must_be_allowed(settings, site_url, ids):
    settings.ALLOWED_HOSTS = ["example.kg", ".example.kg"]
    settings.SITE_URL = site_url
    assert [error.id for error in checks.check_site_url(None)] == ids


def test_the_checks_are_registered():
    names = {check.__name__ for check in django_checks.registry.registry.get_checks(include_deployment_checks=True)}
    assert {"check_database", "check_python", "check_site_url"} <= names


SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("mail", "ids"),
    [
        ({}, []),
        ({"EMAIL_HOST_USER": "site", "EMAIL_HOST_PASSWORD": "secret", "EMAIL_USE_TLS": True}, []),
        ({"EMAIL_HOST_USER": "site"}, ["consultations.E005"]),
        ({"EMAIL_HOST_PASSWORD": "secret", "EMAIL_USE_SSL": True}, ["consultations.E005"]),
        ({"EMAIL_HOST_USER": "site", "EMAIL_HOST_PASSWORD": "secret"}, ["consultations.W002"]),
        ({"DEMO": False, "DEFAULT_FROM_EMAIL": "Site <webmaster@localhost>"}, ["consultations.E006"]),
        ({"DEMO": False, "DEFAULT_FROM_EMAIL": "nobody"}, ["consultations.E006"]),
        ({"DEMO": False, "DEFAULT_FROM_EMAIL": "Talkuu <talkuu@ministry.kg>"}, []),
        ({"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend", "EMAIL_HOST_USER": "site"}, []),
    ],
)
def test_half_configured_mail_is_refused(settings, mail, ids):
    complete = {"EMAIL_BACKEND": SMTP, "EMAIL_HOST_USER": "", "EMAIL_HOST_PASSWORD": "", "EMAIL_USE_TLS": False}
    for name, value in (complete | {"EMAIL_USE_SSL": False} | mail).items():
        setattr(settings, name, value)
    found = checks.check_mail(None)
    assert [problem.id for problem in found] == ids
    assert all(problem.hint for problem in found)
