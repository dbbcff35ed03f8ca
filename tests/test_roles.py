"""Roles: one table, applied to the database by `manage.py sync_roles`."""

import dataclasses

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.utils import translation

from consultations import roles as table
from tests.staff import make_staff

pytestmark = pytest.mark.django_db


def permissions_of(group):
    return set(group.permissions.values_list("codename", flat=True))


def test_groups_are_those_of_the_table():
    call_command("sync_roles", verbosity=0)

    found = {group.name: permissions_of(group) for group in Group.objects.all()}
    assert found == {key: set(role.permissions) for key, role in table.ROLES.items()}


def test_second_time_changes_nothing(django_assert_max_num_queries):
    call_command("sync_roles", verbosity=0)
    before = list(Group.objects.order_by("pk").values_list("pk", "name"))

    with django_assert_max_num_queries(16) as seen:
        call_command("sync_roles", verbosity=0)

    assert list(Group.objects.order_by("pk").values_list("pk", "name")) == before
    assert [query["sql"] for query in seen if query["sql"].startswith(("INSERT", "DELETE", "UPDATE"))] == []


def test_what_was_changed_by_hand_is_put_right(roles):
    ministry, organiser = roles["ministry"], roles["organiser"]
    ministry.permissions.add(Permission.objects.get(codename="change_registration"))
    organiser.permissions.clear()

    table.sync()

    assert permissions_of(ministry) == table.ROLES["ministry"].permissions
    assert permissions_of(organiser) == table.ROLES["organiser"].permissions


def test_other_groups_are_left_alone():
    other = Group.objects.create(name="guests")
    other.permissions.set(Permission.objects.filter(codename="view_citysession"))

    table.sync()

    assert permissions_of(other) == {"view_citysession"}


def test_a_permission_that_does_not_exist_is_named(monkeypatch):
    door = table.ROLES["door"]
    misspelt = dataclasses.replace(door, permissions=door.permissions | {"chek_in"})
    monkeypatch.setitem(table.ROLES, "door", misspelt)

    with pytest.raises(CommandError, match="No such permission: chek_in"):
        call_command("sync_roles")
    assert not Group.objects.exists()


def test_command_says_which_roles_there_are(capsys):
    call_command("sync_roles")
    assert capsys.readouterr().out == "Roles: organiser, ministry, data-protection, door.\n"


def test_only_superusers_have_to_do_with_accounts():
    granted = set().union(*(role.permissions for role in table.ROLES.values()))
    own = set(Permission.objects.filter(content_type__app_label="consultations").values_list("codename", flat=True))
    assert granted <= own


@pytest.mark.parametrize("key", ["ministry", "data-protection", "door"])
def test_only_organisers_shape_the_sessions(key):
    changing = {name for name in table.ROLES[key].permissions if name.startswith(("add_", "delete_", "change_"))}
    on_request = {"change_registration", "add_datarequest", "change_datarequest"}
    assert changing == (on_request if key == "data-protection" else set())


def test_names_of_roles_are_in_the_readers_language(roles):
    user = make_staff()
    user.groups.set([roles["door"], roles["organiser"]])

    with translation.override(None):
        assert table.names_of(user) == ["Organiser", "Door"]
    assert table.groups() == [roles["organiser"], roles["ministry"], roles["data-protection"], roles["door"]]
