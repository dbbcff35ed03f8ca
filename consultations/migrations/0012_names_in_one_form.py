"""A name typed with combining marks (NFD: «и» and a breve) folds and sorts like the same name typed with «й»."""

from importlib import import_module

from django.db import migrations

folding = import_module("consultations.migrations.0001_folding")  # a module whose name begins with a digit

NORMALISED = "lower(normalize(name, NFC))"


def replaced(function, body):
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace("lower(name)", body)


# The generated columns keep what they hold until their row is written: those of a name in another form, now.
NAMES = """
UPDATE consultations_registration SET full_name = normalize(full_name, NFC) WHERE full_name IS NOT NFC NORMALIZED;
"""


class Migration(migrations.Migration):
    dependencies = [("consultations", "0011_queue_of_the_known")]

    operations = [
        migrations.RunSQL(replaced(folding.NAME_KEY, NORMALISED), replaced(folding.NAME_KEY, "lower(name)")),
        migrations.RunSQL(replaced(folding.SORT_KEY, NORMALISED), replaced(folding.SORT_KEY, "lower(name)")),
        migrations.RunSQL(NAMES, migrations.RunSQL.noop),
    ]
