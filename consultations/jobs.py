"""Background work: load by id, call an action or an email, nothing else. Arguments hold ids only (P 79).

Every task has a name of its own, since a job outlives a renamed module.
"""

import logging
import smtplib

from django.conf import settings
from django.contrib.auth import get_user_model
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from consultations import account_letters, actions, backups, emails
from consultations.actions import accounts
from consultations.actions.reminding import is_of_use
from consultations.actions.telling import FOR_GOOD

logger = logging.getLogger(__name__)

# After 3, 9, 27 … seconds, nine times within some eight hours: a mail server that is away costs nobody a letter (P 19).
PATIENTLY = RetryStrategy(max_attempts=9, exponential_wait=3)


@app.task(name="consultations.send_letter", retry=PATIENTLY)
def send_letter(message_id):
    """Send one queued letter. What cannot be sent at all is marked failed; what may go later is tried again.

    Over the mail server's ceiling (EMAIL_PER_MINUTE) the letter waits its turn, which costs it no attempt.
    """
    ceiling = settings.EMAIL_PER_MINUTE
    if ceiling and not actions.within_limit(key="letters", limit=ceiling, minutes=1):
        actions.postpone_letter(message_id=message_id, seconds=60)
        return
    actions.send_letter(message_id=message_id, compose=emails.letter, refusal_of=refusal_of, is_of_use=is_of_use)


def refusal_of(error):
    """The code with which the mail server refused this one letter, its address or its words; None for anything else.

    A server that is away, that takes our password or our own address no more, says nothing about the letter: all of
    them wait until somebody has mended that, and nobody is telephoned instead.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min(code for code, _reason in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPDataError) else None


@app.task(name="consultations.send_account_letter", retry=PATIENTLY)
def send_account_letter(user_id, kind):
    """Send a letter about an account to its owner. Without a user there is nothing to send: whoever asks for a new
    password learns nothing, not even from how long the answer took.
    """
    user = get_user_model().objects.filter(pk=user_id, is_active=True).exclude(email="").first()
    if user is None:
        return
    try:
        account_letters.LETTERS[kind](user).send()
    except smtplib.SMTPException as error:
        if (refusal_of(error) or 0) < FOR_GOOD:
            raise
        logger.warning("The mail server refuses the address of account %s.", user_id)


@app.periodic(cron="*/2 * * * *")
@app.task(name="consultations.retry_stalled", queueing_lock="consultations.retry_stalled", pass_context=True)
async def retry_stalled(context, timestamp):
    """Give the jobs of a killed worker to the next; at most one letter is repeated, with the same Message-ID (P 18)."""
    silent = settings.STALLED_AFTER_SECONDS
    for job in await context.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent):
        logger.warning("Job %s was left behind by a worker; queued again.", job.id)
        await context.app.job_manager.retry_job(job)


@app.periodic(cron="*/5 * * * *")
@app.task(name="consultations.remind", queueing_lock="consultations.remind")
def remind(timestamp):
    """Queue the reminders that are due."""
    actions.remind()


@app.periodic(cron="11 * * * *")
@app.task(name="consultations.requeue_forgotten", queueing_lock="consultations.requeue_forgotten")
def requeue_forgotten(timestamp):
    """Hand letters that no job will send any more to the worker again."""
    actions.requeue_forgotten_letters()


@app.periodic(cron="17 3 * * *")
@app.task(name="consultations.tidy", queueing_lock="consultations.tidy")
def tidy(timestamp):
    """Drop old limit counts every night, lists that nobody imported, and who was where."""
    actions.forget_old_counts()
    actions.forget_old_lists()
    accounts.forget_old_visits()


@app.periodic(cron="* * * * *")
@app.task(name="consultations.note_erasures", queueing_lock="consultations.note_erasures")
def note_erasures(timestamp):
    """Keep the list of erasures beside the backups no older than a minute: a restored backup needs it."""
    backups.note_erasures()


class SomeWait(Exception):
    """A letter was leaving, or a lock was held: the rest is tried again in a moment, not in the next night."""


@app.periodic(cron="37 3 * * *")
@app.task(name="consultations.erase", queueing_lock="consultations.erase", retry=PATIENTLY)
def erase(timestamp):
    """Erase every night the personal data whose time has come (P 77)."""
    erased = actions.erase_what_is_due()
    if erased.postponed:
        raise SomeWait(erased.postponed)
