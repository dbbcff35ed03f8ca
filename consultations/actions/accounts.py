"""The life of a staff account: invited, set up, recovered, left. The letters go by jobs that hold only a number."""

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from consultations import second_factor
from consultations.models import Account

SEND_ACCOUNT_LETTER = "consultations.send_account_letter"

INVITATION, RESET, FACTOR_RESET = "invitation", "password-reset", "second-factor-reset"


@transaction.atomic
def invite(*, user, language=None):
    """Let the owner choose a password: a letter with a link, in this language from now on."""
    if language:
        remember_language(user=user, language=language)
    write_to(user_id=user.pk, kind=INVITATION)


def remember_language(*, user, language):
    """The language of this account's letters from now on."""
    Account.objects.update_or_create(user=user, defaults={"language": language})


def ask_for_password_letter(*, email):
    """A letter with a link for a new password to whoever has this e-mail; the same work whether anybody has it."""
    users = get_user_model().objects.filter(email__iexact=email, is_active=True).order_by("-last_login", "pk")
    user = users.first() if email else None
    kind = RESET if user is None or user.has_usable_password() else INVITATION
    write_to(user_id=user and user.pk, kind=kind)


def write_to(*, user_id, kind):
    """Defer the letter; in the transaction of what it tells of."""
    app.configure_task(SEND_ACCOUNT_LETTER).defer(user_id=user_id, kind=kind)


@transaction.atomic
def reset_second_factor(*, user, by=None):
    """The phone is lost, and the recovery codes too: the next login sets up a new one. Logged, and told to the owner.

    `by` is the superuser who does it; without one it was the command on the server. Returns whether there was any.
    """
    if not second_factor.forget(user):
        return False
    log(by or user, user, "second factor was reset" if by else "second factor was reset on the server")
    write_to(user_id=user.pk, kind=FACTOR_RESET)
    return True


@transaction.atomic
def leave(*, user, by):
    """Somebody works here no longer: every session ends, roles and second factor go; the name stays in the history."""
    user.is_active = user.is_superuser = False
    user.set_unusable_password()  # which ends the sessions, also should the account come back one day
    user.save()
    user.groups.clear()
    user.user_permissions.clear()
    second_factor.forget(user)
    log(by, user, "the person has left")


@transaction.atomic
def come_back(*, user, by):
    """Somebody works here again: with an invitation, and without the roles of then."""
    user.is_active = True
    user.save()
    log(by, user, "the person has come back")
    invite(user=user)


def forget_old_visits():
    """Drop sessions that are over, and failed logins whose pause is: both hold who was where."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - settings.AXES_COOLOFF_TIME).delete()


def log(by, user, what):
    """Into the history of the admin. `what` is translated when it is read: see `admin.account.HISTORY`."""
    entry = [{"changed": {"fields": [what]}}]
    LogEntry.objects.log_actions(by.pk, [user], CHANGE, entry, single_object=True)
