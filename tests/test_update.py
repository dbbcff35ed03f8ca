"""From one release to the next and back: deploy/update.py with real servers and a stand-in for systemctl alone.

The stand-in starts and stops the very commands of the units that the update has installed.
"""

import fcntl
import http.client
import json
import os
import shlex
import shutil
import subprocess
import sys
import tarfile

import psycopg
import pytest

from consultations import backups, database
from deploy import healthy, update
from tests.checkouts import HERE, NOT_COPIED
from tests.servers import HOST, empty_database, free_port, manage, production

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("deploy")]

SYSTEMCTL = '''
"""Starts and stops the services of {units}; everything else of systemctl is nothing to it."""
import os, pathlib, signal, subprocess, sys, time
sys.path.insert(0, "{here}")
from consultations.run import lives
from deploy.update import read_environment
units, home = pathlib.Path("{units}"), pathlib.Path("{home}")
verb, *names = sys.argv[1:]
for name in names:
    pid_file = home / (name + ".pid")
    if not name.endswith(".service"):
        continue
    if verb == "stop" and pid_file.exists():
        group = int(pid_file.read_text())
        os.killpg(group, signal.SIGTERM)
        while lives(group):
            time.sleep(0.1)
        pid_file.unlink()
    if verb == "start" and not pid_file.exists():
        [line] = [line for line in (units / name).read_text().splitlines() if line.startswith("ExecStart=")]
        command = line.partition("=")[2].replace("/opt/consultations/current", str(home / "current"))
        command = command.replace("--port 8000", "--port {port}").split()
        environment = {{"PATH": os.environ["PATH"], **read_environment(pathlib.Path("{settings}"))}}
        process = subprocess.Popen(command, cwd=home / "current", env=environment, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        pid_file.write_text(str(process.pid))
'''


class Server:
    """A ministry's server, as the README makes it, in one folder."""

    def __init__(self, directory, url):
        self.home, self.units, self.port = directory / "home", directory / "units", free_port()
        self.programs, self.url = directory / "bin", url
        for path in [self.home / "releases", self.units, self.programs]:
            path.mkdir(parents=True)
        for program in ["pg_dump", "pg_restore", "psql"]:
            (self.programs / program).symlink_to(database.program(program))
        self.settings, self.owner = directory / "environment", directory / "owner"
        variables = production(directory, DATABASE_URL=url)
        del variables["STATIC_ROOT"]  # each release has its own
        self.settings.write_text(backups.as_environment_file(variables))
        self.owner.write_text(backups.as_environment_file({"DATABASE_URL": url}))
        script, systemctl = self.programs / "systemctl.py", self.programs / "systemctl"
        # By a shell: the first line of a script takes no path with a space.
        systemctl.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(script))} "$@"\n')
        script.write_text(
            SYSTEMCTL.format(
                here=HERE,
                units=self.units,
                home=self.home,
                port=self.port,
                settings=self.settings,
            )
        )
        systemctl.chmod(0o755)

    def unpack(self, version, *, migration="", page=None):
        """A release of ours with that version; with a migration of its own, and a page it has spoilt."""
        release = self.home / "releases" / f"consultations-{version}"
        shutil.copytree(HERE, release, ignore=NOT_COPIED)
        (release / ".venv").symlink_to(HERE / ".venv")
        (release / "consultations" / "__init__.py").write_text(f'__version__ = "{version}"\n')
        if migration:
            directory = release / "consultations" / "migrations"
            last = max(path.stem for path in directory.glob("0*.py"))
            (directory / f"{int(last[:4]) + 1:04}_next.py").write_text(
                "from django.db import migrations\nclass Migration(migrations.Migration):\n"
                f"    dependencies = [('consultations', {last!r})]\n"
                f"    operations = [migrations.RunSQL({migration!r})]\n"
            )
        if page:
            (release / "templates" / page).write_text("{% spoilt %}")
        return release

    def update(self, release, **variables):
        command = [sys.executable, release / "deploy" / "update.py", "--home", self.home, "--settings", self.settings]
        command += ["--owner", self.owner, "--units", self.units, "--user", "root", "--port", str(self.port)]
        environment = {"PATH": f"{self.programs}:{os.environ['PATH']}", **variables}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=280)

    def stop(self):
        command = [self.programs / "systemctl", "stop", *update.SERVICES]
        subprocess.run(command, env={"PATH": os.environ["PATH"]}, check=False)

    def version(self):
        """Of the site that answers now, if one does."""
        try:
            status, words = healthy.ask(self.port, "/healthz?detail")
        except (OSError, http.client.HTTPException):
            return None
        return json.loads(words)["version"] if status == 200 else None

    def content(self):
        """Every registration, and the names of the tables."""
        with psycopg.connect(self.url) as there:
            people = there.execute("SELECT id, code, full_name, status FROM consultations_registration ORDER BY id")
            tables = there.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
            return people.fetchall(), {name for (name,) in tables}


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE_URL", f"https://{HOST}")
    with empty_database() as url:
        server = Server(tmp_path, url)
        try:
            yield server
        finally:
            server.stop()


def test_first_installation_update_and_an_update_that_fails(server):
    done = server.update(server.unpack("1.0"))
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert server.version() == "1.0"
    manage("load_demo", DATABASE_URL=server.url)
    people, tables = server.content()
    assert len(people) > 100

    done = server.update(server.unpack("1.1", migration="CREATE TABLE added (id int)"))
    assert done.returncode == 0, done.stderr
    assert (server.version(), done.stdout.splitlines()[-1]) == ("1.1", "consultations-1.1 serves.")
    assert server.content() == (people, tables | {"added"})

    spoilt = server.unpack("1.2", migration="DROP TABLE added; DELETE FROM auth_group", page="public/privacy.html")
    done = server.update(spoilt)
    assert done.returncode == 1
    assert "Its page /ky/privacy/ answers 500." in done.stderr
    assert done.stderr.endswith("Nothing has changed: consultations-1.1 is in place.\n")
    assert server.version() == "1.1"
    assert server.content() == (people, tables | {"added"})
    assert (server.home / "current").resolve().name == "consultations-1.1"
    assert list(server.home.glob("*.dump")) == list(server.home.glob("*.sql")) == []


@pytest.mark.skipif(not os.environ.get("RELEASE_ARCHIVE"), reason="CI names the archive that `make release` made")
def test_archive_installs_without_the_internet(server):
    archive = os.environ["RELEASE_ARCHIVE"]
    with tarfile.open(archive) as files:
        files.extractall(server.home / "releases", filter="data")
    [release] = (server.home / "releases").iterdir()
    assert not any((release / name).exists() for name in ["tests", "bench", ".venv", "requirements-dev.txt"])
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_CONFIG_FILE": os.devnull}
    done = server.update(release, **nowhere)
    assert done.returncode == 0, done.stderr
    assert server.version() == update.version_of(release)


def test_a_second_update_at_the_same_time_says_so(server):
    release = server.unpack("1.0")
    with (server.home / "update.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = server.update(release)
    assert (done.returncode, done.stderr) == (1, "An update is running already.\n")


# Its parts


def test_environment_is_read_as_systemd_reads_it(tmp_path):
    path = tmp_path / "environment"
    given = {"A": "plain", "B": 'two "words" \\ and $more', "C": "Коомдук <a@b.kg>", "D": "it's"}
    path.write_text("# a remark\n\n; another\n" + backups.as_environment_file(given) + "E=bare\n")
    assert update.read_environment(path) == given | {"E": "bare"}


@pytest.mark.parametrize(
    ("url", "variables"),
    [
        (
            "postgresql://owner:p%40ss@db.example.kg:5433/site?sslmode=require",
            {
                "PGHOST": "db.example.kg",
                "PGPORT": "5433",
                "PGUSER": "owner",
                "PGPASSWORD": "p@ss",
                "PGDATABASE": "site",
                "PGSSLMODE": "require",
            },
        ),
        ("postgresql://u@%2Frun%2Fpg/site", {"PGHOST": "/run/pg", "PGUSER": "u", "PGDATABASE": "site"}),
    ],
)
def test_password_goes_into_the_environment_of_the_programs(url, variables):
    assert update.address_of(url) == variables


def test_versions_agree():
    import tomllib

    version = update.version_of(HERE)
    assert tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["version"] == version
    assert f"\n## {version} " in (HERE / "CHANGELOG.md").read_text()
