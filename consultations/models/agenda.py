"""What happens when at a session: the common agenda, or a session's own."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .translated import translated


class AgendaItem(models.Model):
    """A stage of the work: of every session (no session named), or of one session that has an agenda of its own."""

    consultation = models.ForeignKey(
        "Consultation", models.CASCADE, related_name="agenda_items", verbose_name=_("consultation")
    )
    city_session = models.ForeignKey(
        "CitySession",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="own_agenda_items",
        verbose_name=_("city session"),
        help_text=_("Empty: the common agenda."),
    )
    start = models.TimeField(_("begins"))
    end = models.TimeField(_("ends"))
    title = translated(models.TextField(_("title")))
    speakers = translated(models.TextField(_("speakers"), blank=True, help_text=_("A line each.")))
    has_moderator = models.BooleanField(
        _("has a moderator"), default=False, help_text=_("The session’s moderator is shown here once known.")
    )
    moderator = translated(models.CharField(_("moderator of this item alone"), max_length=150, blank=True))

    PERSONAL = frozenset()
    OF_STAFF = frozenset("speakers_ky speakers_ru moderator_ky moderator_ru".split())
    NOT_PERSONAL = frozenset("id consultation city_session start end title_ky title_ru has_moderator".split())

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="agenda_item_ends_after_start",
                violation_error_message=_("The end must be later than the beginning."),
            ),
        ]

    def __str__(self):
        return f"{self.start:%H:%M}–{self.end:%H:%M} {self.title}"

    @property
    def speaker_lines(self):
        return self.speakers.splitlines()
