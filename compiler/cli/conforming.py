"""`somac backends conform`: the tests that every backend must pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from somac.compiler.cli.command import Outcome
from somac.compiler.cli.console import Console

if TYPE_CHECKING:
    from somac.ir.target import Target

__all__ = ["conformed"]


def conformed(
    console: Console,
    name: str,
    described: Sequence[Target],
    file: Path | None,
    target: str | None,
    examples: int,
) -> Outcome:
    """Run them on the backend of that name, with one of the targets that are described.

    Raises
    ------
    SomacError
        What keeps the backend from being used, or the tests from being run.
    """
    from somac.compiler.cli.render.conform import conform_text
    from somac.compiler.conform import chosen, conform
    from somac.compiler.plugins import find_backend
    from somac.compiler.targets import find_target

    find_backend(name)
    found = chosen(described, name, None if target is None else find_target(target, file))
    with console.progress() as report:

        def tell(test: str, done: int, total: int) -> None:
            report("run the tests", done, total, test)

        asked = conform(found.name, file, examples, tell)
    failed = sum(a.failed for a in asked)
    result = {"backend": name, "target": found.name, "tests": asked}
    return Outcome(result, conform_text(name, found.name, asked), int(bool(failed)))
