"""One name in templates, two columns in the table: `title` reads `title_ky` or `title_ru`."""

from django.conf import settings
from django.utils.translation import get_language
from translated_fields import TranslatedField

LANGUAGES = [code for code, _name in settings.LANGUAGES]


def language_shown(instance, name):
    """The language in which `instance.<name>` is really shown to the present reader.

    The reader's own, or the other one where the reader's half is still empty: templates put it into a
    `lang` attribute (WCAG 3.1.2), so that a screen reader never speaks Russian with Kyrgyz rules.
    """
    wanted = get_language() if get_language() in LANGUAGES else LANGUAGES[0]
    for language in [wanted, *LANGUAGES]:
        if getattr(instance, f"{name}_{language}"):
            return language
    return wanted


def _reader_half(name, field):
    del field  # the library passes it by name; the languages are the site’s
    return lambda instance: getattr(instance, f"{name}_{language_shown(instance, name)}")


def translated(field):
    """`field` in both languages; reading the plain name falls back to the half that is filled."""
    return TranslatedField(field, attrgetter=_reader_half)
