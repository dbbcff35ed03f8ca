#!/usr/bin/env python3
"""`consultations doctor`: manage.py as the site itself would run it; with `--owner` first, as the database's owner.

For root, by its link in /usr/local/sbin. See "Deploy" in README.md.
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from update import read_environment

RELEASE = Path(__file__).resolve().parent.parent


def main(words, settings=Path("/etc/consultations"), user="consultations"):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **read_environment(settings / "environment")}
    if words[:1] == ["--owner"]:
        words = words[1:]
        environment.update(read_environment(settings / "owner"))
    command = [str(RELEASE / ".venv" / "bin" / "python"), "manage.py", *words]
    account = {"user": user, "group": user, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.call(command, cwd=RELEASE, env=environment, **account)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
