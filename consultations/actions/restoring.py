"""After a restored backup: nobody is told twice, and whoever was erased since is erased again."""

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from consultations.models import DataRequest, Message, Registration

from .erasing import anonymise, empty_requests
from .refusals import all_or_nothing
from .reminding import remind
from .telling import send_later

# What erasure empties row by row, by the name that the list of erasures says.
ERASED_BY_ROW = {"registration": Registration, "datarequest": DataRequest}


def erased_since(moment):
    """Who was erased from then on, as entries for the list that is kept beside the backups.

    A row is named by its number and the moment it was made: after a restore numbers are given out again.
    """
    return [
        {"table": table, "id": row.pk, "made": row.created_at.isoformat(), "erased": row.anonymised_at.isoformat()}
        for table, model in ERASED_BY_ROW.items()
        for row in model.objects.filter(anonymised_at__gte=moment).order_by("anonymised_at", "pk")
    ]


def erase_again(*, entries):
    """Erase whom the list names and the restored database still knows. Returns how many rows; repeatable."""
    count = 0
    for entry in entries:
        rows = ERASED_BY_ROW[entry["table"]].objects.filter(pk=entry["id"], created_at=entry["made"])
        found = rows.filter(anonymised_at=None).first()
        if isinstance(found, Registration):
            anonymise(registration=found)
        elif found is not None:
            empty_requests(rows)
        count += found is not None
    return count


def settle_restored_database(*, entries):
    """Make a database that was just restored safe to serve. Returns how many were erased again and are held back.

    First the erasures, which may give seats to others, and the reminders due by now, which may have left before; what
    all of them would tell is then held with the rest. Everybody of the staff logs in again.
    """
    erased = erase_again(entries=entries)
    remind()
    Session.objects.all().delete()
    return erased, hold_messages()


@all_or_nothing
def hold_messages():
    """Hold every message that waits, letters and calls: some of them were told after the backup was made.

    Their jobs go, also those of letters about accounts: whoever waits for one asks again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name LIKE %s",
            ["consultations.send%letter"],
        )
    # Of whoever was erased nothing is held; what would leave to whoever had their place before would stay.
    Message.objects.filter(kind__in=Message.NOT_KEPT, registration__anonymised_at__isnull=False).delete()
    return Message.objects.unsent().update(status=Message.Status.HELD)


@all_or_nothing
def release_messages(*, messages):
    """Let these held messages go: letters to the worker, calls onto the list. Returns how many."""
    held = list(messages.held().order_by("pk").select_for_update(of=("self",)))
    Message.objects.filter(pk__in=[message.pk for message in held]).update(status=Message.Status.QUEUED)
    for message in held:
        if message.channel == Message.Channel.EMAIL:
            send_later(message)
    return len(held)


@all_or_nothing
def drop_messages(*, messages):
    """Take these held messages back: their people know already. Returns how many."""
    forgotten, _by_model = messages.held().filter(kind__in=Message.NOT_KEPT).delete()
    return forgotten + messages.held().update(status=Message.Status.WITHDRAWN, done_at=timezone.now())
