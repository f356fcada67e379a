"""Values of the passes as text, for `--dump-after`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from somac.compiler.files import replaced
from somac.compiler.passes.calibrate import Calibration
from somac.ir.program import Program

__all__ = ["Dumps", "dump_text"]


@dataclass(slots=True)
class Dumps:
    """Writes the text of each of the `wanted` passes as soon as it is there.

    So it is seen even if a later pass fails. Texts go to files in `folder`, or else to `show`, and
    in any case to `texts`.
    """

    wanted: tuple[str, ...]
    folder: Path | None
    show: Callable[[str], None]
    texts: dict[str, str]

    def take(self, stage: str, value: Any) -> None:
        """The value after a pass."""
        if stage not in self.wanted:
            return
        text = dump_text(value)
        self.texts[stage] = text
        if self.folder is None:
            self.show(f"# after {stage}\n{text}")
        else:
            with replaced(self.folder / f"{stage}.txt") as file:
                file.write(text.encode())


def dump_text(value: Any) -> str:
    """Stable text of the value after a pass."""
    match value:
        case Program():
            return value.manifest().decode()
        case Calibration():
            return "\n".join(_calibration(value)) + "\n"
        case _:
            return str(value.text())


def _calibration(value: Calibration) -> Iterator[str]:
    yield "calibration"
    for name, states in value.seen.items():
        for state, largest in states.items():
            yield f"largest {name}{'.' if state else ''}{state} {largest!r}"
    for name, states in value.learnt.items():
        for state, largest in states.items():
            yield f"largest {name}.{state} {largest!r}"
    for name, rates in value.rates.items():
        yield f"rate {name} mean {float(rates.mean())!r} most {float(rates.max())!r}"
