"""What organisers do for one registration on its page, or for many on the list: each by its action, one by one."""

from django.contrib import admin, messages
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consultations import actions, emails
from consultations.models import Registration

from .city_session import back_to_detail

Mode = Registration.Mode

MOST_REFUSALS_SHOWN = 10


class ActsOnRegistrations:
    """For the ModelAdmin of registrations."""

    actions = [
        "cancel",
        "bring_back",
        "promote",
        "switch_to_online",
        "switch_to_hall",
        "online_meanwhile",
        "leave_queue",
        "renew_link",
        "tell_again",
    ]

    @admin.action(description=gettext_lazy("Cancel the registration"), permissions=["change"])
    def cancel(self, request, queryset):
        if "confirmed" in request.POST:
            return self.perform(request, queryset, actions.cancel, by=Registration.CancelledBy.ORGANISER)
        count = queryset.count()
        context = {
            **self.admin_site.each_context(request),
            "title": ngettext("Cancel %(count)d registration?", "Cancel %(count)d registrations?", count)
            % {"count": count},
            "opts": self.opts,
            "first": queryset[:MOST_REFUSALS_SHOWN],
            "more": max(0, count - MOST_REFUSALS_SHOWN),
            "chosen": request.POST.getlist("_selected_action"),
            "select_across": request.POST.get("select_across", "0"),
            "on_detail": "on_detail" in request.POST,
        }
        return TemplateResponse(request, "admin/consultations/registration/cancel.html", context)

    @admin.action(description=gettext_lazy("Bring back after cancelling"), permissions=["change"])
    def bring_back(self, request, queryset):
        return self.perform(request, queryset, actions.come_back)

    @admin.action(description=gettext_lazy("Give a free place, out of turn"), permissions=["change"])
    def promote(self, request, queryset):
        return self.perform(request, queryset, actions.promote)

    @admin.action(description=gettext_lazy("Switch to online"), permissions=["change"])
    def switch_to_online(self, request, queryset):
        return self.perform(request, queryset, actions.switch, mode=Mode.ONLINE)

    @admin.action(description=gettext_lazy("Switch to the hall"), permissions=["change"])
    def switch_to_hall(self, request, queryset):
        return self.perform(request, queryset, actions.switch, mode=Mode.HALL)

    @admin.action(description=gettext_lazy("Online meanwhile, and stay in the queue"), permissions=["change"])
    def online_meanwhile(self, request, queryset):
        return self.perform(request, queryset, actions.take_part_online_meanwhile)

    @admin.action(description=gettext_lazy("Stay online, leave the queue"), permissions=["change"])
    def leave_queue(self, request, queryset):
        return self.perform(request, queryset, actions.leave_queue)

    @admin.action(description=gettext_lazy("Make a new link to the own page"), permissions=["change"])
    def renew_link(self, request, queryset):
        """For whoever's link has got into other hands; the organiser corrects phone and e-mail first."""
        answer = self.perform(request, queryset, actions.renew_link, changes="secret of the own page")
        words = _(
            "Whoever has an e-mail gets the new link. The others find their page by number and phone: %(address)s"
        )
        self.message_user(request, words % {"address": emails.absolute(reverse("ticket-find"))})
        return answer

    @admin.action(description=gettext_lazy("Send the letter again"), permissions=["change"])
    def tell_again(self, request, queryset):
        """What holds for each of them now, once more by letter; whoever has no e-mail is named."""
        sent, unsent, refused = 0, 0, []
        for registration in queryset.order_by("pk"):
            try:
                letter = actions.tell_again(registration=registration)
            except actions.RegistrationRefused as refusal:
                refused.append(f"{registration.full_name}: {refusal.message}")
                continue
            sent, unsent = (sent + 1, unsent) if letter else (sent, unsent + 1)
        if sent:
            words = ngettext("%(count)d letter leaves again.", "%(count)d letters leave again.", sent)
            self.message_user(request, words % {"count": sent}, messages.SUCCESS)
        self.report(request, [], unsent, refused)
        return back_to_detail(request, queryset)

    def perform(self, request, queryset, action, *, changes="status", **options):
        """Do it for each, in the order of the queue; whoever is refused is named with the reason."""
        changed, unchanged, refused = [], 0, []
        for registration in queryset.order_by("hall_wanted_at", "pk"):
            try:
                after = action(registration=registration, **options)
            except actions.RegistrationRefused as refusal:
                refused.append(f"{registration.full_name}: {refusal.message}")
                continue
            if after.version == registration.version:
                unchanged += 1
                continue
            changed.append(after)
            self.log_change(request, after, [{"changed": {"fields": [changes]}}])
        self.report(request, changed, unchanged, refused)
        return back_to_detail(request, queryset)

    def report(self, request, changed, unchanged, refused):
        if len(changed) == 1:
            after = {"name": changed[0].full_name, "status": status_in_words(changed[0])}
            self.message_user(request, _("%(name)s: %(status)s.") % after, messages.SUCCESS)
        elif changed:
            words = ngettext(
                "%(count)d registration was changed.", "%(count)d registrations were changed.", len(changed)
            )
            self.message_user(request, words % {"count": len(changed)}, messages.SUCCESS)
        if unchanged:
            words = ngettext(
                "For %(count)d registration there was nothing to change.",
                "For %(count)d registrations there was nothing to change.",
                unchanged,
            )
            self.message_user(request, words % {"count": unchanged}, messages.WARNING)
        for line in refused[:MOST_REFUSALS_SHOWN]:
            self.message_user(request, line, messages.ERROR)
        if len(refused) > MOST_REFUSALS_SHOWN:
            more = len(refused) - MOST_REFUSALS_SHOWN
            words = ngettext("%(count)d more was refused.", "%(count)d more were refused.", more)
            self.message_user(request, words % {"count": more}, messages.ERROR)


def status_in_words(registration):
    """«confirmed», «in the queue, number 3», «confirmed; in the queue for the hall, number 3»."""
    status = registration.get_status_display()
    number = registration.queue_place()
    if number is None:
        return status
    if registration.is_confirmed:
        words = _("%(status)s; in the queue for the hall, number %(number)d")
    else:
        words = _("%(status)s, number %(number)d")
    return words % {"status": status, "number": number}


def actions_for(registration):
    """The names of the actions that make sense for this registration as it is now."""
    again = ["tell_again"] if registration.contact.email else []
    return [*ways_of_taking_part(registration), *again, "renew_link"]


def ways_of_taking_part(registration):
    """Those that change whether and how somebody comes."""
    if registration.is_cancelled:
        return ["bring_back"]
    if registration.is_waiting and registration.in_hall:
        return ["promote", "online_meanwhile", "switch_to_online", "cancel"]
    if registration.is_waiting:
        return ["promote", "switch_to_hall", "cancel"]
    if registration.in_hall:
        return ["switch_to_online", "cancel"]
    if registration.wants_the_hall:
        return ["promote", "leave_queue", "cancel"]
    return ["switch_to_hall", "cancel"]
