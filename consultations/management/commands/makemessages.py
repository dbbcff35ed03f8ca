"""manage.py makemessages"""

from django.conf import settings
from django.core.management.commands import makemessages


class Command(makemessages.Command):
    help = (
        "Collect the texts of the whole site into consultations/locale/; needs gettext. New texts come in empty, "
        "texts no longer used go out. No options are needed."
    )

    # A guessed translation is worse than none: an empty one is found by the tests.
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]

    def add_arguments(self, parser):
        super().add_arguments(parser)
        # Without places and line breaks, a diff of the catalogues shows what was said differently, nothing else.
        parser.set_defaults(
            locale=[code for code, _name in settings.LANGUAGES],
            ignore_patterns=["tests"],
            no_location=True,
            no_wrap=True,
            no_obsolete=True,
        )
