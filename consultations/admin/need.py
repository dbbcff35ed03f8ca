"""What people need to take part: asked, arranged or not possible, with the organisers' reply."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consultations import actions
from consultations.models import Need, Registration

from .base import OrganisersAdmin


@admin.register(Need)
class NeedAdmin(OrganisersAdmin):
    list_display = ["person", "city_session", "kind", "text", "state", "reply"]
    list_filter = ["state", "kind", ("registration__city_session", admin.RelatedFieldListFilter)]
    list_select_related = ["registration__city_session"]
    search_fields = ["registration__name_key"]
    search_help_text = _("Name")
    fields = ["person", "city_session", "kind", "text", "state", "reply"]
    readonly_fields = ["person", "city_session", "kind", "text"]
    ordering = ["registration__city_session__date", "pk"]

    def get_search_results(self, request, queryset, search_term):
        return queryset.filter(registration__in=Registration.objects.named_like(search_term)), False

    def save_model(self, request, obj, form, change):
        """By the action that tells the person, as on the page for needs and questions."""
        actions.answer_need(need=obj, state=obj.state, reply=obj.reply)

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("full name"), ordering="registration__sort_key")
    def person(self, need):
        return need.registration.full_name

    @admin.display(description=_("city session"), ordering="registration__city_session__date")
    def city_session(self, need):
        return need.registration.city_session
