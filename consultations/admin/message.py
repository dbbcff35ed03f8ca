"""What people were told, by letter or by telephone. Read here; calls are ticked off, failed letters sent again."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from consultations import actions
from consultations.actions.calling import NO_ANSWER, TOLD, WRONG_NUMBER
from consultations.models import Message, Registration
from consultations.templatetags.content import phone_link

from .base import ReadOnly, in_short


@admin.register(Message)
class MessageAdmin(ReadOnly):
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
    actions = ["send_again", "call_told", "call_no_answer", "call_wrong_number", "release", "drop"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.filter(registration__in=Registration.objects.named_like(search_term)), False

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

    @admin.action(description=_("Failed letter: send it again"), permissions=["call"])
    def send_again(self, request, queryset):
        """To the address as it is now: that of the registration is corrected first."""
        count = actions.send_again(messages=queryset)
        words = ngettext("%(count)d letter leaves again.", "%(count)d letters leave again.", count)
        self.message_user(request, words % {"count": count})

    @admin.action(description=_("Call: told"), permissions=["call"])
    def call_told(self, request, queryset):
        self.record_calls(request, queryset, TOLD)

    @admin.action(description=_("Call: no answer, try again later"), permissions=["call"])
    def call_no_answer(self, request, queryset):
        self.record_calls(request, queryset, NO_ANSWER)

    @admin.action(description=_("Call: wrong number"), permissions=["call"])
    def call_wrong_number(self, request, queryset):
        self.record_calls(request, queryset, WRONG_NUMBER)

    @admin.action(description=_("Held back: let it go"), permissions=["call"])
    def release(self, request, queryset):
        count = actions.release_messages(messages=queryset)
        words = ngettext("%(count)d held message was let go.", "%(count)d held messages were let go.", count)
        self.message_user(request, words % {"count": count})

    @admin.action(description=_("Held back: drop it, it was told before"), permissions=["call"])
    def drop(self, request, queryset):
        count = actions.drop_messages(messages=queryset)
        words = ngettext("%(count)d held message was dropped.", "%(count)d held messages were dropped.", count)
        self.message_user(request, words % {"count": count})

    def record_calls(self, request, queryset, outcome):
        """Calls alone: what became of a letter, the worker knows."""
        calls = queryset.filter(channel=Message.Channel.CALL)
        for message in calls:
            actions.record_call(message=message, outcome=outcome, by=request.user.get_username())
        words = ngettext("%(count)d call was noted.", "%(count)d calls were noted.", len(calls))
        self.message_user(request, words % {"count": len(calls)})
