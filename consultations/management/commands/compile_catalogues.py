"""manage.py compile_catalogues"""

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile the .po files into the .mo files Django reads; needs no gettext. Does only what has changed."
    requires_system_checks = []

    def handle(self, **options):
        for directory in settings.LOCALE_PATHS:
            for source in sorted(directory.glob("*/LC_MESSAGES/*.po")):
                compile_catalogue(source)


def compile_catalogue(source):
    """Write the .mo file beside this .po file unless it is newer. Fuzzy entries are left out."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
        return
    unfinished = target.with_suffix(".unfinished")
    polib.pofile(source).save_as_mofile(unfinished)
    unfinished.replace(target)  # whole or not at all, also for somebody who reads it now
