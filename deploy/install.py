"""Makes .venv with exactly the locked dependencies; does nothing where it is there already. Called by make.

Runs under whatever Python the machine has, so it is written for old ones too: they must be able to read the line
that says what is missing.
"""

import fcntl
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOCK_FILE = os.path.join(HERE, "requirements-dev.txt")
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "installed")
OLDEST = (3, 11)


def main():
    if sys.version_info < OLDEST:
        sys.exit(
            "This needs Python 3.11 or newer; here is %d.%d. Install one and say which: make PYTHON=python3.11 …"
            % sys.version_info[:2]
        )
    wanted = expected_stamp()
    if is_installed(wanted):
        return
    with open(os.path.join(HERE, ".venv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once: one installs, the other waits
        if not is_installed(wanted):
            make_venv()
            install()
            with open(STAMP, "w") as stamp:
                stamp.write(wanted)


def expected_stamp():
    with open(LOCK_FILE, "rb") as lock_file:
        return hashlib.sha256(lock_file.read()).hexdigest()


def is_installed(wanted):
    """The lock file is the one that was installed, and the Python of .venv still runs (systems get upgraded)."""
    try:
        with open(STAMP) as stamp:
            return stamp.read() == wanted and python_runs()
    except OSError:
        return False


def python_runs():
    try:
        check = "import sys; sys.exit(sys.version_info < %r)" % (OLDEST,)
        return subprocess.call([os.path.join(VENV, "bin", "python"), "-c", check]) == 0
    except OSError:
        return False


def make_venv():
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        sys.exit(
            "Python's venv module is missing. On Debian and Ubuntu: sudo apt-get install python%d.%d-venv"
            % sys.version_info[:2]
        )
    print("Making .venv and installing the locked dependencies (a minute, only the first time) …", flush=True)
    venv.create(VENV, with_pip=True, clear=not python_runs(), symlinks=True)


def install():
    command = [os.path.join(VENV, "bin", "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
    command += ["--disable-pip-version-check", "--no-deps", "-r", LOCK_FILE]
    if subprocess.call(command):
        sys.exit("The dependencies could not be installed; pip says why above. Is the network there?")


if __name__ == "__main__":
    main()
