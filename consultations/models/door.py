"""The door of a session: which phones may record arrivals there, and what they recorded."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .city_session import CitySession
from .credentials import new_secret
from .registration import Registration, set_together


class DoorPass(models.Model):
    """The right to work at one session's door, on its one day, with one phone: no account, nothing besides.

    `secret` is what the QR code carries; `device` is drawn when the first phone opens it and lives in that phone's
    cookie, so that a photograph of the code opens nothing afterwards.
    """

    class State(models.TextChoices):
        NEW = "new", _("not opened yet")
        OPENED = "opened", _("on a phone")
        REVOKED = "revoked", _("revoked")
        MOVED = "moved", _("the session is on another day")
        OVER = "over", _("the session is over")

    city_session = models.ForeignKey(
        CitySession, models.CASCADE, related_name="door_passes", verbose_name=_("city session")
    )
    day = models.DateField(_("day"))
    label = models.CharField(
        _("for whom"),
        max_length=60,
        help_text=_("The volunteer’s name or the entrance: it stands beside each arrival."),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, verbose_name=_("own phone of"), editable=False
    )
    secret = models.CharField(_("secret of the code"), max_length=22, unique=True, default=new_secret, editable=False)
    device = models.CharField(_("secret of the phone"), max_length=22, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    created_by = models.CharField(_("made by"), max_length=150, editable=False)
    opened_at = models.DateTimeField(_("opened on a phone"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    revoked_by = models.CharField(_("revoked by"), max_length=150, blank=True, editable=False)

    PERSONAL = frozenset()
    OF_STAFF = frozenset("label user created_by revoked_by secret device".split())
    NOT_PERSONAL = frozenset("id city_session day created_at opened_at revoked_at".split())

    class Meta:
        verbose_name = _("door pass")
        verbose_name_plural = _("door passes")
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            set_together("opened_at", "device", name="door_pass_opened_on_one_phone"),
            set_together("revoked_at", "revoked_by", name="doorpass_revoked_at_with_by"),
            models.CheckConstraint(condition=~Q(label=""), name="door_pass_says_for_whom"),
        ]

    def __str__(self):
        return f"№ {self.pk}, {self.label}"

    @property
    def signature(self):
        """Who recorded an arrival, as it stands beside it."""
        return self.user.get_username() if self.user else str(self)

    @property
    def state(self):
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.day != self.city_session.date:
            return self.State.MOVED
        if timezone.now() >= self.city_session.door_closes_at:
            return self.State.OVER
        return self.State.OPENED if self.device else self.State.NEW

    @property
    def still_opens(self):
        """Whether the phone that has it is let in, or a first phone may be."""
        return self.state in {self.State.NEW, self.State.OPENED}


class DoorEntry(models.Model):
    """One act at the door. The page or the phone drew the `nonce`: sent again, it repeats the first answer (P 13)."""

    class Kind(models.TextChoices):
        ARRIVAL = "arrival", _("arrival")
        WALK_IN = "walk-in", _("without registration")
        TAKEN_BACK = "taken-back", _("taken back")

    class Outcome(models.TextChoices):
        """What the volunteer was told. The first four are in the hall."""

        WELCOME = "welcome", pgettext_lazy("door", "Welcome")
        NOT_TOLD = "not-told", pgettext_lazy("door", "Welcome — not told of the change yet")
        WALK_IN = "walk-in", pgettext_lazy("door", "Written down, welcome")
        ALREADY = "already", pgettext_lazy("door", "Already in")
        QUEUE = "queue", pgettext_lazy("door", "In the queue — let in if there is room")
        ONLINE = "online", pgettext_lazy("door", "Registered for Zoom — let in if there is room")
        ELSEWHERE = "elsewhere", pgettext_lazy("door", "Registered for another session, not here")
        CANCELLED = "cancelled", pgettext_lazy("door", "Cancelled")
        UNKNOWN = "unknown", pgettext_lazy("door", "There is no such ticket")
        TAKEN_BACK = "taken-back", pgettext_lazy("door", "Taken back")

    IN_THE_HALL = (Outcome.WELCOME, Outcome.NOT_TOLD, Outcome.WALK_IN, Outcome.ALREADY)

    nonce = models.CharField(_("sent once as"), max_length=36, unique=True, editable=False)
    city_session = models.ForeignKey(
        CitySession, models.CASCADE, related_name="door_entries", verbose_name=_("city session")
    )
    registration = models.ForeignKey(
        Registration,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="door_entries",
        verbose_name=_("registration"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    outcome = models.CharField(_("answer"), max_length=10, choices=Outcome.choices)
    was_offline = models.BooleanField(_("without network"), default=False)
    happened_at = models.DateTimeField(_("happened"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    received_from = models.CharField(_("recorded by"), max_length=150)

    PERSONAL = frozenset()
    OF_STAFF = frozenset({"received_from"})
    NOT_PERSONAL = frozenset(
        "id nonce city_session registration kind outcome was_offline happened_at received_at".split()
    )

    class Meta:
        verbose_name = _("entry at the door")
        verbose_name_plural = _("entries at the door")
        ordering = ["-received_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(registration__isnull=False) | Q(outcome="unknown"), name="door_entry_names_somebody"
            ),
            models.CheckConstraint(condition=~Q(nonce=""), name="door_entry_has_a_nonce"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.get_outcome_display()}"

    @property
    def is_in_the_hall(self):
        return self.outcome in self.IN_THE_HALL
