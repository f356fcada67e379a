"""Telling how far long work is: on a terminal with rich, elsewhere a line per stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from somac.compiler.cli.render.layout import printable

__all__ = ["Progress", "in_lines", "on_terminal", "silent"]

_ROOM_FOR_A_BAR = 60
"""Columns of a terminal below which there is none."""


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
            say(f"{printable(current)}: {time.monotonic() - begin:.2f} s")

    def report(stage: str, _: int = 0, __: int | None = None, ___: str = "") -> None:
        nonlocal current, begin
        if stage == current:
            return
        end()
        if not timed:
            say(printable(stage))
        current, begin = stage, time.monotonic()

    yield report
    end()


@contextmanager
def on_terminal(*, colour: bool) -> Iterator[Progress]:
    """A line that moves while the work lasts, and is gone afterwards, however it ends."""
    from rich import progress as bars
    from rich.console import Console, RenderableType
    from rich.constrain import Constrain
    from rich.table import Column
    from rich.text import Text

    class Count(bars.ProgressColumn):
        """How many parts are ready; nothing of what has none."""

        def render(self, task: bars.Task) -> Text:
            return Text("" if task.total is None else f"{task.completed:,.0f} of {task.total:,.0f}")

    # whoever asks for this has looked: rich would decide by variables of its own
    terminal = Console(stderr=True, no_color=not colour, force_terminal=True)

    class Line(bars.Progress):
        """With room at its end for the ^C that terminals echo, which would begin another line."""

        def get_renderable(self) -> RenderableType:
            return Constrain(super().get_renderable(), max(1, terminal.width - 3))

    bar = (bars.BarColumn(bar_width=20),) if terminal.width >= _ROOM_FOR_A_BAR else ()
    columns = (
        bars.SpinnerColumn(),
        bars.TimeElapsedColumn(),
        *bar,
        Count(table_column=Column(no_wrap=True)),
        # cut off where the terminal ends: two lines would not be taken back as one
        bars.TextColumn(
            "{task.description}",
            markup=False,
            table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1),
        ),
    )
    display = Line(*columns, console=terminal, transient=True, expand=True)
    task = display.add_task("", total=None)

    def report(stage: str, done: int = 0, total: int | None = None, note: str = "") -> None:
        told = f"{stage}: {note}" if note else stage
        display.update(task, description=printable(told), completed=done, total=total)

    try:
        # here, not before: Ctrl-C while it starts would leave the line, and no cursor
        display.start()
        yield report
    finally:
        display.stop()
