import logging
import sys

import pytest

from consultations.logs import WithoutSecrets, without_secrets


@pytest.mark.parametrize(
    ("logged", "kept"),
    [
        ("Not Found: /ky/r/Zx81-_secret/cancel/", "Not Found: /ky/r/…/cancel/"),
        ('"GET /j/Zx81?x=1 HTTP/1.1" 200', '"GET /j/…?x=1 HTTP/1.1" 200'),
        ("Bad Request: /unsubscribe/21:Mpvx-V", "Bad Request: /unsubscribe/…"),
        ("/ru/preview/3:1vNx:w9/osh/", "/ru/preview/…/osh/"),
        ("/r/one/ and /r/two/", "/r/…/ and /r/…/"),
        ("/ky/nbsap-2040/osh/register/", "/ky/nbsap-2040/osh/register/"),
        ("DETAIL:  Key (email)=(a@example.org) already exists.", "DETAIL: …"),
    ],
)
def test_codes_and_rows_are_masked(logged, kept):
    assert without_secrets(logged) == kept


def test_arguments_and_tracebacks_are_masked_too():
    try:
        raise ValueError("duplicate key\nDETAIL:  Failing row contains (Айгүл, 0555123456)\nat /ky/r/secret/")
    except ValueError:
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "Error: %s", ("/r/secret/",), sys.exc_info())
    written = WithoutSecrets("{message}", style="{").format(record)
    assert written.startswith("Error: /r/…/")
    assert "ValueError: duplicate key" in written
    assert not {"secret", "Айгүл", "0555123456"} & set(written.replace("/", " ").replace("(", " ").split())
