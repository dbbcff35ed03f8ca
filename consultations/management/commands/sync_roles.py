"""`manage.py sync_roles`: the groups of the database as consultations/roles.py says. After every migrate."""

from django.core.management.base import BaseCommand, CommandError

from consultations import roles


class Command(BaseCommand):
    help = "Make the roles of staff match the table in consultations/roles.py; repeatable. Run it after every migrate."

    def handle(self, **options):
        try:
            roles.sync()
        except roles.UnknownPermission as missing:
            raise CommandError(f"No such permission: {missing}. Run `manage.py migrate` first.") from missing
        if options["verbosity"]:
            self.stdout.write(f"Roles: {', '.join(roles.ROLES)}.")
