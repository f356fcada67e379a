"""What engines of a part cannot run is said before any work."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from backend_calls import problems
from plastic_cases import plastic_network

from somac.backends.fpga import create
from somac.compiler.targets import find_target
from somac.ir.connectivity import OneToOne
from somac.ir.datapath import Datapath, Instruction
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.target import Capabilities, Target

WIDE = Format(32, 32)


@pytest.fixture(scope="module")
def part() -> Target:
    return find_target("ulx3s-85f")


def relay(ports: int = 1) -> Datapath:
    """Sends whether anything arrives at its first port."""
    inputs = [Instruction("input", WIDE, name=f"x{n}") for n in range(ports)]
    zero = Instruction("const", WIDE)
    compared = Instruction("gt", BOOL, (0, ports))
    return Datapath("relay", (*inputs, zero, compared), {}, ports + 1, "spike")


def network(
    cells: int = 2, *, weight: int = 1, delay: int = 0, ports: int = 1, start: int = 0
) -> IntegerNetwork:
    """An input and one population, cell to cell."""
    wires = OneToOne(np.full(cells, weight, np.int32), cells)
    return IntegerNetwork(
        "n",
        1.0,
        (IntegerInput("in", (cells,), "spike", BOOL),),
        (IntegerPopulation("p", (cells,), relay(ports), {}, {}, start=start),),
        (IntegerProjection("w", "in", "p", "x0", wires, delay),),
        (Output("out", "p"),),
    )


def found(some: IntegerNetwork, target: Target) -> list[tuple[str, str | None, str | None]]:
    return [(d.code, d.have, d.need) for d in problems(create(), some, target)]


def narrowed(target: Target, **changes: Any) -> Target:
    can: Capabilities = replace(target.capabilities, **changes)
    return replace(target, capabilities=can)


def test_nothing_is_wrong(part: Target) -> None:
    assert found(network(), part) == []
    assert found(network(65535, delay=4095), part) == []


def test_what_is_too_large(part: Target) -> None:
    large = [("E0662", "65535 cells", "65536 cells")] * 2
    assert found(network(65536), part) == large
    assert found(network(delay=4096), part) == [("E0651", "0 to 4095 ticks", "4096 to 4096 ticks")]
    many = found(network(ports=65), part)
    assert many == [("E0652", "64 ports", "65 ports")]


def test_weights_and_words_of_a_part(part: Target) -> None:
    narrow = narrowed(part, weight_bits=8, word_bits=24)
    codes = [code for code, _, _ in found(network(weight=-129), narrow)]
    assert codes == ["E0652", "E0650"]
    assert found(network(weight=127), narrowed(part, weight_bits=8)) == []


def test_operations_and_signals_of_a_part(part: Target) -> None:
    poor = narrowed(part, operations=frozenset({"add"}), outputs=frozenset({"value"}))
    assert found(network(), poor) == [
        ("E0653", "value", "spike"),
        ("E0652", "add", "gt"),
        ("E0653", "value", "spike"),
    ]


def test_networks_made_for_other_hardware(part: Target) -> None:
    assert [code for code, _, _ in found(network(delay=1, start=1), part)] == ["E0662"]


def test_networks_that_learn(part: Target) -> None:
    learning = plastic_network()
    assert ("E0662", "weights that stay what they are", "the rule pair") in found(learning, part)
