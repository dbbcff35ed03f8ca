"""What somebody asked about their own data, by telephone or in a letter, and when it was answered (Law 58)."""

import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from .consultation import Consultation
from .fields import local_date
from .registration import set_together

TO_ANSWER_WITHIN = datetime.timedelta(days=7)  # the law's week


class DataRequestQuerySet(models.QuerySet):
    def unanswered(self):
        return self.filter(handled_at=None)

    def overdue(self):
        return self.unanswered().filter(received_on__lt=local_date() - TO_ANSWER_WITHIN)

    def in_time(self):
        return self.unanswered().filter(received_on__gte=local_date() - TO_ANSWER_WITHIN)


class DataRequest(models.Model):
    class Kind(models.TextChoices):
        COPY = "copy", _("wants to know what is kept")
        CORRECT = "correct", _("wants it corrected")
        DELETE = "delete", _("wants it deleted")
        WITHDRAW = "withdraw", _("takes back a consent")

    class Channel(models.TextChoices):
        TELEPHONE = "telephone", _("by telephone")
        LETTER = "letter", _("by letter")
        EMAIL = "email", _("by e-mail")
        IN_PERSON = "in-person", _("in person")

    consultation = models.ForeignKey(
        Consultation,
        models.PROTECT,
        related_name="data_requests",
        verbose_name=_("consultation"),
        help_text=_("Who asked is erased together with its participants."),
    )
    kind = models.CharField(_("what is asked"), max_length=8, choices=Kind.choices)
    channel = models.CharField(_("how it was asked"), max_length=9, choices=Channel.choices, default=Channel.TELEPHONE)
    received_on = models.DateField(_("received"), default=local_date)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = PhoneNumberField(_("phone number"), blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    words = models.TextField(_("in the person’s words"), max_length=2000, blank=True)
    remark = models.TextField(_("what was answered"), max_length=2000, blank=True)
    created_at = models.DateTimeField(_("written down"), default=timezone.now, editable=False)
    handled_at = models.DateTimeField(_("answered"), null=True, blank=True, editable=False)
    handled_by = models.CharField(_("answered by"), max_length=150, blank=True, editable=False)
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True, editable=False)

    objects = DataRequestQuerySet.as_manager()

    PERSONAL = frozenset("full_name phone email words remark".split())
    OF_STAFF = frozenset({"handled_by"})
    NOT_PERSONAL = frozenset("id consultation kind channel received_on created_at handled_at anonymised_at".split())

    class Meta:
        verbose_name = _("request about personal data")
        verbose_name_plural = _("requests about personal data")
        ordering = ["-received_on", "-pk"]
        default_permissions = ["add", "change", "view"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(full_name="") | ~Q(phone="") | ~Q(email="") | Q(anonymised_at__isnull=False),
                name="data_request_says_who_asks",
                violation_error_message=_("Write down who asks: the name, the phone or the e-mail."),
            ),
            set_together("handled_at", "handled_by", name="datarequest_handled_at_with_by"),
        ]

    def __str__(self):
        return f"№ {self.pk}, {self.get_kind_display()}"

    @property
    def due_on(self):
        """The last day on which the law lets it be answered."""
        return self.received_on + TO_ANSWER_WITHIN

    @property
    def is_overdue(self):
        return self.handled_at is None and self.due_on < local_date()
