"""Who took which data out of the site, when and why. History: the table refuses to change or forget a row."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ExportRecordQuerySet(models.QuerySet):
    def of_consultation(self, consultation):
        """Everything taken out of this consultation, alone or together with others."""
        sessions = consultation.city_sessions.values_list("pk", flat=True)
        return self.filter(city_sessions__overlap=list(sessions))


class ExportRecord(models.Model):
    """One list of people that left the site, on whatever page or paper.

    It holds no name and no contact of anybody listed: erasure has nothing to look for here. Sessions are kept as
    numbers without a foreign key, so that history never stands in the way of a change, nor a change in its way.
    """

    class Preset(models.TextChoices):
        OFFICIAL = "official", _("Official attendee list")
        CONTACTS = "contacts", _("Contacts")
        EVERYTHING = "everything", _("Everything allowed")
        OWN = "own", _("Own choice of columns")
        SIGN_IN = "sign-in", _("Sign-in sheet")
        DOOR = "door", _("Door list")
        KIT = "kit", _("Kit of the session")
        CERTIFICATES = "certificates", _("Certificates of participation")
        ANNEX = "annex", _("Annex to the protocol")

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel (XLSX)")
        CSV = "csv", _("CSV, for other programs")
        PDF = "pdf", _("PDF, for printing, signature and archive")
        DOCX = "docx", _("Word (DOCX)")
        PHONE = "json", _("kept on a phone until the door closes")

    class Language(models.TextChoices):
        KYRGYZ = "ky", "Кыргызча"
        RUSSIAN = "ru", "Русский"
        ENGLISH = "en", "English"

    class Reason(models.TextChoices):
        REPORT = "report", _("Official report on the consultation")
        HALL = "hall", _("Attendance list for the hall")
        CONTACT = "contact", _("Contacting participants about the consultation")
        SUPERVISION = "supervision", _("Request of a supervisory body")
        CERTIFICATE = "certificate", _("Certificates of participation")

    LISTS = (Preset.OFFICIAL, Preset.CONTACTS, Preset.EVERYTHING, Preset.OWN)  # made by choice; the others are papers
    LIST_FORMATS = (Format.XLSX, Format.CSV, Format.PDF)
    LIST_REASONS = (Reason.REPORT, Reason.HALL, Reason.CONTACT, Reason.SUPERVISION)
    # These say everything by themselves; the others need to say about what, and whose request.
    REASONS_ENOUGH = (Reason.REPORT, Reason.HALL, Reason.CERTIFICATE)

    made_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)
    made_by = models.CharField(_("who"), max_length=150)
    city_sessions = ArrayField(models.BigIntegerField(), verbose_name=_("city sessions"))
    filters = models.JSONField(_("filter"), default=dict, blank=True)
    preset = models.CharField(_("content"), max_length=12, choices=Preset.choices)
    columns = ArrayField(models.CharField(max_length=30), verbose_name=_("columns"))
    with_signature = models.BooleanField(_("with room for signatures"), default=False)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    language = models.CharField(_("language of the list"), max_length=2, choices=Language.choices)
    rows = models.PositiveIntegerField(_("people"))
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices)
    reason_text = models.CharField(_("reason in words"), max_length=300, blank=True)

    objects = ExportRecordQuerySet.as_manager()

    # Of people listed there is nothing, unless the words of the reason name somebody.
    PERSONAL = frozenset({"reason_text"})
    OF_STAFF = frozenset({"made_by"})
    NOT_PERSONAL = frozenset(
        "id made_at city_sessions filters preset columns with_signature format language rows reason".split()
    )

    class Meta:
        verbose_name = _("list taken")
        verbose_name_plural = _("lists taken")
        ordering = ["-made_at", "-pk"]
        default_permissions = ["view"]
        constraints = [
            models.CheckConstraint(condition=~Q(made_by=""), name="export_record_says_who"),
            models.CheckConstraint(
                condition=Q(reason__in=["report", "hall", "certificate"])
                | (Q(reason__in=["contact", "supervision"]) & ~Q(reason_text="")),
                name="export_record_says_why",
            ),
            models.CheckConstraint(condition=~Q(columns=[]), name="export_record_says_what"),
        ]
        indexes = [models.Index(fields=["made_by", "-made_at"], name="export_record_by_user")]

    def __str__(self):
        return f"{timezone.localtime(self.made_at):%d.%m.%Y %H:%M}, {self.made_by}"
