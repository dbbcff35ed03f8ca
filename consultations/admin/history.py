"""What changed in a registration or a session, when and by whom: on its own page, to be read only."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from consultations.models import ChangeRecord

from .base import LookedAt, in_short


class ChangeInline(LookedAt):
    model = ChangeRecord
    classes = ["collapse"]
    fields = readonly_fields = ["when", "who", "what"]
    verbose_name_plural = _("history of changes")

    @admin.display(description=_("when"))
    def when(self, change):
        return in_short(change.changed_at)

    @admin.display(description=_("who"))
    def who(self, change):
        """The account of the staff; else the participant, or the site itself."""
        return change.username or change.get_actor_display()

    @admin.display(description=_("what changed"))
    def what(self, change):
        """«phone number, e-mail»: as the form calls these columns; one that is gone by now under its own name."""
        model = type(change.registration or change.city_session)
        names = {field.attname: str(field.verbose_name) for field in model._meta.concrete_fields}
        return ", ".join(dict.fromkeys(names.get(column, column) for column in change.columns))
