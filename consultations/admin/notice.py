"""What was announced to whom: history, to be read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consultations.models import Notice

from .base import ReadOnly, in_short


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ["made", "kind", "city_session", "letters", "calls", "created_by", "stopped_at"]
    list_display_links = ["made", "kind"]
    list_filter = ["kind", "city_session"]
    list_select_related = ["city_session"]
    fields = readonly_fields = [
        "made",
        "created_by",
        "kind",
        "city_session",
        "words_ky",
        "words_ru",
        "answer_by",
        "letters",
        "calls",
        "stopped_at",
    ]

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, notice):
        return in_short(notice.created_at)
