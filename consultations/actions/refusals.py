"""Why an action was not done, in words that can be shown as they are."""

import functools

from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _
from psycopg import errors

MESSAGES = {
    "closed": _("Registration for this session is closed."),
    "hall-closed": _("Registration for the hall is closed. You can still take part online."),
    "over": _("This session is already over."),
    "hall-full": _("There are no free places in the hall."),
    "online-full": _("There are no free places online."),
    "too-few": _("There are fewer free places than people."),
    "known": _("If you are registered already, that registration holds."),
    "same-name": _("Two people in the list have the same name. Add a patronymic, so that each gets their own ticket."),
    "no-contact": _("Give a phone number or an e-mail address."),
    "cancelled": _("This registration is cancelled."),
    "contact-cancelled": _("Your own registration is cancelled. Register again first, then add the others."),
    "erased": _("The data of this person has been deleted."),
    "came": _("This person has already come to the session."),
    "too-early": _("It is too early to join."),
    "below-confirmed": _("More people are confirmed than there would be places."),
    "hall-reached": _("As many people are in the hall as it has places."),
    "undated": _("The session has no date yet."),
    "pass-used": _("This pass is open on another phone already. Ask the organiser for a pass of your own."),
    "pass-revoked": _("This pass was revoked."),
    "pass-moved": _("The session is on another day now. Ask the organiser for a new pass."),
    "pass-over": _("The session of this pass is over."),
    "left-already": _("The letters have left already; they can no longer be taken back."),
    "no-list": _("This list was registered already, or is no longer kept. Choose the file again."),
    "no-email": _("There is no e-mail address; this person is told by telephone."),
    "no-retention": _("Say for how many days personal data is kept before publishing."),
    "no-consent": _("Write the text of the consent before publishing: people agree to it when they register."),
    "not-over": _("This session is not over yet."),
    "not-held": _("This session has not been held: nobody can have been there."),
    "busy": _("Many people are registering right now. Please try again in a moment; what you typed is kept."),
}

# What the table refuses, as the refusal a person understands.
BY_CONSTRAINT = {
    "registration_one_live_per_name_and_email": "known",
    "registration_one_live_per_name_and_phone": "known",
    "registration_one_live_per_name_and_group": "same-name",
    "registration_has_phone_or_email": "no-contact",
    "registration_hall_capacity": "hall-full",
    "registration_online_capacity": "online-full",
}


# The action is simply done again. Of random values that turned out to be taken it draws fresh ones; what was sent twice
# at the same moment finds, the second time, the answer given to the other.
DRAWN_AGAIN = {
    *(f"consultations_registration_{column}_key" for column in ("code", "join_code", "pass_number")),
    "consultations_doorentry_nonce_key",
}


class RegistrationRefused(Exception):
    """The rules say no. `code` is for programs, `message` for people, `free` counts places where that is the reason."""

    def __init__(self, code, *, free=None, count=None):
        super().__init__(code)
        self.code = code
        self.message = MESSAGES[code]
        self.free = free
        self.count = count


class MovedMeanwhile(Exception):
    """The registration is in another city than was believed: the action begins again, without the wrong lock."""


def constraint_name(error):
    """The name of the constraint that a database error speaks of; empty where it names none."""
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or ""


def all_or_nothing(action):
    """One transaction around an action; the table's own refusals become `RegistrationRefused`, outside of it.

    A lock that is not had within the connection's lock timeout becomes the refusal "busy" (P 5). Whoever was moved to
    another city meanwhile is looked for there; and a ticket number that happens to be taken is drawn again: about one
    insert in a hundred meets one at 100,000 people.
    """

    @functools.wraps(action)
    def performed(**details):
        for _attempt in range(5):
            try:
                with transaction.atomic():
                    return action(**details)
            except MovedMeanwhile:
                continue
            except IntegrityError as error:
                name = constraint_name(error)
                if name in BY_CONSTRAINT:
                    raise RegistrationRefused(BY_CONSTRAINT[name]) from error
                if name not in DRAWN_AGAIN:
                    raise
            except OperationalError as error:
                if isinstance(error.__cause__, errors.LockNotAvailable):
                    raise RegistrationRefused("busy") from error
                raise
        raise RegistrationRefused("busy")

    return performed
