"""A package of somebody else: installed by pip, without a network, and used where it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["install", "run", "run_tests"]


def run(site: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """A command, in a process that sees the packages of a folder."""
    return subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "PYTHONPATH": str(site)},
        cwd=site.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def install(package: Path, site: Path) -> Path:
    """The folder into which pip has installed a package."""
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    pip = (sys.executable, "-m", "pip", "install", *offline)
    done = run(site, *pip, "--target", site, package)
    assert done.returncode == 0, done.stderr
    return site


def run_tests(site: Path, folder: Path) -> str:
    """What pytest prints of tests in a folder: settings of this repository are not seen."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    plain = ("-p", "no:cacheprovider", "-p", "no:xdist", "-q")
    done = run(site, sys.executable, "-m", "pytest", *plain, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
