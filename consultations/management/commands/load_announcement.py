"""`manage.py load_announcement`: the true announcement, for production."""

from django.core.management.base import BaseCommand, CommandError

from consultations import announcement


class Command(BaseCommand):
    help = (
        "Load the announcement with its dates as printed. Changes nothing that exists: where this consultation is in "
        "the database already, the command refuses, and its facts are corrected in the admin."
    )

    def handle(self, **options):
        consultation = announcement.announced()
        if consultation is not None:
            raise CommandError(f"“{consultation.slug}” exists already, nothing was loaded; change it in the admin.")
        consultation = announcement.load()
        sessions = consultation.city_sessions.count()
        self.stdout.write(f"Loaded “{consultation.slug}”: {sessions} city sessions.")
