"""`manage.py restore`: a backup into this database, made safe to serve."""

from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from consultations import actions, backups, database


class Command(BaseCommand):
    help = (
        "Restore FILE with the key in IDENTITY, as the database's owner, with the site stopped. Erases again whoever "
        "was erased since, and holds all messages: release or drop them in the admin, under Messages."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--identity", type=Path, required=True, help="the key that age-keygen wrote")
        parser.add_argument("--erasures", type=Path, help="the list of erasures, where it is not beside FILE")
        parser.add_argument("--replace", action="store_true", help="delete what is in the database now")

    def handle(self, *, file, identity, erasures, replace, **options):
        erasures = erasures or file.with_name(backups.ERASURES)
        if not replace and not backups.database_is_empty():
            raise CommandError("The database is not empty; --replace deletes what is there.")
        if not erasures.exists():
            raise CommandError(f"{erasures} is missing: without it, people who were erased come back. See --erasures.")
        try:
            manifest = backups.manifest_of(file)
            entries = backups.read_erasures(erasures)
            environment = backups.environment_of(file, identity=identity)
            backups.restore_database(file, identity=identity)
            backups.restore_uploads(file, identity=identity)
        except (backups.BackupFailed, database.CannotStart) as error:
            raise CommandError(str(error)) from error
        self.compare_rows(manifest["rows"])
        call_command("migrate", verbosity=0)
        call_command("sync_roles", verbosity=0)
        erased, held = actions.settle_restored_database(entries=entries)
        self.stdout.write(f"Restored: version {manifest['version']} of {manifest['made_at']}.")
        self.stdout.write(f"Erased again: {erased}. Messages held: {held}; release or drop them in the admin.")
        self.say_what_differs(environment)

    def compare_rows(self, expected):
        """The tables of then, before anything is migrated."""
        from django.db import connection

        for table, count in expected.items():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 -- quoted
                if cursor.fetchone() != (count,):
                    raise CommandError(f"{table} has another number of rows than when the backup was made ({count}).")

    def say_what_differs(self, environment):
        """Names only: values are secrets."""
        now = set(backups.as_environment_file(settings.ENVIRONMENT).splitlines())
        differing = sorted(line.partition("=")[0] for line in set(environment.splitlines()) - now)
        if differing:
            self.stdout.write(f"Set differently now than then: {', '.join(differing)}.")
