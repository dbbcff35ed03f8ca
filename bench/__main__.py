"""`make bench`: how the site compares with Django doing nothing, under the same server, in one run.

Ratios are what counts: machines differ, and this one may be busy. Each pair is measured in turn, several times, and the
median of the ratios is printed, by the clock and by the time that the server's processes had of the processor. Nothing
here fails for being slow. `make bench PARTS="pages races"` measures a part.
"""

import os
import sys
import tempfile

from bench.server import free_port, serving

HEAD = ("what", "measured", "bare", "ratio", "wanted")


def main(wanted):
    os.environ |= {"DJANGO_SETTINGS_MODULE": "bench.settings", "PORT": str(free_port())}
    with tempfile.TemporaryDirectory() as static:
        os.environ["STATIC_ROOT"] = static
        import django

        from consultations import database

        database.start_if_embedded()
        with OwnDatabase():
            django.setup()
            prepare()
            print_rows(measure(wanted))


def prepare():
    from django.core.management import call_command

    from bench import consultation

    call_command("collectstatic", interactive=False, verbosity=0)
    consultation.load()


def measure(wanted):
    """The rows of each part that is wanted; of all, where none is named."""
    from bench.desk import admin_list
    from bench.drawing import drawing
    from bench.exports import exports
    from bench.letters import letters
    from bench.pages import pages, sizes
    from bench.registering import races, registering
    from bench.steadiness import memory, start
    from bench.view import view

    # Some need what those before have left: letters and memory somebody who is registered.
    served = [pages, view, registering, races, memory]
    if not wanted or "start" in wanted:
        yield from start()
    with serving() as server:
        for part in served:
            if not wanted or part.__name__ in wanted:
                yield from part(server)
    for part in [letters, drawing, admin_list, exports]:
        if not wanted or part.__name__ in wanted:
            yield from part()
    if not wanted or "sizes" in wanted:
        with serving(PAGES_KEPT_SECONDS="0") as server:
            yield from sizes(server)


def print_rows(rows):
    """As they come, in the table of README."""
    print(f"On {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before:\n")
    for row in [HEAD, ["---"] * len(HEAD)]:
        print(f"| {' | '.join(row)} |", flush=True)
    for row in rows:
        cells = [*row, ""][: len(HEAD)]
        print(f"| {' | '.join(cells)} |", flush=True)
    print(f"\nLoad {os.getloadavg()[0]:.1f} after.")


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


if __name__ == "__main__":
    main(set(sys.argv[1:]))
