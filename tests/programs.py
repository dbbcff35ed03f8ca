"""Programs of the system that tests need: without one the test is skipped with a word, and in CI it fails."""

import os
import shutil

import pytest

PLACES = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # daemons are not in everybody's path


def needed(package, *names):
    """The path of the first of these programs that is there; `package` is Debian's that has it."""
    found = next(filter(None, (shutil.which(name, path=PLACES) for name in names)), None)
    if found is None:
        missing = f"This needs {names[0]}. On Debian: sudo apt-get install {package}"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return found
