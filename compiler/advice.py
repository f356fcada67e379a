"""What else would do, where a target does not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from somac.compiler.pipeline import CompileOptions, check_network
from somac.compiler.plugins import find_backend, usable
from somac.compiler.words import count
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.network import Network
from somac.ir.target import Target

__all__ = ["advised", "is_of_target", "smallest_that_fits"]

_DOES_NOT_FIT = 3
_NOT_OF_TARGET = {"E0664", "E0670"}
"""What `check_network` does not find, so that whether another target does better is not known; and
what no part could run in the circuit that was asked for."""
_NEEDED = re.compile(r"([0-9][0-9,]*) (\w+)")


def smallest_that_fits(
    network: Network, candidates: Iterable[Target], options: CompileOptions | None = None
) -> Target | None:
    """The first of `candidates`, from the smallest to the largest, that has room for it."""
    for target in sorted(candidates, key=_size):
        found = check_network(network, target, _for(target, options))
        if not any(d.severity is Severity.ERROR for d in found):
            return target
    return None


def is_of_target(error: SomacError) -> bool:
    """Whether another target might do, because this one is at fault rather than the network."""
    codes = {d.code for d in error.diagnostics}
    return error.exit_code == _DOES_NOT_FIT and not codes & _NOT_OF_TARGET


def advised(
    error: SomacError,
    network: Network,
    target: Target,
    candidates: Iterable[Target],
    options: CompileOptions | None = None,
) -> SomacError:
    """The error, with a note that names the smallest target that would do.

    Those of the same backend are tried first, of them parts of the same family; those whose
    backend is not usable are left out, and parts that have less than the error says is needed.
    Where the network is at fault rather than `target`, the error as it was.
    """
    if not is_of_target(error):
        return error
    given = [t for t in candidates if t.name != target.name]
    able = {name for name in {t.backend for t in given} if usable(name)}
    others = [t for t in given if t.backend in able]
    needs = _needs(error, target)
    alike = [t for t in others if t.backend == target.backend and _has_room(t, needs)]
    family = [t for t in alike if _family(t) == _family(target)]
    rest = [t for t in others if t.backend != target.backend]
    groups = (family, [t for t in alike if t not in family], rest)
    tried = (smallest_that_fits(network, group, options) for group in groups)
    found = next((t for t in tried if t is not None), None)
    if found is None:
        message = f"none of the {len(others)} other targets that are described would do either"
    else:
        size = count(found.places, found.place)
        message = f"the smallest target that would do is {found.name} ({size})"
    note = Diagnostic(
        "E0607",
        message,
        hint=None if found is None else _hint(found, options),
        severity=Severity.NOTE,
    )
    return SomacError.of([*error.diagnostics, note])


def _for(target: Target, options: CompileOptions | None) -> CompileOptions | None:
    """The options without those that the target's backend does not have."""
    if options is None:
        return None
    left = {name: v for name, v in options.options.items() if name not in _lacks(target, options)}
    return replace(options, options=left)


def _lacks(target: Target, options: CompileOptions) -> tuple[str, ...]:
    """Options that are given, and that the target's backend does not have."""
    known = {option.name for option in find_backend(target.backend).info.options}
    return tuple(name for name in options.options if name not in known)


def _hint(target: Target, options: CompileOptions | None) -> str:
    lacks = () if options is None else _lacks(target, options)
    without = f", without {', '.join(f'--{name}' for name in lacks)}" if lacks else ""
    return f"--target {target.name}{without}"


def _needs(error: SomacError, target: Target) -> Mapping[str, int]:
    """Units of the pools of the target's part that the error says are needed."""
    pools = {} if target.part is None else target.part.pools
    found = {}
    for diagnostic in error.diagnostics:
        match = _NEEDED.fullmatch(diagnostic.need or "")
        if match and match[2] in pools:
            found[match[2]] = int(match[1].replace(",", ""))
    return found


def _has_room(target: Target, needs: Mapping[str, int]) -> bool:
    pools = {} if target.part is None else target.part.pools
    return all(pools.get(pool, 0) >= units for pool, units in needs.items())


def _family(target: Target) -> str | None:
    return None if target.part is None else target.part.family


def _size(target: Target) -> tuple[int, int, str]:
    """Cores or engines, look-up tables of a part, name."""
    return target.places, 0 if target.part is None else target.part.luts, target.name
