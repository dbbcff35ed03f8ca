"""Somebody who registers people without a pause, through the site's own views, and is killed with -9 over and over.

A program of its own, for a site that test_run.py has started: `prepare` makes a session, `write NOTES` registers until
it is killed and notes what was answered, `look` says as JSON what the database holds.
"""

import itertools
import json
import os
import signal
import sys
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 -- after the setup
from django.db import OperationalError, connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: E402

from consultations.forms import sending  # noqa: E402
from consultations.models import CitySession, Consultation, Message, Registration  # noqa: E402

SLUG = "under-load"
ANSWERS_A_LIFE = 3
WAITING_TO_BE_SENT = ["todo", "doing"]


def prepare():
    """A session without limits; its people have a consent text to agree to."""
    consultation = Consultation.objects.first()
    names = {"city_ky": "Жүк", "city_ru": "Нагрузка", "locality_ky": "айылы", "locality_ru": "село"}
    CitySession.objects.get_or_create(consultation=consultation, slug=SLUG, defaults={"is_published": True} | names)


def write(path):
    """One life after the other, each ended by a kill in the middle of what it does."""
    notes = Path(path)
    while True:
        begun = answers_in(notes)
        child = os.fork()
        if child == 0:
            live(notes)
        while answers_in(notes) < begun + ANSWERS_A_LIFE:
            if os.waitpid(child, os.WNOHANG) != (0, 0):
                break  # it has ended by itself: that number may be somebody else's by now
            time.sleep(0.01)
        else:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def answers_in(notes):
    return len(notes.read_text().splitlines())


def live(notes):
    """Until the kill; or a moment, where the database is away before anything has begun."""
    try:
        register_for_ever(notes)
    except OperationalError:
        time.sleep(0.2)
    finally:
        os._exit(1)


def register_for_ever(notes):
    """The code of each own page that the site has answered with, a line each, in the moment of the answer."""
    sending.FASTEST = 0
    settings.ALLOWED_HOSTS = ["testserver"]
    city_session = CitySession.objects.select_related("consultation").get(slug=SLUG)
    address = reverse("registration-create", args=[city_session.consultation.slug, SLUG])
    consent = city_session.consultation.current_consent.pk
    client = Client(raise_request_exception=False)
    for number in itertools.count():
        person = f"{os.getpid()}-{number}"
        form = {
            "full_name": f"Катышуучу Саны {person}",
            "email": f"{person}@example.org",
            "mode": "hall",
            "language": "ky",
            "consent_text": consent,
            "form_token": sending.new_token(),
        }
        answer = client.post(address, form, REMOTE_ADDR=f"10.{os.getpid() % 256}.{number // 256 % 256}.{number % 256}")
        if answer.status_code == 303:
            with notes.open("a") as lines:
                lines.write(answer["Location"].split("/")[-2] + "\n")
        else:
            connections.close_all()  # as the server does between requests


def look():
    """Who is stored, and what of telling them is missing or too much."""
    registrations = Registration.objects.filter(city_session__slug=SLUG)
    letters = Message.objects.letters().filter(registration__in=registrations)
    jobs = ProcrastinateJob.objects.filter(task_name="consultations.send_letter")
    waiting = {job["message_id"] for job in jobs.filter(status__in=WAITING_TO_BE_SENT).values_list("args", flat=True)}
    sys.stdout.write(
        json.dumps(
            {
                "stored": list(registrations.values_list("code", flat=True)),
                "without a letter": registrations.filter(messages=None).count(),
                "letters twice": letters.count() - letters.values("registration").distinct().count(),
                "letters without a job": len(set(letters.unsent().values_list("pk", flat=True)) - waiting),
                "jobs without a letter": len(waiting - set(Message.objects.values_list("pk", flat=True))),
                "sent": list(letters.filter(status="sent").values_list("registration__code", flat=True)),
            }
        )
    )


if __name__ == "__main__":
    {"prepare": prepare, "write": write, "look": look}[sys.argv[1]](*sys.argv[2:])
