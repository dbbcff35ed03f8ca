"""The forms with which organisers tell people something: words in both languages, and what belongs to each occasion."""

import datetime

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from consultations.forms.cleaning import LinesField
from consultations.models import Registration

from .registration_forms import MODES, new_key

LONGEST_WORDS = 1000
EVENING = datetime.time(18)
BOTH_OR_NONE = _("Write it in both languages: everybody reads their own.")
STATUSES = [(value, label) for value, label in Registration.Status.choices if value != Registration.Status.CANCELLED]


class WordsField(LinesField):
    """An organiser's words in one language."""

    def __init__(self, language, **options):
        super().__init__(**{"max_length": LONGEST_WORDS, "required": False} | options)
        self.widget.attrs |= {"lang": language, "class": "vLargeTextField", "rows": 3}


class WordsForm(forms.Form):
    """An extra sentence, in both languages or in none; and a key that names this form, so that it is sent once."""

    words_ky = WordsField("ky", label=_("Extra sentence in Kyrgyz"))
    words_ru = WordsField("ru", label=_("Extra sentence in Russian"))
    form_key = forms.CharField(max_length=32, widget=forms.HiddenInput, initial=new_key)

    def clean(self):
        cleaned = super().clean()
        given = {f"words_{language}": cleaned.get(f"words_{language}") for language, _name in settings.LANGUAGES}
        if any(given.values()):
            for name, words in given.items():
                if not words and name not in self.errors:
                    self.add_error(name, BOTH_OR_NONE)
        return cleaned

    def words(self):
        """What was typed, as the actions take it; what is not in order yet counts as not typed."""
        typed = getattr(self, "cleaned_data", {})
        return {name: typed.get(name) or "" for name in ("words_ky", "words_ru")}

    @property
    def key(self):
        return self.cleaned_data["form_key"]


class MessageForm(WordsForm):
    """A free message, to everybody or to those of one mode or status."""

    mode = forms.ChoiceField(label=_("To those who take part"), choices=[("", _("everybody")), *MODES], required=False)
    status = forms.ChoiceField(label=_("Whose status is"), choices=[("", _("any")), *STATUSES], required=False)

    field_order = ["mode", "status", "words_ky", "words_ru"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name, label in [("words_ky", _("Message in Kyrgyz")), ("words_ru", _("Message in Russian"))]:
            self.fields[name].label, self.fields[name].required = label, True
            self.fields[name].widget.attrs["rows"] = 6

    def filters(self):
        """`mode` and `status`, as the actions take them; everybody while the choice is not in order."""
        typed = getattr(self, "cleaned_data", {})
        return {name: typed.get(name) or "" for name in ("mode", "status")}


class AskForm(WordsForm):
    """Hall, online, or not coming: until when answers are awaited. Refused where `has_room` for everybody: the letter
    says that the hall is too small.
    """

    ROOM_FOR_ALL = _(
        "Nobody need be asked: there is a seat for everybody who registered for the hall, and the letter would say "
        "that seats are too few."
    )

    answer_by = forms.DateTimeField(
        label=_("Answers are awaited until"),
        widget=forms.DateTimeInput({"type": "datetime-local", "class": "vDateTimeField"}, format="%Y-%m-%dT%H:%M"),
    )

    field_order = ["answer_by", "words_ky", "words_ru"]

    def __init__(self, *args, city_session, has_room=False, **options):
        super().__init__(*args, **options)
        self.city_session, self.has_room = city_session, has_room
        self.fields["answer_by"].initial = usual_deadline(city_session)

    def clean(self):
        if self.has_room:
            raise forms.ValidationError(self.ROOM_FOR_ALL, code="has-room")
        return super().clean()

    def clean_answer_by(self):
        answer_by = self.cleaned_data["answer_by"]
        if answer_by <= timezone.now():
            raise forms.ValidationError(_("Choose a time that is still to come."), code="past")
        begins_at = self.city_session.starts_at or self.city_session.ends_at
        if begins_at and answer_by >= begins_at:
            raise forms.ValidationError(_("Choose a time before the session begins."), code="late")
        return answer_by


def usual_deadline(city_session):
    """In three days at six in the evening, but a day before the session at the latest; None where that is past."""
    day = timezone.localdate() + datetime.timedelta(days=3)
    if city_session.date:
        day = min(day, city_session.date - datetime.timedelta(days=1))
    deadline = timezone.make_aware(datetime.datetime.combine(day, EVENING))
    return deadline if deadline > timezone.now() else None


class MoveForm(WordsForm):
    """How many of the last to register stand at the head of the queue instead."""

    field_order = ["count", "words_ky", "words_ru"]

    def __init__(self, *args, most, **options):
        super().__init__(*args, **options)
        self.fields["count"] = forms.IntegerField(
            label=_("How many people"),
            min_value=1,
            max_value=most,
            widget=forms.NumberInput({"class": "vIntegerField"}),
        )
        self.order_fields(self.field_order)
