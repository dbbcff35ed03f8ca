"""Registrations: found by name, phone or number; changed by the same actions as on the pages; never deleted."""

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultations import actions
from consultations.models import Message, Need, OwnAnswer, Registration
from consultations.templatetags.content import phone_link

from .base import Inline, LookedAt, NotSaved, OrganisersAdmin, in_short
from .history import ChangeInline
from .lists import TakesLists
from .registration_actions import ActsOnRegistrations, actions_for, status_in_words
from .registration_filters import (
    AgeGroupFilter,
    CameFilter,
    ConsultationFilter,
    DayFilter,
    GenderFilter,
    LanguageFilter,
    ModeFilter,
    NeedsFilter,
    NotToldFilter,
    OrganisationTypeFilter,
    PlaceFilter,
    QueueFilter,
    untold_messages,
    with_untold,
)
from .registration_forms import HALL, ONLINE, NewRegistrationForm, RegistrationForm

Mode, Status = Registration.Mode, Registration.Status

MAY_SEE_NEEDS = "consultations.view_need"
KNOWN = gettext_lazy("This person is registered for this session already.")
PERSON = [
    (gettext_lazy("Person"), {"fields": ["full_name", ("phone", "email"), "language"]}),
    (
        gettext_lazy("About the person"),
        {"fields": [("organisation", "organisation_type"), ("position", "home_place"), ("gender", "age_group")]},
    ),
    (gettext_lazy("Question"), {"fields": ["question"]}),
]
CONSENTS = ("listed_publicly", "photo_consent")


class NeedInline(Inline):
    model = Need
    fields = [("kind", "state"), ("text", "reply")]


class OwnAnswerInline(LookedAt):
    """Changed where the person's other details are changed by telephone."""

    model = OwnAnswer
    fields = readonly_fields = ["question", "in_words"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("question")

    @admin.display(description=gettext_lazy("answer"))
    def in_words(self, answer):
        return answer.in_words or "—"


class MessageInline(LookedAt):
    model = Message
    fields = readonly_fields = ["created_at", "kind", "channel", "status", "error"]
    verbose_name_plural = gettext_lazy("what the person was told")


@admin.register(Registration)
class RegistrationAdmin(ActsOnRegistrations, TakesLists, OrganisersAdmin):
    list_display = ["name", "city_session", "state", "told", "telephone", "organisation", "needs", "registered"]
    list_filter = [
        ("city_session", admin.RelatedFieldListFilter),
        ModeFilter,
        "status",
        QueueFilter,
        NeedsFilter,
        NotToldFilter,
        "source",
        CameFilter,
        OrganisationTypeFilter,
        GenderFilter,
        AgeGroupFilter,
        PlaceFilter,
        LanguageFilter,
        DayFilter,
        ConsultationFilter,
    ]
    list_select_related = ["city_session"]
    search_fields = ["name_key"]
    search_help_text = gettext_lazy("Name, phone in any notation, e-mail, or ticket number")
    show_full_result_count = False  # beside a search: a second count of everybody
    view_on_site = False
    prefilled = ("city_session",)
    actions = ["take_list", *ActsOnRegistrations.actions]

    def get_queryset(self, request):
        return with_untold(super().get_queryset(request)).prefetch_related("needs")

    def get_list_display(self, request):
        """Who needs what is for those who see to it: everybody else gets totals (UX 59)."""
        shown = super().get_list_display(request)
        return shown if request.user.has_perm(MAY_SEE_NEEDS) else [name for name in shown if name != "needs"]

    def get_list_filter(self, request):
        offered = super().get_list_filter(request)
        return offered if request.user.has_perm(MAY_SEE_NEEDS) else [one for one in offered if one is not NeedsFilter]

    def get_search_results(self, request, queryset, search_term):
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=Registration.objects.found_by(search_term).values("pk")), False

    # Who may do what

    def has_change_permission(self, request, obj=None):
        """Of an anonymised row nothing is left to correct."""
        return super().has_change_permission(request, obj) and not (obj and obj.anonymised_at)

    def has_delete_permission(self, request, obj=None):
        """Cancelling is the way (P 70)."""
        return False

    # The form

    def get_form(self, request, obj=None, change=False, **options):  # noqa: FBT002 -- Django's signature
        options["form"] = RegistrationForm if change else NewRegistrationForm
        return super().get_form(request, obj, change=change, **options)

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            where = ["city_session", ("mode", "placing"), "form_key"]
            return [
                (None, {"fields": where}),
                *PERSON,
                (_("Consent"), {"fields": ["consented", CONSENTS]}),
            ]
        now = ["city_session", ("place", "status_now"), ("number", "source"), "group_now", "not_told"]
        return [
            (None, {"fields": now}),
            *PERSON,
            (_("Consent"), {"fields": ["consent_now", CONSENTS]}),
            (_("When"), {"fields": [("created_at", "cancelled_at"), ("checked_in_at", "joined_online_at")]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        times = ["created_at", "cancelled_at", "checked_in_at", "joined_online_at"]
        now = ["city_session", "place", "status_now", "number", "source", "group_now", "not_told", "consent_now"]
        return [*now, *times]

    def get_inlines(self, request, obj):
        return [NeedInline, OwnAnswerInline, MessageInline, ChangeInline] if obj else [NeedInline]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        registration = self.get_object(request, object_id)
        may_change = registration is not None and self.has_change_permission(request, registration)
        buttons = [(name, self.get_action(name)[2]) for name in actions_for(registration)] if may_change else []
        context = {"buttons": buttons, "may_open_page": may_change}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    # Saving

    def save_model(self, request, obj, form, change):
        typed = form.cleaned_data
        if change:
            details = {name: typed[name] for name in form.changed_data if name in form.DETAILS}
            if details:
                actions.change(registration=obj, **details)
            return
        outcome = actions.register(
            city_session=typed["city_session"],
            people=[{name: typed[name] for name in form.DETAILS}],
            mode=typed["mode"],
            submission_key=typed["form_key"],
            language=typed["language"],
            consent_text=typed["city_session"].consultation.current_consent,
            consent_channel=Registration.Channel.TELEPHONE,
            source=Registration.Source.TELEPHONE,
            placing=typed["placing"] or None,
        )
        registration = outcome.contact
        if outcome.repeated and registration.full_name != typed["full_name"]:
            raise NotSaved(_("This form was sent already, for another person. Open a new one."))
        if registration.is_waiting and not typed["placing"]:
            refused = {Mode.HALL: _("The hall is full."), Mode.ONLINE: _("All places online are taken.")}
            ask = _("%(refused)s Ask the person what to do, and choose.") % {"refused": refused[registration.mode]}
            raise NotSaved(ask, field="placing")
        obj.pk = registration.pk
        obj.refresh_from_db()
        form.is_repeated = outcome.repeated
        said = {"number": obj.pass_number_spaced, "status": status_in_words(obj)}
        self.message_user(request, _("Ticket number: %(number)s. Status: %(status)s.") % said)

    def save_related(self, request, form, formsets, change):
        if not getattr(form, "is_repeated", False):
            super().save_related(request, form, formsets, change)

    def save_formset(self, request, form, formset, change):
        """What came of a need is told, as from the page for needs and questions."""
        if formset.model is Need:
            for row in formset.initial_forms:
                need = row.instance
                if {"state", "reply"} & set(row.changed_data) and row not in formset.deleted_forms:
                    actions.answer_need(need=need, state=need.state, reply=need.reply)
        super().save_formset(request, form, formset, change)

    def explain(self, refusal):
        if refusal.code == "known":
            return NotSaved(KNOWN, field="full_name")
        field = {"no-contact": "phone", "hall-closed": "mode", "online-full": "placing"}.get(refusal.code)
        return NotSaved(refusal.message, field=field)

    def log_addition(self, request, obj, message):
        return without_name(super().log_addition(request, obj, message))

    def log_change(self, request, obj, message):
        return without_name(super().log_change(request, obj, message))

    # The person's own page

    def get_urls(self):
        page = path(
            "<path:object_id>/page/",
            self.admin_site.admin_view(self.person_page),
            name="consultations_registration_page",
        )
        return [page, *super().get_urls()]

    def person_page(self, request, object_id):
        """Leads on to the person's own page, whose address is a secret: only for whoever may change it anyway."""
        registration = self.get_object(request, object_id)
        if registration is None:
            raise Http404
        if not self.has_change_permission(request, registration):
            raise PermissionDenied
        return HttpResponseRedirect(registration.get_absolute_url())

    # Columns

    @admin.display(description=gettext_lazy("full name"), ordering="sort_key")
    def name(self, registration):
        return registration.full_name or "—"

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, registration):
        """«in the hall · confirmed», «online · confirmed · for the hall: in the queue»; without a query of its own."""
        state = f"{HALL if registration.in_hall else ONLINE} · {registration.get_status_display()}"
        if registration.is_confirmed and registration.wants_the_hall:
            state += f" · {_('for the hall: in the queue')}"
        return state

    @admin.display(description=gettext_lazy("registered"), ordering="created_at")
    def registered(self, registration):
        return in_short(registration.created_at)

    @admin.display(description=gettext_lazy("form of participation"))
    def place(self, registration):
        return HALL if registration.in_hall else ONLINE

    @admin.display(description=gettext_lazy("told"), ordering="is_not_told")
    def told(self, registration):
        return format_html('<span class="not-told">{}</span>', _("not told yet")) if registration.is_not_told else ""

    @admin.display(description=gettext_lazy("not told yet"))
    def not_told(self, registration):
        """What this person may not know yet, and why: «a place became free: call, waiting to be sent»."""
        rows = [
            (message.get_kind_display(), message.get_channel_display(), message.get_status_display())
            for message in untold_messages(registration)
        ]
        return format_html_join(mark_safe("<br>"), "{}: {}, {}", rows) or "—"

    @admin.display(description=gettext_lazy("phone number"))
    def telephone(self, registration):
        return phone_link(registration.phone)

    @admin.display(description=gettext_lazy("needs"))
    def needs(self, registration):
        return ", ".join(str(need) for need in registration.needs.all())

    @admin.display(description=gettext_lazy("status"))
    def status_now(self, registration):
        return status_in_words(registration)

    @admin.display(description=gettext_lazy("ticket number"))
    def number(self, registration):
        return registration.pass_number_spaced

    @admin.display(description=gettext_lazy("group"))
    def group_now(self, registration):
        """Who registered this person, or whom this person registered, each with a link."""
        if registration.group:
            return format_html("{}: {}", _("registered by"), link_to(registration.group))
        members = [[link_to(member)] for member in registration.members.order_by("pk")]
        return format_html("{}: {}", _("registered"), format_html_join(", ", "{}", members)) if members else "—"

    @admin.display(description=gettext_lazy("consent given"))
    def consent_now(self, registration):
        if registration.consent_text is None:
            return "—"
        return f"{registration.consent_text.version}, {registration.get_consent_channel_display()}"


def link_to(registration):
    address = reverse("admin:consultations_registration_change", args=[registration.pk])
    return format_html('<a href="{}">{}</a>', address, registration.full_name)


def without_name(entry):
    """The history keeps no copy of a name, which erasure would have to find."""
    LogEntry.objects.filter(pk=entry.pk).update(object_repr=f"№ {entry.object_id}")
    return entry
