import json
import logging
import sys

import pytest

from consultations.logs import OneObjectALine, WithoutSecrets, without_secrets
from tests.factories import make_city_session, sign_up


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


def test_production_writes_one_object_a_line_without_them():
    try:
        raise ValueError("duplicate key\nDETAIL:  Failing row contains (Айгүл, 0555123456)")
    except ValueError:
        record = logging.LogRecord("django.request", logging.ERROR, "", 0, "At %s", ("/ky/r/secret/",), sys.exc_info())
    record.status_code = 500
    line = OneObjectALine().format(record)
    assert "\n" not in line
    fields = json.loads(line)
    assert fields.pop("traceback").endswith("ValueError: duplicate key\nDETAIL: …")
    assert set(fields) == {"at", "level", "logger", "message", "status", "process"}
    assert (fields["message"], fields["level"], fields["status"]) == ("At /ky/r/…/", "ERROR", 500)
    assert fields["at"].endswith("+00:00")


@pytest.mark.django_db
def test_a_visitors_journey_leaves_no_trace_of_them_in_the_logs(client, caplog, run_jobs, monkeypatch):
    """Registering, asking for a lost link, changing, cancelling; a letter that fails, and a page that does (P 41)."""
    caplog.set_level(logging.DEBUG)
    formatter = OneObjectALine()
    client.raise_request_exception = False
    person = {"full_name": "Изсиз Келген", "email": "no-trace@example.org", "phone": "+996555741852"}
    contact = sign_up(make_city_session(), person).contact
    monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse_by_name)
    with pytest.raises(ValueError, match="out of order"):
        run_jobs()
    page = f"/ky/r/{contact.code}/"
    for path in [page, f"{page}change/", f"{page}nowhere/", f"/j/{contact.join_code}", f"/p/{contact.pass_number}"]:
        client.get(path, {"x": "\x00"})
        client.get(path)
        client.post(path, person)
    client.post("/ky/find/", {"pass_number": contact.pass_number, "phone": person["phone"]})
    client.post("/ky/find/", {"email": person["email"]})
    monkeypatch.setattr("consultations.views.own.render", refuse_by_name)
    assert client.get(page).status_code == 500
    written = "\n".join(formatter.format(record) for record in caplog.records)
    assert "ValueError" in written
    secrets = [
        contact.code,
        contact.join_code,
        client.cookies["csrftoken"].value if "csrftoken" in client.cookies else "—",
    ]
    known = [*person.values(), "Изсиз", "0555741852", "555741852", *secrets]
    assert [word for word in known if word in written] == []


def refuse_by_name(*arguments, **options):
    raise ValueError("out of order")
