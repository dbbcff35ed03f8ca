"""Addresses that used to be, written by the database: to be read only."""

from django.contrib import admin

from consultations.models import FormerSlug

from .base import OrganisersAdmin


@admin.register(FormerSlug)
class FormerSlugAdmin(OrganisersAdmin):
    list_display = fields = readonly_fields = ["slug", "consultation", "city_session", "changed_at"]
    list_select_related = ["consultation", "city_session"]
    ordering = ["-changed_at", "pk"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
