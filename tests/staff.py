"""Accounts for tests: an organiser with every permission, and staff with exactly those that a test is about."""

import itertools
from html.parser import HTMLParser

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

numbers = itertools.count(1)


def make_staff(*permissions, **fields):
    """A staff account with these permissions of ours, such as `view_registration`."""
    user = get_user_model().objects.create_user(f"staff-{next(numbers)}", is_staff=True, **fields)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="consultations", codename__in=permissions)
    )
    assert user.user_permissions.count() == len(permissions)
    return user


def make_organiser(**fields):
    """May do everything."""
    return get_user_model().objects.create_superuser(f"organiser-{next(numbers)}", **fields)


def admin_list(model):
    return reverse(f"admin:consultations_{model}_changelist")


def admin_page(row):
    return reverse(f"admin:consultations_{row._meta.model_name}_change", args=[row.pk])


def typed(response):
    """What a browser would send back from the form of an admin page, unchanged."""
    reader = FormReader()
    reader.feed(response.content.decode())
    return reader.fields


class FormReader(HTMLParser):
    """The fields of an admin page's main form, as they are filled in."""

    def __init__(self):
        super().__init__()
        self.fields, self.inside, self.textarea, self.select = {}, False, None, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name = given.get("name", "")
        if tag == "form":
            self.inside = given.get("id", "").endswith("_form")
        elif not self.inside or "disabled" in given:
            return
        elif tag == "input" and given.get("type") not in {"submit", "file", "button"}:
            if given.get("type") not in {"checkbox", "radio"} or "checked" in given:
                self.fields[name] = given.get("value") or ("on" if given.get("type") == "checkbox" else "")
        elif tag == "textarea":
            self.textarea = name
            self.fields[name] = ""
        elif tag == "select":
            self.select = name
        elif tag == "option" and (self.select not in self.fields or "selected" in given):
            self.fields[self.select] = given.get("value", "")

    def handle_data(self, data):
        if self.textarea:
            self.fields[self.textarea] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.textarea:
            # The line break that HTML drops after the tag.
            self.fields[self.textarea] = self.fields[self.textarea].removeprefix("\r\n").removeprefix("\n")
            self.textarea = None
        elif tag == "select":
            self.select = None
