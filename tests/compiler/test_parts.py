"""Where a backend says what shares a core: placed, routed, checked; the pipeline asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from somac.backends.api import Net, Parts, ResourceModel, Signal, Slice
from somac.backends.manycore.backend import ManycoreBackend
from somac.compiler import pipeline
from somac.compiler.mapping.check import Hardware, check_mapping
from somac.compiler.mapping.solve import SolveOptions
from somac.compiler.passes.parts import map_parts
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping
from somac.ir.placement import PlaceOptions
from tests.support.crossbar_cases import chip, example

TARGET = chip(neurons=128)
HARDWARE = Hardware(TARGET.topology, TARGET.resources, TARGET.router_entries)
OPTIONS = SolveOptions(place=PlaceOptions(work=0.05))
PARTS = Parts(
    count=5,
    slices=(Slice("hidden", 0, 40, 0), Slice("hidden", 40, 64, 2), Slice("out", 0, 10, 2)),
    signals=(
        Signal("image", 0, 36, 1.8, (0, 1, 4)),
        Signal("hidden", 0, 40, 2.0, (0, 3)),
        Signal("hidden", 40, 64, 1.2, ()),
        Signal("out", 0, 10, 0.5, (2,)),
    ),
    nets=(
        Net(1, 30.0, (0,)),
        Net(1, 20.0, (2,)),
        Net(3, 10.0, (2,)),
        Net(4, 5.0, (0, 2)),
    ),
    demand=({"neurons": 40}, {}, {"neurons": 34}, {}, {}),
    plan={"copies": np.arange(10).reshape(2, 5)},
)
HEARD = {n: hearing for n, (*_, hearing) in enumerate(PARTS.signals)}


@pytest.fixture(scope="module")
def network() -> IntegerNetwork:
    return example()


@pytest.fixture(scope="module")
def mapping(network: IntegerNetwork) -> Mapping:
    return map_parts(network, PARTS, TARGET, OPTIONS)


def codes(mapping: Mapping) -> list[str]:
    return [found.code for found in check_mapping(mapping, HARDWARE, {}, on_parts=HEARD)]


def test_parts_are_placed(network: IntegerNetwork, mapping: Mapping) -> None:
    assert codes(mapping) == []
    assert len(set(mapping.parts)) == PARTS.count
    assert [str(s) for s in mapping.slices] == [
        "image[0:36]",
        "hidden[0:40]",
        "hidden[40:64]",
        "out[0:10]",
    ]
    assert [s.core for s in mapping.slices] == [None, *(mapping.parts[p] for p in (0, 2, 2))]
    # a route for every slice that is heard, and none for what goes from part to part besides
    assert [route.source for route in mapping.routes] == [0, 1, 3]
    assert mapping.routes[0].cores == tuple(sorted(mapping.parts[p] for p in (0, 1, 4)))
    assert mapping.routes[2].links == ()
    assert mapping.demand == {1: {"neurons": 40}, 2: {"neurons": 34}}
    assert mapping.network == network.digest()
    np.testing.assert_array_equal(mapping.plan["copies"], PARTS.plan["copies"])
    assert mapping.text().count("\npart ") == 5


def test_all_traffic_counts_where_parts_are_placed(
    network: IntegerNetwork, mapping: Mapping
) -> None:
    """The cost is that of every message and every part that hears it, in hops of the mesh."""
    at = TARGET.topology.node_position[TARGET.topology.core_node[list(mapping.parts)]]
    host = TARGET.topology.node_position[TARGET.topology.host_node]
    part_of = {(name, start): part for name, start, _, part in PARTS.slices}
    cost = 0.0
    for name, start, _, rate, hearing in PARTS.signals:
        part = part_of.get((name, start))
        begin = host if part is None else at[part]
        cost += rate * sum(np.abs(at[to] - begin).sum() for to in hearing)
    for part, rate, hearing in PARTS.nets:
        cost += rate * sum(np.abs(at[to] - at[part]).sum() for to in hearing)
    assert mapping.proof.cost == round(cost * 1000)
    assert mapping.proof.bound <= mapping.proof.cost
    quiet = map_parts(network, replace(PARTS, nets=()), TARGET, OPTIONS)
    assert quiet.proof.cost < mapping.proof.cost


def test_the_same_again(network: IntegerNetwork, mapping: Mapping) -> None:
    assert map_parts(network, PARTS, TARGET, OPTIONS).digest() == mapping.digest()


def test_the_checker_sees_what_is_wrong(mapping: Mapping) -> None:
    first, second, *others = mapping.parts
    assert codes(replace(mapping, parts=(first, first, *others))) == ["E0831"]
    assert codes(replace(mapping, parts=(first, 99, *others))) == ["E0831"]
    # the slice of part 0 is then on no part
    away = next(core for core in range(25) if core not in mapping.parts)
    assert codes(replace(mapping, parts=(away, second, *others))) == ["E0831"]
    assert codes(replace(mapping, routes=mapping.routes[1:])) == ["E0832"]
    short = replace(mapping.routes[0], cores=mapping.routes[0].cores[1:])
    assert "E0832" in codes(replace(mapping, routes=(short, *mapping.routes[1:])))
    assert codes(replace(mapping, demand={1: {"neurons": 200}})) == ["E0809"]
    dead = TARGET.topology.core_usable.copy()
    dead[first] = False
    hardware = replace(HARDWARE, topology=replace(TARGET.topology, core_usable=dead))
    found = check_mapping(mapping, hardware, {}, on_parts=HEARD)
    assert {d.code for d in found} == {"E0831"}


def test_more_parts_than_cores(network: IntegerNetwork) -> None:
    with pytest.raises(SomacError, match="E060"):
        map_parts(network, PARTS, chip(cores=(2, 2)), OPTIONS)


class Parted(ManycoreBackend):
    """A backend that says what shares a core, and cannot say what slices cost."""

    def resources(self, *_: Any) -> ResourceModel:
        raise AssertionError("what shares a core is said by parts")

    def parts(self, network: IntegerNetwork, *_: Any) -> Parts:
        neurons = [Slice(p.name, 0, p.size, n) for n, p in enumerate(network.populations)]
        if len(neurons) > TARGET.places:
            raise SomacError("E0675", "too many")
        signals = [Signal(i.name, 0, i.size, 1.0, (0,)) for i in network.inputs]
        signals += [Signal(name, 0, size, 1.0, ()) for name, _, size, _ in neurons]
        return Parts(len(neurons), tuple(neurons), tuple(signals))


def test_the_pipeline_asks_for_parts(
    network: IntegerNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = pipeline.CompileOptions(map=OPTIONS)
    laid_out, mapping, parts = pipeline._mapped(
        Parted(),
        network,
        TARGET,
        options,
        {},
        pipeline._guidance(Parted(), options),
    )
    assert laid_out is network
    assert parts is not None
    assert len(mapping.parts) == parts.count == 2
    assert mapping.order == {}
