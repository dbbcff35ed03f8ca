"""`manage.py doctor`: for the administrator, and every hour by deploy/systemd/consultations-doctor.timer.

By a timer of its own and not by the worker: one that is dead tells nobody.
"""

import smtplib
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from consultations import doctor


class Command(BaseCommand):
    help = "Look whether everything is well; what is not comes with the command that mends it. Ends with 1 then."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--tell-admins",
            type=Path,
            metavar="FILE",
            help="also write to ADMINS about changes, and daily while something is wrong; FILE keeps what was told",
        )

    def handle(self, *, tell_admins, **options):
        findings = doctor.examine()
        self.stdout.write(doctor.report(findings))
        if tell_admins:
            try:
                doctor.tell_admins(findings, tell_admins)
            except (OSError, smtplib.SMTPException) as error:
                raise CommandError(f"The administrators could not be told: {type(error).__name__}") from error
        elif not all(finding.is_well for finding in findings):
            sys.exit(1)
