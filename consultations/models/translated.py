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


def empty_halves(instance):
    """Pairs of a translated field's name and the language it lacks: said in one language, and not in the other."""
    columns = {field.attname for field in instance._meta.concrete_fields}
    names = [name.removesuffix("_ky") for name in sorted(columns) if name.endswith("_ky")]
    found = []
    for name in names:
        missing = [language for language in LANGUAGES if not getattr(instance, f"{name}_{language}")]
        if len(missing) == 1:
            found.append((name, missing[0]))
    return found


def _reader_half(name, field):
    del field  # the library passes it by name; the languages are the site’s
    return lambda instance: getattr(instance, f"{name}_{language_shown(instance, name)}")


def translated(field):
    """`field` in both languages; reading the plain name falls back to the half that is filled."""
    return TranslatedField(field, attrgetter=_reader_half)
