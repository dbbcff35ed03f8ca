"""How soon the site answers after its start, and whether a process of it stays as small as it was."""

import time

from bench import processor
from bench.client import all_at_once
from bench.consultation import open_sessions
from bench.pages import visit
from bench.people import somebody_registered
from bench.server import serving

STARTS = 3
REQUESTS = 50_000
FIRST = 5_000


def start():
    seconds, busy = [], []
    for _time in range(STARTS):
        begun = time.perf_counter()
        with serving() as server:
            seconds.append(time.perf_counter() - begun)
            busy.append(processor.spent(server.group))
    measured = f"{min(seconds):.1f} to {max(seconds):.1f} s"
    if None not in busy:
        measured += f", {min(busy):.1f} s of the processor for both processes"
    yield "from the start to the first answer", measured, "", "", "1.5 s"


def memory(server):
    """Pages, forms, calendars and tickets in turn; of the processes the largest counts."""
    from consultations.models import Registration

    somebody_registered()
    city_session = open_sessions()[0]
    at = f"/ky/{city_session.consultation.slug}/{city_session.slug}/"
    somebody = Registration.objects.filter(city_session=city_session).first()
    ticket = f"/ky/r/{somebody.code}/"
    paths = ["/ky/", at, f"{at}register/", f"{at}calendar.ics", "/ru/", at.replace("/ky/", "/ru/", 1), ticket]
    in_turn = [visit(path) for path in paths]
    pictures = [visit(f"{ticket}pass.png"), visit(f"{at}card.png")] * 20
    sizes = []
    for count in (FIRST, REQUESTS - FIRST):
        all_at_once(server.port, [*(in_turn * (count // len(in_turn))), *pictures], connections=8)
        sizes.append(processor.memory(server.group))
    if None not in sizes:
        measured = f"{sizes[0]:.0f}, {sizes[1]:.0f} MiB"
        yield f"memory of a web process after {FIRST:,} and {REQUESTS:,} requests", measured, "", "", "100 MiB, flat"
