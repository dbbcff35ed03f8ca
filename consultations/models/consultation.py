"""A public consultation and everything announced about it, in both languages.

Nothing here is a constant: cities, their number, names and texts are rows, since the next consultation may
have seven villages, and a city may be renamed between two sessions.
"""

import datetime
import uuid
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Count, F, Func, Max, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from .address import slug_constraints, slug_field
from .embedded import embedded_rows, instances
from .translated import language_shown, translated

is_https = URLValidator(schemes=["https"], message=_("Enter an address that begins with https://"))


class HttpsField(models.URLField):
    """An optional outside link; plain http and scripts are refused, and a bare host is taken as https."""

    default_validators = [is_https]

    def __init__(self, verbose_name=None, name=None, **options):
        super().__init__(verbose_name, name, **({"max_length": 500, "blank": True} | options))

    def formfield(self, **options):
        return super().formfield(**({"assume_scheme": "https"} | options))


SHORT_NOTICE = datetime.timedelta(hours=24)
RED_BAR_STAYS = datetime.timedelta(hours=12)  # after the beginning that people had heard of


def _beginning(facts):
    """The aware beginning that `facts` speak of: nine in the morning where only the day is known; None without one."""
    if not facts["date"]:
        return None
    date = datetime.date.fromisoformat(facts["date"])
    time = datetime.time.fromisoformat(facts["start_time"]) if facts["start_time"] else datetime.time(9)
    return timezone.make_aware(datetime.datetime.combine(date, time))


def local_date(moment=None):
    """Today, or the day of an aware `moment`, in the site's time zone (Asia/Bishkek)."""
    return timezone.localdate(moment)


class ConsultationQuerySet(models.QuerySet):
    def published(self):
        return self.filter(is_published=True)

    def with_dates(self):
        """Adds `next_date` and `last_date` of the published sessions, and `undated_sessions`."""
        standing = Q(city_sessions__is_published=True) & ~Q(city_sessions__state=CitySession.State.CANCELLED)
        return self.annotate(
            next_date=Min("city_sessions__date", filter=standing & Q(city_sessions__date__gte=local_date())),
            last_date=Max("city_sessions__date", filter=standing),
            undated_sessions=Count("city_sessions", filter=standing & Q(city_sessions__date=None)),
        )

    def current(self):
        """Still to happen: a session ahead or undated, and not closed by the organiser; the nearest first."""
        return (
            self.with_dates()
            .filter(Q(next_date__isnull=False) | Q(undated_sessions__gt=0))
            .filter(Q(closed_on=None) | Q(closed_on__gte=local_date()))
            .order_by(F("next_date").asc(nulls_last=True), "pk")
        )

    def latest_first(self):
        return self.with_dates().order_by(F("last_date").desc(nulls_last=True), "-pk")

    def for_public_page(self):
        """With parties, documents, common and own agendas in the same query (see `Consultation.party_list` …)."""
        return self.annotate(
            party_rows=embedded_rows(Party),
            document_rows=embedded_rows(Document),
            agenda_rows=embedded_rows(AgendaItem),
        )

    def get_by_natural_key(self, slug):
        return self.get(slug=slug)


class Consultation(models.Model):
    slug = slug_field(unique=True)
    title = translated(models.CharField(_("title"), max_length=400))
    short_title = translated(
        models.CharField(
            _("short title"), max_length=120, help_text=_("For page titles, cards and subjects of letters.")
        )
    )
    programme_title = translated(
        models.CharField(
            _("heading of the agenda"), max_length=500, blank=True, help_text=_("The full official title.")
        )
    )
    intro = translated(models.TextField(_("introduction"), help_text=_("An empty line begins a new paragraph.")))
    documents_lead = translated(models.TextField(_("words above the documents"), blank=True))
    working_languages = translated(models.CharField(_("working languages"), max_length=200, blank=True))
    contact_name = models.CharField(_("contact person"), max_length=150)
    contact_phone = PhoneNumberField(_("contact phone"))
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    contact_whatsapp = PhoneNumberField(
        _("contact’s WhatsApp number"), blank=True, help_text=_("Only if the number really is on WhatsApp.")
    )
    comment_form_url = HttpsField(_("form for comments"))
    portal_url = HttpsField(_("link on the koomtalkuu portal"))
    questions_and_answers = translated(
        models.TextField(
            _("questions and answers"),
            blank=True,
            help_text=_("First line of a block is the question, the rest its answer; an empty line ends a block."),
        )
    )
    notice_date = models.DateField(_("date of the notice"), null=True, blank=True)
    closed_on = models.DateField(
        _("closed on"),
        null=True,
        blank=True,
        help_text=_("Erasure of personal data counts from the later of this and the last session."),
    )
    retention_days = models.PositiveIntegerField(
        _("personal data is kept for, days"),
        null=True,
        blank=True,
        help_text=_("Counted from the end of the consultation. It cannot be published without this."),
    )
    is_published = models.BooleanField(_("published"), default=False)

    objects = ConsultationQuerySet.as_manager()

    # Of those who take part there is nothing in what is announced; whoever answers for it is named publicly.
    PERSONAL = frozenset()
    OF_STAFF = frozenset("contact_name contact_phone contact_email contact_whatsapp".split())
    NOT_PERSONAL = frozenset(
        "id slug title_ky title_ru short_title_ky short_title_ru programme_title_ky programme_title_ru intro_ky "
        "intro_ru documents_lead_ky documents_lead_ru working_languages_ky working_languages_ru comment_form_url "
        "portal_url questions_and_answers_ky questions_and_answers_ru notice_date closed_on retention_days "
        "is_published".split()
    )

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ["-pk"]
        constraints = [
            *slug_constraints("consultation"),
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(retention_days__isnull=False),
                name="consultation_published_has_retention",
                violation_error_message=_("Say for how many days personal data is kept before publishing."),
            ),
        ]

    def __str__(self):
        return self.short_title

    def natural_key(self):
        return (self.slug,)

    def get_absolute_url(self):
        return reverse("consultation-detail", args=[self.slug])

    def clean(self):
        if CitySession.objects.filter(slug=self.slug).exists():
            raise ValidationError({"slug": _("A city session has this address; choose another.")})

    @cached_property
    def party_list(self):
        return self._embedded("party_rows", Party, "parties")

    @cached_property
    def document_list(self):
        """Documents of the consultation as a whole."""
        return [document for document in self._all_documents if document.city_session_id is None]

    @cached_property
    def agenda_list(self):
        """The common agenda, in order of time."""
        return [item for item in self._all_agenda_items if item.city_session_id is None]

    def agenda_of(self, city_session):
        """That session's own agenda, else the common one, with the session's moderator filled in."""
        own = [item for item in self._all_agenda_items if item.city_session_id == city_session.pk]
        items = own or self.agenda_list
        for item in items:
            item.moderator_shown = item.moderator or (city_session.moderator if item.has_moderator else "")
        return items

    def documents_of(self, city_session):
        return [document for document in self._all_documents if document.city_session_id == city_session.pk]

    @cached_property
    def _all_documents(self):
        return self._embedded("document_rows", Document, "documents")

    @cached_property
    def _all_agenda_items(self):
        return self._embedded("agenda_rows", AgendaItem, "agenda_items")

    def _embedded(self, annotation, model, relation):
        if annotation not in self.__dict__:
            return list(getattr(self, relation).all())
        found = instances(model, getattr(self, annotation))
        for instance in found:
            instance.consultation = self
        return found

    @property
    def intro_paragraphs(self):
        return self.intro.replace("\r\n", "\n").split("\n\n")

    @property
    def current_consent(self):
        """The consent text in force, which a new registration agrees to; None where none is written yet."""
        return self.consent_texts.order_by("-pk").first()


class ConsentText(models.Model):
    """What a person agreed to. A change of wording is a new version: an old consent never changes its words."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="consent_texts", verbose_name=_("consultation")
    )
    version = models.CharField(_("version"), max_length=20)
    text = translated(models.TextField(_("text of the consent")))

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset("id consultation version text_ky text_ru".split())

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["consultation", "version"], name="consent_text_once_per_version"),
        ]

    def __str__(self):
        return self.version


class Party(models.Model):
    """Who develops, supports and carries out the consultation."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="parties", verbose_name=_("consultation")
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    role = translated(models.CharField(_("role"), max_length=100))
    name = translated(models.CharField(_("name"), max_length=250))
    abbreviation = translated(models.CharField(_("abbreviation"), max_length=40, blank=True))
    is_data_holder = models.BooleanField(
        _("holder of the personal data"), default=False, help_text=_("Named on the privacy page.")
    )

    PERSONAL = frozenset()
    NOT_PERSONAL = frozenset(
        "id consultation position role_ky role_ru name_ky name_ru abbreviation_ky abbreviation_ru "
        "is_data_holder".split()
    )

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name


class Counted(Func):
    """People counted by the database; NULL where the limit is."""

    output_field = models.IntegerField()


class CitySessionQuerySet(models.QuerySet):
    def published(self):
        return self.filter(is_published=True, consultation__is_published=True)

    def with_places(self):
        """Adds `hall_held`, `online_held` (None where there is no limit, so nothing is counted) and `hall_queue`.

        By functions of the database, which the capacity trigger asks as well: the same counts built of subqueries cost
        Django more time than everything else in a registration.
        """
        return self.annotate(
            hall_held=Counted("pk", "hall_capacity", function="consultations_hall_held"),
            online_held=Counted("pk", "online_capacity", function="consultations_online_held"),
            hall_queue=Counted("pk", "hall_capacity", function="consultations_hall_queue"),
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
        Consultation, models.CASCADE, related_name="city_sessions", verbose_name=_("consultation")
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
    zoom_register_url = HttpsField(_("Zoom’s own registration page (public)"))
    zoom_join_url = HttpsField(
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
        if Consultation.objects.filter(slug=self.slug).exists():
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
    def is_over(self):
        return self.ends_at is not None and self.ends_at <= timezone.now()

    @property
    def is_standing(self):
        """Will happen, or may: neither cancelled nor postponed."""
        return self.state == self.State.PLANNED

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
        """No seat for one more: none free, or people wait for the next one already."""
        return self.hall_free is not None and (self.hall_free == 0 or bool(self.hall_queue))

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


class AgendaItem(models.Model):
    """A stage of the work: of every session (no session named), or of one session that has an agenda of its own."""

    consultation = models.ForeignKey(
        Consultation, models.CASCADE, related_name="agenda_items", verbose_name=_("consultation")
    )
    city_session = models.ForeignKey(
        CitySession,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="own_agenda_items",
        verbose_name=_("city session"),
        help_text=_("Empty: the common agenda."),
    )
    start = models.TimeField(_("begins"))
    end = models.TimeField(_("ends"))
    title = translated(models.TextField(_("title")))
    speakers = translated(models.TextField(_("speakers"), blank=True, help_text=_("A line each.")))
    has_moderator = models.BooleanField(
        _("has a moderator"), default=False, help_text=_("The session’s moderator is shown here once known.")
    )
    moderator = translated(models.CharField(_("moderator of this item alone"), max_length=150, blank=True))

    PERSONAL = frozenset()
    OF_STAFF = frozenset("speakers_ky speakers_ru moderator_ky moderator_ru".split())
    NOT_PERSONAL = frozenset("id consultation city_session start end title_ky title_ru has_moderator".split())

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["start", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end__gt=F("start")),
                name="agenda_item_ends_after_start",
                violation_error_message=_("The end must be later than the beginning."),
            ),
        ]

    def __str__(self):
        return f"{self.start:%H:%M}–{self.end:%H:%M} {self.title}"

    @property
    def speaker_lines(self):
        return self.speakers.splitlines()


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
        Consultation, models.CASCADE, related_name="documents", verbose_name=_("consultation")
    )
    city_session = models.ForeignKey(
        CitySession,
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
