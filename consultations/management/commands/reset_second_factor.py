"""`manage.py reset_second_factor USER`: the phone is lost, and no other superuser is there to help."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from consultations.actions import accounts


class Command(BaseCommand):
    help = "Forget a user's app and recovery codes; the next login sets up a new app. Logged, and told to the owner."

    def add_arguments(self, parser):
        parser.add_argument("user", help="the user name")

    def handle(self, user, **options):
        owner = get_user_model().objects.filter(username=user).first()
        if owner is None:
            raise CommandError(f"There is no user {user}.")
        had_one = accounts.reset_second_factor(user=owner)
        self.stdout.write(f"The second factor of {user} was {'reset' if had_one else 'not set up'}.")
