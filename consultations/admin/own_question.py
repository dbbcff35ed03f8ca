"""What a consultation or a session asks besides, edited on its own page: a minute, and nobody has to write code."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations.models import OwnAnswer, OwnQuestion
from consultations.models.own_question import FEWEST_CHOICES, MOST_CHOICES, MOST_QUESTIONS

from .base import BothLanguagesForm, Inline

IN_BOTH = gettext_lazy("Write the question in both languages.")
RETIRED = "retired"
PLACES = [str(place) for place in range(1, MOST_QUESTIONS + 1)]
ASKED = [
    ("", gettext_lazy("in the next free place")),
    *((place, place) for place in PLACES),
    (RETIRED, gettext_lazy("asked no more: its answers stay")),
]


class OwnQuestionForm(BothLanguagesForm):
    """One question. Of one that somebody has answered, words may be corrected and answers to choose from added."""

    class Meta:
        error_messages = {"words_ky": {"required": IN_BOTH}, "words_ru": {"required": IN_BOTH}}

    asked = forms.ChoiceField(label=capfirst(gettext_lazy("place on the form")), choices=ASKED, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.is_answered = getattr(self.instance, "is_answered", False)
        if self.instance.pk:
            self.initial["asked"] = RETIRED if self.instance.is_retired else str(self.instance.place)
        if self.is_answered:
            self.fields["kind"].disabled = self.fields["is_personal"].disabled = True

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        halves = [cleaned.get(f"choices_{language}", "").splitlines() for language in ("ky", "ru")]
        if kind == OwnQuestion.Kind.CHOICE:
            if len(halves[0]) != len(halves[1]):
                shorter = "choices_ky" if len(halves[0]) < len(halves[1]) else "choices_ru"
                self.add_error(shorter, _("As many lines in Kyrgyz as in Russian, in the same order."))
            elif not FEWEST_CHOICES <= len(halves[0]) <= MOST_CHOICES:
                numbers = {"fewest": FEWEST_CHOICES, "most": MOST_CHOICES}
                self.add_error("choices_ky", _("Write %(fewest)d to %(most)d answers, a line each.") % numbers)
            elif self.is_answered and len(halves[0]) < len(self.instance.choices_ky.splitlines()):
                words = _("People have chosen among these answers: correct or add lines, and take none away.")
                self.add_error("choices_ky", words)
        elif any(halves):
            self.add_error("choices_ky", _("Only a question with one of several answers has answers to choose from."))
        if kind == OwnQuestion.Kind.TEXT:
            self.instance.is_personal = cleaned["is_personal"] = True  # people may write anything about anybody
        return cleaned


class OwnQuestionFormSet(BaseInlineFormSet):
    """All questions of one owner: no two in one place, at most five asked, none deleted that is asked or answered."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        may_go = form.instance.is_retired and not form.is_answered
        if form.instance.pk and "DELETE" in form.fields and not may_go:
            form.fields["DELETE"].disabled = True

    def clean(self):
        super().clean()
        kept = [form for form in self.forms if not self._should_delete_form(form)]
        kept = [form for form in kept if form.instance.pk or form.has_changed()]
        taken = {}
        for form in kept:
            chosen = getattr(form, "cleaned_data", {}).get("asked", "")
            if chosen in PLACES and chosen in taken:
                form.add_error("asked", ValidationError(_("Another question has this place."), code="taken"))
            taken[chosen] = form
            form.instance.place = int(chosen) if chosen in PLACES else None
        free = [int(place) for place in PLACES if place not in taken]
        for form in kept:
            if getattr(form, "cleaned_data", {}).get("asked") == "":
                if not free:
                    words = _("At most %(most)d questions are asked at a time. Ask one of the others no more.")
                    raise ValidationError(words % {"most": MOST_QUESTIONS}, code="too-many")
                form.instance.place = free.pop(0)


class OwnQuestionInline(Inline):
    model = OwnQuestion
    form = OwnQuestionForm
    formset = OwnQuestionFormSet
    classes = ["collapse"]
    fields = [
        ("asked", "kind"),
        ("words_ky", "words_ru"),
        ("hint_ky", "hint_ru"),
        ("choices_ky", "choices_ru"),
        ("is_required", "is_personal", "seen_by"),
    ]
    verbose_name_plural = gettext_lazy(
        "own questions on the form: at most five; one that people answered is not deleted, but asked no more"
    )

    @admin.display(description=gettext_lazy("place on the form"))
    def asked(self, question):
        """For whoever may only look."""
        return ASKED[-1][1] if question.is_retired else question.place

    def get_queryset(self, request):
        answers = OwnAnswer.objects.filter(question=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_answered=Exists(answers))
