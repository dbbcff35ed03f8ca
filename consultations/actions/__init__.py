"""The only code that changes registrations: pages, admin, jobs and commands all come through here.

Every action is keyword-only and one transaction, and raises `RegistrationRefused` where the rules say no.
"""

from .announcing import (
    announce,
    announcement_of,
    ask_hall_or_online,
    audience,
    correct_quietly,
    hall_answers,
    last_to_register,
    letter_kind,
    may_be_moved,
    move_latest_to_queue,
    note_hall_answer,
    pass_over_unheard,
    people_concerned,
    people_of,
    stop,
    thank,
    write_to_people,
)
from .attending import check_in, join_online, joining_opens_at, mark_zoom_form_done, may_join, undo_check_in
from .calling import OUTCOMES, record_call
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
from .erasing import (
    anonymise,
    anonymise_group,
    due_for_erasure,
    erase_consultation,
    erase_what_is_due,
    erased_on,
    erasure_day,
    reached_through,
    unreachable,
    with_erasure_days,
)
from .finding import find_by_number, send_links
from .limiting import forget_old_counts, within_limit
from .places import change_places, promote, settle
from .refusals import RegistrationRefused
from .registering import MOST_PEOPLE, Outcome, add_to_group, register
from .reminding import registration_to_unsubscribe, remind, unsubscribe
from .requests import answer_request, registrations_meant
from .telling import letter_status, postpone_letter, queue_age, requeue_forgotten_letters, send_letter

__all__ = [
    "MOST_PEOPLE",
    "OUTCOMES",
    "Outcome",
    "RegistrationRefused",
    "add_to_group",
    "announce",
    "announcement_of",
    "anonymise",
    "anonymise_group",
    "answer_request",
    "ask_hall_or_online",
    "audience",
    "cancel",
    "change",
    "change_places",
    "check_in",
    "come_back",
    "correct_quietly",
    "due_for_erasure",
    "erase_consultation",
    "erase_what_is_due",
    "erased_on",
    "erasure_day",
    "find_by_number",
    "forget_old_counts",
    "hall_answers",
    "join_online",
    "joining_opens_at",
    "last_to_register",
    "leave_queue",
    "letter_kind",
    "letter_status",
    "mark_zoom_form_done",
    "may_be_moved",
    "may_join",
    "move",
    "move_latest_to_queue",
    "note_hall_answer",
    "pass_over_unheard",
    "people_concerned",
    "people_of",
    "postpone_letter",
    "promote",
    "queue_age",
    "reached_through",
    "record_call",
    "register",
    "registration_to_unsubscribe",
    "registrations_meant",
    "remind",
    "replace_person",
    "requeue_forgotten_letters",
    "send_letter",
    "send_links",
    "settle",
    "stop",
    "switch",
    "take_part_online_meanwhile",
    "thank",
    "undo_check_in",
    "unreachable",
    "unsubscribe",
    "with_erasure_days",
    "within_limit",
    "write_to_people",
]
