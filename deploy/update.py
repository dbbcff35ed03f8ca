"""Puts this release in the place of the one that serves, or says why not and leaves that one serving.

As root, from the unpacked archive:  python3 /opt/consultations/releases/consultations-1.1/deploy/update.py
The first time too. What it does, in this order; whatever goes wrong up to the last step is undone:

    installs the dependencies from the archive's own wheels, without the internet, and prepares the files
    checks the settings and the database
    stops the site, dumps the database, migrates it
    tries the new release on a port of its own
    switches to it, starts it, and waits for its first answer

Needs nothing but Python; PostgreSQL's programs are those of the PATH.
"""

import argparse
import contextlib
import fcntl
import http.client
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # called by its path, or imported by a test
from healthy import ask

SERVICES = ["consultations-web.service", "consultations-worker.service"]
TIMERS = ["consultations-backup.timer", "consultations-doctor.timer"]
PORT = 8000  # as in consultations-web.service
PATIENCE = 90  # seconds for a start
PAGES = ["/ky/", "/ru/", "/ky/privacy/", "/admin/login/"]
KEPT_RELEASES = 3
EMPTY = """
SET client_min_messages = 'warning';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""


class UpdateFailed(Exception):
    """The new release does not serve; the message says at which step."""


class RestoreFailed(Exception):
    """The database could not be put back by itself."""


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("/opt/consultations"))
    parser.add_argument("--settings", type=Path, default=Path("/etc/consultations/environment"))
    parser.add_argument("--owner", type=Path, default=Path("/etc/consultations/owner"))
    parser.add_argument("--units", type=Path, default=Path("/etc/systemd/system"))
    parser.add_argument("--user", default="consultations", help="who serves the site")
    parser.add_argument("--port", type=int, default=PORT)
    return parser.parse_args()


def main():
    os.umask(0o022)  # whatever root's shell says: the site's account must be able to read what is made here
    update = Update(arguments())
    with open(update.home / "update.lock", "w") as lock:  # noqa: PTH123 -- held open
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("An update is running already.")
        try:
            update.run()
        except UpdateFailed as error:
            sys.exit(f"{error}\nNothing has changed: {update.serving() or 'no release'} is in place.")
        except RestoreFailed as error:
            sys.exit(f"{error}\nThe database of before lies in {update.dump}; see 'Update' in README.md.")


class Update:
    """From one release to the next, and back when it must be."""

    def __init__(self, options):
        self.options = options
        self.home = options.home
        self.current = options.home / "current"
        self.release = Path(__file__).resolve().parent.parent
        self.python = self.release / ".venv" / "bin" / "python"
        self.version = version_of(self.release)
        self.web = read_environment(options.settings)
        self.owner = {**self.web, **read_environment(options.owner)}
        self.previous = self.current.resolve() if self.current.exists() else None
        self.dump = options.home / f"before-{self.version}.dump"

    def serving(self):
        return self.previous.name if self.previous else None

    def run(self):
        if self.previous == self.release:
            raise UpdateFailed(f"{self.release.name} is the one that serves.")
        say(f"Preparing {self.release.name}")
        self.prepare()
        with contextlib.ExitStack() as undo:
            say("Stopping the site")
            undo.callback(self.start_previous)
            systemctl("stop", *TIMERS, *SERVICES, check=False)
            self.dump.touch(mode=0o600)
            self.run_as_owner("pg_dump", "--format=custom", f"--file={self.dump}")
            undo.callback(self.restore)
            say("Migrating")
            self.manage("migrate", "--verbosity=0")
            self.manage("sync_roles", "--verbosity=0")
            say("Trying the new release")
            self.try_out()
            say("Starting it")
            undo.callback(self.switch_to, self.previous)
            self.switch_to(self.release)
            systemctl("start", *SERVICES)
            self.wait_for_version(self.options.port, self.version)
            undo.pop_all()  # it has answered: from now on people write into the new database
        self.dump.unlink()
        systemctl("start", *TIMERS)
        self.drop_old_releases()
        say(f"{self.release.name} serves.")

    # Steps

    def prepare(self):
        if not self.python.exists():
            run([sys.executable, "-m", "venv", self.release / ".venv"])
            pip = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            pip += ["--no-index", "-f", self.release / "wheels"]  # the archive's own folder, and nothing else
            run([*pip, "--require-hashes", "--requirement", self.release / "requirements.txt"])
        self.manage("compile_catalogues")
        self.manage("collectstatic", "--noinput", "--verbosity=0")
        self.manage("check", "--deploy", "--database=default", as_web=True)

    def try_out(self):
        """Serve the new release where nobody sees it, and open a few pages, their stylesheet included."""
        port = free_port()
        command = [self.python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--log-level", "warning", "consultations.wsgi:application"]
        process = subprocess.Popen(command, cwd=self.release, env=self.environment(self.web), **self.as_web())
        try:
            self.wait_for_version(port, self.version, process)
            for page in PAGES:
                status, text = self.ask(port, page)
                if status != 200:
                    raise UpdateFailed(f"Its page {page} answers {status}.")
                for stylesheet in re.findall(r'href="(/static/[^"]+\.css)"', text)[:1]:
                    if self.ask(port, stylesheet)[0] != 200:
                        raise UpdateFailed(f"Its stylesheet {stylesheet} is missing.")
        finally:
            process.terminate()
            process.wait()

    def switch_to(self, release):
        """Units and files of that release from now on."""
        link = self.home / "next"
        link.unlink(missing_ok=True)
        if release is None:
            self.current.unlink(missing_ok=True)
            return
        link.symlink_to(release)
        link.replace(self.current)
        for unit in sorted((release / "deploy" / "systemd").iterdir()):
            shutil.copyfile(unit, self.options.units / unit.name)
        systemctl("daemon-reload")

    def start_previous(self):
        systemctl("stop", *SERVICES, check=False)
        if self.previous:
            say(f"Back to {self.previous.name}")
            systemctl("start", *SERVICES, *TIMERS, check=False)
            with contextlib.suppress(UpdateFailed):
                self.wait_for_version(self.options.port, version_of(self.previous))

    def restore(self):
        """The database as it was dumped: whole, or not at all."""
        say("Putting the database back")
        systemctl("stop", *SERVICES, check=False)
        script = self.dump.with_suffix(".sql")
        script.touch(mode=0o600)
        psql = ["psql", "--no-psqlrc", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "--single-transaction"]
        try:
            self.run_as_owner("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", self.dump)
            self.run_as_owner(*psql, f"--command={EMPTY}", f"--file={script}")
        except UpdateFailed as error:
            raise RestoreFailed(str(error)) from error
        finally:
            script.unlink()
        self.dump.unlink()

    def drop_old_releases(self):
        releases = sorted((self.home / "releases").glob("consultations-*/"), key=lambda path: path.stat().st_mtime)
        for release in releases[:-KEPT_RELEASES]:
            if release.resolve() not in {self.release, self.previous}:
                shutil.rmtree(release)

    # Tools

    def wait_for_version(self, port, version, process=None):
        """Return when the site on that port answers with a working database and is of that version."""
        deadline = time.monotonic() + PATIENCE
        words = "no answer"
        while time.monotonic() < deadline and (process is None or process.poll() is None):
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, words = self.ask(port, "/healthz?detail")
                if status == 200 and f'"version": "{version}"' in words:
                    return
            time.sleep(0.2)
        raise UpdateFailed(f"{version} does not start: {words}")

    def ask(self, port, path):
        os.environ["SITE_URL"] = self.web["SITE_URL"]
        return ask(port, path)

    def manage(self, *command, as_web=False):
        """`manage.py` of the new release: as the database's owner, or as the site itself will see things."""
        settings, account = (self.web, self.as_web()) if as_web else (self.owner, {})
        run([self.python, "manage.py", *command], cwd=self.release, env=self.environment(settings), **account)

    def run_as_owner(self, *command):
        run(command, env={**self.environment({}), **address_of(self.owner["DATABASE_URL"])})

    def environment(self, settings):
        """Nothing of the shell's, so that what works by hand works at every start."""
        return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **settings}

    def as_web(self):
        """The account that serves; only root can become another."""
        return {"user": self.options.user, "group": self.options.user, "extra_groups": []} if os.geteuid() == 0 else {}


def read_environment(path):
    """The variables of a file as systemd reads it."""
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            found[name] = "".join(shlex.split(value))
    return found


def address_of(url):
    """A DATABASE_URL as the variables that PostgreSQL's programs read: among their arguments `ps` would show it."""
    parts = urllib.parse.urlsplit(url)
    found = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port or ""),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.path[1:],
    }
    found.update((f"PG{name.upper()}", value) for name, value in urllib.parse.parse_qsl(parts.query))
    return {name: urllib.parse.unquote(value) for name, value in found.items() if value}


def version_of(release):
    text = (release / "consultations" / "__init__.py").read_text()
    return re.search(r'__version__ = "([^"]+)"', text)[1]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def systemctl(*command, check=True):
    run(["systemctl", *command], check=check)


def run(command, *, check=True, **options):
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, **options)
    if check and done.returncode:
        name = " ".join(Path(str(word)).name for word in command[:3])
        raise UpdateFailed(f"{name}: {(done.stderr or done.stdout).strip()}")


def say(words):
    print(f"{words} …" if not words.endswith(".") else words, flush=True)


if __name__ == "__main__":
    main()
