"""What tests need of the system. Without it a test is skipped with a word, and in CI, which installs all, it fails."""

import os
import shutil

import pytest

PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # daemons are not in everybody's path


def needed(package, *names):
    """The path of the first of these programs that is there; `package` is Debian's that has it."""
    found = next(filter(None, (shutil.which(name, path=PLACES) for name in names)), None)
    if found is None:
        cannot_run(f"This needs {names[0]}. On Debian: sudo apt-get install {package}")
    return found


def cannot_run(missing):
    """Not on somebody's machine that lacks something; but what CI lacks is a fault of CI."""
    pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
