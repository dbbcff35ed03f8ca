"""What a registration costs, and who gets in when everybody comes at once."""

import secrets
import sys
import time
from urllib.parse import urlencode

from django.db import connection

from bench.client import all_at_once, request
from bench.comparing import ROUNDS, compared, per_second
from bench.consultation import open_sessions

FORM_AGE = 3  # seconds; a form that comes back faster is asked again
EACH_ROUND = 300


class Visitors:
    """Registrations ready to be sent, each from an address and with a form of its own."""

    def __init__(self, *city_sessions, first=0):
        from consultations.forms import sending

        self.paths = [f"/ky/{one.consultation.slug}/{one.slug}/register/" for one in city_sessions]
        self.secret = secrets.token_hex(16)  # any 32 letters and digits are a CSRF secret
        self.new_token = sending.new_token
        self.consent_text = str(city_sessions[0].consultation.current_consent.pk)
        self.number = first

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
        path = self.paths[self.number % len(self.paths)]
        return request("POST", path, headers=headers, body=urlencode(form).encode())


def registering(server):
    from consultations.models import Registration

    city_sessions = open_sessions()
    bare = [request("POST", "/bare-insert", body=b"x=1")] * 1000
    same_rows = [request("POST", "/bare-rows", body=b"x=1")] * EACH_ROUND
    wanted = "0.4 of bare, 12 statements"
    for name, sessions in [
        ("registering in five cities", city_sessions),
        ("registering in one city, one after the other under its lock", city_sessions[:1]),
    ]:
        before = Registration.objects.count()
        visitors = Visitors(*sessions, first=before)
        prepared = iter([visitors.posts(EACH_ROUND) for _ in range(ROUNDS + 1)])
        time.sleep(FORM_AGE)
        per_second(server, next(prepared))
        yield compared(server, name, lambda prepared=prepared: next(prepared), lambda: bare, wanted=wanted)
        stored, expected = Registration.objects.count() - before, EACH_ROUND * (ROUNDS + 1)
        if stored != expected:
            sys.exit(f"Not measured: {stored} registrations of {expected} were stored.")
    with connection.cursor() as cursor:
        # These are numbered from the first on, and would meet the ticket numbers drawn above.
        cursor.execute("TRUNCATE consultations_registration CASCADE")
    per_second(server, same_rows)
    name = "the same five rows by bare SQL, without form, rules or lock"
    yield compared(server, name, lambda: same_rows, lambda: bare, wanted="")


def races(server):
    """Everybody at once for few places: who gets in, and how long the last one waits."""
    from consultations.models import Registration

    sessions = open_sessions()[1:3]
    wanted = ("50 in, 1 s", "100 in, 900 in order")
    for city_session, people, places, at_once, want in zip(
        sessions, (100, 1000), (50, 100), (100, 64), wanted, strict=True
    ):
        Registration.objects.filter(city_session=city_session).delete()
        city_session.hall_capacity = places
        city_session.save()
        posts = Visitors(city_session, first=900_000).posts(people)
        time.sleep(FORM_AGE)
        _answers, seconds = all_at_once(server.port, posts, connections=at_once)
        registrations = Registration.objects.filter(city_session=city_session)
        inside = registrations.holding_hall_seats().count()
        waiting = registrations.wanting_the_hall().in_queue_order()
        in_order = [row.pk for row in waiting] == sorted(row.pk for row in waiting)
        queue = f"{len(waiting)} waiting{' in order' if in_order else ' OUT OF ORDER'}"
        yield (
            f"{people} people, {at_once} at a time, {places} places",
            f"{seconds:.1f} s",
            "",
            f"{inside} in, {queue}",
            want,
        )
