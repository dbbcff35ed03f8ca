"""What somebody needs to take part, and what came of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Need(models.Model):
    """What a person needs to take part. Seen by organisers and, as a mark, at the door; outside only as totals."""

    class Kind(models.TextChoices):
        STEP_FREE = "step-free", _("Step-free access")
        SIGN_LANGUAGE = "sign-language", _("Sign-language interpretation")
        INTERPRETATION = "interpretation", _("Interpretation into Kyrgyz or Russian")
        LARGE_PRINT = "large-print", _("Materials in large print")
        OTHER = "other", pgettext_lazy("need", "Other")

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        ARRANGED = "arranged", _("arranged")
        NOT_POSSIBLE = "not-possible", _("not possible")

    registration = models.ForeignKey(
        "consultations.Registration", models.CASCADE, related_name="needs", verbose_name=_("registration")
    )
    kind = models.CharField(_("need"), max_length=14, choices=Kind.choices)
    text = models.CharField(_("in the person’s words"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ASKED)
    reply = models.CharField(_("reply"), max_length=500, blank=True)

    PERSONAL = frozenset({"text", "reply"})
    NOT_PERSONAL = frozenset({"id", "registration", "kind", "state"})

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "kind"], name="need_once_per_kind"),
        ]

    def __str__(self):
        return self.get_kind_display()
