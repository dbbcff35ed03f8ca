"""`make bench`: how the site compares with Django doing nothing, under the same server, in one run.

Ratios are what counts: machines differ, and this one may be busy. Each pair is measured in turn, several times, and the
median of the ratios is printed. Nothing here fails for being slow.
"""

import os
import secrets
import statistics
import sys
import time
from urllib.parse import urlencode

from bench.client import all_at_once, request
from bench.desk import admin_list
from bench.exports import exports
from bench.letters import letters
from bench.server import free_port, serving

ROUNDS = 5
CONNECTIONS = 8
FORM_AGE = 3  # seconds; a form that comes back faster is asked again


def main():
    port = free_port()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "PORT": str(port)}
    import django

    from consultations import database

    database.start_if_embedded()
    with OwnDatabase():
        django.setup()
        with serving(port):
            rows = [*pages(port), *registering(port), *races(port), *letters(), *exports(), *admin_list()]
    print("| what | measured | bare | ratio |\n|---|---|---|---|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


class OwnDatabase:
    """The database `bench`, made fresh and dropped afterwards."""

    def __enter__(self):
        self._administer("DROP DATABASE IF EXISTS bench WITH (FORCE)", "CREATE DATABASE bench")

    def __exit__(self, *error):
        from django.db import connections

        connections.close_all()
        self._administer("DROP DATABASE IF EXISTS bench WITH (FORCE)")

    @staticmethod
    def _administer(*statements):
        import psycopg
        from django.conf import settings

        there = settings.DATABASES["default"]
        names = {"HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
        where = {name: there[key] for key, name in names.items() if there.get(key)}
        with psycopg.connect(**where, dbname="postgres", autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def fill():
    """The announcement itself, and a session with room for everybody."""
    from django.core.management import call_command

    from consultations.models import CitySession
    from tests.factories import in_days

    call_command("migrate", verbosity=0)
    call_command("load_announcement", verbosity=0)
    # The announcement's own dates have passed; the pages measured are those of a consultation that is current.
    for place, city_session in enumerate(CitySession.objects.exclude(date=None).order_by("date")):
        city_session.date = in_days(30 + place)
        city_session.hall_capacity = 1_000_000
        city_session.save()


def per_second(port, requests):
    answers, seconds = all_at_once(port, requests, connections=CONNECTIONS)
    statuses = {answer.status for answer in answers}
    if not statuses <= {200, 303}:
        sys.exit(f"Not measured: the server answered {sorted(statuses)}.")
    return len(requests) / seconds


def compared(name, ours, bare):
    """`ours` and `bare` give requests per second; in turn, so that a machine that slows down slows both."""
    pairs = [(ours(), bare()) for _ in range(ROUNDS)]
    ratio = statistics.median(ours / bare for ours, bare in pairs)
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    return name, f"{ours:,.0f}/s", f"{bare:,.0f}/s", f"{ratio:.2f}"


def pages(port):
    from consultations.models import CitySession

    fill()
    city_session = CitySession.objects.in_order().select_related("consultation").first()
    consultation = city_session.consultation
    bare = [request("GET", "/bare-page")] * 2000
    for name, path in [
        ("home page", "/ky/"),
        ("session page", f"/ky/{consultation.slug}/{city_session.slug}/"),
        ("registration form", f"/ky/{consultation.slug}/{city_session.slug}/register/"),
    ]:
        ours = [request("GET", path, headers={"Cookie": "language=ky"})] * 200
        per_second(port, ours[:50])
        yield compared(name, lambda ours=ours: per_second(port, ours), lambda: per_second(port, bare))


class Visitors:
    """Registrations ready to be sent, each from an address and with a form of its own."""

    def __init__(self, city_session):
        from consultations.forms import sending

        self.path = f"/ky/{city_session.consultation.slug}/{city_session.slug}/register/"
        self.secret = secrets.token_hex(16)  # any 32 letters and digits are a CSRF secret
        self.new_token = sending.new_token
        self.consent_text = str(city_session.consultation.current_consent.pk)
        self.number = 0

    def posts(self, count):
        """So many POSTs, to be sent `FORM_AGE` seconds after this."""
        return [self._post() for _ in range(count)]

    def _post(self):
        self.number += 1
        form = {
            "csrfmiddlewaretoken": self.secret,
            "form_token": self.new_token(),
            "mode": "hall",
            "full_name": f"Катышуучу Номер-{self.number}",
            "phone": f"+996555{self.number:06}",
            "email": f"visitor-{self.number}@example.org",
            "language": "ky",
            "consent_text": self.consent_text,
        }
        address = f"10.{self.number >> 16 & 255}.{self.number >> 8 & 255}.{self.number & 255}"
        headers = {"Cookie": f"language=ky; csrftoken={self.secret}", "X-Forwarded-For": address}
        return request("POST", self.path, headers=headers, body=urlencode(form).encode())


def registering(port):
    from consultations.models import CitySession, Registration

    city_session = CitySession.objects.in_order().select_related("consultation").first()
    visitors = Visitors(city_session)
    prepared = iter([visitors.posts(300) for _ in range(ROUNDS + 1)])
    bare = [request("POST", "/bare-insert", body=b"x=1")] * 1000
    time.sleep(FORM_AGE)
    per_second(port, next(prepared))
    yield compared("registering (the POST)", lambda: per_second(port, next(prepared)), lambda: per_second(port, bare))
    expected = 300 * (ROUNDS + 1)
    if Registration.objects.count() != expected:
        sys.exit(f"Not measured: {Registration.objects.count()} registrations of {expected} were stored.")


def races(port):
    """Everybody at once for few places: who gets in, and how long the last one waits."""
    from consultations.models import CitySession, Registration

    sessions = CitySession.objects.in_order().select_related("consultation")[1:3]
    for city_session, people, places, at_once in zip(sessions, (100, 1000), (50, 100), (100, 64), strict=True):
        city_session.hall_capacity = places
        city_session.save()
        posts = Visitors(city_session).posts(people)
        time.sleep(FORM_AGE)
        _answers, seconds = all_at_once(port, posts, connections=at_once)
        registrations = Registration.objects.filter(city_session=city_session)
        inside = registrations.holding_hall_seats().count()
        waiting = registrations.wanting_the_hall().in_queue_order()
        in_order = [row.pk for row in waiting] == sorted(row.pk for row in waiting)
        queue = f"{len(waiting)} waiting{' in order' if in_order else ' OUT OF ORDER'}"
        yield f"{people} people, {at_once} at a time, {places} places", f"{seconds:.2f} s", "", f"{inside} in, {queue}"


if __name__ == "__main__":
    main()
