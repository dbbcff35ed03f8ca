"""`manage.py load_demo`: what `make run` shows."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consultations import demo


class Command(BaseCommand):
    help = (
        "Make the demo, or bring its dates up to date; repeatable. The sessions lie in the future, moved by whole "
        "weeks, and are moved again when the last has passed. Registrations are kept."
    )

    def handle(self, **options):
        if not settings.DEMO:
            raise CommandError("This is the demo, for DEMO=1. The true dates are loaded by load_announcement.")
        self.stdout.write(demo.prepare())
