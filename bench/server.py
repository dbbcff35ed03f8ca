"""The site, served as `make run` serves it, on a port and a database of the measurements' own."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from bench.client import Connection, request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Server:
    """The site, answering: its port, and the group of its processes."""

    port: int
    group: int


@contextlib.contextmanager
def serving(**environment):
    """The very command of `make run`, without the background worker."""
    from consultations.run import commands

    port = int(os.environ["PORT"])
    process = subprocess.Popen(commands()["web"], start_new_session=True, env=os.environ | environment)
    try:
        wait_until_it_answers(port)
        yield Server(port, process.pid)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def wait_until_it_answers(port, *, seconds=30):
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError):
            connection = Connection(port)
            answer = connection.ask(request("GET", "/healthz"))
            connection.close()
            if answer.status == 200:
                return
        if time.monotonic() > deadline:
            raise TimeoutError("The server did not start.")
        time.sleep(0.01)
