"""Copies of this checkout, to be started, killed and thrown away: each has a database and a state folder of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "*.pyc", "staticfiles", "dist", "tests", "bench")


@contextlib.contextmanager
def copied_checkout(directory, *, whole=True):
    """A copy in `directory`, whole or only what database.py needs; at the end nothing of it is left."""
    checkout = Checkout(directory)
    directory.mkdir(parents=True)
    if whole:
        shutil.copytree(HERE, directory, ignore=NOT_COPIED, dirs_exist_ok=True)
        (directory / ".venv").symlink_to(HERE / ".venv")
    else:
        (directory / "consultations").mkdir()
        for name in ["__init__.py", "database.py"]:
            shutil.copy(HERE / "consultations" / name, directory / "consultations")
    try:
        yield checkout
    finally:
        for pid in checkout.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(checkout.state, ignore_errors=True)


class Checkout:
    """One copy: where it lies, what of it runs, and how to run something in it."""

    def __init__(self, directory):
        self.directory = directory.resolve()
        self.state = Path(self.python("print(database.state_directory())", source=HERE).stdout.strip())
        self.data = self.state / "server" / "data"

    def environment(self, **extra):
        """Next to nothing: no LANG, no HOME, none of our own settings."""
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.directory), **extra}

    def command(self, code):
        # A shell's background job ignores Ctrl-C and hands that on; whoever presses it has it in the foreground.
        prelude = "import signal, sys, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        return [sys.executable, "-c", f"{prelude}from consultations import database\n{code}"]

    def python(self, code, *, source=None, check=True):
        """Run these lines with `database` imported from the copy and wait for their end."""
        if source:  # the copy is not there yet: ask ours, as if it lay there
            path = f"database.CHECKOUT = database.Path({str(self.directory)!r})\n"
            return subprocess.run(
                self.command(path + code), cwd=source, check=True, capture_output=True, text=True, timeout=30
            )
        return subprocess.run(
            self.command(code),
            cwd="/",
            env=self.environment(),
            check=check,
            capture_output=True,
            text=True,
            timeout=90,
        )

    def start_python(self, code):
        """The same, without waiting: a process with its input and output as pipes."""
        return subprocess.Popen(
            self.command(code),
            cwd="/",
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def postmaster(self):
        """The pid in the server's pid file."""
        return int((self.data / "postmaster.pid").read_text().split("\n")[0])

    def processes(self):
        """The pids of everything that works in the copy or in its data folder, or was started with its path."""
        return [
            int(entry.name)
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and int(entry.name) != os.getpid() and self._is_ours(entry)
        ]

    def _is_ours(self, entry):
        try:
            return any((entry / "cwd").readlink().is_relative_to(ours) for ours in [self.directory, self.state])
        except OSError:
            return False

    def wait_until_nothing_runs(self, seconds):
        """The pids that still run when the time is up: none, it is hoped."""
        deadline = time.monotonic() + seconds
        while (running := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return running
