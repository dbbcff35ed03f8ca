"""The one cleaner of text, and the fields that use it.

Text is cleaned here once, so that a page, a letter's subject, a spreadsheet and a sheet of paper can all show it as
it is stored. Markup is not touched: «<b>» and «{{7*7}}» are text like any other, and every output escapes for itself.
"""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber

# Control, surrogate, format (bidi overrides, zero width, tags), private use, unassigned.
UNWANTED = {"Cc", "Cs", "Cf", "Co", "Cn"}
MOST_MARKS_IN_A_ROW = 2

TOO_LONG = _("At most %(limit_value)d characters (now: %(show_value)d).")
FILL_IN = _("Fill in this field.")
CHOOSE = _("Choose one of the answers.")


def clean_text(text):
    """One line: composed letters, single spaces, no character that is invisible or rewrites what stands around it."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    kept, marks = [], 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if category not in UNWANTED and marks <= MOST_MARKS_IN_A_ROW:
            kept.append(character)
    # Again: a dropped character may have stood between two spaces, or between a letter and its accent.
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def clean_lines(text):
    """Several lines, each cleaned; no empty ones at either end and never two empty ones in a row."""
    lines = [clean_text(line) for line in re.split(r"\r\n|\r|\n", text)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def letters_in(text):
    """How many letters, of whatever script."""
    return sum(unicodedata.category(character).startswith("L") for character in text)


class TextField(forms.CharField):
    """One line of text."""

    cleaner = staticmethod(clean_text)
    default_error_messages = {"required": FILL_IN, "max_length": TOO_LONG}

    def to_python(self, value):
        value = super().to_python(value)
        return self.cleaner(value) if value else self.empty_value


class LinesField(TextField):
    """Several lines. No `maxlength` on the page: a browser would cut a long pasted text without a word."""

    widget = forms.Textarea
    cleaner = staticmethod(clean_lines)

    def widget_attrs(self, widget):
        return {"rows": 4}


class NameField(TextField):
    """A whole name in one field, of any script, in any order, one word or many (UX 4)."""

    default_error_messages = {"required": _("Enter your full name."), "too_few_letters": _("Enter your full name.")}

    def __init__(self, **options):
        super().__init__(**{"max_length": 150} | options)

    def validate(self, value):
        super().validate(value)
        if value and letters_in(value) < 2:
            raise ValidationError(self.error_messages["too_few_letters"], code="too_few_letters")

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"spellcheck": "false"}


class EmailField(forms.EmailField):
    """An address in its one normal form: lower case, no spaces around, no closing dot, nothing quoted, no IP number."""

    default_error_messages = {
        "required": _("Enter your e-mail address."),
        "invalid": _("Enter the e-mail address in the right form, for example: name@example.com"),
        "max_length": TOO_LONG,
    }

    def __init__(self, **options):
        super().__init__(**{"max_length": 254} | options)
        self.validators.append(
            RegexValidator(r'["\[]', self.error_messages["invalid"], code="invalid", inverse_match=True)
        )

    def to_python(self, value):
        return clean_text(super().to_python(value)).lower().rstrip(".")

    def widget_attrs(self, widget):
        return super().widget_attrs(widget) | {"autocomplete": "email", "spellcheck": "false", "size": 30}


class PhoneInput(forms.TelInput):
    """A number that we show is in the one form used everywhere: +996 555 123 456. What was typed stays as typed."""

    def format_value(self, value):
        return value.as_international if isinstance(value, PhoneNumber) else super().format_value(value)


class PhoneField(PhoneNumberField):
    """A telephone number as people write it in Kyrgyzstan, or a foreign one with its plus; cleaned to E.164 (UX 5).

    Only digits and the marks people put between them are accepted: an extension cannot be dialled from a list, and
    the library would read a good deal more than a number out of a long text.
    """

    WRITTEN = re.compile(r"[+＋]?[\d\s().–-]+")
    LONGEST = 40
    default_error_messages = {
        "required": _("Enter your phone number."),
        "invalid": _("Enter the phone number in the right form, for example: +996 700 123 456"),
    }

    def __init__(self, **options):
        super().__init__(**{"widget": PhoneInput(attrs={"autocomplete": "tel"})} | options)

    def to_python(self, value):
        value = clean_text(str(value or ""))
        if value and (len(value) > self.LONGEST or not self.WRITTEN.fullmatch(value)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)

    def clean(self, value):
        number = super().clean(value)
        return number.as_e164 if number else ""


class ChoiceField(forms.ChoiceField):
    """One of a few answers."""

    default_error_messages = {"required": CHOOSE, "invalid_choice": CHOOSE}


def blank_first(choices):
    """A drop-down whose first line asks to choose, and means: not said."""
    return [("", _("Choose")), *choices]
