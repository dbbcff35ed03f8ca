"""Settings as a server's start reads them."""

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.checkouts import HERE

pytestmark = pytest.mark.xdist_group("settings")  # static files are collected once

PRODUCTION = {
    "SECRET_KEY": "not-the-real-one-but-long-enough-0123456789-abcdefghijklm",
    "DATABASE_URL": "postgresql://site:secret@db.example.org/site",
    "ALLOWED_HOSTS": "consultations.example.org",
    "SITE_URL": "https://consultations.example.org",
    "EMAIL_HOST": "mail.example.org",
    "DEFAULT_FROM_EMAIL": "Consultations <noreply@consultations.test>",
    "MEDIA_ROOT": "/srv/consultations/uploads",
}


@pytest.fixture
def read(monkeypatch):
    """A function that reads the settings in the given environment and nothing else, and returns them by name."""

    def read(environment):
        monkeypatch.setattr(os, "environ", environment)
        return runpy.run_path(str(HERE / "consultations" / "settings.py"))

    return read


def run(*arguments, environment):
    """Python in a process of its own, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=HERE,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "consultations.settings", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def without(name):
    return {key: value for key, value in PRODUCTION.items() if key != name}


def test_production_settings_are_accepted(read):
    settings = read(PRODUCTION)
    assert (settings["DEBUG"], settings["DEMO"]) == (False, False)


@pytest.mark.parametrize("name", PRODUCTION)
def test_a_missing_variable_is_named(read, name):
    with pytest.raises(ImproperlyConfigured, match=f"Set {name}; see 'Environment' in README.md."):
        read(without(name))


@pytest.mark.parametrize("name", PRODUCTION)
def test_an_empty_variable_is_a_missing_one(read, name):
    with pytest.raises(ImproperlyConfigured, match=f"Set {name};"):
        read({**PRODUCTION, name: ""})


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"DEBUG": "1"}, "DEBUG shows secrets"),
        ({"DEBUG": "maybe"}, "DEBUG is 'maybe'; say 1 or 0."),
        ({"DEMO": "perhaps"}, "DEMO is 'perhaps'; say 1 or 0."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"SECRET_KEY": "x" * 60}, "SECRET_KEY is too short or not secret"),
        ({"SECRET_KEY": "demo-only: whoever reads the source knows this key"}, "SECRET_KEY is too short or not secret"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS must name the hosts"),
        ({"SITE_URL": "http://consultations.example.org"}, "SITE_URL is the site's own address"),
        ({"SITE_URL": "consultations.example.org"}, "SITE_URL is the site's own address"),
        ({"SITE_URL": "https://consultations.example.org/ky/"}, "SITE_URL is the site's own address"),
        ({"DATABASE_URL": "sqlite:///db"}, "DATABASE_URL must look like"),
        ({"DATABASE_URL": "embedded"}, "DATABASE_URL must look like"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES is 'one'; say a whole number."),
        ({"MEDIA_ROOT": "uploads"}, "MEDIA_ROOT is 'uploads'; say the whole path"),
        ({"EMAIL_PORT": "-1"}, "EMAIL_PORT is '-1'; say a whole number."),
        ({"EMAIL_USE_TLS": "1", "EMAIL_USE_SSL": "1"}, "exclude each other"),
    ],
)
def test_a_wrong_variable_stops_the_start_with_a_word(read, fault, words):
    with pytest.raises(ImproperlyConfigured, match=re.escape(words)):
        read({**PRODUCTION, **fault})


def test_demo_needs_nothing_else(read):
    settings = read({"DEMO": "1"})
    assert settings["SITE_URL"] == "http://127.0.0.1:8000"
    assert settings["EMAIL_BACKEND"] == "django.core.mail.backends.filebased.EmailBackend"


@pytest.mark.parametrize("environment", [{"DEMO": "1"}, PRODUCTION], ids=["demo", "production"])
def test_uploads_never_land_in_the_checkout(read, environment):
    uploads = Path(read(environment)["MEDIA_ROOT"])
    assert uploads.is_absolute()
    assert not uploads.is_relative_to(HERE)


@pytest.mark.parametrize(
    ("address", "site_url"),
    [
        ({"PORT": "8001"}, "http://127.0.0.1:8001"),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:8000"),
        ({"HOST": "0.0.0.0", "PORT": "80"}, "http://127.0.0.1:80"),
        ({"SITE_URL": "https://demo.example.org/"}, "https://demo.example.org"),
    ],
)
def test_demo_says_its_own_address(read, address, site_url):
    assert read({"DEMO": "1", **address})["SITE_URL"] == site_url


@pytest.mark.parametrize(
    ("variables", "tls", "ssl"),
    [
        ({}, True, False),
        ({"EMAIL_PORT": "465"}, False, True),
        ({"EMAIL_PORT": "25", "EMAIL_USE_TLS": "0"}, False, False),
    ],
)
def test_mail_is_encrypted_unless_told_otherwise(read, variables, tls, ssl):
    settings = read({**PRODUCTION, **variables})
    assert (settings["EMAIL_USE_TLS"], settings["EMAIL_USE_SSL"]) == (tls, ssl)


def test_a_proxy_is_believed_only_when_it_is_said_to_be_there(read):
    assert "SECURE_PROXY_SSL_HEADER" not in read(PRODUCTION)
    trusting = read({**PRODUCTION, "TRUSTED_PROXIES": "1"})
    assert trusting["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_production_passes_the_deploy_checks_of_django():
    checked = run("-m", "django", "check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION)
    # An old Python is this machine's affair, not the settings'.
    complaints = [line for line in checked.stderr.splitlines() if "?: (" in line and "consultations.W001" not in line]
    assert complaints == []


def test_reading_settings_starts_nothing_and_writes_nothing(read, tmp_path):
    read({"DEMO": "1", "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Static files as production serves them: every file that a style sheet or a template names must be there."""
    directory = tmp_path_factory.mktemp("static")
    environment = {**PRODUCTION, "STATIC_ROOT": str(directory)}
    made = run("manage.py", "collectstatic", "--noinput", "--verbosity", "0", environment=environment)
    assert made.returncode == 0, made.stderr
    return environment


def test_static_files_can_be_collected_without_a_database(collected):
    manifest = json.loads((HERE / collected["STATIC_ROOT"] / "staticfiles.json").read_text())
    assert "site.css" in manifest["paths"]


PAGE = """
import django
django.setup()
from django.test import Client
answer = Client().get("{path}", HTTP_HOST="consultations.example.org", secure=True)
print(answer.status_code)
for name, value in answer.headers.items():
    print(f"{{name}}: {{value}}")
for cookie in answer.cookies.values():
    print(cookie.OutputString())
"""


def answer_of(environment, path):
    got = run("-c", PAGE.format(path=path), environment=environment)
    assert got.returncode == 0, got.stderr
    return got.stdout


def test_answers_of_production_carry_the_security_headers(collected):
    answer = answer_of(collected, "/admin/login/")
    for header in [
        "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
        "Cross-Origin-Opener-Policy: same-origin",
        "Referrer-Policy: same-origin",
        "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=()",
    ]:
        assert header in answer
    assert "unsafe" not in answer
    policy = next(line for line in answer.splitlines() if line.startswith("Content-Security-Policy: "))
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]:
        assert directive in policy


def test_cookies_of_production_belong_to_this_host_alone(collected):
    cookie = next(
        line for line in answer_of(collected, "/admin/login/").splitlines() if line.startswith("__Host-csrf=")
    )
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
