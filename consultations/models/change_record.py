"""Which columns of a registration or a session changed, when and by whom; never what they held before or after."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ChangeRecord(models.Model):
    """One change, written by a trigger, so that no path can forget it; erased with the person it is about.

    Names of columns alone: a copy of what people wrote would be personal data that erasure had to find.
    """

    class Actor(models.TextChoices):
        PARTICIPANT = "participant", _("the participant")
        STAFF = "staff", _("staff")
        SITE = "site", _("the site itself")

    registration = models.ForeignKey(
        "consultations.Registration", models.CASCADE, null=True, related_name="changes", verbose_name=_("registration")
    )
    city_session = models.ForeignKey(
        "consultations.CitySession", models.CASCADE, null=True, related_name="changes", verbose_name=_("city session")
    )
    changed_at = models.DateTimeField(_("when"), db_default=Now())
    actor = models.CharField(_("who"), max_length=11, choices=Actor.choices)
    username = models.CharField(_("name of the account"), max_length=150, blank=True)
    columns = ArrayField(models.CharField(max_length=40), verbose_name=_("what changed"))

    PERSONAL = frozenset()
    OF_STAFF = frozenset({"username"})
    NOT_PERSONAL = frozenset("id registration city_session changed_at actor columns".split())

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("history of changes")
        ordering = ["-pk"]
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(
                condition=Q(registration=None, city_session__isnull=False)
                | Q(registration__isnull=False, city_session=None),
                name="change_record_is_about_one_row",
            ),
            models.CheckConstraint(
                condition=Q(actor="staff") & ~Q(username="") | Q(actor__in=["participant", "site"], username=""),
                name="change_record_names_staff",
            ),
            models.CheckConstraint(condition=~Q(columns=[]), name="change_record_says_what"),
        ]

    def __str__(self):
        return f"{self.changed_at:%Y-%m-%d %H:%M}"
