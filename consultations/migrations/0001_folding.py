"""How names are compared and sorted: two immutable SQL functions, so that generated columns may use them.

They live in the database because the site, the admin, an import and a shell must all fold alike. The letters are
those of glossary §12: people type н о у for ң ө ү, and code points sort ң ө ү after я.
"""

from django.db import migrations

FOLDED = "ёңөү"
FOLDED_TO = "еноу"
WORD_BREAKS = "-\u2010\u2011\u2012\u2013\u2014.,;\u00a0\t"
DROPPED = "'\u2019\u02bc`´"
ALPHABET = "абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя"
IN_ORDER = "".join(chr(0x430 + place) for place in range(len(ALPHABET)))


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


NAME_KEY = f"""
CREATE FUNCTION consultations_name_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '')
    FROM unnest(string_to_array(
        translate(lower(name), {quoted(FOLDED + WORD_BREAKS + DROPPED)}, {quoted(FOLDED_TO + " " * len(WORD_BREAKS))}), ' '
    )) AS word
    WHERE word <> ''
);
COMMENT ON FUNCTION consultations_name_key(text) IS
    'The same for one person however the name is typed: folded letters, words sorted.';
"""

SORT_KEY = f"""
CREATE FUNCTION consultations_sort_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN translate(lower(name), {quoted(ALPHABET)}, {quoted(IN_ORDER)});
COMMENT ON FUNCTION consultations_sort_key(text) IS
    'Sorted by code point, gives the Kyrgyz alphabetical order.';
"""


class Migration(migrations.Migration):
    dependencies = []

    operations = [
        migrations.RunSQL(NAME_KEY, "DROP FUNCTION consultations_name_key(text)"),
        migrations.RunSQL(SORT_KEY, "DROP FUNCTION consultations_sort_key(text)"),
    ]
