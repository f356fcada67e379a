"""What else would do, where a target does not."""

from __future__ import annotations

from collections.abc import Iterable

from somac.compiler.pipeline import CompileOptions, check_network
from somac.compiler.plugins import installed
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.network import Network
from somac.ir.target import Target

__all__ = ["advised", "is_of_target", "smallest_that_fits"]

_DOES_NOT_FIT = 3


def smallest_that_fits(
    network: Network, candidates: Iterable[Target], options: CompileOptions | None = None
) -> Target | None:
    """The first of `candidates`, from the smallest to the largest, that has room for it."""
    for target in sorted(candidates, key=_size):
        found = check_network(network, target, options)
        if not any(d.severity is Severity.ERROR for d in found):
            return target
    return None


def is_of_target(error: SomacError) -> bool:
    """Whether another target might do, because this one is at fault rather than the network."""
    return error.exit_code == _DOES_NOT_FIT


def advised(
    error: SomacError,
    network: Network,
    target: Target,
    candidates: Iterable[Target],
    options: CompileOptions | None = None,
) -> SomacError:
    """The error, with a note that names the smallest target that would do.

    Those of the same backend are tried first; those whose backend is not installed are left out.
    Where the network is at fault rather than `target`, the error as it was.
    """
    if not is_of_target(error):
        return error
    others = [t for t in candidates if t.name != target.name and t.backend in installed()]
    alike = [t for t in others if t.backend == target.backend]
    rest = [t for t in others if t.backend != target.backend]
    found = smallest_that_fits(network, alike, options)
    found = found or smallest_that_fits(network, rest, options)
    if found is None:
        message = f"none of the {len(others)} other targets that are described would do either"
    else:
        count = f"{found.places:,} {found.place}s"
        message = f"the smallest target that would do is {found.name} ({count})"
    note = Diagnostic(
        "E0607",
        message,
        hint=None if found is None else f"--target {found.name}",
        severity=Severity.NOTE,
    )
    return SomacError.of([*error.diagnostics, note])


def _size(target: Target) -> tuple[int, int, str]:
    """Cores or engines, look-up tables of a part, name."""
    return target.places, 0 if target.part is None else target.part.luts, target.name
