"""`make release`: one archive that installs on a server without the internet.

The code as committed, and a wheel of every locked dependency, for each Python named in PYTHONS (such as "3.11 3.13":
those of Debian 12 and 13), which is this one unless said otherwise.
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
LEFT_OUT = ["tests", "bench", ".ci", "requirements-dev.txt"]
PLATFORMS = ["manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_17_x86_64"]


def main():
    sys.path.insert(0, str(HERE))
    from consultations import __version__

    name = f"consultations-{__version__}"
    archive = HERE / "dist" / f"{name}.tar.gz"
    archive.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        release = Path(directory) / name
        add_code(release)
        for python in os.environ.get("PYTHONS", "").split() or [f"{sys.version_info[0]}.{sys.version_info[1]}"]:
            add_wheels(release, python)
        with tarfile.open(archive, "w:gz") as written:
            written.add(release, name)
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{checksum}  {archive.name}\n")
    print(f"{archive.relative_to(HERE)}: {archive.stat().st_size / 2**20:.0f} MiB")


def add_code(release):
    """What is committed, without what only developers need."""
    git = ["git", "-C", HERE, "archive", "HEAD", "--", ".", *(f":(exclude){name}" for name in LEFT_OUT)]
    with subprocess.Popen(git, stdout=subprocess.PIPE) as code, tarfile.open(fileobj=code.stdout, mode="r|") as files:
        files.extractall(release, filter="data")
    if code.returncode:
        sys.exit("Not in a git checkout: a release is made of what is committed.")


def add_wheels(release, python):
    """Wheels alone, each with the hash of the lock file: nothing is compiled on the server."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", "--python-version", python]
    command += [word for platform in PLATFORMS for word in ("--platform", platform)]
    command += ["--requirement", str(HERE / "requirements.txt"), "--dest", str(release / "wheels")]
    if subprocess.call(command):
        sys.exit(f"The wheels for Python {python} could not be fetched; pip says why above.")


if __name__ == "__main__":
    main()
