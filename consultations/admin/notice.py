"""What was announced to whom: history, to be read only."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from consultations.models import CitySession, Notice

from .base import ReadOnly, in_short
from .changes import in_words, label_of, name_of


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ["made", "kind", "city_session", "changed", "letters", "calls", "created_by", "stopped"]
    list_display_links = ["made", "kind"]
    list_filter = ["kind", "city_session"]
    list_select_related = ["city_session"]
    fields = readonly_fields = [
        "made",
        "created_by",
        "kind",
        "city_session",
        "had_heard",
        "words_ky",
        "words_ru",
        "answer_by",
        "letters",
        "calls",
        "stopped",
    ]

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, notice):
        return in_short(notice.created_at)

    @admin.display(description=_("stopped"), ordering="stopped_at")
    def stopped(self, notice):
        return in_short(notice.stopped_at)

    @admin.display(description=_("what changed"))
    def changed(self, notice):
        """«date, venue»: the two halves of a translated fact are one."""
        return ", ".join(dict.fromkeys(name_of(name) for name in known(notice.changes)))

    @admin.display(description=_("what people had heard before"))
    def had_heard(self, notice):
        before = notice.told_before or {}
        rows = [(capfirst(label_of(name)), in_words(name, before.get(name))) for name in known(notice.changes)]
        return format_html_join(mark_safe("<br>"), "{}: {}", rows) or "—"


def known(names):
    """Those that are still columns: a notice outlives a change of the model."""
    return [name for name in names if name in CitySession.FACTS]
