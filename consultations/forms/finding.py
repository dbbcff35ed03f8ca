"""The ways back to one's own page: the ticket's number with the phone, or a letter."""

from django import forms
from django.utils.translation import gettext_lazy as _

from consultations.models.credentials import clean_pass_number, is_pass_number

from .base import PageForm
from .cleaning import EmailField, PhoneField, TextField


class NumberForm(PageForm):
    """Eight digits however they are written, and the phone that was given."""

    pass_number = TextField(
        label=_("Ticket number"),
        help_text=_("Eight digits, for example: 2741 0936"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={
            "required": _("Enter the ticket number."),
            "invalid": _("Check the number: it has eight digits."),
        },
    )
    phone = PhoneField(label=_("Phone number"), help_text=_("The one given at registration"))

    def clean_pass_number(self):
        """The bare digits, if their check digit agrees; a slip of the finger is said at once."""
        number = clean_pass_number(self.cleaned_data["pass_number"])
        if not is_pass_number(number):
            field = self.fields["pass_number"]
            raise forms.ValidationError(field.error_messages["invalid"], code="invalid")
        return number


class LetterForm(PageForm):
    """The e-mail to which the links shall go."""

    email = EmailField(label=_("E-mail"), help_text=_("The one given at registration"))
