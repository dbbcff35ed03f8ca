"""What the list of registrations is narrowed by."""

from django.contrib import admin
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from consultations import actions
from consultations.models import Message, Need, Registration

from .registration_forms import MODES


class ModeFilter(admin.SimpleListFilter):
    """In the hall or online, in the organisers' words: the model has the participant's."""

    title = _("form of participation")
    parameter_name = "mode"

    def lookups(self, request, model_admin):
        return MODES

    def queryset(self, request, queryset):
        return queryset.filter(mode=self.value()) if self.value() in Registration.Mode.values else queryset


class QueueFilter(admin.SimpleListFilter):
    """Everybody who waits for a place, also those who take part online meanwhile."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request, model_admin):
        return [("hall", _("for the hall")), ("online", _("for a place online"))]

    def queryset(self, request, queryset):
        waiting = {"hall": queryset.wanting_the_hall, "online": queryset.wanting_online}
        return waiting[self.value()]() if self.value() in waiting else queryset


class NeedsFilter(admin.SimpleListFilter):
    """People who need something in order to take part."""

    title = _("needs")
    parameter_name = "needs"

    def lookups(self, request, model_admin):
        return [("any", _("any need")), *Need.Kind.choices]

    def queryset(self, request, queryset):
        needs = Need.objects.filter(registration=OuterRef("pk"))
        if self.value() in Need.Kind.values:
            needs = needs.filter(kind=self.value())
        elif self.value() != "any":
            return queryset
        return queryset.filter(Exists(needs))


def with_untold(registrations):
    """Adds `is_not_told`: there is something this person ought to know and may not, by a message of their own or, where
    neither phone nor e-mail is theirs, by a notice to their group's contact.
    """
    own = Message.objects.not_told().filter(registration=OuterRef("pk"))
    through_contact = Message.objects.not_told().filter(registration=OuterRef("group"), notice__isnull=False)
    not_told = Q(Exists(own)) | (Q(phone="", email="") & Q(Exists(through_contact)))
    return registrations.annotate(is_not_told=ExpressionWrapper(not_told, output_field=BooleanField()))


def untold_messages(registration):
    """The messages that `with_untold` speaks of."""
    mine = Q(registration=registration)
    if registration.group_id and not (registration.phone or registration.email):
        mine |= Q(registration=registration.group_id, notice__isnull=False)
    return Message.objects.not_told().filter(mine).order_by("pk")


class NotToldFilter(admin.SimpleListFilter):
    """People who may not know yet what they ought to: the letter waits or failed, nobody has called or was reached."""

    title = _("told")
    parameter_name = "told"

    def lookups(self, request, model_admin):
        return [("not-yet", _("not told yet")), ("unreachable", _("can be told nothing"))]

    def queryset(self, request, queryset):
        if self.value() == "unreachable":
            return queryset.filter(pk__in=actions.unreachable().values("pk"))
        return queryset.filter(is_not_told=True) if self.value() == "not-yet" else queryset
