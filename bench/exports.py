"""How long an official list takes, and whether memory stays the same however many people are on it.

Each file is written by a process of its own, whose peak memory is then that of the list: `python -m bench.exports xlsx`
is what `exports()` starts.
"""

import subprocess
import sys
import time
from pathlib import Path

from bench.people import add_people

SIZES = [10_000, 100_000, 1_000_000]
ROUNDS = 3  # of which the quickest counts: the machine may be busy with something else


def exports():
    """Rows of the table, of both formats at each size."""
    there = fill(0, 0)
    for size in SIZES:
        there = fill(there, size)
        for format_name in ("xlsx", "csv"):
            runs = [measured(format_name) for _ in range(ROUNDS if size <= SIZES[0] else 1)]
            seconds, busy, first, peak = min(runs)
            yield (
                f"official list of {size:,} people, {format_name.upper()}",
                f"{seconds:.2f} s, {busy:.2f} s of the processor",
                f"first byte {first:.2f} s",
                f"peak {peak:.0f} MiB",
            )


def fill(there, size, *, slug="bench-list"):
    """A session of its own with so many people, of whom some are there already. Returns how many are there then."""
    from consultations.models import CitySession
    from tests.factories import make_city_session

    city_session = CitySession.objects.filter(slug=slug).first() or make_city_session(slug=slug)
    mode = "CASE number % 3 WHEN 0 THEN 'online' ELSE 'hall' END"
    add_people(size - there, city_session_id=str(city_session.pk), mode=mode)
    return size


def measured(format_name):
    """Seconds, those of our process alone, those to the first byte, and MiB at the peak, in a process of its own."""
    command = [sys.executable, "-m", "bench.exports", format_name]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return tuple(map(float, output.split()))


def write(format_name):
    """One list of everybody, as a request would write it."""
    import django

    django.setup()
    from django.db import connection

    from consultations.exports import PRESETS, Order, attendees_csv, attendees_xlsx
    from consultations.models import CitySession, Registration

    city_session = CitySession.objects.select_related("consultation").get(slug="bench-list")
    people = Registration.objects.filter(city_session=city_session)
    asked = {"language": "ky", "made_by": "bench", "reason": "report", "preset": "official"}
    order = Order(people, [city_session], PRESETS["official"], format=format_name, **asked)
    connection.ensure_connection()
    begun, busy = time.perf_counter(), time.process_time()
    pieces = attendees_csv(order) if format_name == "csv" else attendees_xlsx(order)
    next(pieces)
    first = time.perf_counter() - begun
    for _piece in pieces:
        pass
    seconds = time.perf_counter() - begun
    print(seconds, time.process_time() - busy, first, peak())


def peak():
    """The most memory that this process has had, in MiB. Not getrusage(): that one counts in whoever started it."""
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    write(sys.argv[1])
