"""How long a picture or a paper takes, and how much memory the process has that draws it and goes."""

import contextlib
import os
import threading
import time
from pathlib import Path

from bench.exports import fill
from bench.processor import read

PEOPLE = 1_000
EACH = 3
PAUSE = 0.002  # seconds between two looks at the child


def drawing():
    """A ticket, a poster, and the kit of a session with a thousand people."""
    from consultations import documents
    from consultations.models import CitySession, Registration

    fill(0, PEOPLE, slug="bench-kit")
    city_session = CitySession.objects.select_related("consultation").get(slug="bench-kit")
    ticket = Registration.objects.filter(city_session=city_session).select_related("city_session__consultation").first()
    for name, draw in [
        ("ticket as a picture", lambda: documents.ticket_picture(ticket)),
        ("poster, A3", lambda: documents.printed(["poster-a3"], city_session, "ky")),
        (f"kit of a session with {PEOPLE:,} people", lambda: documents.printed(documents.KIT, city_session, "ky")),
    ]:
        with Watched() as watched:
            seconds = [timed(draw) for _ in range(EACH)]
        yield name, f"{min(seconds):.2f} s", "", f"peak of the process that draws {watched.peak:.0f} MiB", ""


def timed(draw):
    begun = time.perf_counter()
    draw()
    return time.perf_counter() - begun


class Watched:
    """The most memory that a child of this process has had meanwhile, in MiB; 0 without /proc."""

    def __enter__(self):
        self.peak = 0
        self.is_over = threading.Event()
        self.looking = threading.Thread(target=self._look)
        self.looking.start()
        return self

    def __exit__(self, *error):
        self.is_over.set()
        self.looking.join()

    def _look(self):
        ours = read(Path("/proc/self/cmdline"))
        while not self.is_over.wait(PAUSE):
            children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
            for pid in " ".join(map(read, children)).split():
                if read(Path(f"/proc/{pid}/cmdline")) == ours:
                    continue  # forked, and not yet the program that draws: the memory is still this process's own
                status = read(Path(f"/proc/{pid}/status"))
                with contextlib.suppress(IndexError, ValueError):
                    self.peak = max(self.peak, int(status.partition("VmHWM:")[2].split()[0]) / 1024)
