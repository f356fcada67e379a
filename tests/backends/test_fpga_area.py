"""What memories and products become, as yosys 0.70 has it; estimates of whole designs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from leaky_texts import leaky_text

from somac.backends.fpga.area import Store, design_area, design_stores, engine_area
from somac.backends.fpga.area.estimate import PRICED
from somac.backends.fpga.area.mappers import map_product, map_store
from somac.backends.fpga.emit import design_of, written
from somac.backends.fpga.emit.design import Design
from somac.backends.fpga.folding import fold
from somac.backends.fpga.synthesis import circuit_of, synthesise
from somac.compiler.passes.map import map_network
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import load_targets
from somac.grammar.lower import network_of
from somac.ir.program import Program
from somac.ir.target import Part, Target

TARGETS = {name: target for name, target in load_targets().items() if target.part}
PARTS: dict[str, Part] = {name: t.part for name, t in TARGETS.items() if t.part}

TEXT = leaky_text("""
input x[24]: spikes
population a[20]: leaky
population b[4]: leaky
projection x -> a: dense(uniform(-0.2, 0.5), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.5), seed = 2)
output b
""")


# words, bits, written -> pool and units, as counted by yosys 0.70 of memories by themselves
MEMORIES = {
    "ulx3s-85f": {
        (1, 16, True): {"ff": 32},
        (2, 16, True): {"lutram": 4},
        (16, 40, True): {"lutram": 10},
        (17, 16, True): {"lutram": 8},
        (64, 40, True): {"lutram": 40},
        (100, 4, True): {"lutram": 7},
        (100, 16, True): {"bram": 1},
        (100, 40, True): {"bram": 2},
        (256, 4, True): {"lutram": 16},
        (512, 72, True): {"bram": 2},
        (1024, 512, True): {"bram": 29},
        (4096, 512, True): {"bram": 114},
        (48, 40, False): {"bram": 0},
        (256, 4, False): {"bram": 0},
        (256, 40, False): {"bram": 2},
    },
    "icebreaker": {
        (4, 16, True): {"ff": 80},
        (8, 4, True): {"ff": 36},
        (8, 16, True): {"bram": 1},
        (16, 4, True): {"ff": 68},
        (17, 4, True): {"bram": 1},
        (100, 40, True): {"bram": 3},
        (4096, 16, True): {"bram": 16},
        (16384, 64, True): {"bram": 256},
        (64, 16, False): {"bram": 0},
        (64, 40, False): {"bram": 0},
        (100, 16, False): {"bram": 1},
        (256, 4, False): {"bram": 0},
    },
}


@pytest.mark.parametrize(
    ("board", "shape"), [(board, shape) for board, some in MEMORIES.items() for shape in some]
)
def test_memories(board: str, shape: tuple[int, int, bool]) -> None:
    words, bits, writes = shape
    found = map_store(Store(words, bits, 1, written=writes), PARTS[board])
    for pool, units in MEMORIES[board][shape].items():
        assert found.get(pool, 0) == units
    double = map_store(Store(words, bits, 2, written=writes), PARTS[board])
    assert double == {name: 2 * units for name, units in found.items()}


def test_products() -> None:
    ecp5, ice40, xcup = (PARTS[name] for name in ("ulx3s-85f", "icebreaker", "xcvu9p"))
    assert map_product(18, 18, 3, ecp5)["dsp"] == 3
    assert map_product(19, 8, 1, ecp5)["dsp"] == 2
    assert map_product(30, 18, 1, ecp5)["dsp"] == 2
    assert map_product(27, 18, 1, xcup)["dsp"] == 1
    # what is small is logic
    assert map_product(4, 4, 2, ecp5) == {"multiplied": 32}
    assert map_product(5, 5, 1, ice40) == {"multiplied": 25}
    without = replace(ecp5, multipliers={})
    assert map_product(18, 18, 1, without) == {"multiplied": 324}


def made(target: Target) -> tuple[Design, Program]:
    network = quantise(network_of(TEXT)).network
    from somac.backends.fpga.resources import EngineResources

    laid_out, mapping = map_network(network, target, lambda _: EngineResources(), {})
    lanes = dict.fromkeys(range(len(mapping.slices)), 2)
    design = design_of(laid_out, mapping, target, fold(laid_out, mapping, lanes))
    return design, written(design, laid_out, target)


@pytest.mark.parametrize("name", ["ulx3s-85f", "icebreaker", "xcku060", "xcvu9p"])
def test_a_design_takes_more_than_its_engines(name: str) -> None:
    design, _ = made(TARGETS[name])
    part = PARTS[name]
    engines = [engine_area(engine, part) for engine in design.engines]
    whole = design_area(design, part)
    assert set(whole) <= set(part.pools) | {"lutram"}
    for pool, units in whole.items():
        assert units >= sum(engine.get(pool, 0) for engine in engines) - len(engines)
    assert whole["lut"] > sum(engine["lut"] for engine in engines) - len(engines)
    assert len(design_stores(design)) > 4


def test_figures_are_those_of_what_is_counted() -> None:
    known = {f"{name}_{unit}" for name in PRICED for unit in ("luts", "flip_flops")}
    for part in PARTS.values():
        told = {key for key in part.figures if key.endswith(("_luts", "_flip_flops"))}
        assert told <= known
        assert told


def test_more_lanes_take_more() -> None:
    part = PARTS["ulx3s-85f"]
    target = TARGETS["ulx3s-85f"]
    network = quantise(network_of(TEXT)).network
    from somac.backends.fpga.resources import EngineResources

    laid_out, mapping = map_network(network, target, lambda _: EngineResources(), {})
    areas = []
    for lanes in (1, 4, 16):
        chosen = dict.fromkeys(range(len(mapping.slices)), lanes)
        design = design_of(laid_out, mapping, target, fold(laid_out, mapping, chosen))
        areas.append(design_area(design, part))
    for pool in ("lut", "ff", "dsp"):
        assert areas[0][pool] < areas[1][pool] < areas[2][pool]


def test_what_yosys_counts(yosys: None) -> None:
    """Within what the documentation states of the worst designs: the figures fit these circuits."""
    target, part = TARGETS["ulx3s-85f"], PARTS["ulx3s-85f"]
    design, program = made(target)
    used, estimated = (
        synthesise(circuit_of(program, design.name), part).used,
        design_area(design, part),
    )
    for pool in ("lut", "ff"):
        assert estimated[pool] == pytest.approx(used[pool], rel=0.4)
    for pool in ("bram", "dsp", "lutram"):
        assert estimated.get(pool, 0) == pytest.approx(used.get(pool, 0), abs=4)
