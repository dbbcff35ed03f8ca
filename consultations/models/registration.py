"""One person's registration for one city session.

Rows are changed by `consultations.actions` alone; the table refuses what must never be, whoever writes.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.modelfields import PhoneNumberField

from .credentials import new_pass_number, new_secret, spaced_pass_number
from .registration_queries import RegistrationQuerySet


def set_together(first, second, *, name):
    """A constraint: both columns are filled, or neither."""
    return models.CheckConstraint(
        condition=Q(**{f"{first}__isnull": True, second: ""}) | (Q(**{f"{first}__isnull": False}) & ~Q(**{second: ""})),
        name=name,
    )


class Registration(models.Model):
    class Mode(models.TextChoices):
        HALL = "hall", _("I will come to the hall")
        ONLINE = "online", _("I will take part through Zoom")

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        WAITING = "waiting", _("in the queue")
        CANCELLED = "cancelled", _("cancelled")

    class Source(models.TextChoices):
        WEB = "web", _("website")
        GROUP = "group", _("registered by someone else")
        DESK = "desk", _("at the desk")
        TELEPHONE = "telephone", _("by telephone")
        PAPER = "paper", _("from paper")
        IMPORT = "import", _("from a list")

    class Channel(models.TextChoices):
        """How a consent was given (Law 58, Resolution 759)."""

        WEB = "web", _("on the website")
        TELEPHONE = "telephone", _("by telephone")
        PAPER = "paper", _("on paper")
        DESK = "desk", _("at the desk")

    class OrganisationType(models.TextChoices):
        STATE = "state", _("State body")
        LOCAL = "local", _("Local self-government body")
        NGO = "ngo", _("NGO (public association, foundation)")
        BUSINESS = "business", _("Business, entrepreneur")
        ACADEMIA = "academia", _("Academic or educational institution")
        MEDIA = "media", _("Mass media")
        INTERNATIONAL = "international", _("International organisation")
        PASTURE = "pasture", _("Pasture committee")
        FORESTRY = "forestry", _("Forestry enterprise")
        PROTECTED_AREA = "protected-area", _("Protected natural area")
        COMMUNITY = "community", _("Local community")
        CITIZEN = "citizen", _("Citizen, for oneself")
        OTHER = "other", pgettext_lazy("organisation type", "Other")

    class Gender(models.TextChoices):
        FEMALE = "female", _("Female")
        MALE = "male", _("Male")
        UNSTATED = "unstated", _("Prefer not to say")

    class AgeGroup(models.TextChoices):
        UNDER_18 = "0-17", _("under 18")
        FROM_18 = "18-24", "18–24"
        FROM_25 = "25-34", "25–34"
        FROM_35 = "35-44", "35–44"
        FROM_45 = "45-54", "45–54"
        FROM_55 = "55-64", "55–64"
        FROM_65 = "65-", _("65 and over")

    class CheckInWay(models.TextChoices):
        """How somebody was found at the door, or where their arrival was read later."""

        TICKET = "ticket", _("by ticket")
        NAME = "name", _("by name")
        WALK_IN = "walk-in", _("without registration")
        PAPER = "paper", _("from the signed sheet")

    class CancelledBy(models.TextChoices):
        PARTICIPANT = "participant", _("the participant")
        ORGANISER = "organiser", _("the organiser")

    SOURCES_OUTSIDE_THE_COUNT = (Source.DESK, Source.PAPER)
    SOURCES_ON_THE_SITE = (Source.WEB, Source.GROUP)  # filled in by anybody, not by staff

    city_session = models.ForeignKey(
        "consultations.CitySession",
        models.PROTECT,
        related_name="registrations",
        verbose_name=_("city session"),
        db_index=False,  # `registration_of_session` begins with it
    )
    code = models.CharField(_("secret of the own page"), max_length=22, unique=True, default=new_secret, editable=False)
    join_code = models.CharField(
        _("secret of the join page"), max_length=22, unique=True, default=new_secret, editable=False
    )
    pass_number = models.CharField(
        _("ticket number"), max_length=8, unique=True, default=new_pass_number, editable=False
    )
    mode = models.CharField(_("form of participation"), max_length=6, choices=Mode.choices)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices)
    hall_wanted_at = models.DateTimeField(_("in the queue for the hall since"), null=True, blank=True)
    online_wanted_at = models.DateTimeField(_("in the queue for an online place since"), null=True, blank=True)
    group = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("registered by"),
        help_text=_("The group’s contact, who registered this person."),
    )
    full_name = models.CharField(_("full name"), max_length=150)
    name_key = models.GeneratedField(
        expression=Func(F("full_name"), function="consultations_name_key"),
        output_field=models.TextField(),
        db_persist=True,
    )
    sort_key = models.GeneratedField(
        expression=Func(F("full_name"), function="consultations_sort_key"),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    phone = PhoneNumberField(_("phone number"), blank=True)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    organisation_type = models.CharField(
        _("type of organisation"), max_length=15, choices=OrganisationType.choices, blank=True
    )
    position = models.CharField(_("position"), max_length=150, blank=True)
    home_place = models.CharField(_("place of living"), max_length=150, blank=True)
    gender = models.CharField(_("gender"), max_length=8, choices=Gender.choices, blank=True)
    age_group = models.CharField(_("age group"), max_length=5, choices=AgeGroup.choices, blank=True)
    language = models.CharField(
        _("language of messages"), max_length=2, choices=[("ky", "Кыргызча"), ("ru", "Русский")]
    )
    question = models.TextField(_("question to the organisers"), max_length=2000, blank=True)
    question_reply = models.TextField(_("answer to the question"), max_length=2000, blank=True)
    consent_text = models.ForeignKey(
        "consultations.ConsentText", models.PROTECT, null=True, blank=True, verbose_name=_("consent text")
    )
    consented_at = models.DateTimeField(_("consent given"), null=True, blank=True)
    consent_channel = models.CharField(_("consent given"), max_length=9, choices=Channel.choices, blank=True)
    listed_publicly = models.BooleanField(_("agrees to be listed publicly"), default=False)
    photo_consent = models.BooleanField(_("agrees to photographs and recording"), default=False)
    source = models.CharField(_("source"), max_length=9, choices=Source.choices, default=Source.WEB)
    submission_key = models.CharField(_("idempotency key"), max_length=32, blank=True, editable=False)
    submission_index = models.PositiveSmallIntegerField(_("place in the form"), default=0, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    checked_in_at = models.DateTimeField(_("came to the hall"), null=True, blank=True)
    checked_in_by = models.CharField(_("checked in by"), max_length=150, blank=True)
    checked_in_how = models.CharField(
        _("how the arrival was recorded"), max_length=7, choices=CheckInWay.choices, blank=True
    )
    joined_online_at = models.DateTimeField(_("joined online"), null=True, blank=True)
    zoom_form_done_at = models.DateTimeField(_("filled in Zoom’s form"), null=True, blank=True)
    created_at = models.DateTimeField(_("registered"), default=timezone.now, editable=False)
    hall_answer_asked_at = models.DateTimeField(_("asked “hall, online, or not coming?”"), null=True, blank=True)
    hall_answered_at = models.DateTimeField(_("answered that"), null=True, blank=True)
    unsubscribed_at = models.DateTimeField(_("wants no reminders"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancelled_by = models.CharField(_("cancelled by"), max_length=11, choices=CancelledBy.choices, blank=True)
    anonymised_at = models.DateTimeField(_("anonymised"), null=True, blank=True)
    same_person_as = ArrayField(
        models.BigIntegerField(),
        verbose_name=_("same person as"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Noted when the name is erased, so that different people can still be counted."),
    )

    objects = RegistrationQuerySet.as_manager()

    # Every column is one or the other; export, a person's own copy and erasure read these lists (tested).
    PERSONAL = frozenset(
        "full_name name_key sort_key phone email organisation position home_place question question_reply "
        "code join_code pass_number submission_key checked_in_by".split()
    )
    NOT_PERSONAL = frozenset(
        "id city_session mode status hall_wanted_at online_wanted_at group organisation_type gender age_group language "
        "consent_text consented_at consent_channel listed_publicly photo_consent source "
        "submission_index version checked_in_at checked_in_how joined_online_at zoom_form_done_at created_at "
        "cancelled_at hall_answer_asked_at hall_answered_at unsubscribed_at "
        "cancelled_by anonymised_at same_person_as".split()
    )

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering = ["-created_at", "-pk"]
        permissions = [
            ("export_registrations", _("Can take lists of participants out of the site")),
            ("check_in", _("Can record arrivals at the door")),
            ("view_numbers", _("Can see numbers of participants")),
        ]
        constraints = [
            models.UniqueConstraint(
                "city_session",
                "name_key",
                Lower("email"),
                condition=~Q(status="cancelled") & ~Q(email=""),
                name="registration_one_live_per_name_and_email",
            ),
            models.UniqueConstraint(
                "city_session",
                "name_key",
                "phone",
                condition=~Q(status="cancelled") & ~Q(phone=""),
                name="registration_one_live_per_name_and_phone",
            ),
            models.UniqueConstraint(
                fields=["group", "name_key"],
                condition=~Q(status="cancelled") & Q(group__isnull=False, anonymised_at=None),
                name="registration_one_live_per_name_and_group",
            ),
            models.UniqueConstraint(
                fields=["city_session", "submission_key", "submission_index"],
                condition=~Q(submission_key=""),
                name="registration_once_per_submission",
            ),
            models.CheckConstraint(
                condition=~Q(phone="") | ~Q(email="") | Q(group__isnull=False) | Q(anonymised_at__isnull=False),
                name="registration_has_phone_or_email",
                violation_error_message=_("Give a phone number or an e-mail address."),
            ),
            models.CheckConstraint(
                condition=~Q(full_name="") | Q(anonymised_at__isnull=False), name="registration_has_a_name"
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting")
                | Q(mode="hall", hall_wanted_at__isnull=False)
                | Q(mode="online", online_wanted_at__isnull=False),
                name="registration_waiting_stands_in_a_queue",
            ),
            models.CheckConstraint(
                condition=Q(hall_wanted_at=None)
                | Q(status="waiting", mode="hall")
                | Q(mode="online", status__in=["confirmed", "waiting"]),
                name="registration_only_who_lacks_the_hall_queues_for_it",
            ),
            models.CheckConstraint(
                condition=Q(online_wanted_at=None) | Q(status="waiting", mode="online"),
                name="registration_only_who_lacks_online_queues_for_it",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=["hall", "online"], status__in=["confirmed", "waiting", "cancelled"]),
                name="registration_mode_and_status_are_known",
            ),
            models.CheckConstraint(
                condition=Q(status="cancelled", cancelled_at__isnull=False)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
                name="registration_cancelled_has_a_time",
            ),
            set_together("cancelled_at", "cancelled_by", name="registration_cancelled_at_with_by"),
            set_together("checked_in_at", "checked_in_by", name="registration_checked_in_at_with_by"),
            models.CheckConstraint(
                condition=Q(checked_in_how="")
                | Q(checked_in_at__isnull=False, checked_in_how__in=["ticket", "name", "walk-in", "paper"]),
                name="registration_checked_in_how_needs_an_arrival",
            ),
            set_together("consented_at", "consent_channel", name="registration_consented_at_with_channel"),
            models.CheckConstraint(
                condition=Q(consented_at=None, consent_text=None)
                | Q(consented_at__isnull=False, consent_text__isnull=False),
                name="registration_consent_names_its_text",
            ),
            models.CheckConstraint(
                condition=Q(pass_number__regex=r"^[0-9]{8}$"), name="registration_pass_number_has_eight_digits"
            ),
        ]
        indexes = [
            # Whatever is counted of a session is counted here, without a look at the rows themselves.
            models.Index(
                fields=["city_session", "status", "mode", "source"],
                include=["anonymised_at"],
                name="registration_of_session",
            ),
            models.Index(
                fields=["city_session", "checked_in_at", "id"],
                condition=Q(checked_in_at__isnull=False),
                name="registration_arrived",
            ),
            models.Index(
                fields=["city_session", "hall_wanted_at", "id"],
                condition=Q(hall_wanted_at__isnull=False),
                name="registration_hall_queue",
            ),
            models.Index(
                fields=["city_session", "online_wanted_at", "id"],
                condition=Q(online_wanted_at__isnull=False),
                name="registration_online_queue",
            ),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="registration_by_phone"),
            models.Index(
                fields=["city_session"],
                condition=~Q(question="") & Q(question_reply=""),
                name="registration_open_question",
            ),
            models.Index(fields=["-created_at", "-id"], name="registration_newest_first"),
        ]

    def __str__(self):
        return self.full_name or f"№ {self.pk}"

    def get_absolute_url(self):
        """The own page; whoever knows this address may change and cancel."""
        return reverse("ticket-detail", args=[self.code])

    @property
    def is_confirmed(self):
        return self.status == self.Status.CONFIRMED

    @property
    def is_waiting(self):
        return self.status == self.Status.WAITING

    @property
    def is_cancelled(self):
        return self.status == self.Status.CANCELLED

    @property
    def is_live(self):
        return not self.is_cancelled

    @property
    def in_hall(self):
        return self.mode == self.Mode.HALL

    @property
    def is_online(self):
        return self.mode == self.Mode.ONLINE

    @property
    def wants_the_hall(self):
        """Whether this person stands in the queue for the hall, online meanwhile or not."""
        return self.hall_wanted_at is not None

    @property
    def pass_number_spaced(self):
        return spaced_pass_number(self.pass_number)

    @property
    def contact(self):
        """Whose phone and e-mail messages go to: the person's own, else those of the group's contact."""
        return self if self.phone or self.email or self.group is None else self.group

    @property
    def has_certificate(self):
        """Present in the hall or online, at a session that was held."""
        city_session = self.city_session
        return bool(self.checked_in_at or self.joined_online_at) and city_session.is_over and city_session.is_standing

    def queue_place(self):
        """1 for the next to be let into the hall (or, waiting for an online place, online); None outside a queue."""
        if "known_queue_place" in self.__dict__:
            return self.known_queue_place
        everyone = Registration.objects.filter(city_session=self.city_session_id)
        if self.wants_the_hall:
            ahead = everyone.wanting_the_hall().filter(
                Q(hall_wanted_at__lt=self.hall_wanted_at) | Q(hall_wanted_at=self.hall_wanted_at, pk__lt=self.pk)
            )
        elif self.online_wanted_at is not None:
            ahead = everyone.wanting_online().filter(
                Q(online_wanted_at__lt=self.online_wanted_at)
                | Q(online_wanted_at=self.online_wanted_at, pk__lt=self.pk)
            )
        else:
            return None
        return ahead.count() + 1
