"""`manage.py backup`: every night by deploy/systemd/consultations-backup.timer."""

from django.core.management.base import BaseCommand, CommandError

from consultations import backups, database


class Command(BaseCommand):
    help = (
        "Write database, uploads and settings, encrypted for BACKUP_RECIPIENT, into BACKUP_DIRECTORY, and drop the "
        "backups that are as old as the privacy page allows."
    )

    def handle(self, **options):
        try:
            path = backups.make()
        except (backups.BackupFailed, database.CannotStart) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{path}: {path.stat().st_size / 2**20:.1f} MiB")
