"""Who may what: one table. `manage.py sync_roles` makes the groups of the database match it, after every migrate.

A role is a Django group named by its key. Accounts have roles and nothing besides: no permissions of their own. What
no role has (accounts themselves, above all) is for superusers. tests/test_role_matrix.py says what each role then
sees at every address.
"""

from dataclasses import dataclass

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What a consultation consists of, with the rows on its pages in the admin.
CONTENT = (
    "consultation consenttext party document citysession agendaitem letterparagraph formerslug ownquestion".split()
)
HISTORY = ["notice", "exportrecord", "changerecord"]


@dataclass(frozen=True)
class Role:
    """A name, one sentence about it, and permissions without the app's label."""

    name: Promise
    words: Promise
    permissions: frozenset


def may(verbs, models):
    """The permissions to do these things to these models: `may("view change", ["need"])`."""
    return {f"{verb}_{model}" for verb in verbs.split() for model in models}


ROLES = {
    "organiser": Role(
        _("Organiser"),
        _("Prepares the sessions, registers, announces, calls, checks in and takes lists out."),
        frozenset(
            may("view add change delete", CONTENT)
            | may("view add change", ["registration"])
            | may("view add change", ["datarequest"])
            | may("view change", ["need", "message"])
            | may("view", ["ownanswer"])
            | may("view add change", ["datarequest"])
            | may("view", HISTORY)
            | {"export_registrations", "view_numbers", "check_in"}
        ),
    ),
    "ministry": Role(
        _("Ministry"),
        _("Sees sessions, participants and numbers and takes lists out; changes nothing."),
        frozenset(may("view", [*CONTENT, "registration", *HISTORY]) | {"export_registrations", "view_numbers"}),
    ),
    "data-protection": Role(
        _("Data protection"),
        _("Sees what is kept of people, corrects or cancels on request, and sees who took lists out."),
        frozenset(
            may("view", [*CONTENT, "registration", "need", "ownanswer", "message", *HISTORY])
            | may("view add change", ["datarequest"])
            | {"change_registration"}
        ),
    ),
    "door": Role(
        _("Door"),
        _("Records arrivals by ticket number; sees a name and a status only."),
        frozenset({"check_in"}),
    ),
}


class UnknownPermission(Exception):
    """The table names what the database has not: a misspelling, or a migration that has not run."""


@transaction.atomic
def sync():
    """Make the groups match the table. Repeatable; a second time writes nothing."""
    found = Permission.objects.filter(content_type__app_label="consultations")
    permissions = {permission.codename: permission for permission in found}
    missing = sorted(set().union(*(role.permissions for role in ROLES.values())) - set(permissions))
    if missing:
        raise UnknownPermission(", ".join(missing))
    for key, role in ROLES.items():
        group, _is_new = Group.objects.get_or_create(name=key)
        group.permissions.set([permissions[codename] for codename in role.permissions])


def first_page(user):
    """The name of the page on which somebody begins: the lists for whoever takes them out and shapes no session."""
    takes_lists = user.has_perm("consultations.export_registrations")
    return "list-index" if takes_lists and not user.has_perm("consultations.change_citysession") else "admin:index"


def groups():
    """The groups of the table, in its order."""
    found = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
    return [found[key] for key in ROLES if key in found]


def names_of(user):
    """The names of a user's roles, in the order of the table."""
    held = {group.name for group in user.groups.all()}
    return [str(role.name) for key, role in ROLES.items() if key in held]
