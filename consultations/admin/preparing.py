"""Before the public sees it: preview, paper for approval, publishing with what is still empty, and copies."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from translated_fields import show_language_code

from consultations import actions, preview_links
from consultations.documents import approval
from consultations.forms.cleaning import TextField
from consultations.models import CitySession, Consultation, Registration
from consultations.models.address import is_latin_slug, is_not_reserved
from consultations.models.translated import empty_halves
from consultations.preview_links import ends_at

from .base import LANGUAGES

MISSING = {"ky": gettext_lazy("not in Kyrgyz"), "ru": gettext_lazy("not in Russian")}


class CopyForm(forms.Form):
    """The address of the copy, which no other page may have."""

    slug = TextField(
        label=gettext_lazy("address"),
        max_length=60,
        validators=[is_latin_slug, is_not_reserved],
        help_text=gettext_lazy("Small Latin letters, digits and hyphens, for example: jalal-abad."),
        widget=forms.TextInput({"class": "vTextField", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args, original, **options):
        super().__init__(*args, **options)
        self.original = original


class CopySessionForm(CopyForm):
    city_ky = TextField(label=gettext_lazy("City, in Kyrgyz"), max_length=80)
    city_ru = TextField(label=gettext_lazy("City, in Russian"), max_length=80)

    field_order = ["city_ky", "city_ru", "slug"]

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if CitySession.objects.filter(consultation=self.original.consultation_id, slug=slug).exists():
            raise forms.ValidationError(_("Another session of this consultation has this address."), code="taken")
        if Consultation.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("A consultation has this address; choose another."), code="taken")
        return slug


class CopyConsultationForm(CopyForm):
    short_title_ky = TextField(label=gettext_lazy("Short title, in Kyrgyz"), max_length=120)
    short_title_ru = TextField(label=gettext_lazy("Short title, in Russian"), max_length=120)
    city_sessions = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Sessions to copy along, each without a date"),
        queryset=CitySession.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    field_order = ["short_title_ky", "short_title_ru", "slug", "city_sessions"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["city_sessions"].queryset = self.original.city_sessions.in_order()

    def clean_slug(self):
        slug = self.cleaned_data["slug"]
        if Consultation.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("Another consultation has this address; choose another."), code="taken")
        if CitySession.objects.filter(slug=slug).exists():
            raise forms.ValidationError(_("A city session has this address; choose another."), code="taken")
        return slug


class Prepares:
    """For a ModelAdmin of something that is published: its pages beside the form."""

    copy_form = None

    def get_urls(self):
        pages = {"publish": self.publish_page, "approval": self.approval_paper, "copy": self.copy_page}
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(page),
                name=f"consultations_{self.opts.model_name}_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def publish_page(self, request, object_id):
        """What is still empty, the link and the paper for those who approve; then published, or hidden again."""
        row = self.row_to_prepare(request, object_id)
        if "withdraw" in request.POST:
            actions.withdraw_previews(consultation=self.consultation_of(row))
            done = _("Every preview link given out until now is withdrawn. The new ones stand below.")
            self.message_user(request, done, messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        registered = self.registered(row).live().count()
        if "hide" in request.POST and registered and "sure" not in request.POST:
            refused = _("People are registered: tick that it shall be hidden all the same.")
            self.message_user(request, refused, messages.ERROR)
            return HttpResponseRedirect(request.path)
        if request.method == "POST":
            action = actions.hide if "hide" in request.POST else actions.publish
            try:
                row = action(row=row)
            except actions.RegistrationRefused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)
            else:
                done = _("Published: everybody sees it now.") if row.is_published else _("Hidden again.")
                self.message_user(request, done, messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        token = preview_links.new_token(self.consultation_of(row))
        context = {
            "title": _("Preview and publish"),
            "halves": [described for part in self.parts(row) for described in halves_in_words(part)],
            "previews": [(language, self.preview_address(row, token, language)) for language in LANGUAGES],
            "preview_ends_at": ends_at(token),
            "hidden_sessions": self.hidden_sessions(row),
            "consultation_is_hidden": not self.consultation_of(row).is_published,
            "consultation": self.consultation_of(row),
            "registered": registered,
        }
        return self.prepared(request, "publish", row, context)

    def approval_paper(self, request, object_id):
        """Everything that will be announced, side by side in both languages, to be signed."""
        row = self.row_to_prepare(request, object_id)
        headers = {
            "Content-Disposition": f'inline; filename="approval-{row.slug}.pdf"',
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
        }
        return HttpResponse(self.paper_of(row), content_type="application/pdf", headers=headers)

    def copy_page(self, request, object_id):
        """A new one that begins with what this one says; nothing of it is published."""
        row = self.row_to_prepare(request, object_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = self.copy_form(request.POST or None, original=row, initial=self.copy_initial(row))
        if form.is_valid():
            copy = self.copy(row, **form.cleaned_data)
            self.message_user(
                request, _("Copied. Nobody sees it yet: fill in the date and publish it."), messages.SUCCESS
            )
            return HttpResponseRedirect(reverse(f"admin:consultations_{self.opts.model_name}_change", args=[copy.pk]))
        return self.prepared(request, "copy", row, {"title": _("Copy"), "form": form})

    # What they have in common

    def row_to_prepare(self, request, object_id):
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def prepared(self, request, name, row, context):
        common = self.admin_site.each_context(request) | {"opts": self.opts, "row": row}
        form = context.get("form")
        status = 422 if form is not None and form.is_bound and form.errors else 200
        return TemplateResponse(request, f"admin/consultations/{name}.html", common | context, status=status)

    def preview_of_hidden(self, row):
        """Where staff see what nobody else sees yet; nothing for what is public."""
        if not self.is_hidden(row):
            return None
        return self.preview_path(row, preview_links.new_token(self.consultation_of(row)))

    def preview_address(self, row, token, language):
        """The whole address of the preview in one language, to be sent on."""
        with override(language):
            return settings.SITE_URL + self.preview_path(row, token)


class PreparesSessions(Prepares):
    copy_form = CopySessionForm

    def consultation_of(self, row):
        return row.consultation

    def is_hidden(self, row):
        return not row.is_public

    def parts(self, row):
        return [row, *row.own_agenda_items.all(), *row.documents.all()]

    def registered(self, row):
        return row.registrations.all()

    def hidden_sessions(self, row):
        return []

    def preview_path(self, row, token):
        return reverse("preview-session", args=[token, row.slug])

    def paper_of(self, row):
        return approval.paper(row.consultation, [row])

    def copy_initial(self, row):
        return {"city_ky": row.city_ky, "city_ru": row.city_ru}

    def copy(self, row, **typed):
        return actions.copy_city_session(city_session=row, **typed)


class PreparesConsultations(Prepares):
    copy_form = CopyConsultationForm

    def consultation_of(self, row):
        return row

    def is_hidden(self, row):
        return not row.is_published

    def parts(self, row):
        sessions = row.city_sessions.in_order()
        return [row, *row.parties.all(), *row.agenda_items.all(), *row.documents.all(), *sessions]

    def registered(self, row):
        return Registration.objects.filter(city_session__consultation=row)

    def hidden_sessions(self, row):
        return row.city_sessions.filter(is_published=False).in_order()

    def preview_path(self, row, token):
        return reverse("preview-consultation", args=[token])

    def paper_of(self, row):
        return approval.paper(row, list(row.city_sessions.in_order()))

    def copy_initial(self, row):
        return {"city_sessions": list(row.city_sessions.all())}

    def copy(self, row, **typed):
        return actions.copy_consultation(consultation=row, **typed)


def halves_in_words(row):
    """What one row says in one language alone: where, which field, the language it lacks, and the page to mend it."""
    halves = empty_halves(row)
    if not halves:
        return []
    page = row if isinstance(row, CitySession | Consultation) else row_with_page(row)
    address = reverse(f"admin:consultations_{page._meta.model_name}_change", args=[page.pk])
    with show_language_code(False):  # noqa: FBT003 -- the library's signature
        names = [(str(row._meta.get_field(f"{name}_ky").verbose_name), language) for name, language in halves]
    where = f"{capfirst(row._meta.verbose_name)}: {row}"
    return [
        {"where": where, "field": name, "missing": MISSING[language], "address": address} for name, language in names
    ]


def row_with_page(row):
    """The session or the consultation on whose page this agenda item, document or party stands."""
    return getattr(row, "city_session", None) or row.consultation
