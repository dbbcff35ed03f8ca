"""The catalogues are complete, say what the texts say, and put Django’s own words right.

When a test here fails after a text was changed: `make messages`, translate what came in empty, and run it again.
Words to use: README "Languages".
"""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import django
import phonenumber_field
import polib
import pytest
from django.conf import global_settings, settings
from django.utils import translation
from django.utils.translation import gettext, ngettext, pgettext

from tests.programs import needed

ROOT = settings.BASE_DIR
LOCALE = Path(settings.LOCALE_PATHS[0])
FILES = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
DJANGO = Path(django.__file__).parent
THEIR_WORDS = [DJANGO / "conf", DJANGO / "contrib" / "admin", DJANGO / "contrib" / "auth"]

# %(name)s, %d, {name}, {}: what the program puts into a text.
PLACEHOLDER = re.compile(r"%\([a-z_]+\d?\)[a-z]|%[ds]|\{[a-z_]*\}")
# A letter, or a hyphen and a letter, glued to one: a case ending that fits one city and no other (README "Languages").
GLUED = re.compile(rf"(?:{PLACEHOLDER.pattern})[-’']?[^\W\d_]")
# «в %(city)s», «об %(name)s»: Russian would have to decline what stands there.
DECLINED = re.compile(r"\b(?:в|во|на|из|к|ко|до|от|у|о|об|для|с|со) %\((?:city|name)\)s", re.IGNORECASE)


@pytest.fixture(params=FILES, ids=[f"{path.parts[-3]}-{path.stem}" for path in FILES])
def catalogue(request):
    return polib.pofile(request.param)


def language_of(catalogue):
    return catalogue.metadata["Language"]


def texts(catalogue):
    """Each entry with each of its translations."""
    for entry in catalogue:
        for translated in [entry.msgstr] if not entry.msgid_plural else entry.msgstr_plural.values():
            yield entry, translated


def key(entry):
    return entry.msgctxt, entry.msgid, entry.msgid_plural or None


def test_catalogues_are_those_of_the_languages():
    assert {path.parts[-3] for path in FILES} == {code for code, _name in settings.LANGUAGES}


def test_catalogue_is_complete(catalogue):
    assert [entry.msgid for entry in catalogue if not entry.translated() or entry.fuzzy or entry.obsolete] == []
    assert [entry.msgid for entry, translated in texts(catalogue) if not translated] == []


def test_catalogue_has_the_plural_forms_of_django(catalogue):
    language = language_of(catalogue)
    their = polib.pofile(DJANGO / "conf" / "locale" / language / "LC_MESSAGES" / "django.po")
    assert catalogue.metadata["Plural-Forms"] == their.metadata["Plural-Forms"]
    forms = list(range({"ky": 1, "ru": 4}[language]))
    assert [entry.msgid for entry in catalogue if entry.msgid_plural and sorted(entry.msgstr_plural) != forms] == []


def test_translations_have_the_placeholders_of_their_texts(catalogue):
    lost = [
        (entry.msgid, translated)
        for entry, translated in texts(catalogue)
        if set(PLACEHOLDER.findall(translated)) != set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
    ]
    assert lost == []


def test_translations_glue_no_ending_to_a_placeholder(catalogue):
    assert [translated for _entry, translated in texts(catalogue) if GLUED.search(translated)] == []


@pytest.mark.parametrize(
    ("text", "glued"),
    [
        ("%(city)sда", True),
        ("%(time)s-те", True),
        ("{name}нын", True),
        ("%dсимвол", True),
        ("%(city)s шаарында", False),
        ("Бош орун: %(n)s.", False),
        ("«{name}»", False),
    ],
)
def test_glued_endings_are_recognised(text, glued):
    assert bool(GLUED.search(text)) is glued


def test_translations_decline_no_placeholder(catalogue):
    assert [translated for _entry, translated in texts(catalogue) if DECLINED.search(translated)] == []


def test_translations_keep_the_edges_of_their_texts(catalogue):
    """A blocktranslate without `trimmed`, and a space at an end that was lost or came in."""
    assert [entry.msgid for entry in catalogue if "\n" in entry.msgid] == []
    changed = [
        (entry.msgid, translated)
        for entry, translated in texts(catalogue)
        if (translated[:1] == " ", translated[-1:] == " ") != (entry.msgid[:1] == " ", entry.msgid[-1:] == " ")
    ]
    assert changed == []


def test_translations_are_typeset_as_both_languages_are(catalogue):
    """Guillemets, no straight or English quotes outside of code; the dash of a range without spaces; one space."""
    wrong = re.compile(r"[“”„\"]|\d – \d|\d - \d| {2}|\.\.\.")
    assert [translated for _entry, translated in texts(catalogue) if wrong.search(translated)] == []


def test_kyrgyz_is_no_russian_and_russian_no_kyrgyz():
    """What differs between two languages differs in both files: a row filled into the wrong file is found."""
    kyrgyz, russian = (polib.pofile(LOCALE / code / "LC_MESSAGES" / "django.po") for code in ["ky", "ru"])
    assert [translated for _entry, translated in texts(russian) if re.search("[ңөүҢӨҮ]", translated)] == []
    assert [translated for _entry, translated in texts(kyrgyz) if re.search("[ыи]й (?:на|в|и|от) ", translated)] == []


def test_both_catalogues_hold_the_same_texts():
    kyrgyz, russian = (polib.pofile(LOCALE / code / "LC_MESSAGES" / "django.po") for code in ["ky", "ru"])
    assert [key(entry) for entry in kyrgyz] == [key(entry) for entry in russian]


def test_a_text_has_at_most_one_entry(catalogue):
    assert [
        text for text, times in Counter((entry.msgctxt, entry.msgid) for entry in catalogue).items() if times > 1
    ] == []


def test_makemessages_finds_nothing_new(tmp_path):
    needed("gettext", "xgettext")
    for name in ["consultations", "templates"]:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("*.mo", "*.pyc"))
    (tmp_path / "static").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--settings", "consultations.settings", "--verbosity", "0"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "DEMO": "1"},
        check=True,
    )
    for path in LOCALE.glob("*/LC_MESSAGES/django.po"):
        fresh = polib.pofile(tmp_path / "consultations" / "locale" / path.relative_to(LOCALE))
        assert {key(entry) for entry in fresh} == {key(entry) for entry in polib.pofile(path)}, "run `make messages`"


def test_texts_are_marked_by_names_that_makemessages_knows():
    """`from … import gettext as now` would hide every text from the catalogues."""
    other_names = [
        f"{path.relative_to(ROOT)}: {name.name} as {name.asname}"
        for path in (ROOT / "consultations").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.asname not in (None, "_")
    ]
    assert other_names == []


# Django's own words: consultations/django_words.py


def words_kept_alive():
    """What consultations/django_words.py lists, as (context, text, plural)."""
    tree = ast.parse((ROOT / "consultations" / "django_words.py").read_text())
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        arguments = [argument.value for argument in call.args]
        match call.func.id:
            case "_":
                yield None, arguments[0], None
            case "pgettext_lazy":
                yield arguments[0], arguments[1], None
            case "ngettext_lazy":
                yield None, arguments[0], arguments[1]


def their_entries(path, language="en", domain="django"):
    return polib.pofile(path / "locale" / language / "LC_MESSAGES" / f"{domain}.po")


def test_django_still_writes_the_words_we_put_right():
    theirs = {key(entry) for path in THEIR_WORDS for entry in their_entries(path)}
    theirs |= {key(entry) for entry in their_entries(Path(phonenumber_field.__file__).parent, "ru")}
    assert [word for word in words_kept_alive() if word not in theirs] == []


@pytest.mark.parametrize("language", ["ky", "ru"])
def test_nothing_that_django_can_show_is_left_in_english(language):
    """Names of other languages excepted. After an upgrade of Django: add what is new to django_words.py."""
    names_of_languages = {name for _code, name in global_settings.LANGUAGES}
    known = {
        (entry.msgctxt, entry.msgid, bool(entry.msgid_plural))
        for path in [LOCALE.parent, *THEIR_WORDS]
        for entry in their_entries(path, language)
        if entry.translated()
    }
    english = [
        key(entry)
        for path in THEIR_WORDS
        for entry in their_entries(path)
        if (entry.msgctxt, entry.msgid, bool(entry.msgid_plural)) not in known and entry.msgid not in names_of_languages
    ]
    assert english == []


def test_the_admins_scripts_have_every_word_in_kyrgyz():
    theirs = their_entries(DJANGO / "contrib" / "admin", domain="djangojs")
    ours = their_entries(LOCALE.parent, "ky", "djangojs")
    assert [key(entry) for entry in ours] == [key(entry) for entry in theirs]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("last name", "фамилиясы"),
        ("Password reset", "Сырсөздү алмаштыруу"),
        ("noon", "түш"),
        (", ", ", "),
        ("This field is required.", "Бул талааны толтуруңуз"),
        ("Enter a valid email address.", "Электрондук почта дарегин туура жазыңыз, мисалы: aty@example.com"),
        ("Monday", "дүйшөмбү"),
        ("June", "июнь"),
    ],
)
def test_our_kyrgyz_wins_over_djangos(text, words):
    assert gettext(text) == words


def test_the_month_after_a_date_is_possessive():
    assert pgettext("alt. month", "June") == "июну"


# Numbers


@pytest.mark.parametrize(
    ("number", "kyrgyz", "russian"),
    [
        (1, "1 катталуу", "1 регистрация"),
        (2, "2 катталуу", "2 регистрации"),
        (5, "5 катталуу", "5 регистраций"),
        (11, "11 катталуу", "11 регистраций"),
        (21, "21 катталуу", "21 регистрация"),
        (0, "0 катталуу", "0 регистраций"),
    ],
)
def test_numbers_take_the_form_of_their_language(number, kyrgyz, russian):
    def counted():
        return ngettext("%(count)d registration", "%(count)d registrations", number) % {"count": number}

    assert counted() == kyrgyz
    with translation.override("ru"):
        assert counted() == russian
