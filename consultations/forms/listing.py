"""Which list somebody wants to take out: whom, which columns, in what form, and why."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations import exports
from consultations.models import ExportRecord, OwnQuestion, Registration

from .base import PageForm, Section, helper_for
from .cleaning import ChoiceField, TextField

Format, Preset, Reason = ExportRecord.Format, ExportRecord.Preset, ExportRecord.Reason

MOST_CHOSEN = 500  # people chosen one by one, whose numbers travel in the address
NUMBERS = re.compile(rf"\A[0-9]{{1,18}}(,[0-9]{{1,18}}){{0,{MOST_CHOSEN - 1}}}\Z")


class ListForm(PageForm):
    """Everything about a list. `city_sessions` are those that may be listed, in order, with their consultations.

    Who needs what is for those who see to it, `may_see_needs`: nobody else narrows a list of names by it (UX 59).
    """

    city_sessions = forms.MultipleChoiceField(
        label=gettext_lazy("Sessions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose a session, or several.")},
    )
    preset = ChoiceField(
        label=gettext_lazy("Content"),
        widget=forms.RadioSelect,
        choices=[(preset.value, preset.label) for preset in ExportRecord.LISTS],
    )
    format = ChoiceField(
        label=gettext_lazy("Format"),
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in ExportRecord.LIST_FORMATS],
    )
    language = ChoiceField(
        label=gettext_lazy("Language of the list"), widget=forms.RadioSelect, choices=ExportRecord.Language.choices
    )
    with_signature = forms.BooleanField(label=gettext_lazy("With a column for signatures"), required=False)
    reason = ChoiceField(
        label=gettext_lazy("Reason"),
        widget=forms.RadioSelect,
        choices=[(reason.value, reason.label) for reason in ExportRecord.LIST_REASONS],
        error_messages={"required": gettext_lazy("Choose the reason.")},
    )
    reason_text = TextField(
        label=gettext_lazy("Reason in words"),
        max_length=300,
        required=False,
        help_text=gettext_lazy(
            "What about participants are contacted, or which body asks, by which letter. No names of participants."
        ),
    )
    chosen = forms.RegexField(NUMBERS, required=False, widget=forms.HiddenInput)

    def __init__(self, data=None, *, city_sessions, may_see_needs, **options):
        self.narrowing = [one for one in exports.FILTERS if may_see_needs or one.key != "needs"]
        self.by_choice = {str(one.pk): one for one in city_sessions}
        self.questions = list(OwnQuestion.objects.of_sessions(city_sessions).in_lists())
        self.columns = [*exports.COLUMNS, *exports.question_columns(self.questions)]
        super().__init__(data, **options)
        self.fields["city_sessions"].choices = [(choice, str(one)) for choice, one in self.by_choice.items()]

    def arrangement(self):
        """Also adds the fields that follow from the tables of filters and columns."""
        for one in self.narrowing:
            self.fields[one.key] = forms.ChoiceField(
                label=capfirst(one.label), choices=[("", gettext_lazy("all")), *one.choices], required=False
            )
            self.fields[one.key].is_unmarked = True
        for one in self.columns:
            self.fields[f"show_{one.key}"] = forms.BooleanField(label=one.title, required=False)
            self.fields[f"order_{one.key}"] = forms.IntegerField(
                label=_("Place of “%(column)s”") % {"column": one.title},
                min_value=1,
                max_value=len(self.columns),
                required=False,
                widget=forms.NumberInput(attrs={"class": "form-control"}),
            )
        self.fields["with_signature"].is_unmarked = True
        return [
            Section(gettext_lazy("Who"), "city_sessions", *(one.key for one in self.narrowing)),
            "preset",
        ]

    @property
    def last_helper(self):
        """What stands below the table of columns."""
        return helper_for(
            Section(gettext_lazy("File"), "format", "language", "with_signature"),
            Section(gettext_lazy("Why"), "reason", "reason_text"),
        )

    def column_rows(self):
        """Lines of the table of columns: the tick, and the place."""
        return [(self[f"show_{one.key}"], self[f"order_{one.key}"]) for one in self.columns]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("preset") == Preset.OWN and not self.own_columns():
            self.add_error("preset", ValidationError(_("Tick the columns of the list."), code="no-columns"))
        reason = cleaned.get("reason")
        asks_for_words = reason and reason not in ExportRecord.REASONS_ENOUGH
        if asks_for_words and not cleaned.get("reason_text") and "reason_text" not in self.errors:
            self.add_error("reason_text", ValidationError(_("Say the reason in a few words."), code="no-reason"))
        return cleaned

    def own_columns(self):
        """The keys of the columns ticked, by their places; those without a place stay behind, in our order."""
        cleaned = self.cleaned_data
        ticked = [one.key for one in self.columns if cleaned.get(f"show_{one.key}")]
        return sorted(ticked, key=lambda key: cleaned.get(f"order_{key}") or len(self.columns) + 1)

    def columns_of(self, preset):
        """The preset's columns; of everything also the questions that the chosen sessions ask or asked themselves."""
        if preset != Preset.EVERYTHING:
            return exports.PRESETS[preset]
        sessions = {one.pk for one in self.chosen_sessions()}
        consultations = {one.consultation_id for one in self.chosen_sessions()}
        asked = [
            one for one in self.questions if one.city_session_id in sessions or one.consultation_id in consultations
        ]
        return [*exports.PRESETS[preset], *(one.key for one in exports.question_columns(asked))]

    # What is asked for

    def chosen_sessions(self):
        return [self.by_choice[choice] for choice in self.cleaned_data["city_sessions"]]

    def chosen_numbers(self):
        return [int(number) for number in self.cleaned_data.get("chosen", "").split(",") if number]

    def filters(self):
        """As they are recorded: values by key, and how many people were chosen one by one, but not whom."""
        found = {one.key: self.cleaned_data[one.key] for one in self.narrowing if self.cleaned_data.get(one.key)}
        numbers = self.chosen_numbers()
        return found | ({"chosen": len(numbers)} if numbers else {})

    def registrations(self):
        """Whom the list is about. Rows without a name are no people any more."""
        people = Registration.objects.filter(city_session__in=self.chosen_sessions(), anonymised_at=None)
        numbers = self.chosen_numbers()
        if numbers:
            people = people.filter(pk__in=numbers)
        return exports.narrowed(people, self.filters())

    def refuse(self, rows):
        """Say why a list of so many people cannot be made in this format; nothing where it can."""
        most = exports.MOST_ROWS.get(self.cleaned_data["format"])
        if not rows:
            self.add_error(None, ValidationError(_("Nobody fits this choice."), code="nobody"))
        elif most and rows > most:
            words = _("At most %(most)d people fit into this format; choose another one, or fewer people.")
            self.add_error("format", ValidationError(words % {"most": most}, code="too-many"))

    def order(self, *, made_by):
        """The list as the builders take it."""
        cleaned = self.cleaned_data
        preset = cleaned["preset"]
        names = ("format", "language", "with_signature", "reason", "reason_text")
        return exports.Order(
            registrations=self.registrations(),
            city_sessions=self.chosen_sessions(),
            columns=self.own_columns() if preset == Preset.OWN else self.columns_of(preset),
            preset=preset,
            filters=self.filters(),
            made_by=made_by,
            **{name: cleaned[name] for name in names},
        )


def asked_by_address(query, city_sessions):
    """What a link to the form fills in: sessions, filters, people chosen one by one. What is no choice is left out."""
    known = {str(one.pk) for one in city_sessions}
    asked = {"city_sessions": [pk for pk in query.getlist("city_sessions") if pk in known]}
    for one in exports.FILTERS:
        value = query.get(one.key)
        if value is not None and value in {"", *(str(choice) for choice, _label in one.choices)}:
            asked[one.key] = value
    if NUMBERS.fullmatch(query.get("chosen", "")):
        asked["chosen"] = query["chosen"]
    return asked


def remembered(records):
    """What the form begins with: the columns this person chose last, and the form of the last list.

    Read from the record of lists taken, so that it follows the person from one computer to another.
    """
    own = records.filter(preset=Preset.OWN).first()
    last = records.filter(preset__in=ExportRecord.LISTS).first()
    keys = own.columns if own else exports.PRESETS[Preset.OFFICIAL]
    places = {key: place for place, key in enumerate(keys, start=1)}
    initial = {f"show_{key}": True for key in places} | {f"order_{key}": place for key, place in places.items()}
    form = {"format": last.format, "language": last.language, "with_signature": last.with_signature} if last else {}
    return {"preset": Preset.OFFICIAL, "format": Format.XLSX, "status": "confirmed"} | initial | form
