"""How tests of actions read what came of them: refusals, places, and who will be told what."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from consultations import actions
from consultations.models import Message

# mode, status, and whether in the queue for the hall
IN_THE_HALL = ("hall", "confirmed", False)
WAITING = ("hall", "waiting", True)
ONLINE = ("online", "confirmed", False)
ONLINE_AND_WAITING = ("online", "confirmed", True)
WAITING_FOR_ONLINE = ("online", "waiting", False)


def place(registration):
    """How this person takes part, as one of the constants above."""
    return (registration.mode, registration.status, registration.wants_the_hall)


def places(registrations):
    """The same of several."""
    return [place(registration) for registration in registrations]


def stored(registrations):
    """The same rows as the table has them now."""
    for registration in registrations:
        registration.refresh_from_db()
    return registrations


def refusal(act, *args, **options):
    """The refusal that `act` answers with."""
    with pytest.raises(actions.RegistrationRefused) as caught:
        act(*args, **options)
    return caught.value


def letters():
    """Whom the worker will write to, and about what, in the order of writing: only letters that have their job."""
    jobs = ProcrastinateJob.objects.filter(status="todo", task_name="consultations.send_letter")
    messages = Message.objects.in_bulk([arguments["message_id"] for arguments in jobs.values_list("args", flat=True)])
    return [
        (message.address or message.registration.contact.email, message.kind)
        for _pk, message in sorted(messages.items())
    ]


def calls():
    """Who is to be called, and about what."""
    found = Message.objects.calls().order_by("pk").select_related("registration")
    return [(message.registration, message.kind) for message in found]


def forget_messages():
    """Begin to count from here."""
    Message.objects.all().delete()
    ProcrastinateJob.objects.all().delete()
