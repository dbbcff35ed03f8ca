"""A consultation with its parties, consent texts, common agenda and documents on one page."""

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import FileExtensionValidator
from django.db.models import Count, Exists, OuterRef
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consultations.forms import uploads
from consultations.models import AgendaItem, ConsentText, Consultation, Document, LetterParagraph, Party, Registration
from consultations.models.consultation import usual_sheet_columns

from .base import BothLanguagesForm, Inline, KeptForItsPeople, OrganisersForm
from .own_question import OwnQuestionInline
from .preparing import PreparesConsultations


class PartyInline(Inline):
    model = Party
    classes = ["collapse"]
    fields = [
        ("role_ky", "role_ru"),
        ("name_ky", "name_ru"),
        ("abbreviation_ky", "abbreviation_ru"),
        ("position", "is_data_holder"),
    ]


class ConsentTextForm(BothLanguagesForm):
    """Words that somebody has agreed to stay as they are; a change is a new version."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        if getattr(self.instance, "is_agreed_to", False):
            for field in self.fields.values():
                field.disabled = True


class ConsentTextInline(Inline):
    model = ConsentText
    form = ConsentTextForm
    rows_of_text = 8
    classes = ["collapse"]
    fields = ["version", ("text_ky", "text_ru")]
    verbose_name_plural = _("consent texts: the last one is asked for; one that people agreed to is never changed")

    def get_queryset(self, request):
        agreed = Registration.objects.filter(consent_text=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_agreed_to=Exists(agreed))


class AgendaInline(Inline):
    model = AgendaItem
    fields = [
        ("start", "end"),
        ("title_ky", "title_ru"),
        ("speakers_ky", "speakers_ru"),
        "has_moderator",
        ("moderator_ky", "moderator_ru"),
    ]


class CommonAgendaInline(AgendaInline):
    verbose_name_plural = _("common agenda")
    classes = ["collapse"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(city_session=None)


class DocumentForm(OrganisersForm):
    def clean_file(self):
        file = self.cleaned_data["file"]
        return uploads.checked(file) if isinstance(file, UploadedFile) else file


class DocumentInline(Inline):
    model = Document
    form = DocumentForm
    fields = [
        ("title_ky", "title_ru"),
        ("kind", "language"),
        ("version", "date"),
        ("url", "file"),
        ("slug", "position"),
    ]

    def formfield_for_dbfield(self, db_field, request, **options):
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "file":
            field.validators.append(FileExtensionValidator(uploads.KINDS))
        return field


class CommonDocumentInline(DocumentInline):
    verbose_name_plural = _("documents of the whole consultation")
    classes = ["collapse"]

    def get_queryset(self, request):
        return super().get_queryset(request).filter(city_session=None)


class LetterParagraphInline(Inline):
    model = LetterParagraph
    form = BothLanguagesForm
    classes = ["collapse"]
    fields = ["kind", ("text_ky", "text_ru")]


class ConsultationForm(OrganisersForm):
    sign_in_columns = forms.MultipleChoiceField(
        label=capfirst(Consultation._meta.get_field("sign_in_columns").verbose_name),
        help_text=Consultation._meta.get_field("sign_in_columns").help_text,
        choices=Consultation.SheetColumn.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=usual_sheet_columns,
    )


@admin.register(Consultation)
class ConsultationAdmin(PreparesConsultations, KeptForItsPeople):
    registered_by = "city_session__consultation__in"
    form = ConsultationForm
    list_display = ["short_title", "slug", "notice_date", "session_count", "is_published"]
    list_filter = ["is_published"]
    inlines = [
        OwnQuestionInline,
        PartyInline,
        ConsentTextInline,
        CommonAgendaInline,
        CommonDocumentInline,
        LetterParagraphInline,
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "slug",
                    ("title_ky", "title_ru"),
                    ("short_title_ky", "short_title_ru"),
                    ("intro_ky", "intro_ru"),
                ]
            },
        ),
        (
            _("Agenda and documents"),
            {
                "fields": [
                    ("programme_title_ky", "programme_title_ru"),
                    ("documents_lead_ky", "documents_lead_ru"),
                    ("working_languages_ky", "working_languages_ru"),
                ]
            },
        ),
        (_("Contact"), {"fields": ["contact_name", ("contact_phone", "contact_whatsapp"), "contact_email"]}),
        (_("Links"), {"fields": ["comment_form_url", "portal_url"]}),
        (_("Questions and answers"), {"fields": [("questions_and_answers_ky", "questions_and_answers_ru")]}),
        (_("Paper"), {"fields": ["sign_in_columns"]}),
        (_("Dates and personal data"), {"fields": [("notice_date", "closed_on"), "retention_days"]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(session_count=Count("city_sessions"))

    @admin.display(description=_("title"))
    def short_title(self, consultation):
        return consultation.short_title

    @admin.display(description=_("city sessions"), ordering="session_count")
    def session_count(self, consultation):
        return consultation.session_count
