import contextlib
import fcntl
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from consultations import database
from tests.checkouts import copied_checkout

embedded_only = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="about the embedded server, which DATABASE_URL replaces"
)
USE = "database.start()\nwith database._connect() as c: print(c.execute('SELECT 1').fetchone()[0])"
STAY = "database.start()\nprint('up', flush=True)\ntime.sleep(60)"


@pytest.fixture
def checkout(tmp_path):
    with copied_checkout(tmp_path / "a path with a space", whole=False) as checkout:
        yield checkout


@pytest.mark.django_db
def test_text_is_utf8_and_cyrillic_has_capitals_in_the_database_of_the_tests():
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        assert cursor.fetchone() == ("UTF8",)
        cursor.execute("SELECT upper('өмүрбек ң'), 'ӨМҮР' ILIKE 'өмүр', length('өңү'::varchar(3))")
        assert cursor.fetchone() == ("ӨМҮРБЕК Ң", True, 3)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:p%40ss@db.example:5433/site", ("db.example", "5433", "site", "me", "p@ss")),
        ("postgres://db/site", ("db", "", "site", "", "")),
        ("postgresql://me@%2Frun%2Fpostgresql/site", ("/run/postgresql", "", "site", "me", "")),
        ("postgresql:///site", ("", "", "site", "", "")),
    ],
)
def test_database_url_is_read(url, expected):
    found = database.parameters(url)
    assert tuple(found[key] for key in ["HOST", "PORT", "NAME", "USER", "PASSWORD"]) == expected


def test_database_url_keeps_its_options():
    assert database.parameters("postgresql://db/site?sslmode=require")["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    "url",
    ["", "sqlite:///db.sqlite3", "mysql://db/site", "postgresql://db", "postgresql://db/", "postgresql://db:x/site"],
)
def test_anything_else_than_a_complete_postgresql_address_is_refused(url):
    with pytest.raises(ImproperlyConfigured):
        database.parameters(url)


@embedded_only
def test_first_start_makes_everything_and_the_last_user_stops_it(checkout):
    assert checkout.python(USE).stdout == "1\n"
    assert checkout.processes() == []
    assert checkout.python(USE).stdout == "1\n"
    assert checkout.processes() == []


@embedded_only
def test_role_may_create_databases_and_is_no_superuser(checkout):
    code = "database.start()\nprint(*database._connect().execute('SELECT rolsuper, rolcreatedb FROM pg_roles WHERE "
    assert checkout.python(code + "rolname = current_user').fetchone())").stdout == "False True\n"


@embedded_only
def test_two_first_starts_at_once_share_one_server(checkout):
    users = [checkout.start_python(STAY) for _ in range(2)]
    assert [user.stdout.readline() for user in users] == ["up\n", "up\n"]
    assert [user.poll() for user in users] == [None, None]
    # The first to leave leaves the server to the other.
    end(users[0], signal.SIGINT)
    assert checkout.python("print(database._answers())").stdout == "True\n"
    end(users[1], signal.SIGINT)
    assert checkout.processes() == []


@embedded_only
def test_a_killed_user_does_not_keep_the_server_for_ever(checkout):
    user = checkout.start_python(STAY)
    user.stdout.readline()
    end(user, signal.SIGKILL)
    assert checkout.processes() != []
    checkout.python(USE)
    assert checkout.processes() == []


@embedded_only
def test_a_killed_server_comes_back_with_its_data(checkout):
    user = checkout.start_python(
        "database.start()\nc = database._connect()\nc.execute('CREATE TABLE kept (n int)')\nprint('up', flush=True)\n"
        "sys.stdin.readline()\ndatabase.start()\nprint(database._connect().execute('SELECT * FROM kept').fetchall())"
    )
    assert user.stdout.readline() == "up\n"
    os.kill(checkout.postmaster(), signal.SIGKILL)
    assert user.communicate("\n", timeout=60) == ("[]\n", "")
    assert checkout.processes() == []


@embedded_only
def test_a_server_killed_between_its_start_and_its_first_answer_is_started_again(checkout):
    ended = checkout.python(
        "import os\n"
        "run, database.START_TIMEOUT = database._run, 10\n"
        "def run_and_kill(program, *arguments, **options):\n"
        "    run(program, *arguments, **options)\n"
        "    if arguments[0] == 'start':\n"
        "        os.kill(database._postmaster_pid(), signal.SIGKILL)\n"
        "        database._run = run\n"
        "database._run = run_and_kill\n" + USE
    )
    assert ended.stdout == "1\n"


@embedded_only
@pytest.mark.parametrize("pid_file", ["{foreign}\n{data}\n1700000000\n5432\n", "", "not a number\n"])
def test_a_pid_file_of_somebody_else_does_not_stop_the_start(checkout, pid_file):
    checkout.python(USE)
    with subprocess.Popen(["sleep", "60"], user=checkout.data.stat().st_uid) as foreign:
        stale = checkout.data / "postmaster.pid"
        stale.write_text(pid_file.format(foreign=foreign.pid, data=checkout.data))
        os.chown(stale, checkout.data.stat().st_uid, -1)
        assert checkout.python(USE).stdout == "1\n"
        assert foreign.poll() is None, "the foreign process was signalled"
        foreign.kill()


@embedded_only
def test_a_killed_server_whose_pid_is_now_somebody_else_starts_again(checkout):
    """Both files that a killed server leaves name its pid: the one of its data, and the one of its socket."""
    user = checkout.start_python(STAY)
    user.stdout.readline()
    killed = checkout.postmaster()
    os.kill(killed, signal.SIGKILL)
    end(user, signal.SIGKILL)
    assert checkout.wait_until_nothing_runs(10) == []
    left = [checkout.data / "postmaster.pid", checkout.data.parent / ".s.PGSQL.5432.lock"]
    with subprocess.Popen(["sleep", "60"], user=checkout.data.stat().st_uid) as foreign:
        for file in left:
            file.write_text(file.read_text().replace(str(killed), str(foreign.pid), 1))
        assert checkout.python(USE).stdout == "1\n"
        assert foreign.poll() is None, "the foreign process was signalled"
        foreign.kill()


@embedded_only
def test_a_pid_file_with_a_dead_pid_is_left_to_postgresql(checkout):
    checkout.python(USE)
    with subprocess.Popen(["true"]) as dead:
        pass
    stale = checkout.data / "postmaster.pid"
    stale.write_text(f"{dead.pid}\n{checkout.data}\n")
    checkout.python("database._drop_pid_files_of_somebody_else()")
    assert stale.exists()
    os.chown(stale, checkout.data.stat().st_uid, -1)
    assert checkout.python(USE).stdout == "1\n"


@embedded_only
@pytest.mark.parametrize("after", [0.0, 0.1, 0.3, 0.6])
def test_a_first_start_that_was_killed_half_way_is_completed(checkout, after):
    user = checkout.start_python(STAY)
    unfinished = checkout.state / "server" / "unfinished"
    while not unfinished.exists() and not checkout.data.exists():  # initdb has begun to fill its folder
        time.sleep(0.01)
    time.sleep(after)
    end(user, signal.SIGKILL)
    assert checkout.python(USE).stdout == "1\n"


@embedded_only
@pytest.mark.parametrize("after", [0.1, 0.35, 0.5, 0.7, 0.9])
def test_ctrl_c_during_the_first_start_leaves_nothing_running(checkout, after):
    user = checkout.start_python(STAY)
    time.sleep(after)
    press_ctrl_c_until_it_ends(user)
    assert checkout.wait_until_nothing_runs(5) == []
    assert checkout.python(USE).stdout == "1\n"


@embedded_only
@pytest.mark.parametrize("program", ["initdb", "pg_ctl"])
def test_ctrl_c_before_a_program_has_a_name_leaves_nothing_running(checkout, program):
    """The program has begun, and whoever began it is interrupted before it can wait for it."""
    ended = checkout.python(
        "import os\n"
        "class Interrupted(database.subprocess.Popen):\n"
        "    def __init__(self, arguments, **options):\n"
        "        super().__init__(arguments, **options)\n"
        f"        if arguments[0].name == {program!r}:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "database.subprocess.Popen = Interrupted\n"
        "database.start()\n",
        check=False,
    )
    assert ended.stderr.endswith("KeyboardInterrupt\n")
    assert checkout.wait_until_nothing_runs(5) == []
    assert checkout.python(USE).stdout == "1\n"


@embedded_only
def test_ctrl_c_pressed_again_while_it_leaves_still_stops_the_server(checkout):
    user = checkout.start_python(STAY)
    user.stdout.readline()
    with (checkout.state / "start.lock").open() as gate:  # it waits here to stop the server
        fcntl.flock(gate, fcntl.LOCK_EX)
        for _ in range(3):
            user.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert user.poll() is None
    user.communicate(timeout=60)
    assert checkout.wait_until_nothing_runs(5) == []


@embedded_only
def test_nobody_else_can_reach_it_and_no_port_is_open(checkout):
    user = checkout.start_python(STAY)
    user.stdout.readline()
    asked = "print(database._connect().execute('SHOW listen_addresses').fetchone())"
    assert checkout.python(asked).stdout == "('',)\n"
    server = checkout.state / "server"
    assert stat.S_IMODE(server.stat().st_mode) == 0o700
    assert stat.S_IMODE((checkout.state / "users.lock").stat().st_mode) == 0o600
    assert server.stat().st_uid == (os.geteuid() or server.stat().st_uid) != 0
    if os.geteuid() == 0:
        code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(server / '.s.PGSQL.5432')!r})"
        system_python = next(path for path in ["/usr/bin/python3", sys.executable] if Path(path).exists())
        other = subprocess.run(
            [system_python, "-c", code], check=False, user="nobody", cwd="/", capture_output=True, text=True
        )
        assert "PermissionError" in other.stderr
    end(user, signal.SIGINT)


@embedded_only
def test_a_path_too_long_for_a_socket_is_refused_with_a_word(monkeypatch, tmp_path):
    monkeypatch.setattr(database, "state_directory", lambda: tmp_path / ("long" * 30))
    with pytest.raises(database.CannotStart, match="too long for a socket; set XDG_STATE_HOME"):
        database._create_cluster(None)


@embedded_only
def test_reset_deletes_the_data_but_not_under_somebody_who_uses_it(checkout):
    user = checkout.start_python(STAY)
    user.stdout.readline()
    refused = checkout.python("database.reset()", check=False)
    assert "stop `make run` first" in refused.stderr
    end(user, signal.SIGINT)
    checkout.python("database.reset()")
    assert not checkout.data.exists()


def test_lock_files_are_opened_once_because_a_second_one_would_wait_for_the_first():
    assert database.lock_file("start.lock") is database.lock_file("start.lock")


@embedded_only
def test_checkouts_do_not_share_their_state(checkout):
    assert checkout.state != database.state_directory()
    assert re.fullmatch(r"[0-9a-f]{12}", checkout.state.name)


def test_without_the_wheel_the_start_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(database.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(database.CannotStart, match="make environment"):
        database._binaries(None)


def press_ctrl_c_until_it_ends(process):
    """As a person does: Python drops a KeyboardInterrupt that falls into a callback, as of its import locks."""
    for _ in range(6):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
            return
    raise AssertionError("it goes on after Ctrl-C was pressed six times")


def end(process, number):
    process.send_signal(number)
    process.communicate(timeout=60)
