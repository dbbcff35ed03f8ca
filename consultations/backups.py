"""Backups: database, uploads and settings in one file, encrypted; and beside them the list of who was erased.

Each part is encrypted by `age` for BACKUP_RECIPIENT while it is written: nothing lies in the clear, and the key that
opens it need not be on the server. What was in it, in numbers, and its checksums can be read without the key.

The list of erasures is the other half of a promise: a backup still knows people who were erased after it was made, so
restoring one erases them again.
"""

import contextlib
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import conninfo, pq

from consultations import __version__, actions, database

NAME = "consultations-%Y%m%dT%H%M%SZ.tar"
UNFINISHED = ".unfinished-"
ERASURES = "erasures.jsonl"
ONE_NIGHT = datetime.timedelta(days=1)


class BackupFailed(Exception):
    """A backup was not made, or not restored; the message says why and what to do."""


# Making


def make():
    """Write a backup of now into BACKUP_DIRECTORY and return its path. Drops the ones that have become too old."""
    if not settings.BACKUP_DIRECTORY or not settings.BACKUP_RECIPIENT:
        raise BackupFailed("Set BACKUP_DIRECTORY and BACKUP_RECIPIENT; see 'Backup' in README.md.")
    directory = Path(settings.BACKUP_DIRECTORY)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    drop_old(directory)
    made_at = timezone.now()
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=directory) as unfinished:
        parts = Path(unfinished)
        rows = _write_database(parts / "database.age")
        # After the database: a file is stored before the row that names it.
        _write_uploads(parts / "uploads.age")
        with _encrypting(parts / "environment.age") as encrypted:
            encrypted.write(as_environment_file(settings.ENVIRONMENT).encode())
        manifest = {
            "version": __version__,
            "made_at": made_at.isoformat(),
            "rows": rows,
            "sha256": {part.name: _checksum(part) for part in sorted(parts.iterdir())},
        }
        (parts / "manifest.json").write_text(json.dumps(manifest, indent=1))
        with tarfile.open(parts / "backup", "w") as archive:
            for name in ["manifest.json", *manifest["sha256"]]:
                archive.add(parts / name, name)
        path = directory / made_at.strftime(NAME)
        (parts / "backup").rename(path)
    note_erasures()
    return path


def drop_old(directory):
    """Drop what would pass the promised age before the next night, and what a killed run has left."""
    for path, made_at in kept(directory):
        if timezone.now() - made_at > datetime.timedelta(days=settings.BACKUP_DAYS) - ONE_NIGHT:
            path.unlink()
    for left in directory.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left, ignore_errors=True)


def kept(directory):
    """The backups there, oldest first, as pairs of path and aware time."""
    found = []
    for path in sorted(directory.glob("consultations-*.tar")):
        with contextlib.suppress(ValueError):  # not a name of ours
            found.append((path, datetime.datetime.strptime(path.name, NAME).replace(tzinfo=datetime.UTC)))
    return found


def age_of_newest():
    """How old the newest backup is; None where there is none."""
    found = kept(Path(settings.BACKUP_DIRECTORY)) if settings.BACKUP_DIRECTORY else []
    return timezone.now() - found[-1][1] if found else None


def _write_database(path):
    """Dump the database; how many rows each table of ours has in exactly what was dumped."""
    with transaction.atomic(), connection.cursor() as cursor, _encrypting(path) as encrypted:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        [snapshot] = cursor.fetchone()
        server, environment = _server()
        dump = [database.program("pg_dump"), "--format=custom", f"--snapshot={snapshot}", server]
        _run(dump, stdout=encrypted, env=environment)
        return count_rows()


def count_rows():
    """How many rows each table of ours has, by the table's name."""
    models = apps.get_app_config("consultations").get_models()
    return {model._meta.db_table: model.objects.count() for model in models}


def _write_uploads(path):
    with _encrypting(path) as encrypted, tarfile.open(fileobj=encrypted, mode="w|") as archive:
        if Path(settings.MEDIA_ROOT).exists():
            archive.add(settings.MEDIA_ROOT, ".")


def as_environment_file(variables):
    """The variables as systemd's EnvironmentFile reads them."""
    escaped = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in sorted(variables.items())}
    return "".join(f'{name}="{value}"\n' for name, value in escaped.items())


@contextlib.contextmanager
def _encrypting(path):
    """A binary stream into `path` through age."""
    with path.open("wb") as file:
        command = [_age(), "--encrypt", "--recipient", settings.BACKUP_RECIPIENT]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.PIPE) as age:
            failure = None
            try:
                yield age.stdin
            except (BrokenPipeError, BackupFailed) as error:
                failure = error
            with contextlib.suppress(BrokenPipeError):
                age.stdin.close()
            complaint = age.stderr.read().decode(errors="replace")
    if age.returncode:  # whoever wrote to it only found the pipe broken
        raise BackupFailed(f"age could not encrypt: {complaint.strip()}")
    if failure:
        raise failure


def _age():
    found = shutil.which("age")
    if found is None:
        raise BackupFailed("age is missing. On Debian: apt-get install age")
    return found


def _checksum(path):
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _server():
    """Where PostgreSQL's programs find the database, as an argument, and their environment: there `ps` does not show
    the password.
    """
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} - {"options", "password"}
    parameters = connection.get_connection_params()
    address = conninfo.make_conninfo(**{name: value for name, value in parameters.items() if name in known})
    environment = {name: value for name, value in os.environ.items() if name != "PGOPTIONS"}
    if parameters.get("password"):
        environment["PGPASSWORD"] = parameters["password"]
    return f"--dbname={address}", environment


def _run(command, **options):
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, **options)
    if done.returncode:
        raise BackupFailed(f"{Path(command[0]).name}: {done.stderr.decode(errors='replace').strip()}")


# The list of erasures


def note_erasures():
    """Bring the list beside the backups up to date: every erasure that a backup still kept may not know.

    Nothing where no backups are made. Written whole and put in place at once, so that a reader never sees half of it.
    """
    if not settings.BACKUP_DIRECTORY or not Path(settings.BACKUP_DIRECTORY).is_dir():
        return
    oldest = timezone.now() - datetime.timedelta(days=settings.BACKUP_DAYS) - ONE_NIGHT
    path = Path(settings.BACKUP_DIRECTORY) / ERASURES
    known = {_row(entry): entry for entry in read_erasures(path)}
    # Some time before the last one noted: a transaction may end later than one that began after it.
    last = max((entry["erased"] for entry in known.values()), default=None)
    since = datetime.datetime.fromisoformat(last) - datetime.timedelta(hours=1) if last else oldest
    entries = known | {_row(entry): entry for entry in actions.erased_since(max(since, oldest))}
    kept_entries = [entry for entry in entries.values() if datetime.datetime.fromisoformat(entry["erased"]) >= oldest]
    if kept_entries != list(known.values()) or not path.exists():
        unfinished = path.with_name(f"{UNFINISHED}{ERASURES}")
        unfinished.write_text("".join(f"{json.dumps(entry)}\n" for entry in kept_entries))
        unfinished.rename(path)


def read_erasures(path):
    """The entries of the list; none where there is no list."""
    try:
        return [json.loads(line) for line in path.read_text().splitlines()]
    except FileNotFoundError:
        return []


def _row(entry):
    return entry["table"], entry["id"], entry["made"]


# Restoring

EMPTY = b"""
BEGIN;
SET LOCAL client_min_messages = 'warning';
SET LOCAL lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


def manifest_of(path):
    """What a backup says about itself, once its checksums are found to be right."""
    try:
        with tarfile.open(path) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))
            for name, expected in manifest["sha256"].items():
                if hashlib.file_digest(archive.extractfile(name), "sha256").hexdigest() != expected:
                    raise BackupFailed(f"{path}: {name} is damaged. Take another backup.")
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupFailed(f"{path} is no backup: {error}") from error
    return manifest


def database_is_empty():
    """Whether the database has no tables at all."""
    return connection.introspection.table_names() == []


def restore_database(path, *, identity):
    """Put the backup's database in the place of this one, whole or not at all. Nobody else may be using it."""
    connection.close()
    server, environment = _server()
    with _decrypted(path, "database.age", identity) as dump:
        script = [database.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", dump]
        psql = [database.program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        with subprocess.Popen(
            [*psql, server], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as restoring:
            restoring.stdin.write(EMPTY)
            restoring.stdin.flush()
            written = subprocess.run(script, stdout=restoring.stdin, stderr=subprocess.DEVNULL, check=False)
            # Without this line psql takes everything back when its input ends.
            with contextlib.suppress(BrokenPipeError):
                restoring.stdin.write(b"COMMIT;\n" if written.returncode == 0 else b"")
                restoring.stdin.close()
            complaint = restoring.stderr.read().decode(errors="replace")
    if restoring.returncode or written.returncode:
        raise BackupFailed(f"The database is as it was. {complaint.strip() or 'pg_restore cannot read the dump.'}")


def restore_uploads(path, *, identity):
    """Put the backup's uploads back, beside what is there."""
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with _decrypted(path, "uploads.age", identity) as uploads, tarfile.open(uploads) as archive:
        archive.extractall(settings.MEDIA_ROOT, filter="data")


def environment_of(path, *, identity):
    """The backup's settings, as an environment file."""
    with _decrypted(path, "environment.age", identity) as environment:
        return environment.read_text()


@contextlib.contextmanager
def _decrypted(path, part, identity):
    """The path of a part in the clear, in a folder of our own that goes afterwards."""
    with tempfile.TemporaryDirectory() as directory, tarfile.open(path) as archive:
        plain = Path(directory) / Path(part).stem
        with plain.open("wb") as file:
            command = [_age(), "--decrypt", "--identity", str(identity)]
            encrypted = archive.extractfile(part)
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.PIPE) as age:
                with contextlib.suppress(BrokenPipeError):  # age says why, below
                    shutil.copyfileobj(encrypted, age.stdin)
                    age.stdin.close()
                complaint = age.stderr.read().decode(errors="replace")
        if age.returncode:
            raise BackupFailed(f"age could not decrypt: {complaint.strip()}")
        yield plain
