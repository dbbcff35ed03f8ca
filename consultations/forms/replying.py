"""What an organiser answers: to a need, and to a question."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.models import Need

from .base import PageForm
from .cleaning import LinesField, TextField


class NeedReplyForm(PageForm):
    """Arranged or not possible, with a few words; a bare «not possible» helps nobody."""

    state = forms.ChoiceField(choices=Need.State.choices)
    reply = TextField(label=gettext_lazy("Reply"), max_length=500, required=False)

    def clean(self):
        super().clean()
        if self.cleaned_data.get("state") == Need.State.NOT_POSSIBLE and not self.cleaned_data.get("reply"):
            self.add_error("reply", forms.ValidationError(_("Say why, or what is possible instead."), code="why"))


class QuestionReplyForm(PageForm):
    """The answer; an empty one takes back `answered`, and is refused where nothing was."""

    reply = LinesField(label=gettext_lazy("Answer"), max_length=2000, required=False)

    def __init__(self, *args, answered, **options):
        super().__init__(*args, **options)
        self.answered = answered

    def clean_reply(self):
        reply = self.cleaned_data["reply"]
        if not reply and not self.answered:
            raise forms.ValidationError(_("Write the answer."), code="required")
        return reply
