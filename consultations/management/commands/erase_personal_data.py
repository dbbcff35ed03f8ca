"""`manage.py erase_personal_data`: what the worker does every night, to look at or to do now."""

from django.core.management.base import BaseCommand

from consultations import actions


class Command(BaseCommand):
    help = (
        "Show the consultations whose participants’ personal data is due for erasure, and how many people they are; "
        "with --now, erase it. Safe to run at any time: a second run finds nothing. Numbers stay."
    )

    def add_arguments(self, parser):
        parser.add_argument("--now", action="store_true", help="erase; without it nothing is changed")

    def handle(self, *, now, **options):
        for consultation in actions.due_for_erasure():
            if consultation.people:
                day = actions.erased_on(consultation)
                self.stdout.write(f"“{consultation.slug}”: {consultation.people} people, due since {day}.")
        if not now:
            self.stdout.write("Nothing was changed. To erase: erase_personal_data --now")
            return
        erased = actions.erase_what_is_due()
        self.stdout.write(f"Erased: {erased.people} people, {erased.requests} requests.")
        if erased.postponed:
            self.stdout.write(f"{erased.postponed} sessions were in use just now; run it once more.")
