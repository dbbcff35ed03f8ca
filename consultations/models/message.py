"""What people are told. A letter and a call are two channels of one message, so nobody without e-mail is forgotten."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
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

    def held(self):
        """Held back after a restored backup, until somebody releases or drops them."""
        return self.filter(status=Message.Status.HELD)

    def unfinished(self):
        """Whatever may still be told: waiting or held."""
        return self.filter(status__in=[Message.Status.QUEUED, Message.Status.HELD])

    def to_call(self):
        """Calls to make now: those that may go already, and of days gone by only what is said afterwards."""
        still_of_use = [*Message.AFTERWARDS, Message.Kind.QUESTION_ANSWERED]
        gone_by = Q(registration__city_session__date__lt=timezone.localdate()) & ~Q(kind__in=still_of_use)
        return self.calls().unsent().exclude(send_after__gt=timezone.now()).exclude(gone_by)

    def not_told(self):
        """What a person ought to know and may not: not sent or called yet, not reached, or a letter that failed.

        A failed letter that became a call is told by the call.
        """
        called_instead = Message.objects.calls().filter(dedupe_key=Concat(OuterRef("dedupe_key"), Value(":call")))
        failed = Q(status=Message.Status.FAILED) & ~Exists(called_instead)
        not_yet = Q(status__in=[Message.Status.QUEUED, Message.Status.HELD, Message.Status.UNREACHABLE])
        return self.exclude(kind__in=[*Message.ON_THE_PAGE, *Message.REMINDERS]).filter(failed | not_yet)


class Message(models.Model):
    """One message to one registration: the truth about whether that person has been told."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("registration confirmed")
        QUEUED = "queued", _("in the queue")
        PROMOTED = "promoted", _("a place became free")
        LINK = "link", _("your link again")
        NEW_LINK = "new-link", _("a new link; the old one opens nothing")
        DETAILS_CHANGED = "details-changed", _("details changed")
        ADDRESS_CHANGED = "address-changed", _("to the old address: the address was changed")
        SWITCHED = "switched", _("switched between hall and online")
        LEFT = "left", _("cancelled by the person")
        CANCELLED = "cancelled", _("cancelled by the organiser")
        INSTEAD = "instead", _("comes instead of somebody")
        GIVEN_AWAY = "given-away", _("to whoever had the place before: somebody else comes")
        REMINDER_THREE_DAYS = "reminder-three-days", _("reminder three days before")
        REMINDER_EVENING = "reminder-evening", _("reminder the evening before")
        REMINDER_HOUR = "reminder-hour", _("reminder an hour before")
        SESSION_CHANGED = "session-changed", _("the session changed")
        SESSION_POSTPONED = "session-postponed", _("the session is postponed")
        SESSION_CANCELLED = "session-cancelled", _("the session is cancelled")
        ANNOUNCEMENT = "announcement", _("an announcement")
        HALL_CHOICE = "hall-choice", _("“hall, online, or not coming?”")
        REQUEUED = "requeued", _("moved to the head of the queue")
        NEEDS_ANSWERED = "needs-answered", _("answer about what the person needs")
        QUESTION_ANSWERED = "question-answered", _("answer to the person’s question")
        AFTER_CAME = "after-came", _("afterwards, to those who came")
        AFTER_MISSED = "after-missed", _("afterwards, to those who did not come")

    # Whoever does something on a page has the answer before their eyes; only a letter repeats it.
    ON_THE_PAGE = (
        Kind.CONFIRMED,
        Kind.QUEUED,
        Kind.LINK,
        Kind.NEW_LINK,
        Kind.DETAILS_CHANGED,
        Kind.ADDRESS_CHANGED,
        Kind.SWITCHED,
        Kind.LEFT,
        Kind.INSTEAD,
        Kind.GIVEN_AWAY,
    )
    REMINDERS = (Kind.REMINDER_THREE_DAYS, Kind.REMINDER_EVENING, Kind.REMINDER_HOUR)
    AFTERWARDS = (Kind.AFTER_CAME, Kind.AFTER_MISSED)

    class Channel(models.TextChoices):
        EMAIL = "email", _("letter")
        CALL = "call", _("call")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting to be sent")
        HELD = "held", _("held back after a restore")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        TOLD = "told", _("told")
        UNREACHABLE = "unreachable", _("not reached")
        WITHDRAWN = "withdrawn", _("taken back")

    # To somebody of whom nothing else is kept any more: gone once it has left, or could not.
    NOT_KEPT = (Kind.GIVEN_AWAY,)

    TOO_MANY = "too many letters to this address today"  # an `error`

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="messages", verbose_name=_("registration")
    )
    notice = models.ForeignKey(
        "consultations.Notice",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("notice"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    moved_from = models.ForeignKey(
        "consultations.CitySession",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("moved from"),
    )
    address = models.EmailField(_("sent to this address instead"), max_length=254, blank=True)
    send_after = models.DateTimeField(_("not before"), null=True, blank=True)
    is_urgent = models.BooleanField(_("before all others"), default=False)
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

    # An address lives as long as its person's data; the rest says that something was told, not to whom it matters.
    PERSONAL = frozenset({"address", "done_by"})
    NOT_PERSONAL = frozenset(
        "id registration notice kind moved_from send_after is_urgent channel language status email_id dedupe_key "
        "attempts error created_at done_at".split()
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["queued", "held"], done_at=None)
                | (~Q(status__in=["queued", "held"]) & Q(done_at__isnull=False)),
                name="message_done_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(channel="email", status__in=["queued", "held", "sent", "failed", "withdrawn"])
                | Q(channel="call", status__in=["queued", "held", "told", "unreachable", "withdrawn"]),
                name="message_status_fits_its_channel",
            ),
            # Whoever called is named; letters are sent, and messages taken back, by the site itself.
            models.CheckConstraint(
                condition=Q(done_at=None, done_by="")
                | (Q(done_at__isnull=False) & (~Q(status__in=["told", "unreachable"]) | ~Q(done_by=""))),
                name="message_done_at_with_by",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "created_at"], condition=Q(status="queued"), name="message_queue"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.get_channel_display()}"
