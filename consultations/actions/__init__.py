"""The only code that changes registrations: pages, admin, jobs and commands all come through here.

Every action is keyword-only and one transaction, and raises `RegistrationRefused` where the rules say no.
"""

from .attending import check_in, join_online, joining_opens_at, mark_zoom_form_done, may_join, undo_check_in
from .changing import (
    cancel,
    change,
    come_back,
    leave_queue,
    move,
    replace_person,
    switch,
    take_part_online_meanwhile,
)
from .finding import find_by_number, send_links
from .limiting import forget_old_counts, within_limit
from .places import change_places, promote, settle
from .refusals import RegistrationRefused
from .registering import MOST_PEOPLE, Outcome, add_to_group, register
from .telling import letter_status, send_letter

__all__ = [
    "MOST_PEOPLE",
    "Outcome",
    "RegistrationRefused",
    "add_to_group",
    "cancel",
    "change",
    "change_places",
    "check_in",
    "come_back",
    "find_by_number",
    "forget_old_counts",
    "join_online",
    "joining_opens_at",
    "leave_queue",
    "letter_status",
    "mark_zoom_form_done",
    "may_join",
    "move",
    "promote",
    "register",
    "replace_person",
    "send_letter",
    "send_links",
    "settle",
    "switch",
    "take_part_online_meanwhile",
    "undo_check_in",
    "within_limit",
]
