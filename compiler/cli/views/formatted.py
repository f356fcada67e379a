"""Files and their canonical form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from somac.grammar.printer import format_text
from somac.grammar.text_file import read_text
from somac.ir.errors import Diagnostic, SomacError

__all__ = ["Formatted", "formatted_all"]


@dataclass(frozen=True, slots=True)
class Formatted:
    """The text of a file, as it is and as it should be."""

    file: Path
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the file is not in its canonical form."""
        return self.before != self.after


def formatted_all(files: Iterable[Path]) -> tuple[Formatted, ...]:
    """Format every file; SomacError with what is wrong in any of them."""
    done, wrong = [], list[Diagnostic]()
    for file in files:
        try:
            text = read_text(file)
            done.append(Formatted(file, text, format_text(text, str(file))))
        except SomacError as error:
            wrong += error.diagnostics
    if wrong:
        raise SomacError.of(wrong)
    return tuple(done)
