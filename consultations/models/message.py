"""What people are told. A letter and a call are two channels of one message, so nobody without e-mail is forgotten."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .registration import Registration


class MessageQuerySet(models.QuerySet):
    def letters(self):
        return self.filter(channel=Message.Channel.EMAIL)

    def calls(self):
        return self.filter(channel=Message.Channel.CALL)

    def unsent(self):
        return self.filter(status=Message.Status.QUEUED)


class Message(models.Model):
    """One message to one registration: the truth about whether that person has been told."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("registration confirmed")
        QUEUED = "queued", _("in the queue")
        PROMOTED = "promoted", _("a place became free")
        LINK = "link", _("your link again")

    class Channel(models.TextChoices):
        EMAIL = "email", _("letter")
        CALL = "call", _("call")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting to be sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        TOLD = "told", _("told")
        UNREACHABLE = "unreachable", _("not reached")

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="messages", verbose_name=_("registration")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel.choices)
    language = models.CharField(_("language"), max_length=2)
    status = models.CharField(_("status"), max_length=11, choices=Status.choices, default=Status.QUEUED)
    email_id = models.UUIDField(_("Message-ID"), default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(_("sent once as"), max_length=120, unique=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("what went wrong"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.CharField(_("done by"), max_length=150, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="queued", done_at=None) | (~Q(status="queued") & Q(done_at__isnull=False)),
                name="message_done_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(channel="email", status__in=["queued", "sent", "failed"])
                | Q(channel="call", status__in=["queued", "told", "unreachable"]),
                name="message_status_fits_its_channel",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], condition=Q(status="queued"), name="message_queue"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.get_channel_display()}"
