"""A list of people between its preview and its import."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UploadedList(models.Model):
    """Cleaned rows that wait for "register them": gone when that is done, or within a day and a night (`KEPT`)."""

    city_session = models.ForeignKey(
        "consultations.CitySession", models.CASCADE, related_name="uploaded_lists", verbose_name=_("city session")
    )
    uploaded_at = models.DateTimeField(_("when"), default=timezone.now)
    uploaded_by = models.CharField(_("who"), max_length=150)
    people = models.JSONField(_("people"))

    PERSONAL = frozenset({"people"})
    OF_STAFF = frozenset({"uploaded_by"})
    NOT_PERSONAL = frozenset("id city_session uploaded_at".split())

    class Meta:
        verbose_name = _("uploaded list")
        verbose_name_plural = _("uploaded lists")
        default_permissions = []

    def __str__(self):
        return f"{self.uploaded_at:%Y-%m-%d %H:%M}"
