"""What pages cost beside a constant one, and whether they stay as quick however many people are registered."""

import secrets
import statistics
from urllib.parse import urlencode

from django.db import connection

from bench.client import Connection, request
from bench.comparing import compared, per_second
from bench.consultation import open_sessions
from bench.people import FIRST, add_people, with_tickets

SIZES = (0, 10_000, 1_000_000)
IN_THE_HALL = 500  # of each session; the others of the table take part online, where there is no limit
OF_ONE_HALL = 1_000  # in the session whose door is looked at; the others share the rest
LOOKS = 20
# What these say is counted, or looked for, among everybody.
OVER_ALL_PEOPLE = {
    "finding a name on the telephone",
    "list of registrations in the admin",
    "front page of the admin",
    "numbers for staff",
}


def visit(path, cookies="language=ky"):
    return request("GET", path, headers={"Cookie": cookies})


def pages(server):
    city_session = open_sessions()[0]
    at = f"/ky/{city_session.consultation.slug}/{city_session.slug}/"
    bare = [request("GET", "/bare-page")] * 2000
    for name, path, count, wanted in [
        ("home page", "/ky/", 2000, "0.5"),
        ("session page", at, 2000, "0.5"),
        ("registration form", f"{at}register/", 500, ""),
    ]:
        ours = [visit(path)] * count
        per_second(server, ours[:50])
        yield compared(server, name, lambda ours=ours: ours, lambda: bare, wanted=wanted)


def sizes(server):
    """Pages with nobody, ten thousand and a million in the table: milliseconds of a visit, one after the other."""
    from consultations.models import CitySession

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE consultations_registration CASCADE")  # deleted rows would still be walked over
    city_sessions = open_sessions()
    CitySession.objects.filter(pk__in=[one.pk for one in city_sessions]).update(
        hall_capacity=IN_THE_HALL + 100, online_capacity=None
    )
    columns = {}
    there = 0
    for size in SIZES:
        add(size - there, city_sessions)
        there = size
        for name, looks in visits(city_sessions[0], city_sessions[-1], with_tickets(LOOKS)).items():
            columns.setdefault(name, []).append(median_of(server, looks) if looks else None)
    for name, found in columns.items():
        times = ", ".join("–" if seconds is None else f"{seconds * 1000:.1f}" for seconds in found)
        wanted = "" if name in OVER_ALL_PEOPLE else "the same"
        yield f"{name}: with 0, 10,000 and 1,000,000 people", f"{times} ms", "", "", wanted


def add(how_many, city_sessions):
    """A thousand to the last session, the rest in turn to the others; the first of each fill its hall."""
    from consultations.models import Registration

    if not how_many:
        return
    *others, last = city_sessions
    if not Registration.objects.exists():
        add_to([last], OF_ONE_HALL, in_the_hall_until=IN_THE_HALL)
        how_many -= OF_ONE_HALL
    add_to(others, how_many, in_the_hall_until=OF_ONE_HALL + IN_THE_HALL * len(others))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE consultations_registration")  # as the server does by itself within minutes


def add_to(city_sessions, how_many, *, in_the_hall_until):
    pks = ", ".join(str(one.pk) for one in city_sessions)
    session = f"(ARRAY[{pks}])[1 + number % {len(city_sessions)}]"
    mode = f"CASE WHEN number < {FIRST + in_the_hall_until} THEN 'hall' ELSE 'online' END"
    add_people(how_many, city_session_id=session, mode=mode)


def visits(city_session, of_one_hall, people):
    """Each page's name and the requests that look at it; none where it needs people and nobody is there."""
    at = f"/ky/{city_session.consultation.slug}/{city_session.slug}/"
    staff = staff_cookies()
    staff_pages = {
        "list of calls": "/staff/calls/",
        "needs and questions": "/staff/needs/",
        "list of registrations in the admin": "/admin/consultations/registration/",
        "front page of the admin": "/admin/",
        "numbers for staff": "/staff/numbers/",
    }
    name = people[0].full_name if people else "nobody"
    return {
        "home page": [visit("/ky/")] * LOOKS,
        "session page": [visit(at)] * LOOKS,
        "registration form": [visit(f"{at}register/")] * LOOKS,
        "one's own page": [visit(f"/ky/r/{person.code}/") for person in people],
        "finding one's ticket": [own_ticket_found(person) for person in people],
        "finding a ticket at the door": [at_the_door(of_one_hall, person.pass_number, staff) for person in people],
        "finding a name at the door": [at_the_door(of_one_hall, person.full_name, staff) for person in people],
        "door, its page": [visit(f"/door/{of_one_hall.pk}/", staff)] * LOOKS,
        "finding a name on the telephone": [visit(f"/staff/telephone/?{urlencode({'q': name})}", staff)] * LOOKS,
    } | {name: [visit(path, staff)] * LOOKS for name, path in staff_pages.items()}


def own_ticket_found(person):
    """By the number and the phone; nobody may try that often from one address."""
    headers = {"X-Forwarded-For": f"10.1.{person.pk >> 8 & 255}.{person.pk & 255}"}
    return post("/ky/find/", {"pass_number": person.pass_number, "phone": str(person.phone)}, "language=ky", headers)


def at_the_door(city_session, asked, cookies):
    return post(f"/door/{city_session.pk}/", {"asked": asked}, cookies, {})


def post(path, fields, cookies, headers):
    secret = secrets.token_hex(16)  # any 32 letters and digits are a CSRF secret
    body = urlencode({"csrfmiddlewaretoken": secret} | fields).encode()
    return request("POST", path, headers=headers | {"Cookie": f"{cookies}; csrftoken={secret}"}, body=body)


def staff_cookies():
    """Of an organiser who is logged in."""
    from django.contrib.auth import get_user_model
    from django.test import Client

    user, _is_new = get_user_model().objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return "language=ky; " + "; ".join(f"{name}={cookie.value}" for name, cookie in client.cookies.items())


def median_of(server, looks):
    """Seconds of one visit, no other at the same time; a page that is kept ready is made anew each time."""
    connection = Connection(server.port)
    seconds = []
    for raw in looks:
        answer = connection.ask(raw)
        if answer.status not in {200, 303}:
            raise SystemExit(f"Not measured: {answer.status} for {raw.split()[1].decode()}")
        seconds.append(answer.seconds)
    connection.close()
    return statistics.median(seconds)
