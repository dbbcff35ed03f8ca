"""The fields about one person, of which the forms are put together: who, how to reach them, details, consent.

Names of fields are the names of the model's fields. What the consultation or the session itself wants to ask stands
after `question`, once for each person.
"""

from django import forms
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from consultations.models import Need, Registration

from .base import PageForm
from .cleaning import ChoiceField, EmailField, LinesField, NameField, PhoneField, TextField, blank_first
from .own_questions import OwnQuestions

PHONE_OR_EMAIL = _("Give a phone number or an e-mail address.")


class PersonFields(PageForm):
    """Who comes, how to reach them, and what they need."""

    full_name = NameField(
        label=_("Full name"),
        help_text=_("Surname, given name and patronymic, if you have one"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(label=_("Phone number"), help_text=_("To tell you if something changes"), required=False)
    email = EmailField(
        label=_("E-mail"), help_text=_("For the confirmation, the calendar and news of changes"), required=False
    )
    needs = forms.MultipleChoiceField(
        label=_("What do you need to take part?"),
        help_text=_("Seen only by the organisers and at the entrance"),
        choices=[(kind.value, kind.label) for kind in Need.Kind if kind != Need.Kind.OTHER],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    needs_text = TextField(
        label=_("Something else, in your own words"),
        help_text=_("For example: a place near the entrance, a companion"),
        max_length=500,
        required=False,
    )

    def __init__(self, *args, own_questions=(), **options):
        self.own_questions = OwnQuestions(own_questions)
        super().__init__(*args, **options)
        for name in ("phone", "email"):
            self.fields[name].is_unmarked = True

    def further_fields(self):
        return self.own_questions.fields()

    def person(self):
        """The person as `actions` take one: the model's fields, the needs, and the answers to own questions."""
        details = {name: value for name, value in self.cleaned_data.items() if name in PERSON_COLUMNS}
        answers = self.own_questions.answers(self.cleaned_data)
        return details | {"needs": self.needs_list(), "answers": answers}

    def needs_list(self):
        needs = [{"kind": kind, "text": ""} for kind in self.cleaned_data["needs"]]
        if self.cleaned_data["needs_text"]:
            needs.append({"kind": Need.Kind.OTHER, "text": self.cleaned_data["needs_text"]})
        return needs


class DetailsFields(PageForm):
    """What the ministry's report counts, and the question a person brings; none of it is needed to take part."""

    organisation = TextField(
        label=_("Organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    organisation_type = forms.ChoiceField(
        label=_("Type of organisation"),
        choices=lambda: blank_first(Registration.OrganisationType.choices),
        required=False,
    )
    position = TextField(
        label=_("Position"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    home_place = TextField(
        label=_("Where do you live?"), help_text=_("City, or village and district"), max_length=150, required=False
    )
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Registration.Gender.choices, required=False, widget=forms.RadioSelect
    )
    age_group = forms.ChoiceField(
        label=_("Age group"), choices=lambda: blank_first(Registration.AgeGroup.choices), required=False
    )
    question = LinesField(label=_("Your question to the organisers"), max_length=2000, required=False)


class LanguageField(PageForm):
    language = ChoiceField(
        label=_("Language of messages"),
        choices=[
            (code, format_html('<span lang="{}">{}</span>', code, name))
            for code, name in Registration._meta.get_field("language").choices
        ],
        widget=forms.RadioSelect,
    )

    def get_initial_for_field(self, field, field_name):
        """The language of the page, until the person says otherwise."""
        return super().get_initial_for_field(field, field_name) or (
            get_language() if field_name == "language" else None
        )


class ConsentBox(forms.CheckboxInput):
    """A tick that carries which text was agreed to; never ticked beforehand."""

    def __init__(self, text):
        super().__init__()
        self.shown = str(text.pk) if text else "0"

    def value_from_datadict(self, data, files, name):
        return data.get(name, "")

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value == self.shown, attrs)
        context["widget"]["value"] = self.shown
        return context


class ConsentField(forms.Field):
    """The consent text that was read and agreed to. A newer text than the one on the page has to be read first."""

    default_error_messages = {
        "required": _("To register, your consent to the processing of personal data is needed."),
        "changed": _("The text of the consent has changed. Please read it and tick the box again."),
    }

    def __init__(self, text, **options):
        super().__init__(
            label=_("I agree to the collection and processing of my personal data"),
            widget=ConsentBox(text),
            **options,
        )
        self.text = text

    def clean(self, value):
        value = super().clean(value)
        if value != self.widget.shown:
            raise forms.ValidationError(self.error_messages["changed"], code="changed")
        return self.text


class PermissionFields(PageForm):
    """What a person allows beyond taking part; each a box of its own, unticked (UX 59)."""

    listed_publicly = forms.BooleanField(
        label=_("My name and organisation may stand in the public list of participants"), required=False
    )
    photo_consent = forms.BooleanField(
        label=_("I agree to be photographed and recorded during the session"), required=False
    )


class ConsentFields(PermissionFields):
    """The permissions, and the consent without which nobody can be registered."""

    def __init__(self, *args, consent_text, **options):
        super().__init__(*args, **options)
        self.fields["consent_text"] = ConsentField(consent_text)


PERSON_COLUMNS = frozenset([*PersonFields.base_fields, *DetailsFields.base_fields, *ConsentFields.base_fields]) - {
    "needs",
    "needs_text",
}
