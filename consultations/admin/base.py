"""What every admin page of ours keeps: labels that name the language, refusals as form errors, no probing, no loss."""

import datetime
import re

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import BaseModelAdmin
from django.core.exceptions import BadRequest, ValidationError
from django.db import IntegrityError, OperationalError, models
from django.db.models import ProtectedError
from django.forms.models import BaseInlineFormSet
from django.http import HttpResponseRedirect
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField
from psycopg import errors
from translated_fields import show_language_code
from translated_fields.admin import TranslatedFieldAdmin

from consultations.actions import RegistrationRefused
from consultations.actions.refusals import constraint_name
from consultations.forms.cleaning import EmailField, LinesField, PhoneField, PhoneInput, TextField
from consultations.models import FormerSlug, Registration

LANGUAGES = [code for code, _name in settings.LANGUAGES]
PRIMARY_KEY = re.compile(r"[0-9]{1,18}")
FIRST_YEAR, LAST_YEAR = 2000, 2100

# Constraints over columns that the form does not have, so that Django leaves them to the database.
REFUSED_BY_THE_TABLE = {
    "city_session_slug_is_no_consultation": _("A consultation has this address; choose another."),
    "consultation_slug_is_no_session": _("A city session has this address; choose another."),
    "city_session_slug_once_per_consultation": _("Another session of this consultation has this address."),
    "document_slug_once_per_consultation": _("Another document of this consultation has this address."),
}
BUSY = _("Somebody else is changing the same thing right now. Please try again in a moment.")
IN_ONE_LANGUAGE = _("Fill it in, in one language at least; the other half may follow.")
UNWORDED = models.CheckConstraint.default_violation_error_message
CONTRADICTS = _("This contradicts what is stored already. Reload the page and try again.")


class NotSaved(Exception):
    """What an organiser wrote cannot be kept; `message` says why, `field` (or None) where."""

    def __init__(self, message, *, field=None):
        super().__init__(message)
        self.message, self.field = message, field


class OrganisersForm(forms.ModelForm):
    """A model form that can be told why the database, or an action, refused what had looked right."""

    not_saved = None
    asks_for_both_languages = False

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.required_in_one = [] if self.asks_for_both_languages else required_pairs(self.fields)
        for name in self.required_in_one:
            for language in LANGUAGES:
                self.fields[f"{name}_{language}"].required = False

    def clean(self):
        cleaned = super().clean()
        for name in self.required_in_one:
            halves = [f"{name}_{language}" for language in LANGUAGES]
            if not any(self.cleaned_data.get(half) for half in halves) and not self.errors.keys() & set(halves):
                self.add_error(halves[0], ValidationError(IN_ONE_LANGUAGE, code="required"))
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, datetime.date) and not FIRST_YEAR <= value.year <= LAST_YEAR:
                self.add_error(name, ValidationError(_("Check the year."), code="year"))
        if self.not_saved:
            field = self.not_saved.field if self.not_saved.field in self.fields else None
            self.add_error(field, ValidationError(self.not_saved.message, code="refused"))
        return cleaned


def required_pairs(fields):
    """The names of translated fields that must be filled in: one half is enough to begin with (see `empty_halves`)."""
    names = [name.removesuffix(f"_{LANGUAGES[0]}") for name in fields if name.endswith(f"_{LANGUAGES[0]}")]
    halves = {name: [fields.get(f"{name}_{language}") for language in LANGUAGES] for name in names}
    return [name for name, both in halves.items() if all(half is not None and half.required for half in both)]


class BothLanguagesForm(OrganisersForm):
    """For words that go out, or are agreed to, by themselves: nobody reads the other half beside them."""

    asks_for_both_languages = True


class InBothLanguages(BaseModelAdmin):
    """Fields whose browser knows which language is typed into them, and whose text is cleaned as on the pages."""

    form = OrganisersForm
    rows_of_text = 5
    formfield_overrides = {
        models.CharField: {"form_class": TextField},
        models.TextField: {"form_class": LinesField},
        models.EmailField: {"form_class": EmailField},
        PhoneNumberField: {"form_class": PhoneField, "widget": PhoneInput(attrs={"class": "vTextField"})},
    }

    def formfield_for_dbfield(self, db_field, request, **options):
        field = super().formfield_for_dbfield(db_field, request, **options)
        language = db_field.name.rpartition("_")[2]
        if field and language in LANGUAGES:
            field.widget.attrs["lang"] = language
        if field and isinstance(db_field, models.TextField):
            field.widget.attrs["rows"] = self.rows_of_text
        return field


MOST_ROWS = 60  # of one inline


class Inline(InBothLanguages, admin.StackedInline):
    """Rows on their parent's page. Django would build two thousand forms if a request says so."""

    extra = 0
    max_num = MOST_ROWS
    rows_of_text = 3

    def get_formset(self, request, obj=None, **options):
        return super().get_formset(request, obj, absolute_max=MOST_ROWS, **options)


class ShownRows(BaseInlineFormSet):
    """Rows to be read: whatever a page sends of them is passed over, however many have come since it was opened."""

    def __init__(self, data=None, files=None, **options):
        super().__init__(**options)

    def is_valid(self):
        return True

    def save(self, commit=True):  # noqa: FBT002 -- Django's own signature
        self.new_objects, self.changed_objects, self.deleted_objects = [], [], []
        return []


class LookedAt(Inline):
    """Rows that are written elsewhere."""

    template = "admin/edit_inline/tabular.html"
    formset = ShownRows

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class OrganisersAdmin(InBothLanguages, TranslatedFieldAdmin, admin.ModelAdmin):
    list_per_page = 50
    prefilled = ()  # foreign keys that a link to the page for adding may fill in

    def lookup_allowed(self, lookup, value, request):
        """Only what the list's own filters ask: anything else could learn a hidden column letter by letter (P 69)."""
        return any(lookup in lookups_of(list_filter) for list_filter in self.get_list_filter(request))

    def get_changeform_initial_data(self, request):
        """Django takes every field from the address, also what its widgets cannot show."""
        given = {name: request.GET.get(name, "") for name in self.prefilled}
        return {name: value for name, value in given.items() if PRIMARY_KEY.fullmatch(value)}

    def response_action(self, request, queryset):
        """Django answers 500 to a chosen row that is no number."""
        if not all(map(PRIMARY_KEY.fullmatch, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            raise BadRequest("A chosen row that is no row")
        return super().response_action(request, queryset)

    def get_form(self, request, obj=None, change=False, **options):  # noqa: FBT002 -- Django's signature
        form = super().get_form(request, obj, change=change, **options)
        form.not_saved = getattr(request, "not_saved", None)
        return form

    def changelist_view(self, request, extra_context=None):
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title} | (extra_context or {}))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Show the form again, with the reason, where saving was refused; the transaction is rolled back by then."""
        name = self.opts.verbose_name
        title = capfirst(name) if object_id else gettext("Add %(name)s") % {"name": name}
        extra_context = {"title": title} | (extra_context or {})
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RegistrationRefused as refusal:
            request.not_saved = self.explain(refusal)
        except NotSaved as not_saved:
            request.not_saved = not_saved
        except IntegrityError as error:
            request.not_saved = NotSaved(words_of_constraint(constraint_name(error)))
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            request.not_saved = NotSaved(BUSY)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def explain(self, refusal):
        """A refusal of an action as `NotSaved`."""
        return NotSaved(refusal.message)

    def construct_change_message(self, request, form, formsets, add=False):  # noqa: FBT002 -- Django's signature
        """What the history says: names of columns as they stand in the source, so that each reader gets their own
        language; and no copy of what was written, which erasure would have to find.
        """
        with override(None), show_language_code(False):  # noqa: FBT003 -- the library's signature
            if add:
                return [{"added": {}}]
            changed = names_of(form.instance, form.changed_data)
            for formset in formsets or []:
                if formset.new_objects or formset.changed_objects or formset.deleted_objects:
                    changed.append(str(formset.model._meta.verbose_name_plural))
            return [{"changed": {"fields": changed}}] if changed else []


class ReadOnly(OrganisersAdmin):
    """History: written by actions and by the database."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class KeptForItsPeople(OrganisersAdmin):
    """What cannot be deleted while anybody is registered there; `registered_by` is the lookup that says where."""

    registered_by: str

    def get_deleted_objects(self, objs, request):
        """A number in place of thousands of names. Former addresses, which nobody may delete alone, go along."""
        people = Registration.objects.filter(**{self.registered_by: list(objs)}).count()
        if people:
            protected = ngettext("%(count)d registration", "%(count)d registrations", people) % {"count": people}
            return [], {}, set(), [protected]
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, perms_needed - {FormerSlug._meta.verbose_name}, protected

    def delete_view(self, request, object_id, extra_context=None):
        """Somebody who registers between the question and the answer is no error page."""
        try:
            return super().delete_view(request, object_id, extra_context)
        except ProtectedError:
            self.message_user(request, CONTRADICTS, messages.ERROR)
            return HttpResponseRedirect(request.path)


def in_short(moment):
    """«09.06.2025 14:05», for tables; nothing for no moment."""
    return f"{localtime(moment):%d.%m.%Y %H:%M}" if moment else ""


def lookups_of(list_filter):
    """The query parameters that one entry of `list_filter` reads."""
    if isinstance(list_filter, type):
        return {list_filter.parameter_name}
    path = list_filter if isinstance(list_filter, str) else list_filter[0]
    return {f"{path}__{lookup}" for lookup in ("exact", "id__exact", "isnull")}


def names_of(instance, fields):
    """The verbose names of these fields, each once: both halves of a translated one have the same."""
    columns = {column.name: column for column in instance._meta.fields}
    names = [str(columns[field].verbose_name) for field in fields if field in columns]
    return list(dict.fromkeys(names))


def words_of_constraint(name):
    """Why the table refused, for a person."""
    if name in REFUSED_BY_THE_TABLE:
        return REFUSED_BY_THE_TABLE[name]
    for model in apps.get_app_config("consultations").get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name and constraint.violation_error_message != UNWORDED:
                return constraint.violation_error_message
    return CONTRADICTS
