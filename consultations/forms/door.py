"""What is typed at the door, with one thumb."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .base import PageForm
from .cleaning import EmailField, NameField, PhoneField, TextField
from .person import PHONE_OR_EMAIL, ConsentField


class AskForm(PageForm):
    """A ticket's number, a name, or the last four digits of a phone: one field for all three."""

    asked = TextField(
        label=_("Ticket number, name, or last four digits of the phone"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "enterkeyhint": "search"}),
    )


class ContactField(TextField):
    """A phone number or an e-mail in one field; the value is a dict with both."""

    default_error_messages = {"required": PHONE_OR_EMAIL}

    def clean(self, value):
        value = super().clean(value)
        if "@" in value:
            return {"phone": "", "email": EmailField().clean(value)}
        return {"phone": PhoneField().clean(value), "email": ""}


class WalkInForm(PageForm):
    """Somebody without registration: three fields and a consent, since people stand behind them."""

    full_name = NameField(label=_("Full name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    contact = ContactField(
        label=_("Phone number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    organisation = TextField(
        label=_("Organisation"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args, consent_text, **options):
        super().__init__(*args, **options)
        self.fields["consent_text"] = ConsentField(consent_text)

    def arrangement(self):
        return ["full_name", "contact", "organisation"]

    def person(self):
        """The person as `actions.walk_in` takes one."""
        cleaned = self.cleaned_data
        return {"full_name": cleaned["full_name"], "organisation": cleaned["organisation"]} | cleaned["contact"]
