"""What people were told, by letter or by telephone. Read here; only a call is ticked off."""

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consultations.models import Message, Registration
from consultations.templatetags.content import phone_link

from .base import OrganisersAdmin, in_short


@admin.register(Message)
class MessageAdmin(OrganisersAdmin):
    list_display = ["person", "kind", "channel", "status", "phone", "error", "created", "done"]
    list_filter = ["status", "channel", "kind", ("registration__city_session", admin.RelatedFieldListFilter)]
    list_select_related = ["registration__group", "registration__city_session"]
    search_fields = ["registration__name_key"]
    search_help_text = _("Name")
    fields = readonly_fields = [
        "person",
        "kind",
        "channel",
        "language",
        "status",
        "attempts",
        "error",
        "created_at",
        "done_at",
        "done_by",
    ]
    actions = ["mark_told", "mark_not_reached"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.filter(registration__in=Registration.objects.named_like(search_term)), False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_call_permission(self, request):
        return request.user.has_perm("consultations.change_message")

    @admin.display(description=_("full name"), ordering="registration__sort_key")
    def person(self, message):
        return message.registration.full_name

    @admin.display(description=_("phone number"))
    def phone(self, message):
        """Whom to call: the person, or the group's contact."""
        return phone_link(message.registration.contact.phone)

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, message):
        return in_short(message.created_at)

    @admin.display(description=_("done"), ordering="done_at")
    def done(self, message):
        return in_short(message.done_at)

    @admin.action(description=_("Told by telephone"), permissions=["call"])
    def mark_told(self, request, queryset):
        self.finish_calls(request, queryset, Message.Status.TOLD)

    @admin.action(description=_("Not reached by telephone"), permissions=["call"])
    def mark_not_reached(self, request, queryset):
        self.finish_calls(request, queryset, Message.Status.UNREACHABLE)

    def finish_calls(self, request, queryset, status):
        """Calls alone: what became of a letter is known by the worker."""
        chosen = Message.objects.calls().filter(pk__in=queryset.values("pk"))
        count = chosen.update(status=status, done_at=timezone.now(), done_by=request.user.get_username())
        words = ngettext("%(count)d call was noted.", "%(count)d calls were noted.", count)
        self.message_user(request, words % {"count": count})
