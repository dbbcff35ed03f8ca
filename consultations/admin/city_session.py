"""A city's session: when, where, places, Zoom, an agenda and documents of its own."""

from django import forms
from django.contrib import admin, messages
from django.db.models import F
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from consultations import acting, actions
from consultations.models import CitySession, OwnQuestion

from .base import KeptForItsPeople, NotSaved, OrganisersForm
from .consultation import AgendaInline, DocumentInline
from .counting import hall_places, online_places, queues, with_numbers
from .door import HasADoor
from .history import ChangeInline
from .importing import ImportsPeople
from .own_question import OwnQuestionInline
from .preparing import PreparesSessions
from .telling_people import TellsPeople

PLACES = ("hall_capacity", "hall_reserved", "online_capacity")
# What stands in people's calendars: a change of it must reach them as a newer version (RFC 5545, SEQUENCE).
IN_CALENDARS = frozenset(
    "date start_time end_time state city_ky city_ru locality_ky locality_ru "
    "venue_ky venue_ru address_ky address_ru".split()
)


class CitySessionForm(OrganisersForm):
    fewer_places = forms.BooleanField(
        label=_("Store fewer places than people confirmed. Nobody loses their place; new ones queue."), required=False
    )

    def clean(self):
        cleaned = super().clean()
        capacity, reserved = cleaned.get("hall_capacity"), cleaned.get("hall_reserved")
        if capacity is not None and reserved and reserved > capacity:
            self.add_error("hall_reserved", _("More places are kept back than the hall has."))
        date, opens_at = cleaned.get("date"), cleaned.get("registration_opens_at")
        if date and opens_at and opens_at.date() > date:
            self.add_error("registration_opens_at", _("Registration would open after the session."))
        return cleaned


class OwnAgendaInline(AgendaInline):
    verbose_name_plural = _("own agenda: instead of the common one")


class SessionsQuestionInline(OwnQuestionInline):
    verbose_name_plural = _("own questions on the form of this session alone, after those of the consultation")


class OwnDocumentInline(DocumentInline):
    verbose_name_plural = _("documents of this session")


@admin.register(CitySession)
class CitySessionAdmin(HasADoor, TellsPeople, PreparesSessions, ImportsPeople, KeptForItsPeople):
    registered_by = "city_session__in"
    form = CitySessionForm
    list_display = ["place", "date", "start_time", "stage", "told", "is_published", "hall", "queue", "online", "calls"]
    list_filter = ["consultation", "state", "is_published"]
    inlines = [SessionsQuestionInline, OwnAgendaInline, OwnDocumentInline, ChangeInline]
    actions = ["copy_common_agenda"]
    prefilled = ("consultation",)

    def get_queryset(self, request):
        return with_numbers(super().get_queryset(request)).select_related("consultation")

    def get_fieldsets(self, request, obj=None):
        places = [PLACES]
        if obj:
            places.insert(0, ("hall", "queue", "online"))
        if getattr(request, "not_saved", None) and request.not_saved.field == "fewer_places":
            places.append("fewer_places")
        return [
            (
                None,
                {
                    "fields": [
                        "consultation",
                        "state",
                        ("city_ky", "city_ru"),
                        ("locality_ky", "locality_ru"),
                        "slug",
                    ]
                },
            ),
            (_("When"), {"fields": ["date", ("start_time", "end_time"), "times_approximate"]}),
            (
                _("Where"),
                {
                    "fields": [
                        ("venue_ky", "venue_ru"),
                        ("address_ky", "address_ru"),
                        "map_url",
                        ("access_ky", "access_ru"),
                        ("practical_ky", "practical_ru"),
                    ]
                },
            ),
            (_("Places"), {"fields": places}),
            (
                _("Registration"),
                {"fields": ["registration_opens_at", "registration_closes_at", "promotion_stops_at"]},
            ),
            (_("Zoom"), {"fields": ["zoom_register_url", "zoom_link_public", "zoom_join_url"]}),
            (_("Moderator and news"), {"fields": [("moderator_ky", "moderator_ru"), "news_group_url"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        """The consultation stays once chosen: agenda, documents and consents belong to it."""
        return ["consultation", "hall", "queue", "online"] if obj else []

    # Saving

    def save_model(self, request, obj, form, change):
        """Only what was changed, so that two organisers do not undo each other; places by an action, under the lock."""
        if not change:
            super().save_model(request, obj, form, change)
            return
        changed = form.changed_data
        columns = [field.name for field in obj._meta.fields if field.name in changed and field.name not in PLACES]
        if IN_CALENDARS & set(changed):
            obj.calendar_sequence = F("calendar_sequence") + 1
            columns.append("calendar_sequence")
        acting.tell_database()
        obj.save(update_fields=columns)
        promoted = []
        if set(PLACES) & set(changed):
            places = {name: form.cleaned_data[name] for name in PLACES}
            promoted = actions.change_places(city_session=obj, confirmed=form.cleaned_data["fewer_places"], **places)
        promoted += actions.settle(city_session=obj)
        if promoted:
            words = ngettext(
                "%(count)d person got a place from the queue.",
                "%(count)d people got a place from the queue.",
                len(promoted),
            )
            self.message_user(request, words % {"count": len(promoted)})
        actions.pass_over_unheard(city_session=obj)

    def save_formset(self, request, form, formset, change):
        """What belongs to a session belongs to its consultation, which says so of all but its questions."""
        for instance in formset.save(commit=False):
            if formset.model is not OwnQuestion:
                instance.consultation = form.instance.consultation
            instance.save()
        for instance in formset.deleted_objects:
            instance.delete()

    def explain(self, refusal):
        if refusal.code == "below-confirmed":
            words = ngettext(
                "%(count)d person is confirmed, more than there would be places. Tick to store it all the same.",
                "%(count)d people are confirmed, more than there would be places. Tick to store it all the same.",
                refusal.count,
            )
            return NotSaved(words % {"count": refusal.count}, field="fewer_places")
        return super().explain(refusal)

    # Agenda

    @admin.action(description=_("Copy the common agenda"), permissions=["change"])
    def copy_common_agenda(self, request, queryset):
        """Begin a session's own agenda with the common one; one that has its own keeps it."""
        for city_session in queryset:
            if actions.copy_common_agenda(city_session=city_session):
                level, words = messages.SUCCESS, _("The common agenda was copied: %(city)s.")
            elif city_session.own_agenda_items.exists():
                level, words = messages.WARNING, _("%(city)s has an agenda of its own already.")
            else:
                level, words = messages.WARNING, _("The consultation of %(city)s has no common agenda yet.")
            self.message_user(request, words % {"city": city_session.city}, level)
        return back_to_detail(request, queryset)

    # Columns

    @admin.display(description=_("city"), ordering="city_ky")
    def place(self, city_session):
        return city_session.city

    @admin.display(description=_("stage"))
    def stage(self, city_session):
        return city_session.stage.label

    @admin.display(description=_("participants know"))
    def told(self, city_session):
        """Where something is to be announced, the way there."""
        if not (city_session.untold_changes and city_session.registered):
            return ""
        address = reverse("admin:consultations_citysession_announce", args=[city_session.pk])
        return format_html('<a class="not-told" href="{}">{}</a>', address, gettext("not yet"))

    @admin.display(description=_("calls"), ordering="calls_to_make")
    def calls(self, city_session):
        """How many people are to be telephoned, with the way to the list."""
        if not city_session.calls_to_make:
            return ""
        address = f"{reverse('call-list')}?session={city_session.pk}"
        return format_html('<a href="{}">{}</a>', address, city_session.calls_to_make)

    @admin.display(description=_("in the hall"), ordering="hall_confirmed")
    def hall(self, city_session):
        return hall_places(city_session)

    @admin.display(description=_("in the queue"), ordering="queue_for_hall")
    def queue(self, city_session):
        return queues(city_session)

    @admin.display(description=_("online"), ordering="online_confirmed")
    def online(self, city_session):
        return online_places(city_session)


def back_to_detail(request, queryset):
    """After an action asked for on a row's own page, back to that page; None leaves one on the list."""
    if "on_detail" not in request.POST:
        return None
    row = queryset.first()
    return HttpResponseRedirect(reverse(f"admin:consultations_{row._meta.model_name}_change", args=[row.pk]))
