"""How many came from where, once the places that people wrote are erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .city_session import CitySession


class PlaceCount(models.Model):
    """The erased rows of one session that named one place; of a place that fewer than five named, under no name.

    What somebody writes as a place of living may be an address, so the row does not keep it; numbers stay.
    """

    LEAST = 5  # people who named a place, or its name is not kept

    city_session = models.ForeignKey(
        CitySession, models.CASCADE, related_name="place_counts", verbose_name=_("city session")
    )
    place = models.CharField(_("place of living"), max_length=150, blank=True)
    registered = models.PositiveIntegerField(_("registered"), default=0)
    came = models.PositiveIntegerField(_("came to the hall"), default=0)
    joined = models.PositiveIntegerField(_("joined online"), default=0)
    both = models.PositiveIntegerField(_("both"), default=0)

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset("id city_session place registered came joined both".split())

    class Meta:
        verbose_name = _("number by place")
        verbose_name_plural = _("numbers by place")
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["city_session", "place"], name="place_count_once_per_place"),
        ]

    def __str__(self):
        return f"{self.place or '—'}: {self.registered}"
