"""What is written for arrays of cells: codes and where they are, tables, schedules, plans."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from crossbar_cases import chip, example, hand_placed, integrate_and_fire, tiled_by_hand
from numpy.testing import assert_array_equal

from somac.backends.api import Guidance
from somac.backends.crossbar import create
from somac.backends.crossbar.description import read_description
from somac.backends.crossbar.emit import emit
from somac.backends.crossbar.verify import verify
from somac.ir import npy
from somac.ir.connectivity import Dense, Sparse
from somac.ir.errors import SomacError
from somac.ir.fixed import BOOL
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.mapping import Mapping, Slice
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.random_device import RandomDevice, ReadBack
from somac.ir.tiling import Converters, Tiling


def matrix(weights: Any, how: Converters, device: ReadBack | None = None) -> IntegerNetwork:
    """An input, a matrix int (targets, sources), and a population."""
    wiring = Dense(np.array(weights, np.int32))
    tiling = tiled_by_hand(wiring, how, wiring.source_size, wiring.target_size)
    return network_of(
        IntegerProjection("w", "x", "y", "x", wiring, 0, tiling=tiling, device=device)
    )


def network_of(p: IntegerProjection) -> IntegerNetwork:
    return IntegerNetwork(
        "small",
        1e-3,
        (IntegerInput("x", (p.connectivity.source_size,), "spike", BOOL),),
        (
            IntegerPopulation(
                "y",
                (p.connectivity.target_size,),
                integrate_and_fire(),
                {"threshold": np.array(9)},
                {"v": np.array(0)},
            ),
        ),
        (p,),
        (Output("o", "y"),),
    )


def at(network: IntegerNetwork, row: int, column: int, **more: Any) -> Program:
    """One block, with its first cell there."""
    target = chip(**more)
    placed = hand_placed(network, target)
    plan = {"copies": np.array([[0, 0, 0, row, column]])}
    return emit(network, replace(placed, plan=plan), target)


def codes(program: Program, number: int = 0) -> Any:
    return npy.decode(program.files[f"arrays/{number:04d}.codes.npy"])


@pytest.mark.parametrize(
    ("polarity", "cells"),
    [
        # weights 9 and -6 of row 0 and column 0, 1: 2 bits a cell, the lowest first
        ("differential", [1, 0, 2, 0, 0, 2, 0, 1]),
        ("separate", [1, 0, 2, 0, 0, 2, 0, 1]),
        # plus 8: 17 does not fit, so that the weights are 7 and -6: 15 and 2
        ("offset", [3, 3, 2, 0]),
    ],
)
def test_codes_of_weights_side_by_side(polarity: Any, cells: Any) -> None:
    how = Converters(1, 1, "none", 2, 2, polarity, -7, 7)
    program = at(matrix([[7 if polarity == "offset" else 9], [-6]], how), 3, 5)
    want = np.zeros((16, 32), np.uint8)
    want[3, 5 : 5 + len(cells)] = cells
    assert_array_equal(codes(program), want)


def test_cells_as_they_were_found() -> None:
    """The pair adds up to the weight before it was rounded, in 1/65536 of a level."""
    how = Converters(1, 1, "none", 2, 2, "differential", -7, 7)
    device = RandomDevice(0.5, 3.0, 2.0, 7)
    read = ReadBack(device, np.array(1.5))
    real = device.weights("w", 3, 4) / 1.5
    weights = np.clip(np.rint(real), -15, 15).astype(np.int32)
    program = at(matrix(weights, how, read), 1, 2, g_min_us=1.0, g_max_us=4.0)
    d = read_description(program)
    assert d.blocks[0].as_found
    assert d.arrays[0].found == "arrays/0000.found.npy"
    found = npy.decode(program.files["arrays/0000.found.npy"])
    own = found[1:5, 2:14].reshape(4, 3, 2, 2).astype(np.int64)
    difference = own[..., 0] - own[..., 1]
    assert_array_equal(difference[..., 0] + 4 * difference[..., 1], np.floor(real.T * 65536 + 0.5))
    # the conductance of code 0 is 1 uS, a level away from 0
    assert own.min() == 65536
    rest = np.ones(found.shape, np.bool_)
    rest[1:5, 2:14] = False
    assert (found[rest] == -1).all()
    assert json.loads(program.files["programming.json"])["arrays"][0]["regions"] == []


def test_tables_and_copies() -> None:
    network, target = example(), chip()
    program = emit(network, hand_placed(network, target, copies=3), target)
    d = read_description(program)
    sources = npy.decode(program.files[d.sources])
    targets = npy.decode(program.files[d.targets])
    tilings = [p.tiling for p in network.projections if p.tiling is not None]
    assert_array_equal(sources, np.concatenate([t.sources for t in tilings]))
    assert_array_equal(targets, np.concatenate([t.targets for t in tilings]))
    assert [b.sources for b in d.blocks[:2]] == [0, 16 * 9]
    assert [len(b.copies) for b in d.blocks[:2]] == [3, 1]
    assert d.blocks[0].uses == 16


def test_a_step_in_order() -> None:
    """What is heard without delay comes before: here hidden before out."""
    network, target = example(), chip()
    turned = replace(network, populations=network.populations[::-1])
    program = emit(turned, hand_placed(turned, target), target)
    assert json.loads(program.files["schedule.json"])["order"] == ["hidden", "out"]
    turns = npy.decode(program.files["schedule/turns.npy"])
    assert turns[:, 0].tolist() == sorted(turns[:, 0].tolist())
    assert (turns[:1, 0] == 0).all()
    assert (turns[1:, 0] == 1).all()


def test_sums_meet_on_their_way() -> None:
    """Arrays in a row of cores: each adds what comes from behind, and home hears one sum a cell."""
    how = Converters(1, 1, "none", 2, 2, "differential", -7, 7)
    wiring = Dense(np.ones((3, 64), np.int32))
    tiling = tiled_by_hand(wiring, how, 16, 3)
    network = network_of(IntegerProjection("w", "x", "y", "x", wiring, 0, tiling=tiling))
    target = chip(cores=(5, 1))
    placed = hand_placed(network, target)
    plan = {"copies": np.array([[0, n, n, 0, 0] for n in range(4)])}
    program = emit(network, replace(placed, parts=(4, 1, 2, 0), plan=plan), target)
    d = read_description(program)
    assert [a.core for a in d.arrays] == [4, 1, 2, 0]
    assert d.populations[0].homes[0].core == 0
    want = [[0, 0, 4, 2, 2, 3], [0, 0, 2, 1, 1, 3], [0, 0, 1, 0, 1, 3]]
    assert npy.decode(program.files["schedule/sums.npy"]).tolist() == want
    assert not list(verify(program, network))


def test_the_plan_of_pulses() -> None:
    how = Converters(1, 1, "none", 2, 1, "differential", -7, 7)
    network = matrix([[3, -1], [0, 2]], how)
    plain = json.loads(at(network, 0, 0, g_min_us=1, g_max_us=7).files["programming.json"])
    assert plain["levels_us"] == [1, 3, 5, 7]
    assert plain["tolerances_us"] == [0.5] * 4
    assert plain["arrays"] == [
        {
            "codes": "arrays/0000.codes.npy",
            "core": 0,
            "regions": ["0 0 2 4"],
            "cells": "5 1 1 1",
        }
    ]
    figures = {"write_window_us": 0.25, "write_window_relative": 0.125, "write_pulses": 9}
    program = at(network, 0, 0, g_min_us=1, g_max_us=7, figures={**figures, "adc_ns": 3})
    given = json.loads(program.files["programming.json"])
    assert given["tolerances_us"] == [0.375, 0.625, 0.875, 1.125]
    assert given["figures"] == figures


def test_what_writing_takes() -> None:
    """Five cells stay; levels 3, 5 and 7 uS are 2, 4 and 6 uS away, of which 0.25 may be left."""
    how = Converters(1, 1, "none", 2, 1, "differential", -7, 7)
    network = matrix([[3, -1], [0, 2]], how)
    figures = {"write_window_us": 0.25, "write_set_us": 0.5}
    program = at(network, 0, 0, g_min_us=1, g_max_us=7, figures=figures)
    said = "8 cells, 5 of them at the least conductance"
    assert written(program) == f"{said}; about 24 pulses"
    times = {"write_set_ns": 1000, "write_verify_ns": 100}
    program = at(network, 0, 0, g_min_us=1, g_max_us=7, figures={**figures, **times})
    assert written(program) == f"{said}; about 24 pulses and reads, 2.72e-05 s one after the other"
    assert written(at(network, 0, 0)) == said


def written(program: Program) -> str:
    remark: str = json.loads(program.files["report.json"])["remarks"]["writing"]
    return remark


def test_projections_without_blocks_are_digital() -> None:
    """Nothing to add up: no block, no array."""
    how = Converters(1, 1, "none", 2, 1, "differential", -7, 7)
    wiring = Dense(np.zeros((2, 3), np.int32))
    empty = Tiling.of(how, [])
    network = network_of(IntegerProjection("w", "x", "y", "x", wiring, 0, tiling=empty))
    target = chip()
    program = emit(network, hand_placed(network, target), target)
    d = read_description(program)
    assert [way.projection for way in d.digital] == ["w"]
    assert not d.arrays
    assert not list(verify(program, network))


def test_delays_of_digital_synapses() -> None:
    wiring = Sparse(
        np.array([0, 1, 3]), np.array([1, 0, 1]), np.array([5, -4, 3]), np.array([2, 0, 1]), 2
    )
    network = network_of(IntegerProjection("w", "x", "y", "x", with_int32(wiring), 1))
    program = emit(network, hand_placed(network, chip()), chip())
    way = read_description(program).digital[0]
    read = {
        name: npy.decode(program.files[getattr(way, name)]).tolist()
        for name in ("sources", "targets", "weights", "delays")
    }
    assert read == {
        "sources": [0, 1, 1],
        "targets": [1, 0, 1],
        "weights": [5, -4, 3],
        "delays": [2, 0, 1],
    }
    assert not list(verify(program, network))


def with_int32(wiring: Sparse) -> Any:
    return wiring.with_weights(wiring.weights.astype(np.int32))


def test_names_of_files_are_plain() -> None:
    """Whatever a model calls its parts: here two that differ in what a file name has not."""
    network = example()
    names = {"hidden": "a/b", "out": "a:b"}
    other = replace(
        network,
        populations=tuple(
            replace(p, name=names[p.name], parameters={"threshold": np.arange(p.size)})
            for p in network.populations
        ),
        projections=tuple(
            replace(
                p,
                source=names.get(p.source, p.source),
                target=names.get(p.target, p.target),
                device=None,
            )
            for p in network.projections
        ),
        outputs=(Output("spikes", "a:b"),),
    )
    target = chip()
    program = emit(other, hand_placed(other, target), target)
    files = [p.parameters["threshold"] for p in read_description(program).populations]
    assert files == ["parameters/a_b.threshold.npy", "parameters/a_b.threshold_2.npy"]
    assert not list(verify(program, other))


def test_the_same_bytes_again() -> None:
    network, target = example(), chip()
    first, second = (emit(network, hand_placed(network, target), target) for _ in range(2))
    assert first.digest() == second.digest()


def wrong(mapping: Mapping, what: str) -> Mapping:
    """A mapping that does not suit."""
    rows = mapping.plan["copies"].copy()
    match what:
        case "network":
            return replace(mapping, network="0" * 64)
        case "target":
            return replace(mapping, target="0" * 64)
        case "order":
            return replace(mapping, order={"out": np.arange(10)})
        case "shape":
            return replace(mapping, plan={"copies": rows[:, :4]})
        case "nothing":
            return replace(mapping, plan={})
        case "part":
            rows[0, 2] = 99
        case "projection":
            rows[0, 0] = 9
        case "block":
            rows[0, 1] = 99
        case "negative":
            rows[0, 3] = -1
        case "edge":
            rows[0, 4] = 31
        case "slices":
            return replace(mapping, slices=mapping.slices[:-1])
        case "host":
            *others, last = mapping.slices
            here = Slice(last.population, last.start, last.stop, None)
            return replace(mapping, slices=(*others, here))
    return replace(mapping, plan={"copies": rows})


@pytest.mark.parametrize(
    "what",
    [
        "network",
        "target",
        "order",
        "shape",
        "nothing",
        "part",
        "projection",
        "block",
        "negative",
        "edge",
        "slices",
        "host",
    ],
)
def test_a_mapping_that_does_not_suit(what: str) -> None:
    network, target = example(), chip()
    with pytest.raises(SomacError) as raised:
        emit(network, wrong(hand_placed(network, target), what), target)
    assert {d.code for d in raised.value.diagnostics} == {"E0656"}


def test_the_backend_has_nothing_to_build() -> None:
    network, target = example(), chip()
    program = emit(network, hand_placed(network, target), target)
    backend = create()
    assert not backend.info.steps
    assert not backend.machines()
    assert not backend.missing("elf", target)
    with pytest.raises(SomacError, match="E0845"):
        backend.build(program, "elf", target)


def test_the_account_says_what_is_clipped_in_every_column() -> None:
    network = example(Converters(1, 1, "none", 2, 3, "differential", -3, 3))
    target = chip()
    mapping = hand_placed(network, target)
    plain = emit(network, mapping, target)
    assert plain.json("report.json")["clipped"] == {}
    image = np.random.default_rng(1).integers(0, 2, (3, 6, 36))
    program = emit(network, mapping, target, Guidance(samples={"image": image}))
    told = program.json("report.json")
    for p in network.projections:
        if p.tiling is not None:
            assert [
                len(columns) for columns in told["clipped"][p.name]
            ] == p.tiling.columns.tolist()
    assert max(max(columns) for columns in told["clipped"]["conv"]) > 0
    assert told["tables"][1]["columns"][2] == "clipped"
    # nothing else depends on samples
    assert {n for n in program.files if program.files[n] != plain.files[n]} == {"report.json"}
