"""What comes with every form: a signed token that names the form and its hour, and a field that people do not see.

The token is the idempotency key as well: the same form sent twice registers once (P 7). No captcha: a machine that
answers at once, or fills in what nobody sees, is asked again; a person loses nothing by that (P 63).
"""

import secrets
import time
from dataclasses import dataclass

from django import forms
from django.core import signing
from django.core.exceptions import BadRequest
from django.utils.translation import gettext_lazy as _

SIGNER = signing.TimestampSigner(salt="consultations.forms.sending")
LONGEST_TOKEN = 200
FASTEST = 2  # seconds in which nobody reads the page
LONGEST_OPEN = 24 * 3600

ASK_AGAIN = _("Please check what you typed and send the form once more. Nothing was lost.")


def new_token():
    """A token for a form that is shown now."""
    return SIGNER.sign(secrets.token_urlsafe(16))


@dataclass
class Token:
    """What a posted token says: the form's key, and the token with which the form is shown if it must be again."""

    key: str
    is_good: bool
    shown_again: str


def read_token(text):
    """Read a posted token. One that is missing, forged, a day old or from the future is replaced by a fresh one;
    one that came back too fast is good in a moment.
    """
    if len(text) > LONGEST_TOKEN:
        raise BadRequest("A form token of absurd size")
    try:
        key = SIGNER.unsign(text)
        signed_at = signing.b62_decode(text.rsplit(SIGNER.sep, 2)[1])
    except signing.BadSignature:
        return Token("", is_good=False, shown_again=new_token())
    age = time.time() - signed_at
    if not 0 <= age < LONGEST_OPEN:
        return Token(key, is_good=False, shown_again=new_token())
    return Token(key, is_good=age >= FASTEST, shown_again=text)


class SendingFields(forms.Form):
    """The two fields, to be inherited by a form that anybody may send."""

    form_token = forms.CharField(required=False, widget=forms.HiddenInput)
    # A name that no browser fills in by itself.
    leave_empty = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        self.token = read_token("" if data is None else data.get("form_token", ""))

    def clean(self):
        super().clean()
        if not self.token.is_good or self.cleaned_data.get("leave_empty"):
            self.add_error(None, forms.ValidationError(ASK_AGAIN, code="ask-again"))
