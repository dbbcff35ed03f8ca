"""What requests cost the server, Python and PostgreSQL together, whatever else the machine does."""

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def spent(group):
    """Seconds of the processor so far, of the processes in `group` and the database's for them; None without /proc."""
    if not Path("/proc/self/stat").exists():
        return None
    return sum(used for _pid, used in [*members(group), *backends()])


def members(group):
    """Pid and seconds of each process in the group."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with_name = read(path)
        fields = with_name.rpartition(")")[2].split()
        if fields and int(fields[2]) == group:
            yield int(path.parent.name), seconds(fields)


def backends():
    """The same of those processes of PostgreSQL that serve this database; on another machine there are none."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        pids = [pid for (pid,) in cursor.fetchall()]
    for pid in pids:
        fields = read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        if fields:
            yield pid, seconds(fields)


def seconds(fields):
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(group):
    """MiB of the largest process in the group, shared pages counted in part; None without /proc."""
    sizes = []
    for pid, _used in members(group):
        found = [line.split()[1] for line in read(Path(f"/proc/{pid}/smaps_rollup")).splitlines() if "Pss:" in line[:4]]
        sizes += [int(size) / 1024 for size in found]
    return max(sizes, default=None)


def read(path):
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
