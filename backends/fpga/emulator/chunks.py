"""Compiled code in pieces, so that Python may see in between that somebody wants it to stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event as Stop

__all__ = ["Stop", "in_chunks"]

_SECONDS = 0.1
_FIRST = 16


def in_chunks(count: int, stop: Stop, run: Callable[[int, int], None]) -> None:
    """Run steps from one to another (exclusive), as many at once as take a tenth of a second."""
    begin, chunk = 0, _FIRST
    while begin < count and not stop.is_set():
        before = time.perf_counter()
        until = min(begin + chunk, count)
        run(begin, until)
        seconds = max(time.perf_counter() - before, 1e-6)
        begin, chunk = until, max(1, min(8 * chunk, int(chunk * _SECONDS / seconds)))
