"""The testbench of a bundle, run by its Makefile."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

__all__ = ["make", "passed"]


def make(bundle: Path, target: str, *arguments: str) -> tuple[int, str]:
    """Exit code and output of the Makefile in `tb`."""
    command = ["make", "-s", "-C", str(bundle / "tb"), target, f"ARGS={' '.join(arguments)}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    return done.returncode, done.stdout + done.stderr


def passed(said: tuple[int, str]) -> tuple[int, int]:
    """Beats, and the cycle of the last one."""
    code, text = said
    assert code == 0, text
    match = re.search(r"^PASS: (\d+) beats, the last in cycle (\d+)$", text, re.MULTILINE)
    assert match, text
    return int(match[1]), int(match[2])
