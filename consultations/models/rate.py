"""Counts for limits, kept in PostgreSQL so that several processes count as one."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RateCount(models.Model):
    """How often `key` happened within the window that began at `window_start` (aware)."""

    key = models.CharField(_("what is counted"), max_length=200)
    window_start = models.DateTimeField(_("since"))
    count = models.PositiveIntegerField(_("count"), default=1)

    # The key ends in a hash of what is limited. It goes within two days, by age: nobody can tell whose it is.
    PERSONAL = frozenset({"key"})
    NOT_PERSONAL = frozenset("id window_start count".split())

    class Meta:
        verbose_name = _("limit count")
        verbose_name_plural = _("limit counts")
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="rate_count_once_per_window")]
        indexes = [models.Index(fields=["window_start"], name="rate_count_by_age")]

    def __str__(self):
        return f"{self.key}: {self.count}"
