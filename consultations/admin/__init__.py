"""The organisers' admin: one ModelAdmin a model, changing registrations only through `consultations.actions`."""

from django.contrib import admin
from procrastinate.contrib.django import admin as queue_admin

from .account import AccountAdmin
from .city_session import CitySessionAdmin
from .consultation import ConsultationAdmin
from .data_request import DataRequestAdmin
from .export_record import ExportRecordAdmin
from .former_slug import FormerSlugAdmin
from .message import MessageAdmin
from .need import NeedAdmin
from .notice import NoticeAdmin
from .registration import RegistrationAdmin

__all__ = [
    "AccountAdmin",
    "CitySessionAdmin",
    "ConsultationAdmin",
    "DataRequestAdmin",
    "ExportRecordAdmin",
    "FormerSlugAdmin",
    "MessageAdmin",
    "NeedAdmin",
    "NoticeAdmin",
    "RegistrationAdmin",
]

# Its pages show job arguments and use inline styles. The import above made it register before this line, not after.
admin.site.unregister(queue_admin.models.ProcrastinateJob)

# Rows go one at a time and by intention, or not at all.
admin.site.disable_action("delete_selected")
