"""Takes the times of a compilation as it goes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from somac.compiler.record.build import BuildInfo, PassRow, PointRow
from somac.ir.progress import Progress, Tell

__all__ = ["Stopwatch"]

_MOST_POINTS = 1_000


class Stopwatch:
    """Mutable, and private to one compilation."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._passes: list[PassRow] = []
        self._points: list[PointRow] = []
        self._running: tuple[str, float, float] | None = None

    def passes(self, progress: Callable[[str], None]) -> Callable[[str], None]:
        """`progress`, which is told each pass as it begins, with the time taken."""

        def begun(name: str) -> None:
            self._lap(name)
            progress(name)

        return begun

    def search(self, tell: Tell | None) -> Tell:
        """`tell`, which hears of better placements, with them kept."""

        def told(found: Progress) -> None:
            self.found(found.cost, found.bound)
            if tell is not None:
                tell(found)

        return told

    def found(self, cost: int, bound: int) -> None:
        """A placement of this cost is known, and that none is below the bound.

        What is no better says nothing; of very many points, the last one is kept.
        """
        if self._points and self._points[-1][1:] == (cost, bound):
            return
        if len(self._points) == _MOST_POINTS:
            self._points.pop()
        seconds = round(time.monotonic() - self._begin, 6)
        self._points.append(PointRow(seconds, cost, bound))

    def stop(self, version: str) -> BuildInfo:
        """All that was taken until now."""
        self._lap(None)
        return BuildInfo(version, tuple(self._passes), _peak_bytes(), tuple(self._points))

    def _lap(self, name: str | None) -> None:
        now, work = time.monotonic(), time.process_time()
        if self._running is not None:
            before, begin, worked = self._running
            self._passes.append(PassRow(before, round(now - begin, 6), round(work - worked, 6)))
        self._running = None if name is None else (name, now, work)


def _peak_bytes() -> int | None:
    """Most memory that this process has had."""
    try:
        from resource import RUSAGE_SELF, getrusage
    except ImportError:  # pragma: no cover - systems without it do not say
        return None
    most = getrusage(RUSAGE_SELF).ru_maxrss
    # kilobytes, on macOS bytes
    return most if sys.platform == "darwin" else most * 1024
