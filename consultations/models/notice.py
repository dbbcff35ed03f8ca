"""One announcement to many: what changed, in which words, who said so, to how many."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .city_session import CitySession
from .consultation import Consultation
from .message import Message
from .translated import translated


class Notice(models.Model):
    """Announced to the people of one session, or taken note of without telling anybody (a quiet correction)."""

    class Kind(models.TextChoices):
        CHANGED = "changed", _("announced change")
        QUIET = "quiet", _("quiet correction")
        POSTPONED = "postponed", _("postponed")
        CANCELLED = "cancelled", _("cancelled")
        MESSAGE = "message", _("free message")
        CHOICE = "choice", _("“hall, online, or not coming?”")
        REQUEUED = "requeued", _("moved to the head of the queue")
        AFTER = "after", _("after the session")

    city_session = models.ForeignKey(
        CitySession, models.PROTECT, related_name="notices", verbose_name=_("city session")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    changes = models.JSONField(_("what changed"), default=list, blank=True)
    told_before = models.JSONField(_("what people had heard before"), null=True, blank=True, editable=False)
    words = translated(models.TextField(_("extra words"), max_length=1000, blank=True))
    answer_by = models.DateTimeField(_("answers are awaited until"), null=True, blank=True)
    is_urgent = models.BooleanField(_("before all other letters"), default=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    created_by = models.CharField(_("made by"), max_length=150)
    send_after = models.DateTimeField(_("letters leave"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True, blank=True)
    letters = models.PositiveIntegerField(_("letters"), default=0)
    calls = models.PositiveIntegerField(_("calls"), default=0)

    # The words are the organisers', to everybody.
    PERSONAL = frozenset()
    OF_STAFF = frozenset({"created_by"})
    NOT_PERSONAL = frozenset(
        "id city_session kind changes told_before words_ky words_ru answer_by is_urgent created_at send_after "
        "stopped_at letters calls".split()
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="choice") | Q(answer_by__isnull=False), name="notice_choice_has_a_deadline"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.city_session}"

    @property
    def can_be_stopped(self):
        """Until the letters leave: two minutes in which a slip of the hand is taken back."""
        return self.send_after is not None and self.stopped_at is None and timezone.now() < self.send_after


class LetterParagraph(models.Model):
    """An organiser's own paragraph in every letter of one kind."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="letter_paragraphs", verbose_name=_("consultation")
    )
    kind = models.CharField(_("kind of letter"), max_length=20, choices=Message.Kind.choices)
    text = translated(models.TextField(_("paragraph"), max_length=1000))

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset("id consultation kind text_ky text_ru".split())

    class Meta:
        verbose_name = _("paragraph in letters")
        verbose_name_plural = _("paragraphs in letters")
        constraints = [
            models.UniqueConstraint(fields=["consultation", "kind"], name="letter_paragraph_once_per_kind"),
        ]

    def __str__(self):
        return self.get_kind_display()
