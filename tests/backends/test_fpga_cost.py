"""Cycles by the cost model, held against those of the emulator; what bundles say of area."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from leaky_texts import leaky_text
from numpy.typing import NDArray

from somac.backends.fpga import create
from somac.backends.fpga.cost import costs
from somac.backends.fpga.emulator import FpgaEmulator
from somac.backends.fpga.synthesised import engines_edge, with_synthesis
from somac.compiler.api import Program
from somac.compiler.pipeline import compile_network
from somac.compiler.targets import find_target
from somac.grammar.lower import network_of
from somac.ir.errors import SomacError
from somac.ir.program import Program as Files

TEXT = leaky_text("""
input x[24]: spikes
population a[40]: leaky
population b[12]: leaky
projection x -> a: dense(uniform(-0.2, 0.5), seed = 1)
projection a -> b: dense(uniform(-0.2, 0.5), seed = 2)
projection b -> b: dense(uniform(-0.2, 0.3), seed = 3) delay 1 ms
output b
""")
STEPS = 60


@pytest.fixture(scope="module")
def program() -> Files:
    return compile_network(network_of(TEXT), find_target("ulx3s-85f")).program


def ran(program: Files, x: NDArray[np.int64]) -> tuple[float, Mapping[str, NDArray[np.float64]]]:
    """Cycles from a step to the next in a run of many steps, and how often cells sent."""
    emulation, timing = FpgaEmulator(program).timed({"x": x})
    first, last = timing.outputs[0][:, STEPS // 4], timing.outputs[0][:, -1]
    interval = float(((last - first) / (STEPS - 1 - STEPS // 4)).mean())
    samples = len(x)
    return interval, {n: often / (samples * STEPS) for n, often in emulation.sent.items()}


def test_silence_takes_as_long_as_in_the_emulator(program: Files) -> None:
    interval, rates = ran(program, np.zeros((1, STEPS, 24), np.int64))
    assert not any(rate.any() for rate in rates.values())
    assert costs(program, {"quiet": {}})["quiet"].amounts["interval_cycles"].value == interval


@pytest.mark.parametrize("rate", [0.05, 0.3, 1.0])
def test_means_are_near_what_the_emulator_counts(program: Files, rate: float) -> None:
    x = (np.random.default_rng(3).random((4, STEPS, 24)) < rate).astype(np.int64)
    interval, rates = ran(program, x)
    found = costs(program, {"measured": rates})["measured"]
    assert found.amounts["interval_cycles"].value == pytest.approx(interval, rel=0.1)
    events = {e.name: e for e in found.events}
    assert events["offered"].total == pytest.approx(
        rates["x"].sum() + rates["a"].sum() + rates["b"].sum(), rel=1e-5
    )


def test_amounts(program: Files) -> None:
    cases = costs(program, {"quiet": {}, "worst": {n: np.ones(k) for n, k in SIZES.items()}})
    quiet, worst = cases["quiet"].amounts, cases["worst"].amounts
    assert worst["interval_cycles"].value > quiet["interval_cycles"].value
    assert worst["latency_cycles"].value > worst["busiest_engine_cycles"].value
    time = worst["interval_us"]
    assert time.value == pytest.approx(worst["interval_cycles"].value / 25, rel=1e-5)
    assert (time.unit, time.status, time.of, time.adds) == (
        "us",
        "derived",
        ("kit.clock_mhz",),
        True,
    )
    assert worst["steps_per_s"].value == pytest.approx(1e6 / time.value, rel=1e-4)
    assert cases["worst"].busiest.endswith("_engine")
    assert len(cases["worst"].cycles) == 2
    assert max(cases["worst"].cycles) == worst["busiest_engine_cycles"].value
    assert quiet["area_lut"].status == "derived"
    assert 0 < quiet["area_lut_percent"].value < 100


SIZES = {"x": 24, "a": 40, "b": 12}


def test_a_synthesis_takes_the_place_of_estimates(program: Files) -> None:
    result = {"format": 1, "used": {"lut": 1000, "carry": 7}, "fmax_mhz": 50}
    files = {**program.files, "syn/result.json": json.dumps(result).encode()}
    found = costs(replace(program, files=files), {"quiet": {}})["quiet"].amounts
    assert (found["area_lut"].value, found["area_lut"].status) == (1000, "measured")
    assert "area_carry_percent" not in found
    assert found["interval_us"].of == ("fmax_mhz",)
    assert found["interval_us"].value == pytest.approx(
        found["interval_cycles"].value / 50, rel=1e-5
    )


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("costs.json", b"{}", "E0704"),
        ("costs.json", b'{"format": 2}', "E0704"),
        ("syn/result.json", b"[]", "E0704"),
        ("syn/result.json", b'{"format": 1, "used": {}, "fmax_mhz": -1}', "E0704"),
    ],
)
def test_damaged_files(program: Files, file: str, content: bytes, code: str) -> None:
    with pytest.raises(SomacError) as caught:
        costs(replace(program, files={**program.files, file: content}), {"quiet": {}})
    assert caught.value.diagnostics[0].code == code


def test_nothing_is_known_without_a_part(program: Files) -> None:
    files = {n: c for n, c in program.files.items() if n != "costs.json"}
    assert costs(replace(program, files=files), {"quiet": {}}) == {}
    assert create().costs(replace(program, files=files), {"quiet": {}}) == {}
    without = replace(find_target("ulx3s-85f"), part=None)
    assert with_synthesis(program, without, engines_edge(program)) is program
    assert create().missing("synth", without) == ()


def test_a_bundle_says_what_it_takes(program: Files) -> None:
    report = program.json("report.json")
    assert report["total"]["engines"] == 2
    assert "LUT" in report["remarks"]["area"]
    assert report["remarks"]["clock"].startswith("25 MHz")
    assert "expected" in report["costs"]
    assert {"syn/Makefile", "syn/ulx3s-85f.lpf"} <= set(program.files)
    assert "syn/vivado.tcl" not in program.files
    large = compile_network(network_of(TEXT), find_target("xcku060")).program
    assert {"syn/Makefile", "syn/xcku060.xdc", "syn/vivado.tcl"} <= set(large.files)


def test_a_run_is_measured(program: Files) -> None:
    run = Program(program).run({"x": np.ones((2, 10, 24), np.int64)})
    assert run.costs is not None
    assert run.costs.amounts["interval_cycles"].value > 0
