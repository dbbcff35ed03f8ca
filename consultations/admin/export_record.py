"""Who took which list out of the site: history, to be read only. Also at /staff/exports/, for printing."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consultations import exports
from consultations.models import CitySession, ExportRecord

from .base import ReadOnly, in_short


@admin.register(ExportRecord)
class ExportRecordAdmin(ReadOnly):
    list_display = ["made", "made_by", "preset", "format", "rows", "reason"]
    list_display_links = ["made", "made_by"]
    list_filter = ["reason", "preset", "format"]
    fields = readonly_fields = [
        "made",
        "made_by",
        "sessions",
        "filter_now",
        "preset",
        "columns_now",
        "with_signature",
        "format",
        "language",
        "rows",
        "reason",
        "reason_text",
    ]

    @admin.display(description=_("when"), ordering="made_at")
    def made(self, record):
        return in_short(record.made_at)

    @admin.display(description=_("city sessions"))
    def sessions(self, record):
        found = CitySession.objects.in_bulk(record.city_sessions)
        return ", ".join(str(found.get(pk, f"№ {pk}")) for pk in record.city_sessions)

    @admin.display(description=_("filter"))
    def filter_now(self, record):
        return exports.filter_words(record.filters) or _("everybody registered")

    @admin.display(description=_("columns"))
    def columns_now(self, record):
        return ", ".join(exports.column_words(record.columns))
