"""A public consultation and everything announced about it, in both languages.

Nothing here is a constant: cities, their number, names and texts are rows, since the next consultation may
have seven villages, and a city may be renamed between two sessions.
"""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Max, Min, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from .address import slug_constraints, slug_field
from .agenda import AgendaItem
from .city_session import CitySession
from .document import Document
from .embedded import embedded_rows, instances
from .fields import HttpsField, local_date
from .translated import translated


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


class SheetColumn(models.TextChoices):
    """What the sign-in sheet asks besides name and signature; headers of its columns."""

    ORGANISATION = "organisation", _("Organisation")
    POSITION = "position", _("Position")
    HOME_PLACE = "home_place", _("Place of living")
    CONTACT = "contact", _("Contact")
    GENDER = "gender", _("Gender")
    AGE_GROUP = "age_group", _("Age")
    PHOTO = "photo", _("Agree to photos")


def usual_sheet_columns():
    return [SheetColumn.ORGANISATION, SheetColumn.CONTACT]


class Consultation(models.Model):
    SheetColumn = SheetColumn

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
    sign_in_columns = ArrayField(
        models.CharField(max_length=20, choices=SheetColumn.choices),
        verbose_name=_("columns of the sign-in sheet"),
        default=usual_sheet_columns,
        blank=True,
        help_text=_(
            "Besides name and signature. Of a contact only the last digits are printed; gender and age are left to be "
            "written in by hand."
        ),
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
    preview_round = models.PositiveSmallIntegerField(
        _("preview links were withdrawn so many times"), default=0, db_default=0, editable=False
    )

    objects = ConsultationQuerySet.as_manager()

    # Of those who take part there is nothing in what is announced; whoever answers for it is named publicly.
    PERSONAL = frozenset()
    OF_STAFF = frozenset("contact_name contact_phone contact_email contact_whatsapp".split())
    NOT_PERSONAL = frozenset(
        "id slug title_ky title_ru short_title_ky short_title_ru programme_title_ky programme_title_ru intro_ky "
        "intro_ru documents_lead_ky documents_lead_ru working_languages_ky working_languages_ru comment_form_url "
        "portal_url questions_and_answers_ky questions_and_answers_ru sign_in_columns notice_date closed_on "
        "retention_days is_published preview_round".split()
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
            models.CheckConstraint(
                condition=Q(sign_in_columns__contained_by=SheetColumn.values),
                name="consultation_sign_in_columns_are_known",
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
            item.moderator_of = item if item.moderator or not item.has_moderator else city_session
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
        if "known_consent" in self.__dict__:
            return self.known_consent
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
