"""How long an organiser waits for the list of registrations when there are 100,000 of them."""

import statistics
import time

from bench.exports import fill
from bench.people import filled

PEOPLE = 100_000
ROUNDS = 5
# Everybody was written to, and one in a thousand does not know yet.
LETTERS = {
    "registration_id": "id",
    "kind": "'announcement'",
    "channel": "'email'",
    "language": "'ky'",
    "status": "CASE WHEN id % 1000 = 0 THEN 'failed' ELSE 'sent' END",
    "email_id": "gen_random_uuid()",
    "dedupe_key": "'bench:' || id",
    "created_at": "now()",
    "done_at": "now()",
}


def admin_list():
    """Rows of the table: the list, and each way to search and narrow it, with how many statements it asks."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from consultations.models import Message

    fill(0, PEOPLE, slug="bench-desk")
    with connection.cursor() as cursor:
        names, values = filled(Message, LETTERS)
        cursor.execute(f"INSERT INTO consultations_message ({names}) SELECT {values} FROM consultations_registration")
        cursor.execute("ANALYZE consultations_message")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.create_superuser("bench-organiser"))
    address = reverse("admin:consultations_registration_changelist")
    for name, query in [
        ("as it is", {}),
        ("page 1,000", {"p": "1000"}),
        ("by name", {"o": "1"}),
        ("a name searched for", {"q": "омуралиева 99991"}),
        ("a phone searched for", {"q": "0555 12"}),
        ("a ticket number searched for", {"q": "8905 0000"}),
        ("narrowed to online", {"mode": "online"}),
        ("not told yet", {"told": "not-yet"}),
    ]:
        seconds = []
        for _round in range(ROUNDS):
            with CaptureQueriesContext(connection) as asked:
                begun = time.perf_counter()
                answer = client.get(address, query)
                seconds.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.status_code
        statements = f"{len(asked)} statements"
        yield (
            f"registrations in the admin, {PEOPLE:,}: {name}",
            f"{statistics.median(seconds):.2f} s",
            statements,
            "",
            "1 s",
        )
