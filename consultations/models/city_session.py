"""One city's meeting of a consultation: when, where, how many, and what its visitors are told."""

import datetime
import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from .address import slug_constraints, slug_field
from .fields import HttpsField, ZoomField
from .own_question import OwnQuestion
from .translated import translated

SHORT_NOTICE = datetime.timedelta(hours=24)
RED_BAR_STAYS = datetime.timedelta(hours=12)  # after the beginning that people had heard of
DOOR_OPENS = datetime.timedelta(hours=24)  # before the beginning: whoever stands there prepares the evening before
DOOR_CLOSES = datetime.timedelta(hours=12)  # after the end


def _beginning(facts):
    """The aware beginning that `facts` speak of: nine in the morning where only the day is known; None without one."""
    if not facts["date"]:
        return None
    date = datetime.date.fromisoformat(facts["date"])
    time = datetime.time.fromisoformat(facts["start_time"]) if facts["start_time"] else datetime.time(9)
    return timezone.make_aware(datetime.datetime.combine(date, time))


class Counted(Func):
    """People counted by the database; NULL where the limit is."""

    output_field = models.IntegerField()


class CitySessionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(is_published=True, consultation__is_published=True)

    def with_places(self):
        """Adds `hall_held`, `online_held` (None where there is no limit, so nothing is counted) and `hall_queue`, the
        number of those who wait for the hall.

        By functions of the database, which the capacity trigger asks as well: the same counts built of subqueries cost
        Django more time than everything else in a registration.
        """
        return self.annotate(
            hall_held=Counted("pk", "hall_capacity", function="consultations_hall_held"),
            online_held=Counted("pk", "online_capacity", function="consultations_online_held"),
            hall_queue=Counted("pk", function="consultations_hall_queue"),
        )

    def in_order(self):
        """By date, the undated last."""
        return self.order_by(F("date").asc(nulls_last=True), F("start_time").asc(nulls_last=True), "pk")

    def get_by_natural_key(self, consultation_slug, slug):
        return self.get(consultation__slug=consultation_slug, slug=slug)


class CitySession(models.Model):
    """One city's meeting. What is not known yet is empty, and is shown as "to be announced", never invented."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        POSTPONED = "postponed", _("postponed")
        CANCELLED = "cancelled", _("cancelled")

    class Stage(models.TextChoices):
        """What a visitor is told (UX 18); decided here, from the clock and the places."""

        OPEN = "open", _("Registration is open")
        FEW = "few", _("Few places left")
        FULL = "full", _("Waiting list")
        UNDATED = "undated", _("Date to be announced")
        NOT_YET_OPEN = "not-yet-open", _("Registration is not open yet")
        CLOSED = "closed", _("Hall registration is closed")
        POSTPONED = "postponed", _("Postponed")
        CANCELLED = "cancelled", _("Cancelled")
        HELD = "held", _("Held")

    consultation = models.ForeignKey(
        "Consultation", models.CASCADE, related_name="city_sessions", verbose_name=_("consultation")
    )
    slug = slug_field()
    city = translated(models.CharField(_("city"), max_length=80))
    locality = translated(
        models.CharField(_("kind of place"), max_length=40, help_text=_("“шаары / город”, “айылы / село”."))
    )
    date = models.DateField(_("date"), null=True, blank=True, help_text=_("Empty: to be announced."))
    start_time = models.TimeField(_("begins"), null=True, blank=True)
    end_time = models.TimeField(_("ends"), null=True, blank=True)
    times_approximate = models.BooleanField(_("times are approximate"), default=True)
    venue = translated(models.CharField(_("venue"), max_length=200, blank=True, help_text=_("Empty: to be announced.")))
    address = translated(models.CharField(_("street address"), max_length=250, blank=True))
    map_url = HttpsField(_("link to a map"))
    access = translated(
        models.TextField(_("access"), blank=True, help_text=_("Step-free entrance, lift, sign language; a line each."))
    )
    practical = translated(
        models.TextField(_("practical"), blank=True, help_text=_("Entrance, transport, identity card; a line each."))
    )
    zoom_register_url = ZoomField(_("Zoom’s own registration page (public)"))
    zoom_join_url = ZoomField(
        _("Zoom link to join (private)"),
        help_text=_("Shown only to people registered online. No second form at Zoom then."),
    )
    zoom_link_public = models.BooleanField(_("show Zoom’s registration page to everybody"), default=True)
    moderator = translated(models.CharField(_("moderator"), max_length=150, blank=True))
    news_group_url = HttpsField(_("link to the news group"))
    hall_capacity = models.PositiveIntegerField(
        _("places in the hall"), null=True, blank=True, help_text=_("Empty: no limit, and no number is shown.")
    )
    online_capacity = models.PositiveIntegerField(_("places online"), null=True, blank=True)
    hall_reserved = models.PositiveIntegerField(
        _("places kept back"), default=0, help_text=_("Seats never given by registration.")
    )
    registration_opens_at = models.DateTimeField(_("registration opens"), null=True, blank=True)
    registration_closes_at = models.DateTimeField(
        _("hall registration closes"),
        null=True,
        blank=True,
        help_text=_("Empty: when the session begins. Online registration stays open until the session ends."),
    )
    promotion_stops_at = models.DateTimeField(
        _("freed seats are given out until"),
        null=True,
        blank=True,
        help_text=_("Empty: 18:00 the evening before. After that, free chairs are given at the door in queue order."),
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PLANNED)
    calendar_uid = models.UUIDField(_("calendar UID"), default=uuid.uuid4, unique=True, editable=False)
    told_facts = models.JSONField(_("what people last heard"), null=True, blank=True, editable=False)
    alarm_until = models.DateTimeField(_("red bar until"), null=True, blank=True, editable=False)
    calendar_sequence = models.PositiveIntegerField(_("calendar SEQUENCE"), default=0, editable=False)
    is_published = models.BooleanField(_("published"), default=False)

    objects = CitySessionQuerySet.as_manager()

    PERSONAL = frozenset()
    OF_STAFF = frozenset("moderator_ky moderator_ru".split())
    NOT_PERSONAL = frozenset(
        "id consultation slug city_ky city_ru locality_ky locality_ru date start_time end_time times_approximate "
        "venue_ky venue_ru address_ky address_ru map_url access_ky access_ru practical_ky practical_ru "
        "zoom_register_url zoom_join_url zoom_link_public news_group_url hall_capacity online_capacity "
        "hall_reserved registration_opens_at registration_closes_at promotion_stops_at state calendar_uid "
        "told_facts alarm_until calendar_sequence is_published".split()
    )

    class Meta:
        verbose_name = _("city session")
        verbose_name_plural = _("city sessions")
        ordering = [F("date").asc(nulls_last=True), "pk"]
        constraints = [
            *slug_constraints("city_session"),
            models.UniqueConstraint(fields=["consultation", "slug"], name="city_session_slug_once_per_consultation"),
            models.CheckConstraint(
                condition=Q(start_time=None) | Q(end_time=None) | Q(end_time__gt=F("start_time")),
                name="city_session_ends_after_start",
                violation_error_message=_("The end must be later than the beginning."),
            ),
            models.CheckConstraint(
                condition=Q(end_time=None) | Q(start_time__isnull=False),
                name="city_session_end_needs_a_start",
                violation_error_message=_("An end needs a beginning."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "postponed", "cancelled"]), name="city_session_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(registration_opens_at=None)
                | Q(registration_closes_at=None)
                | Q(registration_closes_at__gt=F("registration_opens_at")),
                name="city_session_closes_after_opening",
                violation_error_message=_("Registration must close later than it opens."),
            ),
        ]

    def __str__(self):
        return f"{self.city}, {self.date:%d.%m.%Y}" if self.date else self.city

    def natural_key(self):
        return (self.consultation.slug, self.slug)

    natural_key.dependencies = ["consultations.consultation"]

    def get_absolute_url(self):
        return reverse("session-detail", args=[self.consultation.slug, self.slug])

    def clean(self):
        if self._meta.get_field("consultation").related_model.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("A consultation has this address; choose another.")})

    # When

    @property
    def starts_at(self):
        """The beginning as an aware time in Asia/Bishkek; None while the date or the time is unknown."""
        return self._at(self.start_time)

    @property
    def ends_at(self):
        """The end as an aware time; the end of the day where only the date is known; None without a date."""
        return self._at(self.end_time or datetime.time(23, 59, 59))

    def _at(self, time):
        if self.date is None or time is None:
            return None
        return timezone.make_aware(datetime.datetime.combine(self.date, time))

    @property
    def is_public(self):
        """Published, and the consultation too: what `CitySession.objects.published()` finds."""
        return self.is_published and self.consultation.is_published

    @property
    def begins_at(self):
        """The beginning, or that day's first minute where the time is unknown; None without a date."""
        return self.starts_at or self._at(datetime.time.min)

    @property
    def is_over(self):
        is_postponed = self.state == self.State.POSTPONED  # its date is the one that no longer holds
        return not is_postponed and self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_standing(self):
        """Will happen, or may: neither cancelled nor postponed."""
        return self.state == self.State.PLANNED

    @property
    def is_held(self):
        """Has begun, and was not called off: somebody can be there, or have missed it."""
        return self.is_standing and self.begins_at is not None and self.begins_at <= timezone.now()

    @property
    def has_opened(self):
        return self.registration_opens_at is None or self.registration_opens_at <= timezone.now()

    @property
    def hall_closes_at(self):
        """When hall registration ends: as set, never later than the beginning; None without a date."""
        moments = [moment for moment in (self.registration_closes_at, self.starts_at or self.ends_at) if moment]
        return min(moments, default=None)

    @property
    def hall_registration_is_open(self):
        closes_at = self.hall_closes_at
        return self.is_standing and self.has_opened and (closes_at is None or timezone.now() < closes_at)

    @property
    def online_registration_is_open(self):
        return self.is_standing and self.has_opened and not self.is_over

    @property
    def registration_is_open(self):
        return self.hall_registration_is_open or self.online_registration_is_open

    @property
    def door_opens_at(self):
        """From when a phone may be prepared for the door: a day before the beginning; None without a date."""
        return self.begins_at - DOOR_OPENS if self.begins_at else None

    @property
    def door_closes_at(self):
        """Until when the door's list may be kept: twelve hours after the end; None without a date."""
        return self.ends_at + DOOR_CLOSES if self.ends_at else None

    @property
    def door_is_open(self):
        return self.date is not None and self.door_opens_at <= timezone.now() < self.door_closes_at

    @property
    def gives_out_freed_seats(self):
        """Whether a freed seat still goes to the queue: until 18:00 the evening before, or as set."""
        stops_at = self.promotion_stops_at
        if stops_at is None and self.date is not None:
            evening_before = datetime.datetime.combine(self.date - datetime.timedelta(days=1), datetime.time(18))
            stops_at = timezone.make_aware(evening_before)
        return self.is_standing and (stops_at is None or timezone.now() < stops_at)

    # What people were told

    # A venue, a time or an address of Zoom that changes is told; the agenda's names and other texts are not.
    FACTS = (
        "state",
        "date",
        "start_time",
        "end_time",
        "venue_ky",
        "venue_ru",
        "address_ky",
        "address_ru",
        "zoom_join_url",
        "zoom_register_url",
    )

    @property
    def facts(self):
        """What people must know to come, as text by column; unknown facts are empty."""
        return {name: str(getattr(self, name) or "") for name in self.FACTS}

    @property
    def untold_changes(self):
        """The columns of facts that differ from what people last heard; none while nobody has registered."""
        if self.told_facts is None:
            return []
        return [name for name, value in self.facts.items() if self.told_facts.get(name) != value]

    @property
    def alarming_until(self):
        """Until when pages carry a red bar because what people last heard is wrong for the next 24 hours; or None."""
        if not self.untold_changes:
            return None
        now = timezone.now()
        beginnings = [_beginning(self.facts), _beginning(self.told_facts)]
        near = [moment for moment in beginnings if moment and moment - SHORT_NOTICE <= now <= moment + RED_BAR_STAYS]
        return max(near) + RED_BAR_STAYS if near else None

    @property
    def is_alarming(self):
        """Cancelled, moved or changed at short notice: said in red on every page that shows this session."""
        announced = self.alarm_until is not None and timezone.now() < self.alarm_until
        return announced or self.alarming_until is not None

    # Places; the counts come from `with_places()`

    hall_queue = None  # where it was not asked for, nobody is known to wait

    @property
    def hall_free(self):
        """Seats that registration may still give; None where there is no limit."""
        if self.hall_capacity is None:
            return None
        return max(0, self.hall_capacity - self.hall_reserved - (self.hall_held or 0))

    @property
    def online_free(self):
        if self.online_capacity is None:
            return None
        return max(0, self.online_capacity - (self.online_held or 0))

    @property
    def hall_is_full(self):
        """No seat for one more: none free, or people wait already. They wait also in a hall whose limit was raised or
        lifted after the evening before, when nobody is promoted any more: nobody overtakes them.
        """
        return self.hall_free == 0 or bool(self.hall_queue)

    @property
    def online_is_full(self):
        return self.online_free == 0

    @property
    def few_places_left(self):
        """The last tenth of the hall, or the last five seats."""
        return (
            not self.hall_is_full and self.hall_free is not None and self.hall_free <= max(5, self.hall_capacity // 10)
        )

    @cached_property
    def stage(self):
        if self.state == self.State.CANCELLED:
            return self.Stage.CANCELLED
        if self.state == self.State.POSTPONED:
            return self.Stage.POSTPONED
        if self.is_over:
            return self.Stage.HELD
        if not self.has_opened:
            return self.Stage.NOT_YET_OPEN
        if not self.hall_registration_is_open:
            return self.Stage.CLOSED  # online stays open until the end
        if self.hall_is_full:
            return self.Stage.FULL
        if self.date is None:
            return self.Stage.UNDATED
        if self.few_places_left:
            return self.Stage.FEW
        return self.Stage.OPEN

    # What is asked besides

    @cached_property
    def own_questions(self):
        """What the consultation and this session want to ask now, in order; the form's session knows them already."""
        return list(OwnQuestion.objects.of_session(self).asked())

    # How to take part online

    @property
    def needs_zoom_form(self):
        """Whether an online participant must also fill in Zoom's own form, which demands an e-mail."""
        return bool(self.zoom_register_url) and not self.zoom_join_url

    @property
    def zoom_url(self):
        """Where the join page leads: the private link if there is one, else Zoom's registration page."""
        return self.zoom_join_url or self.zoom_register_url

    @property
    def public_zoom_url(self):
        """Zoom's registration page, where the organiser lets everybody see it; never the private link (P 48)."""
        return self.zoom_register_url if self.zoom_link_public else ""

    @property
    def access_lines(self):
        return self.access.splitlines()

    @property
    def practical_lines(self):
        return self.practical.splitlines()
