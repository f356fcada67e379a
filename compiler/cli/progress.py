"""Telling how far long work is: on a terminal with rich, elsewhere a line per stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Progress", "in_lines", "on_terminal", "silent"]


class Progress(Protocol):
    """Is told what is being done."""

    def __call__(
        self, stage: str, done: int = 0, total: int | None = None, note: str = "", /
    ) -> None:
        """`stage` begins or goes on.

        Parameters
        ----------
        stage
            What is done.
        done, total
            Parts of it that are ready, and all, if it has parts.
        note
            How it stands: shown where it can be replaced by the next.
        """
        ...


def silent(_: str, __: int = 0, ___: int | None = None, ____: str = "") -> None:
    """Tell nobody."""


@contextmanager
def in_lines(say: Callable[[str], None], *, timed: bool = False) -> Iterator[Progress]:
    """A line as each stage begins, or with its duration as it ends if `timed`."""
    current: str | None = None
    begin = 0.0

    def end() -> None:
        if timed and current is not None:
            say(f"{current}: {time.monotonic() - begin:.2f} s")

    def report(stage: str, _: int = 0, __: int | None = None, ___: str = "") -> None:
        nonlocal current, begin
        if stage == current:
            return
        end()
        if not timed:
            say(stage)
        current, begin = stage, time.monotonic()

    yield report
    end()


@contextmanager
def on_terminal(*, colour: bool) -> Iterator[Progress]:
    """A line that moves while the work lasts, and is gone afterwards."""
    from rich import progress as bars
    from rich.console import Console

    terminal = Console(stderr=True, no_color=not colour)
    columns = (
        bars.SpinnerColumn(),
        bars.TextColumn("{task.description}"),
        bars.BarColumn(bar_width=30),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(*columns, console=terminal, transient=True) as display:
        task = display.add_task("", total=None)

        def report(stage: str, done: int = 0, total: int | None = None, note: str = "") -> None:
            told = f"{stage}: {note}" if note else stage
            display.update(task, description=told, completed=done, total=total)

        yield report
