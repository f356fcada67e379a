"""What a network needs and a target does not have: everything at once, with have and need."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plastic_cases import plastic_network

from somac.backends.api import KINDS, Capabilities, refusals
from somac.backends.api.capabilities import kind_of
from somac.ir.arrange import arranged
from somac.ir.connectivity import (
    AllToAll,
    Arranged,
    Chain,
    Connectivity,
    Convolution,
    Dense,
    OneToOne,
    Pool,
    Sparse,
)
from somac.ir.datapath import OPCODES, Datapath, Instruction
from somac.ir.fixed import BOOL, Format
from somac.ir.integer import (
    IntegerInput,
    IntegerNetwork,
    IntegerPopulation,
    IntegerProjection,
)
from somac.ir.network import Output

PORT = Format(20, 20)
EVERYTHING = Capabilities(
    operations=frozenset(OPCODES),
    signals=frozenset({"spike", "count", "value"}),
    learning=True,
    products=True,
    tilings=True,
    retimed=True,
    delays=(0, 100),
)
WEIGHTS = np.array([[1, 0, 5], [2, 0, -7]], np.int32)


def network(*, delay: int = 0, weights: np.ndarray = WEIGHTS) -> IntegerNetwork:
    """Three inputs, two cells that feed themselves."""
    relay = Datapath(
        "relay",
        (
            Instruction("input", PORT, name="i"),
            Instruction("const", PORT),
            Instruction("gt", BOOL, (0, 1)),
        ),
        {},
        2,
        "spike",
    )
    loop = OneToOne(np.ones(2, np.int32), 2)
    return IntegerNetwork(
        "n",
        1e-3,
        (IntegerInput("in", (3,), "spike", BOOL),),
        (IntegerPopulation("p", (2,), relay, {}, {}),),
        (
            IntegerProjection("w", "in", "p", "i", Dense(weights), delay),
            IntegerProjection("loop", "p", "p", "i", loop, 1),
        ),
        (Output("out", "p"),),
    )


def test_what_fits() -> None:
    assert refusals(network(), EVERYTHING) == ()
    assert refusals(plastic_network(), EVERYTHING) == ()


@pytest.mark.parametrize(
    ("can", "code", "node", "have", "need"),
    [
        ({"projections": {"dense", "sparse"}}, "E0676", "loop", "dense, sparse", "one-to-one"),
        ({"projections": KINDS - {"dense"}}, "E0676", "w", None, "dense"),
        (
            {"recurrent": False},
            "E0676",
            "loop",
            "networks without loops",
            "signals of p that come back to it",
        ),
        ({"fan_in": 2}, "E0677", "p", "2 synapses at a cell", "3 synapses at a cell"),
        ({"fan_out": 1}, "E0677", "in", "1 synapses at a cell", "2 synapses at a cell"),
        ({"weight_bits": 3}, "E0650", "w", "3 bits", "4 bits, sign included"),
        ({"delays": (0, 0)}, "E0651", "loop", "0 to 0 ticks", "1 to 1 ticks"),
        ({"delays": (1, 9)}, "E0651", "w", "1 to 9 ticks", "0 to 0 ticks"),
        ({"operations": {"add"}}, "E0652", "p", "add", "gt"),
        ({"word_bits": 19}, "E0652", "p", "19 bits", "20 bits"),
        ({"port_bits": 19}, "E0652", "p", "19 bits", "20 bits"),
        ({"ports": 0}, "E0652", "p", "0 ports", "1 ports"),
        ({"cells": 2}, "E0662", "in", "2 cells", "3 cells"),
    ],
)
def test_what_does_not_fit(
    can: dict[str, object], code: str, node: str, have: str | None, need: str
) -> None:
    given = {k: frozenset(v) if isinstance(v, set) else v for k, v in can.items()}
    (found,) = refusals(network(), replace(EVERYTHING, **given))  # type: ignore[arg-type]
    assert (found.code, found.place.node, found.need) == (code, node, need)
    assert have is None or found.have == have
    assert found.entry.exit_code == 3


def test_everything_is_listed_at_once() -> None:
    nothing = Capabilities(
        operations=frozenset(),
        signals=frozenset(),
        projections=frozenset(),
        recurrent=False,
        delays=(5, 6),
        weight_bits=2,
        cells=1,
        ports=0,
        fan_in=1,
    )
    late = replace(network().populations[0], start=1)
    made = replace(network(delay=1), populations=(late,))
    found = [d.code for d in refusals(made, nothing)]
    assert sorted(found) == sorted(
        [
            *("E0662", "E0676"),
            *("E0662", "E0653"),
            *("E0662", "E0652", "E0652", "E0653"),
            *("E0676", "E0651", "E0650"),
            *("E0676", "E0651"),
            "E0677",
        ]
    )


def test_signals_that_are_too_large() -> None:
    wide = replace(network(), inputs=(IntegerInput("in", (3,), "value", Format(9, 9)),))
    assert refusals(wide, replace(EVERYTHING, signal_bits=9)) == ()
    (found,) = refusals(wide, replace(EVERYTHING, signal_bits=8))
    assert (found.code, found.have, found.need) == ("E0653", "8 bits, signed", "-256 to 255")


def test_synapses_that_learn_count_whatever_their_weight() -> None:
    learning = plastic_network()
    (found,) = refusals(learning, replace(EVERYTHING, learning=False))
    assert (found.code, found.need) == ("E0662", f"the rule {rule_of(learning)}")
    fewest = refusals(learning, replace(EVERYTHING, fan_in=0))
    assert "E0677" in {d.code for d in fewest}


def rule_of(given: IntegerNetwork) -> str:
    (plasticity,) = (p.plasticity for p in given.projections if p.plasticity is not None)
    return plasticity.name


@pytest.mark.parametrize(
    ("connectivity", "kind"),
    [
        (Dense(WEIGHTS), "dense"),
        (OneToOne(np.int32(1), 3), "one-to-one"),
        (AllToAll(np.int32(1), 3, 3), "all-to-all"),
        (Pool(np.int32(1), (1, 4), (2,), (2,), (0,)), "pool"),
        (
            Convolution(np.ones((1, 1, 3, 3), np.int32), (1, 9, 9), (1, 1), ((0, 0),) * 2, (1, 1)),
            "convolution",
        ),
        (Chain((OneToOne(np.int32(1), 3), Dense(WEIGHTS))), "chain"),
    ],
)
def test_kinds(connectivity: Connectivity, kind: str) -> None:
    assert kind_of(connectivity) == kind
    assert kind in KINDS


def test_kinds_in_another_order() -> None:
    """Synapses in another order are sparse; where the structure is known, it is that."""
    (w, loop) = arranged(network(), {"p": np.array([1, 0])}).projections
    assert {kind_of(w.connectivity), kind_of(loop.connectivity)} == {"sparse"}
    assert isinstance(w.connectivity, Sparse)
    turned = Arranged(w.connectivity, Dense(WEIGHTS), np.arange(3), np.array([1, 0]))
    assert kind_of(turned) == "dense"
