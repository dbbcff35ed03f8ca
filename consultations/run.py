"""`make run`: the demo. Database, web server and worker under one small supervisor that restarts what dies."""

import contextlib
import ctypes
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from consultations import database

GRACE = 10  # seconds a process has to finish what it does
PYTHON = [sys.executable, "-W", "ignore::ResourceWarning"]


def main():
    for ending in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
        # Said explicitly, because a shell's `&` starts us with SIGINT ignored.
        signal.signal(ending, signal.default_int_handler)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "consultations.settings")
    if not settings.DEMO:
        sys.exit("This is the demo; it needs DEMO=1, which `make run` sets. For a real server see deploy/.")
    children = {}
    try:
        refuse_if_port_is_taken(settings.DEMO_HOST, settings.DEMO_PORT)
        prepare()
        supervise(children)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
    finally:
        for ending in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
            signal.signal(ending, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        stop(children.values())


def refuse_if_port_is_taken(host, port):
    """End with a word when somebody serves there; keep others of this checkout from it while we do."""
    taken = f"Port {port} is taken"
    try:
        fcntl.flock(database.lock_file(f"port-{port}.lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"{taken}: `make run` is running already. Open {settings.SITE_URL}/ or say make run PORT={port + 1}")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        why = f"{taken} by another program" if error.errno == errno.EADDRINUSE else f"Cannot listen there: {error}"
        sys.exit(f"{why}. Say make run PORT={port + 1}, or HOST=… for another address.")


def prepare():
    """Database, tables and sample data; one `make run` at a time, also when they share the database."""
    database.start_if_embedded()
    django.setup()
    fcntl.flock(database.lock_file("prepare.lock"), fcntl.LOCK_EX)
    call_command("migrate", verbosity=0)
    call_command("sync_roles", verbosity=0)
    call_command("load_demo")
    connections.close_all()
    fcntl.flock(database.lock_file("prepare.lock"), fcntl.LOCK_UN)


def commands():
    """Name and command line of each process."""
    host, port = settings.DEMO_HOST, str(settings.DEMO_PORT)
    granian = ["granian", "--interface", "wsgi", "--host", host, "--port", port, "--workers", "2"]
    granian += ["--blocking-threads", "4", "--respawn-failed-workers", "--log-level", "warning"]
    # A process of it that is asked to end while it starts does not hear it.
    granian += ["--workers-kill-timeout", "2"]
    return {
        "web": [*PYTHON, "-m", *granian, "consultations.wsgi:application"],
        "worker": [*PYTHON, "manage.py", "procrastinate", "worker"],
    }


def supervise(children):
    """Start the processes, and again when one has ended; start the database again when it does not answer.

    `children` maps names to processes and is kept up to date. Returns never; ends with KeyboardInterrupt.
    """
    announced = False
    while True:
        with contextlib.suppress(database.CannotStart):  # tried again in a second; its log says why
            if database.is_embedded():
                database.start()
        for name, command in commands().items():
            child = children.get(name)
            if child and child.poll() is not None:
                print(f"The {name} process ended with {child.returncode}; starting it again.", flush=True)
                stop([child])  # what it started may live on and hold the port
            if not child or child.poll() is not None:
                children[name] = start(command)
        if not announced and answers():
            announced = True
            announce()
        time.sleep(0.1 if not announced else 1)


def start(command):
    """In a group of its own, so that Ctrl-C reaches only us; and it ends with us, even when we are killed."""
    return subprocess.Popen(
        command,
        cwd=database.CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=end_with_parent,  # noqa: PLW1509 -- we have no threads
    )


def end_with_parent():
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def stop(children):
    """End these processes and all they started: asked first, killed after the time of grace."""
    groups = [child.pid for child in children]
    for ending, patience in [(signal.SIGTERM, GRACE), (signal.SIGKILL, 3)]:
        for group in groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, ending)
        deadline = time.monotonic() + patience
        while groups and time.monotonic() < deadline:
            time.sleep(0.02)
            for child in children:
                child.poll()
            groups = [group for group in groups if lives(group)]


def lives(group):
    """Whether any process of the group still runs. One that has ended and waits to be noticed does not: where
    nobody collects orphans, as in many containers, it may wait for ever."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    stats = [state_and_group(path) for path in Path("/proc").glob("[0-9]*/stat")]
    return not stats or any(state != "Z" for state, number in stats if number == group)


def state_and_group(path):
    """From /proc/<pid>/stat: `pid (name) state parent group …`; the name may hold anything."""
    try:
        state, _, group, *_ = path.read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return "Z", 0
    return state, int(group)


def answers():
    """Whether the site is up."""
    try:
        with urllib.request.urlopen(f"{settings.DEMO_SITE}/healthz", timeout=5) as answer:  # noqa: S310 -- ours
            return answer.status == 200
    except OSError:
        return False


def announce():
    """The addresses were printed by `load_demo`; now they answer."""
    print("\n  It runs. Ctrl-C stops everything.\n", flush=True)


if __name__ == "__main__":
    main()
