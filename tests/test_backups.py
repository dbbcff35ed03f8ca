"""A backup, made and restored by real programs into another database: the same numbers, the tickets open."""

import datetime
import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from consultations import actions, backups
from consultations.models import Message, Registration
from tests.factories import make_city_session, make_consultation, make_message, make_registration, sign_up
from tests.hostile import KEPT_AS_TYPED
from tests.programs import needed
from tests.servers import database_url, empty_database, manage

SECRET = "only-for-this-test-0123456789-abcdefghijklm-nopqrst"


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    """The path of a key and its public half."""
    needed("age", "age")
    path = tmp_path_factory.mktemp("key") / "key.txt"
    made = subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True, text=True)
    return path, re.search(r"age1\w+", made.stderr)[0]


@pytest.fixture
def place(key, tmp_path):
    """The environment of a site that makes backups."""
    (tmp_path / "uploads" / "documents").mkdir(parents=True)
    (tmp_path / "uploads" / "documents" / "draft.pdf").write_bytes(b"%PDF of the draft")
    return {
        "DATABASE_URL": database_url(),
        "BACKUP_DIRECTORY": str(tmp_path / "backups"),
        "BACKUP_RECIPIENT": key[1],
        "MEDIA_ROOT": str(tmp_path / "uploads"),
        "SECRET_KEY": SECRET,
    }


@pytest.fixture
def backup(settings, place, monkeypatch):
    """A function that makes a backup in this process and returns its path."""
    for name in ["BACKUP_DIRECTORY", "BACKUP_RECIPIENT", "MEDIA_ROOT"]:
        setattr(settings, name, place[name])
    settings.ENVIRONMENT = {"SECRET_KEY": SECRET, "EMAIL_HOST_PASSWORD": 'a "quoted" \\ word'}
    return backups.make


OPEN = """
import json, sys, django
django.setup()
from django.test import Client
from consultations.models import Message, Registration
rows = Registration.objects.order_by("pk")
print(json.dumps({
    "people": [[row.pk, row.full_name, row.name_key, row.status] for row in rows],
    "tickets": [Client().get(f"/ky/r/{row.code}/").status_code for row in rows.identified()],
    "messages": sorted(Message.objects.values_list("status", flat=True)),
}))
"""


def site_on(url):
    """What the site shows when it stands on that database."""
    shown = manage("shell", "--verbosity=0", f"--command={OPEN}", DATABASE_URL=url)
    return json.loads(shown.stdout.strip().splitlines()[-1])


@pytest.mark.django_db(transaction=True)
def test_backup_restores_into_an_empty_database_with_everything_in_it(backup, place, key):
    city_session = make_city_session(hall_capacity=5)
    for number, name in enumerate(KEPT_AS_TYPED[:8]):
        sign_up(city_session, {"full_name": name, "email": f"person-{number}@example.org", "phone": ""})
    gone = Registration.objects.first()
    path = backup()
    # Since then: one is erased, somebody comes, a letter leaves. Then the disk fails.
    actions.anonymise(registration=gone)
    backups.note_erasures()
    make_registration(city_session, mode="online")
    before = list(Registration.objects.exclude(pk=gone.pk).order_by("pk").values_list("pk", "full_name", "name_key"))
    shutil.rmtree(place["MEDIA_ROOT"])
    with empty_database() as url:
        said = manage("restore", path, "--identity", key[0], **place | {"DATABASE_URL": url}).stdout
        assert re.search(r"Erased again: 1\. Messages held: \d+;", said)
        assert manage("migrate", "--check", DATABASE_URL=url).stdout == ""
        shown = site_on(url)
        again = manage("restore", path, "--identity", key[0], check=False, **place | {"DATABASE_URL": url})
        assert "The database is not empty; --replace deletes what is there." in again.stderr
        manage("restore", path, "--identity", key[0], "--replace", **place | {"DATABASE_URL": url})
        assert [row[0] for row in site_on(url)["people"]] == [row[0] for row in shown["people"]]
    people = {pk: (name, folded) for pk, name, folded, _status in shown["people"]}
    assert people.pop(gone.pk)[0] == ""
    assert people == {pk: (name, folded) for pk, name, folded in before[:-1]}
    assert shown["tickets"] == [200] * 7
    assert "queued" not in shown["messages"]
    assert "held" in shown["messages"]
    assert (Path(place["MEDIA_ROOT"]) / "documents" / "draft.pdf").read_bytes() == b"%PDF of the draft"


@pytest.mark.django_db(transaction=True)
def test_backup_says_nothing_without_the_key_and_a_wrong_key_changes_nothing(backup, place, key, tmp_path):
    make_registration(full_name="Сыры Ачылбас", phone="+996555123456")
    path = backup()
    content = path.read_bytes()
    assert not any(word in content for word in ["Сыры".encode(), b"996555123456", SECRET.encode(), b"%PDF"])
    assert oct(path.parent.stat().st_mode & 0o777) == "0o700"
    stranger = tmp_path / "stranger.txt"
    subprocess.run(["age-keygen", "-o", stranger], check=True, capture_output=True)
    refused = manage("restore", path, "--identity", stranger, "--replace", check=False, **place)
    assert "age could not decrypt" in refused.stderr
    assert Registration.objects.get().full_name == "Сыры Ачылбас"
    assert backups.environment_of(path, identity=key[0]) == (
        f'EMAIL_HOST_PASSWORD="a \\"quoted\\" \\\\ word"\nSECRET_KEY="{SECRET}"\n'
    )


@pytest.mark.django_db(transaction=True)
def test_what_is_no_backup_changes_nothing(backup, place, key, tmp_path):
    make_message()
    whole = backup()
    rubbish, damaged = tmp_path / "rubbish.tar", tmp_path / "damaged.tar"
    rubbish.write_bytes(b"no archive")
    content = bytearray(whole.read_bytes())
    with tarfile.open(whole) as archive:
        content[archive.getmember("database.age").offset_data + 400] ^= 1
    damaged.write_bytes(content)
    for path, words in [(rubbish, "is no backup"), (damaged, "database.age is damaged")]:
        list_of_erasures = ["--erasures", Path(place["BACKUP_DIRECTORY"]) / backups.ERASURES]
        refused = manage("restore", path, "--identity", key[0], "--replace", *list_of_erasures, check=False, **place)
        assert words in refused.stderr
    without_list = manage("restore", rubbish, "--identity", key[0], "--replace", check=False, **place)
    assert "people who were erased come back" in without_list.stderr
    assert Message.objects.get().status == Message.Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_database_that_cannot_be_restored_is_as_it_was(backup, key, monkeypatch):
    person = make_registration()
    path = backup()
    monkeypatch.setattr(backups, "EMPTY", backups.EMPTY + b"SELECT 1 / 0;\n")
    with pytest.raises(backups.BackupFailed, match=r"as it was\. ERROR: +division by zero"):
        backups.restore_database(path, identity=key[0])
    assert Registration.objects.get() == person


# How old they become


@pytest.fixture
def directory(settings, tmp_path):
    settings.BACKUP_DIRECTORY, settings.BACKUP_DAYS = str(tmp_path), 14
    return tmp_path


def made_before(directory, **age):
    path = directory / (timezone.now() - datetime.timedelta(**age)).strftime(backups.NAME)
    path.touch()
    return path


def test_no_backup_outlives_what_the_privacy_page_says(directory):
    young, nearly = made_before(directory, days=1), made_before(directory, days=12, hours=23)
    made_before(directory, days=13, minutes=1)  # would be older than fourteen days before the next night
    made_before(directory, days=90)
    (directory / "consultations-notes.tar").touch()
    (directory / f"{backups.UNFINISHED}killed").mkdir()
    backups.drop_old(directory)
    assert [path for path, _made_at in backups.kept(directory)] == [nearly, young]
    assert {path.name for path in directory.iterdir()} == {nearly.name, young.name, "consultations-notes.tar"}


@pytest.mark.django_db
def test_privacy_page_says_the_same_number(client, settings):
    settings.BACKUP_DAYS = 9
    make_consultation()
    assert "9 күн" in client.get("/ky/privacy/").content.decode()
    assert "9 дней" in client.get("/ru/privacy/").content.decode()


# The list of erasures


@pytest.mark.django_db
def test_list_keeps_what_the_database_has_forgotten_and_drops_what_no_backup_knows(directory):
    now = timezone.now()
    lost = {"table": "registration", "id": 77, "made": "2026-01-01", "erased": now.isoformat()}
    old = lost | {"id": 78, "erased": (now - datetime.timedelta(days=16)).isoformat()}
    path = directory / backups.ERASURES
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in [old, lost]))
    gone = make_registration()
    actions.anonymise(registration=gone)
    backups.note_erasures()
    assert [entry["id"] for entry in backups.read_erasures(path)] == [77, gone.pk]
    written = path.stat().st_mtime_ns
    backups.note_erasures()
    assert path.stat().st_mtime_ns == written


@pytest.mark.django_db
def test_list_names_nobody(directory):
    gone = make_registration(full_name="Аты Жашыруун", phone="+996555123456")
    code = gone.code
    actions.anonymise(registration=gone)
    backups.note_erasures()
    written = (directory / backups.ERASURES).read_text()
    assert not any(word in written for word in ["Аты", "Жашыруун", "555123456", code])


def test_where_no_backups_are_made_no_list_is_kept(settings):
    settings.BACKUP_DIRECTORY = ""
    backups.note_erasures()
    with pytest.raises(backups.BackupFailed, match="Set BACKUP_DIRECTORY"):
        backups.make()


@pytest.mark.django_db(transaction=True)
def test_failing_encryption_leaves_no_half_backup(backup, settings):
    settings.BACKUP_RECIPIENT = "age1nobody"
    with pytest.raises(backups.BackupFailed, match="age could not encrypt"):
        backup()
    assert list(Path(settings.BACKUP_DIRECTORY).iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_password_of_the_database_is_not_among_the_arguments(monkeypatch):
    given = connection.get_connection_params() | {"password": "open sesame"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: given)
    address, environment = backups._server()
    assert "sesame" not in address
    assert environment["PGPASSWORD"] == "open sesame"
