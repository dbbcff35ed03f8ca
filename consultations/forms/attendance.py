"""What organisers type in the evening: people from signed paper, Zoom's report, whose registration is whose."""

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consultations import zoom_report
from consultations.models.credentials import clean_pass_number, is_pass_number

from .base import PageForm
from .cleaning import EmailField, NameField, PhoneField, TextField

ROWS = 10  # blank rows of one page; the next page has as many again
REPORT = signing.TimestampSigner(salt="consultations.forms.attendance.report")
REPORT_LIFETIME = 24 * 3600  # seconds


class ContactField(TextField):
    """A phone number or an e-mail address, as one column of the signed sheet holds it; cleaned to {"phone": …}."""

    def to_python(self, value):
        value = super().to_python(value)
        if not value:
            return {}
        if "@" in value:
            return {"email": EmailField().clean(value)}
        return {"phone": PhoneField().clean(value)}

    def validate(self, value):
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value):
        pass  # its two fields have run theirs


class WalkInRow(PageForm):
    """One line of the sheet written by somebody who had not registered; an empty line is nobody."""

    full_name = NameField(label=_("Full name"), required=False)
    contact = ContactField(label=_("Phone number or e-mail"), max_length=254, required=False)
    organisation = TextField(label=_("Organisation"), max_length=200, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs |= {"autocomplete": "off", "class": "form-control"}

    def clean(self):
        cleaned = super().clean()
        if any(cleaned.values()):
            for name, message in (("full_name", _("Enter the name.")), ("contact", _("Enter a phone or an e-mail."))):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, ValidationError(message, code="required"))
        return cleaned

    def person(self):
        """The person as the actions take one, or None for an empty line."""
        cleaned = self.cleaned_data
        if not cleaned.get("full_name"):
            return None
        return {"full_name": cleaned["full_name"], "organisation": cleaned["organisation"], **cleaned["contact"]}


class PaperForm(PageForm):
    """Ticks and lines of one page of the list; `people` are those who may be ticked."""

    came = forms.MultipleChoiceField(required=False)
    consent_signed = forms.BooleanField(
        label=_("The sheet that these people signed carries the consent sentence"), required=False
    )

    def __init__(self, data=None, *, people, **options):
        super().__init__(data, **options)
        self.fields["came"].choices = [(str(person.pk), person.full_name) for person in people]
        self.rows = [WalkInRow(data, prefix=f"row-{number}") for number in range(ROWS)]

    def is_valid(self):
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    def clean(self):
        cleaned = super().clean()
        is_written = any(row.is_valid() and row.person() for row in self.rows)
        if is_written and not cleaned.get("consent_signed"):
            message = _("Tick this if it is so. Without a signed consent nobody’s name may be stored.")
            self.add_error("consent_signed", ValidationError(message, code="no-consent"))
        return cleaned

    def summary(self):
        lines = super().summary()
        for number, row in enumerate(self.rows, start=1):
            lines += [
                (target, gettext("Line %(number)d: %(message)s") % {"number": number, "message": message})
                for target, message in row.summary()
            ]
        return lines

    def ticked(self):
        """The values ticked, whether they were right or not: the page shows them again."""
        return set(self.data.getlist("came")) if self.is_bound else set()

    def ids(self):
        return [int(value) for value in self.cleaned_data["came"]]

    def walk_ins(self):
        return [person for row in self.rows if (person := row.person())]


class ReportForm(PageForm):
    """Zoom's report as a file; cleaned to the people in it."""

    report = forms.FileField(
        label=_("Participants’ report (CSV)"),
        help_text=_("At Zoom: Reports → Usage → the number of participants → Export."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("Choose the file."),
            "empty": zoom_report.NOT_A_REPORT,
            "invalid": _("Choose the file."),
        },
    )

    def __init__(self, *args, date, **options):
        super().__init__(*args, **options)
        self.date = date

    def clean_report(self):
        file = self.cleaned_data["report"]
        if file.size > zoom_report.LARGEST:
            raise ValidationError(zoom_report.TOO_LARGE, code="too-large")
        try:
            return zoom_report.read(file.read(), date=self.date)
        except zoom_report.NotAReport as error:
            raise ValidationError(error.message, code="not-a-report") from None


def carried(people):
    """The people of a report as the page carries them to its next step: signed, since they decide what is stored."""
    rows = [
        [person.names, person.email, person.joined_at.isoformat() if person.joined_at else "", person.minutes]
        for person in people
    ]
    return REPORT.sign_object(rows, compress=True)


def carried_back(text):
    """The people that `carried` packed, or None where the text is forged or a day old."""
    try:
        rows = REPORT.unsign_object(text, max_age=REPORT_LIFETIME)
    except signing.BadSignature:
        return None
    return [
        zoom_report.Attendee(names=names, email=email, joined_at=parse_datetime(joined) if joined else None, minutes=n)
        for names, email, joined, n in rows
    ]


MOST_BY_HAND = 500  # lines; settings.DATA_UPLOAD_MAX_NUMBER_FIELDS is for these and all the rest


class MatchForm(forms.Form):
    """Whose registration each person of the report is. Sure ones may be struck out; the others are written in.

    A browser sends every line that is to be written in, also the empty ones, and a request has only so many fields: of
    a great many strangers `left_out` have no line, first those whom no registration resembles.
    """

    def __init__(self, data=None, *, matches, live, **options):
        super().__init__(data, **options)
        self.matches = matches
        self.by_number = {registration.pass_number: registration for registration in live}
        unsure = [place for place, match in enumerate(matches) if not match.is_sure]
        by_hand = set(sorted(unsure, key=lambda place: matches[place].registration is None)[:MOST_BY_HAND])
        self.left_out = len(unsure) - len(by_hand)
        for place, match in enumerate(matches):
            if match.is_sure:
                self.fields[f"wrong-{place}"] = forms.BooleanField(required=False)
            elif place in by_hand:
                known = choice_of(match.registration) if match.registration else ""
                self.fields[f"person-{place}"] = TextField(max_length=250, required=False, initial=known)

    def clean(self):
        cleaned = super().clean()
        for name in [name for name in cleaned if name.startswith("person-") and cleaned[name]]:
            # «Өмүралиева Үмүт · 2741 0936»: the number says who it is.
            number = clean_pass_number(cleaned[name])[-8:]
            if not is_pass_number(number) or number not in self.by_number:
                message = _("Nobody of this session has this ticket number.")
                self.add_error(name, ValidationError(message, code="unknown"))
            else:
                cleaned[name] = self.by_number[number]
        return cleaned

    def rows(self):
        """Each person of the report, with the box to strike out or to write into; without those left out."""
        named = [
            (match, f"wrong-{place}" if match.is_sure else f"person-{place}")
            for place, match in enumerate(self.matches)
        ]
        return [(match, self[name]) for match, name in named if name in self.fields]

    def joined(self):
        """Who was in the meeting, as the action takes it: id → since when."""
        found = {}
        for place, match in enumerate(self.matches):
            if match.is_sure:
                registration = None if self.cleaned_data[f"wrong-{place}"] else match.registration
            else:
                registration = self.cleaned_data.get(f"person-{place}") or None
            if registration:
                moments = [moment for moment in (found.get(registration.pk), match.person.joined_at) if moment]
                found[registration.pk] = min(moments, default=None)
        return found


def choice_of(registration):
    """How a person is offered in the list of suggestions."""
    return f"{registration.full_name} · {registration.pass_number_spaced}"
