"""Two bundles, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

from somac.compiler.diff.account import AccountDiff, accounts
from somac.compiler.diff.files import FileChange, files
from somac.compiler.diff.network import NetworkDiff, networks
from somac.compiler.diff.placement import Move, homes, moves
from somac.ir.errors import Diagnostic, Place, Severity, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_from_files

__all__ = ["BundleDiff", "Side", "diff"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: what it was called, and what its manifest says."""

    path: str
    target: str
    backend: str
    digest: str
    files: int
    bytes: int
    model: str = ""


@dataclass(frozen=True, slots=True)
class BundleDiff:
    """What differs. A section is None where one of the bundles does not say enough.

    Parameters
    ----------
    network
        The golden networks.
    moves
        Homes of populations.
    account
        Figures of the target, memory, routing and costs.
    files
        Every file that differs.
    """

    a: Side
    b: Side
    network: NetworkDiff | None = None
    moves: tuple[Move, ...] | None = ()
    account: AccountDiff = field(default_factory=AccountDiff)
    files: tuple[FileChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the two are the same to the last byte."""
        return self.a.digest == self.b.digest


def diff(
    a: Program, b: Program, names: tuple[str, str]
) -> tuple[BundleDiff, tuple[Diagnostic, ...]]:
    """Compare two bundles, as far as they can be, and say what could not be compared.

    Parameters
    ----------
    names
        What the two are called.
    """
    notes: list[Diagnostic] = []
    left, right = (_golden(p, name, notes) for p, name in zip((a, b), names, strict=True))
    sides = _side(a, names[0], left), _side(b, names[1], right)
    if sides[0].digest == sides[1].digest:
        return BundleDiff(*sides, NetworkDiff((), (), ())), ()
    both = None if left is None or right is None else networks(left, right)
    before, now = homes(a), homes(b)
    moved = None if before is None or now is None else moves(before, now)
    return BundleDiff(*sides, both, moved, accounts(a, b), files(a, b)), tuple(notes)


def _golden(program: Program, name: str, notes: list[Diagnostic]) -> IntegerNetwork | None:
    """The golden network; a warning where it cannot be read."""
    try:
        return integer_from_files(program.files, GOLDEN)
    except SomacError as error:
        for d in error.diagnostics:
            place = Place(file=f"{name}/{d.place.file or ''}".rstrip("/"), node=d.place.node)
            notes.append(
                Diagnostic(d.code, d.message, place, d.have, d.need, d.hint, Severity.WARNING)
            )
        return None


def _side(program: Program, path: str, golden: IntegerNetwork | None) -> Side:
    return Side(
        path,
        program.target,
        program.backend,
        program.digest(),
        len(program.files),
        sum(map(len, program.files.values())),
        "" if golden is None else golden.name,
    )
