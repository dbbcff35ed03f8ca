"""What ran before a migration goes on running after it: the release before, on another machine or taken back (P 36)."""

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_migration_linter import MigrationLinter

# Written before there was any release: no other code has ever met what they change.
BEFORE_ANY_RELEASE = ["0004_notices", "0008_how_people_came", "0022_paper", "0025_answers_of_organisers"]


@pytest.mark.django_db
def test_no_migration_takes_from_the_release_before_what_it_needs(capsys):
    """Neither a column gone or renamed, nor one that must be filled and has no default in the database."""
    linter = MigrationLinter(no_cache=True)
    ours = [one for (app, _name), one in MigrationLoader(connection).disk_migrations.items() if app == "consultations"]
    found = []
    for migration in sorted(ours, key=lambda one: one.name):
        before = linter.nb_erroneous
        linter.lint_migration(migration)
        if linter.nb_erroneous > before:
            found.append(migration.name)
    assert found == BEFORE_ANY_RELEASE, capsys.readouterr().out
