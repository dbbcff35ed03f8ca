"""Forms of staff accounts: a password, the way to a new one, and the code of the second factor."""

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext_lazy as _

from .base import PageForm
from .cleaning import EmailField, TextField


class EmailForm(PageForm):
    """Where the letter with the link shall go."""

    email = EmailField(label=_("E-mail"), help_text=_("The one of your account"))


class NewPasswordForm(PageForm, SetPasswordForm):
    """A password, typed twice."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        first = self.fields["new_password1"]
        first.help_text = _("At least 12 characters. Several words are easy to remember and hard to guess.")
        for name in ["new_password1", "new_password2"]:
            self.fields[name].error_messages["required"] = _("Type the password.")


class CodeForm(PageForm):
    """Six digits from the app, or a recovery code."""

    code = TextField(
        label=_("Code"),
        help_text=_("Six digits from the app on your phone. Without the phone: one of your recovery codes."),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Type the code.")},
    )


class SetUpForm(PageForm):
    """The first code of an app, which shows that it has the key."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=400)
    code = TextField(
        label=_("Code from the app"),
        help_text=_("Six digits; every 30 seconds there are new ones."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": _("Type the code.")},
    )
