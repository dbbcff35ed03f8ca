"""What a consultation is about, to be read: drafts, minutes, slides."""

from pathlib import PurePath

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .address import slug_constraints, slug_field
from .fields import HttpsField
from .translated import language_shown, translated


class Document(models.Model):
    """A draft, minutes, slides: a file of ours, a link elsewhere, or both."""

    class Kind(models.TextChoices):
        DRAFT = "draft", _("draft")
        MINUTES = "minutes", _("minutes")
        SLIDES = "slides", _("slides")
        RECORDING = "recording", _("recording")
        OTHER = "other", _("other document")

    class Language(models.TextChoices):
        KYRGYZ = "ky", _("in Kyrgyz")
        RUSSIAN = "ru", _("in Russian")
        BOTH = "ky ru", _("in Kyrgyz and Russian")

    consultation = models.ForeignKey(
        "Consultation", models.CASCADE, related_name="documents", verbose_name=_("consultation")
    )
    city_session = models.ForeignKey(
        "CitySession",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("city session"),
        help_text=_("Empty: of the whole consultation."),
    )
    slug = slug_field()
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.DRAFT)
    title = translated(models.CharField(_("title"), max_length=300))
    language = models.CharField(_("language of the document"), max_length=5, choices=Language.choices)
    version = models.CharField(_("version"), max_length=40, blank=True)
    date = models.DateField(_("date"), null=True, blank=True)
    url = HttpsField(_("link elsewhere"))
    file = models.FileField(_("file"), upload_to="documents/", blank=True)

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset(
        "id consultation city_session slug position kind title_ky title_ru language version date url file".split()
    )

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["position", "pk"]
        constraints = [
            *slug_constraints("document"),
            models.UniqueConstraint(fields=["consultation", "slug"], name="document_slug_once_per_consultation"),
            models.CheckConstraint(
                condition=~Q(url="") | ~Q(file=""),
                name="document_has_a_link_or_a_file",
                violation_error_message=_("Give a link or a file."),
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("document-detail", args=[self.consultation.slug, self.slug])

    @property
    def format_name(self):
        """«PDF», «DOCX»: what the file is, for the link's words (UX 44); empty for a link elsewhere."""
        return PurePath(self.file.name).suffix.removeprefix(".").upper() if self.file else ""

    @property
    def title_language(self):
        return language_shown(self, "title")
