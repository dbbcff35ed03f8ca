"""`make run` as a stranger's machine sees it: started, started twice, killed in parts and as a whole."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from consultations import database, run
from tests.checkouts import HERE, copied_checkout

pytestmark = [
    pytest.mark.skipif(bool(os.environ.get("DATABASE_URL")), reason="`make run` brings its own database"),
    pytest.mark.xdist_group("run"),
]
READY = "Ctrl-C stops everything."
PATIENCE = 90  # seconds; a start takes about four, and many times that on a machine that has much else to do


class Site:
    """One `make run` in a copy of the checkout."""

    def __init__(self, checkout, port):
        self.checkout = checkout
        self.port = port
        self.log = checkout.directory / f"output-{port}"
        self.process = None

    def start(self):
        """As from a bare shell: no LANG, no HOME; DEMO comes from the Makefile."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["make", "--silent", "run", f"PORT={self.port}", "PYTHON=.venv/bin/python"],
                cwd=self.checkout.directory,
                env={"PATH": os.environ["PATH"]},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def output(self):
        return self.log.read_text()

    def wait_until_ready(self):
        wait_for(lambda: READY in self.output() or not self.runs(), self.output)
        assert READY in self.output(), self.output()
        return self

    def end(self, number=signal.SIGINT):
        """Ctrl-C goes to all of the terminal's processes: to make and to the supervisor."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=PATIENCE)

    def pids(self, part):
        """The processes of this site whose command line holds `part`, the oldest first."""
        return sorted(pid for pid in self.checkout.processes() if part in command_line(pid))

    def children(self, part):
        """The same, of those that the supervisor itself has started."""
        return [pid for pid in self.pids(part) if pid in children(self.supervisor())]

    def supervisor(self):
        """The pid below make."""
        return children(self.process.pid)[0]

    def answers(self, path="/healthz"):
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection,
        ):
            connection.request("GET", path)
            return connection.getresponse().status
        return None


def children(pid):
    """The pids of the processes that this one has started and that still run, in their order."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def wait_for(condition, describe=lambda: ""):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s\n{describe()}"
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    with copied_checkout(tmp_path_factory.mktemp("run") / "a path with a space") as checkout:
        yield checkout


@pytest.fixture(scope="module")
def only_site(checkout):
    site = Site(checkout, free_port())
    yield site
    if site.runs():
        site.end()
    assert checkout.wait_until_nothing_runs(10) == []


@pytest.fixture
def site(only_site):
    """A running site, started again where the test before has ended it: with the same data, as from day to day."""
    return only_site if only_site.runs() else only_site.start().wait_until_ready()


def test_it_serves_the_site_and_says_where(site):
    assert site.answers() == 200
    output = site.output()
    assert f"http://127.0.0.1:{site.port}/" in output
    assert f"http://127.0.0.1:{site.port}/admin/" in output
    assert f"{site.checkout.state}/letters" in output
    assert "Warning" not in output


def test_ctrl_c_stops_everything_it_started_and_nothing_else(site):
    with subprocess.Popen(["sleep", "60"], cwd=site.checkout.directory.parent) as bystander:
        site.end(signal.SIGINT)
        assert site.checkout.wait_until_nothing_runs(1) == []
        assert bystander.poll() is None
        bystander.kill()
    assert "Traceback" not in site.output()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_the_other_ways_to_end_it_stop_everything_too(site, number):
    site.end(number)
    assert site.checkout.wait_until_nothing_runs(1) == []


def test_a_second_one_on_the_same_port_says_so_and_touches_nothing(site):
    before = site.checkout.processes()
    second = Site(site.checkout, site.port)
    second.log = site.log.with_name("output-second")
    assert second.start().process.wait(timeout=PATIENCE) != 0
    assert f"Port {site.port} is taken: `make run` is running already." in second.output()
    assert site.checkout.processes() == before
    assert site.answers() == 200


def test_a_port_of_another_program_is_refused_with_a_word(checkout):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        site = Site(checkout, other.getsockname()[1]).start()
        assert site.process.wait(timeout=PATIENCE) != 0
        assert f"Port {site.port} is taken by another program." in site.output()
        assert "Traceback" not in site.output()


def test_another_port_shares_the_database(site):
    other = Site(site.checkout, free_port()).start().wait_until_ready()
    assert (site.answers(), other.answers()) == (200, 200)
    assert len(site.pids("bin/postgres")) == 1
    other.end()
    assert site.answers() == 200


@pytest.mark.parametrize("part", ["-m granian", "manage.py procrastinate worker"])
def test_a_killed_process_is_started_again(site, part):
    wait_for(lambda: site.children(part))
    [killed] = site.children(part)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: site.children(part) not in ([], [killed]) and site.answers() == 200, site.output)


def test_a_killed_process_of_the_web_server_is_started_again(site):
    [main] = site.children("-m granian")
    wait_for(lambda: len(children(main)) == 2)
    killed, other = children(main)
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: len(set(children(main)) - {killed}) == 2 and site.answers() == 200, site.output)
    assert other in children(main)


def test_a_killed_database_is_healed(site):
    killed = site.checkout.postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: site.answers() == 200 and site.checkout.postmaster() != killed, site.output)
    wait_for(lambda: site.pids("manage.py procrastinate worker"), site.output)


class Hammer:
    """Registers people at a site until it ends; several lives a second, see tests/hammering.py."""

    def __init__(self, site, name):
        self.site = site
        self.notes = site.checkout.directory / f"answered-{name}"
        self.notes.touch()
        self.process = None

    def run(self, *arguments):
        command = [".venv/bin/python", str(HERE / "tests" / "hammering.py"), *arguments]
        environment = self.site.checkout.environment(DEMO="1", DJANGO_SETTINGS_MODULE="consultations.settings")
        return command, {"cwd": self.site.checkout.directory, "env": environment}

    def ask(self, *arguments):
        command, options = self.run(*arguments)
        return subprocess.run(command, **options, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    def __enter__(self):
        command, options = self.run("write", str(self.notes))
        self.process = subprocess.Popen(command, **options, start_new_session=True, stderr=subprocess.DEVNULL)
        return self

    def __exit__(self, *error):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def answered(self):
        """The codes of the pages that people were led to."""
        return self.notes.read_text().split()


def test_database_and_web_killed_under_load_lose_nothing_that_was_answered(site):
    """P 15-17, counted: what was confirmed is stored, each with its letter and the letter with its job, or neither;
    and the worker goes on by itself (P 22).
    """
    hammers = [Hammer(site, name) for name in "ab"]
    hammers[0].ask("prepare")
    with hammers[0], hammers[1]:
        wait_for(lambda: all(len(hammer.answered()) >= 12 for hammer in hammers), site.output)
        killed = site.checkout.postmaster()
        os.kill(killed, signal.SIGKILL)
        before = [len(hammer.answered()) for hammer in hammers]
        wait_for(
            lambda: all(len(hammer.answered()) > count + 6 for hammer, count in zip(hammers, before, strict=True)),
            site.output,
        )
        assert site.checkout.postmaster() != killed
    answered = {code for hammer in hammers for code in hammer.answered()}
    found = json.loads(hammers[0].ask("look"))
    assert answered - set(found["stored"]) == set()
    assert {name: found[name] for name in found if name not in {"stored", "sent"}} == {
        "without a letter": 0,
        "letters twice": 0,
        "letters without a job": 0,
        "jobs without a letter": 0,
    }
    last = hammers[0].answered()[-1]
    wait_for(lambda: last in json.loads(hammers[0].ask("look"))["sent"], site.output)


def test_a_quiet_restart_of_the_database_costs_nobody_an_error_page(site):
    assert {site.answers() for _ in range(20)} == {200}
    site.checkout.python(
        "with database._gate():\n database._stop_server()\n database._start_server(database._account())"
    )
    assert [site.answers() for _ in range(50)] == [200] * 50


def test_three_hundred_slow_clients_stop_nobody_else(site):
    """P 40: half a header each, and a byte now and then; there is no proxy before this server."""
    with contextlib.ExitStack() as slow:
        clients = [slow.enter_context(socket.create_connection(("127.0.0.1", site.port))) for _ in range(300)]
        for number, client in enumerate(clients):
            half = b"POST /ky/find/ HTTP/1.1\r\nContent-Length: 900\r\n\r\nx" if number % 2 else b"GET /ky/ HTT"
            client.sendall(half)
        for client in clients:
            client.sendall(b"P")
        assert [site.answers(path) for path in ("/ky/", "/ru/", "/healthz", "/ky/find/")] == [200] * 4
        assert site.answers() == 200


def test_after_kill_9_nothing_is_left_and_the_next_start_works(site):
    os.kill(site.supervisor(), signal.SIGKILL)
    assert site.process.wait(timeout=PATIENCE) != 0
    assert site.checkout.wait_until_nothing_runs(20) == []
    assert site.start().wait_until_ready().answers() == 200


def test_a_power_cut_and_a_reused_pid_do_not_stop_the_next_start(site):
    for pid in site.checkout.processes():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    site.process.wait(timeout=PATIENCE)
    with subprocess.Popen(["sleep", "100"], user=site.checkout.data.stat().st_uid) as foreign:
        pid_file = site.checkout.data / "postmaster.pid"
        pid_file.write_text(re.sub(r"\A\d+", str(foreign.pid), pid_file.read_text()))
        assert site.start().wait_until_ready().answers() == 200
        assert foreign.poll() is None
        foreign.kill()


def test_two_first_starts_at_once(tmp_path):
    with copied_checkout(tmp_path / "new") as checkout:
        sites = [Site(checkout, free_port()).start() for _ in range(2)]
        assert [site.wait_until_ready().answers() for site in sites] == [200, 200]
        for site in sites:
            site.end()
        assert checkout.wait_until_nothing_runs(10) == []


def test_without_demo_it_refuses(checkout):
    refused = subprocess.run(
        [".venv/bin/python", "-m", "consultations.run"],
        check=False,
        cwd=checkout.directory,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert refused.returncode != 0
    assert "Set SECRET_KEY" in refused.stderr


def test_database_that_cannot_start_now_is_tried_again(monkeypatch):
    tries = []

    def start():
        tries.append("start")
        if len(tries) == 3:
            raise KeyboardInterrupt
        raise database.CannotStart("the old server's last processes have not gone yet")

    monkeypatch.setattr(database, "start", start)
    monkeypatch.setattr(run, "commands", dict)
    monkeypatch.setattr(run, "answers", lambda: False)
    with pytest.raises(KeyboardInterrupt):
        run.supervise({})
    assert len(tries) == 3
