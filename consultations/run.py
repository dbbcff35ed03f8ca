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
    call_command("load_demo")
    connections.close_all()
    fcntl.flock(database.lock_file("prepare.lock"), fcntl.LOCK_UN)


def commands():
    """Name and command line of each process."""
    host, port = settings.DEMO_HOST, str(settings.DEMO_PORT)
    granian = ["granian", "--interface", "wsgi", "--host", host, "--port", port, "--workers", "2"]
    granian += ["--blocking-threads", "4", "--respawn-failed-workers", "--log-level", "warning"]
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
            database.start_if_embedded()
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
        groups = [group for group in groups if signal_group(group, ending)]
        deadline = time.monotonic() + patience
        while groups and time.monotonic() < deadline:
            time.sleep(0.02)
            for child in children:
                child.poll()
            groups = [group for group in groups if signal_group(group, 0)]


def signal_group(group, number):
    """Whether there was anybody to receive it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


def answers():
    """Whether the site is up."""
    try:
        with urllib.request.urlopen(f"{settings.DEMO_SITE}/healthz", timeout=5) as answer:  # noqa: S310 -- ours
            return answer.status == 200
    except OSError:
        return False


def announce():
    print(
        f"""
  The site           {settings.SITE_URL}/
  For organisers     {settings.SITE_URL}/admin/
  Letters as files   {settings.EMAIL_FILE_PATH}

  Ctrl-C stops everything.
""",
        flush=True,
    )


if __name__ == "__main__":
    main()
