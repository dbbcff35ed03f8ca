"""Addresses that used to be, written by the database: to be read only."""

from django.contrib import admin

from consultations.models import FormerSlug

from .base import ReadOnly


@admin.register(FormerSlug)
class FormerSlugAdmin(ReadOnly):
    list_display = fields = readonly_fields = ["slug", "consultation", "city_session", "changed_at"]
    list_select_related = ["consultation", "city_session"]
    ordering = ["-changed_at", "pk"]
