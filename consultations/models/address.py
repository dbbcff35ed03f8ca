"""Slugs: what may stand in an address, and where an old address leads."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# The site's own words, never a city's or a consultation's (design: "Addresses"); printed posters depend on them.
RESERVED_SEGMENTS = frozenset(
    "ky ru my find r p j c privacy access questions docs documents comment comments record numbers data "
    "register zoom door staff admin static media healthz metrics unsubscribe preview i18n".split()
)

is_latin_slug = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small Latin letters, digits and hyphens, for example: jalal-abad.")
)


def is_not_reserved(slug):
    """Refuse a slug that is a word of the site's own addresses."""
    if slug in RESERVED_SEGMENTS:
        raise ValidationError(_("This word is part of the site’s own addresses; choose another."), code="reserved")


def slug_field(**options):
    """A hand-written Latin slug: Django's `slugify` turns «Жалал-Абад» into nothing."""
    return models.CharField(
        _("address"),
        max_length=60,
        validators=[is_latin_slug, is_not_reserved],
        help_text=_("Stands in the page’s address and on posters. An old address keeps leading here."),
        **options,
    )


def slug_constraints(subject):
    """What the table itself refuses of a slug: other characters, and the site's own words."""
    return [
        models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name=f"{subject}_slug_is_latin"),
        models.CheckConstraint(
            condition=~Q(slug__in=sorted(RESERVED_SEGMENTS)), name=f"{subject}_slug_is_not_reserved"
        ),
    ]


class FormerSlug(models.Model):
    """An address that used to be: written by a trigger whenever a slug changes, so that paper never dies."""

    slug = models.CharField(_("former address"), max_length=60)
    consultation = models.ForeignKey(
        "consultations.Consultation", models.CASCADE, null=True, blank=True, related_name="former_slugs"
    )
    city_session = models.ForeignKey(
        "consultations.CitySession", models.CASCADE, null=True, blank=True, related_name="former_slugs"
    )
    changed_at = models.DateTimeField(_("changed"))

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset("id slug consultation city_session changed_at".split())

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")
        constraints = [
            models.CheckConstraint(
                condition=Q(consultation=None, city_session__isnull=False)
                | Q(consultation__isnull=False, city_session=None),
                name="former_slug_has_one_owner",
            ),
            models.UniqueConstraint(
                fields=["slug", "consultation"],
                condition=Q(city_session=None),
                name="former_slug_once_per_consultation",
            ),
            models.UniqueConstraint(
                fields=["slug", "city_session"], condition=Q(consultation=None), name="former_slug_once_per_session"
            ),
        ]

    def __str__(self):
        return self.slug
