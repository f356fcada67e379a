"""Where a command speaks: results to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TextIO

import click

from somac.compiler.cli.terminal import coloured, moves, width_of

if TYPE_CHECKING:
    from somac.compiler.cli.progress import Progress
    from somac.ir.errors import Diagnostic, SomacError

__all__ = ["Console"]

_OF_A_KIND = 5
"""Notes and warnings of one code that are shown in full unless --verbose."""


@dataclass(slots=True)
class Console:
    """The streams of one command, and what it was told to keep to itself.

    `told` are the diagnostics so far, shown or not: they are part of the JSON document. `colour`
    is what was wished, None if nothing was.
    """

    command: str
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    colour: bool | None = None
    told: list[Diagnostic] = field(default_factory=list)

    def tell(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Show diagnostics: errors always, the others unless --quiet, not too many of a kind."""
        from somac.compiler.cli.render.diagnostics import diagnostic_text
        from somac.ir.errors import Severity

        before = Counter(d.code for d in self.told)
        held: Counter[str] = Counter()
        for d in diagnostics:
            self.told.append(d)
            if d.severity is not Severity.ERROR:
                if self.quiet:
                    continue
                before[d.code] += 1
                if before[d.code] > _OF_A_KIND and not self.verbose:
                    held[d.code] += 1
                    continue
            text = diagnostic_text(d, explain=self.verbose, colour=self._colour(sys.stderr))
            self.say(text, prefix="")
        for code, count in held.items():
            self.say(f"and {count} more of {code} (-v shows them)")

    def say(self, text: str, *, prefix: str = "somac: ") -> None:
        """A line to standard error."""
        click.echo(prefix + text, err=True, color=self._colour(sys.stderr))

    def aside(self, text: str) -> None:
        """Text to standard output before the result, unless that is a JSON document."""
        if not self.json:
            click.echo(text)

    def show(self, result: Any, text: str, exit_code: int = 0, *, as_is: bool = False) -> int:
        """The result, to standard output, whole; returns the exit code.

        On a terminal, lines that are too long for it are broken, unless the text stays `as_is`.
        """
        if exit_code:
            self._refer()
        if self.json:
            from somac.compiler.cli.render.document import document

            text = document(self.command, result, self.told, exit_code)
        elif not as_is and (width := width_of(sys.stdout)) is not None:
            from somac.compiler.cli.render.fit import fitted

            text = fitted(text, width)
        try:
            if text:
                click.echo(text.rstrip("\n"), color=self._colour(sys.stdout))
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            return self._unwritable(error)
        return exit_code

    def _unwritable(self, error: OSError) -> int:
        from somac.ir.errors import Diagnostic

        self.close()
        d = Diagnostic("E0906", f"standard output cannot be written: {error.strerror}")
        self.tell([d])
        return d.entry.exit_code

    @staticmethod
    def close() -> None:
        """Write to standard output no more: the interpreter would, when it ends."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _refer(self) -> None:
        """Where to read more about the errors."""
        from somac.ir.errors import Severity

        codes = list(dict.fromkeys(d.code for d in self.told if d.severity is Severity.ERROR))
        if codes:
            more = f" (or {', '.join(codes[1:])})" if len(codes) > 1 else ""
            self.say(f"run `somac explain {codes[0]}`{more} for more")

    def fail(self, error: SomacError) -> int:
        """Everything that is wrong; returns the exit code."""
        self.tell(error.diagnostics)
        return self.show(None, "", error.exit_code)

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Tells of long work while it lasts: what is being done, and how much of it is."""
        from somac.compiler.cli import progress

        begin = time.monotonic()
        if self.quiet:
            yield progress.silent
        elif moves(sys.stderr, os.environ):
            with progress.on_terminal(colour=self._colour(sys.stderr)) as report:
                yield report
        else:
            with progress.in_lines(self.say, timed=self.verbose) as report:
                yield report
        if self.verbose:
            self.say(f"{time.monotonic() - begin:.2f} s in all")

    def _colour(self, stream: TextIO) -> bool:
        return coloured(stream, self.colour, os.environ)
