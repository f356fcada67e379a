"""Two bundles, side by side."""

from __future__ import annotations

from dataclasses import dataclass, field

from somac.compiler.diff.account import AccountDiff, accounts
from somac.compiler.diff.files import FileChange, files
from somac.compiler.diff.network import NetworkDiff, networks
from somac.compiler.diff.placement import Move, homes, moves
from somac.compiler.diff.records import Records, records
from somac.ir.errors import Diagnostic
from somac.ir.program import Program

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
    (left, wrong), (right, also) = records(a, names[0]), records(b, names[1])
    sides = _side(a, names[0], left), _side(b, names[1], right)
    if sides[0].digest == sides[1].digest:
        return BundleDiff(*sides, NetworkDiff((), (), ())), (*wrong, *also)
    both = None
    if left.golden is not None and right.golden is not None:
        both = networks(left.golden, right.golden)
    before, now = homes(left.mapping, left.account), homes(right.mapping, right.account)
    place = "core" if right.mapping is None else right.mapping.place
    moved = None if before is None or now is None else moves(before, now, place)
    account = accounts(a, b, (left, right))
    return BundleDiff(*sides, both, moved, account, files(a, b)), (*wrong, *also)


def _side(program: Program, path: str, found: Records) -> Side:
    return Side(
        path,
        program.target,
        program.backend,
        program.digest(),
        len(program.files),
        sum(map(len, program.files.values())),
        "" if found.golden is None else found.golden.name,
    )
