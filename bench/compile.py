"""How long and how large is a compile? The rows of `RESULTS.md#compile`.

    python -m bench.compile

Each model is compiled five times by the command line, a process of its own each, as a user
would: wall and CPU seconds (median, least and most) and the largest memory of any process.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.data import SHARED

REPEATS = 5
TARGET = "spinnaker2"

# model, limits as stated: wall seconds, bytes
LIMITS = (
    ("braille_noDelay_bias_zero.nir", 5.0, None),
    ("l2mu_braille7.nir", None, None),
    ("cnn_sinabs.nir", 60.0, 2 << 30),
)


def compile_once(model: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds, and peak bytes of the largest process of one compile."""
    with tempfile.TemporaryDirectory() as folder:
        somac = Path(sys.executable).with_name("somac")
        command = [somac, "compile", "-q", model, "--target", TARGET, "-o", Path(folder) / "out"]
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        if status:
            raise SystemExit(f"{model.name} does not compile")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    """Print the table."""
    print("| model | wall s (least to most) | CPU s | peak memory | limit |")
    print("|---|---|---|---|---|")
    for name, seconds, memory in LIMITS:
        runs = [compile_once(SHARED / "nir" / name) for _ in range(REPEATS)]
        wall, cpu, peak = zip(*runs, strict=True)
        limits = ([] if seconds is None else [f"{seconds:.0f} s"]) + (
            [] if memory is None else [f"{memory >> 30} GB"]
        )
        limit = ", ".join(limits)
        print(
            f"| {name} | {statistics.median(wall):.2f} ({min(wall):.2f} to {max(wall):.2f}) "
            f"| {statistics.median(cpu):.2f} | {max(peak) / 2**20:.0f} MB | {limit or '-'} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
