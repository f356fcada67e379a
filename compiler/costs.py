"""What a compiled network costs: before a run by expected rates, after one by what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.api import EXPECTED_RATE, Account, Backend, Costs, Rates
from somac.compiler.plugins.answers import costs_of
from somac.ir.errors import Place, SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["expected_costs", "measured_costs", "stored_costs", "with_costs"]

QUIET, EXPECTED, WORST, MEASURED = "quiet", "expected", "worst", "measured"


def expected_costs(
    backend: Backend, program: Program, network: IntegerNetwork, rates: Rates
) -> Mapping[str, Costs]:
    """Costs per case: nothing is sent, as expected, and every cell sends in every step.

    `rates` has signals per cell and step of the model of what was calibrated; for the others
    `EXPECTED_RATE` stands. A cell sends at most one packet in a step.
    """
    sizes = {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}
    expected = {
        name: np.minimum(rates[name], 1.0) if name in rates else np.full(size, EXPECTED_RATE)
        for name, size in sizes.items()
    }
    worst = {name: np.ones(size) for name, size in sizes.items()}
    cases = {QUIET: {}, EXPECTED: expected, WORST: worst}
    return costs_of(backend, backend.costs(program, cases))


def with_costs(program: Program, costs: Mapping[str, Costs]) -> Program:
    """The program with its costs in its account, if there are any and it has one."""
    account = Account.of(program)
    if not costs or account == Account():
        return program
    more = {**account.more, "costs": {name: _plain(c) for name, c in costs.items()}}
    files = {**program.files, **replace(account, more=more).file()}
    return replace(program, files=files)


def _plain(costs: Costs) -> dict[str, Any]:
    """As JSON; what a list would need many lines for stands in one."""
    found = asdict(costs)
    found["cycles"] = _line(costs.cycles)
    found["places"] = "\t".join(costs.places)
    found["shares"] = {name: _line(share) for name, share in costs.shares.items()}
    for amount in found["amounts"].values():
        amount["of"] = " ".join(amount["of"])
        amount["parts"] = " ".join(amount["parts"])
    return found


def _line(values: Iterable[float]) -> str:
    return " ".join(map(str, values))


def stored_costs(program: Program) -> Mapping[str, Costs]:
    """The costs that a compile left in the account, by case; empty where it left none.

    Raises
    ------
    SomacError
        E0704 if the file is not JSON, E0710 if what stands there are no costs.
    """
    from pydantic import TypeAdapter, ValidationError

    given = Account.of(program).more.get("costs")
    if given is None:
        return {}
    try:
        plain = {name: _costs_of(case) for name, case in given.items()}
        found = TypeAdapter(dict[str, Costs]).validate_python(plain)
    except (ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise SomacError(
            "E0710", f"its costs are none: {error!s:.200}", place=Place(file="report.json")
        ) from None
    order = {name: n for n, name in enumerate((QUIET, EXPECTED, WORST))}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _costs_of(plain: Mapping[str, Any]) -> dict[str, Any]:
    """What `_plain` was given, as far as it is there."""
    amounts = {
        name: {**amount, "of": amount["of"].split(), "parts": amount.get("parts", "").split()}
        for name, amount in plain["amounts"].items()
    }
    return {
        **plain,
        "amounts": amounts,
        "cycles": _numbers(plain.get("cycles", "")),
        "places": tuple(filter(None, plain.get("places", "").split("\t"))),
        "shares": {name: _numbers(line) for name, line in plain.get("shares", {}).items()},
    }


def _numbers(line: str) -> tuple[float, ...]:
    return tuple(map(float, line.split()))


def measured_costs(
    backend: Backend,
    program: Program,
    sent: Mapping[str, NDArray[np.int64]],
    steps: int,
) -> Costs | None:
    """Costs of a step on average, where cells have sent so often in all, in so many steps."""
    rates = {name: often / max(1, steps) for name, often in sent.items()}
    return costs_of(backend, backend.costs(program, {MEASURED: rates})).get(MEASURED)
