"""What the list of registrations is narrowed by."""

from django.contrib import admin
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from consultations.models import Need, Registration

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
