"""What is written: exactly what fits, the same bytes every time, and an account of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.emit.image import Values
from somac.ir.datapath import parse
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping
from somac.ir.program import Program
from somac.ir.target import Target


def test_files(example_program: Program, example: IntegerNetwork) -> None:
    names = sorted(example_program.files)
    assert [n for n in names if "/" not in n] == [
        "costs.json",
        "experiment.json",
        "report.json",
    ]
    assert [n for n in names if n.startswith("programs/")] == [
        "programs/cuba.c",
        "programs/cuba.datapath",
        "programs/integrator.c",
        "programs/integrator.datapath",
        "programs/lif.c",
        "programs/lif.datapath",
    ]
    # 4 slices of lif, one of each other population; the host's and five other chips
    assert sum(n.startswith("images/") for n in names) == 6
    assert all(n.startswith(("images/chip_", "tables/chip_")) for n in names if n.endswith(".bin"))
    text = example_program.files["programs/lif.datapath"].decode()
    assert parse(text).text() == example.population("lif").datapath.text()


def test_one_program_for_equal_datapaths(
    example: IntegerNetwork,
    example_target: Target,
    plain_program: Callable[..., Program],
) -> None:
    lif = example.population("lif")
    other = replace(lif, name="other", datapath=replace(lif.datapath, output_kind="value"))
    network = replace(example, populations=(*example.populations, replace(lif, name="twin"), other))
    files = plain_program(network, example_target).files
    assert {n for n in files if n.startswith("programs/lif")} == {
        "programs/lif.c",
        "programs/lif.datapath",
        "programs/lif_2.c",
        "programs/lif_2.datapath",
    }


def test_report_accounts_for_every_byte(example_program: Program) -> None:
    report = example_program.json("report.json")
    cores = example_program.json("experiment.json")["cores"]
    for core, place in zip(report["cores"], cores, strict=True):
        image = example_program.files[place["image"]]
        assert core["bytes"] == sum(core["regions"].values())
        assert core["bytes"] == int.from_bytes(image[8:12], "little")
        assert core["bytes"] == len(image) + core["regions"]["ring_buffers"]
        assert core["free_bytes"] == 65536 - core["bytes"]
    total = report["total"]
    assert total["bytes"] == sum(core["bytes"] for core in report["cores"])
    assert total["words"] == {"4/3/1/8": 2063, "7/0/1/8": 50, "16/4/1/11": 60}
    assert total["synapses"] == sum(total["words"].values())


def test_values_are_as_narrow_as_can_be() -> None:
    values = np.array([-128, 127])
    assert bytes(Values(values, 1, shared=False)) == b"\x80\x7f\0\0"
    assert bytes(Values(values, 8, shared=True)) == (-128).to_bytes(8, "little", signed=True)


SCRIPT = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("helpers", sys.argv[1])
helpers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(helpers)
target = helpers.small_target(chips=(3, 2), cores=6, max_delay=40)
print(helpers.emitted(helpers.example_network(), target, largest=12, spread=True).digest())
"""


@pytest.mark.parametrize("seed", ["0", "4242"])
def test_the_same_bytes_anywhere(
    example_program: Program, tmp_path: Path, repository: Path, seed: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(repository / "tests" / "backends" / "conftest.py")],
        env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": seed[0]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == example_program.digest()


def test_a_core_that_is_too_small(
    example: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
) -> None:
    mapping = plain_mapping(example, make_target(max_delay=40))
    smaller = make_target(max_delay=40, memory=4000)
    with pytest.raises(SomacError, match="E0654") as caught:
        ManycoreBackend().emit(
            example, replace(mapping, target=smaller.digest()), smaller, Guidance()
        )
    assert "rows" in (caught.value.diagnostics[0].need or "")
    assert caught.value.exit_code == 3


def test_a_table_that_is_too_long(
    example: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
) -> None:
    target = replace(make_target(max_delay=40), router_entries=2)
    with pytest.raises(SomacError, match="E0606"):
        ManycoreBackend().emit(example, plain_mapping(example, target), target, Guidance())


def test_a_word_that_is_too_narrow(
    example: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
) -> None:
    target = make_target(max_delay=40)
    mapping = plain_mapping(example, target)
    narrow = replace(target, layouts=target.layouts[:1])
    with pytest.raises(SomacError, match="E0650"):
        ManycoreBackend().emit(
            example, replace(mapping, target=narrow.digest()), narrow, Guidance()
        )


def without_core(mapping: Mapping, network: IntegerNetwork) -> Mapping:
    slices = tuple(replace(s, core=None) for s in mapping.slices)
    return replace(mapping, slices=slices)


def two_on_one_core(mapping: Mapping, network: IntegerNetwork) -> Mapping:
    *others, first, last = mapping.slices
    return replace(mapping, slices=(*others, replace(first, core=last.core), last))


def a_neuron_less(mapping: Mapping, network: IntegerNetwork) -> Mapping:
    last = mapping.slices[-1]
    return replace(mapping, slices=(*mapping.slices[:-1], replace(last, stop=last.stop - 1)))


def a_route_less(mapping: Mapping, network: IntegerNetwork) -> Mapping:
    return replace(mapping, routes=mapping.routes[1:])


def of_another_network(mapping: Mapping, network: IntegerNetwork) -> Mapping:
    return replace(mapping, network="")


@pytest.mark.parametrize(
    "spoil", [without_core, two_on_one_core, a_neuron_less, a_route_less, of_another_network]
)
def test_a_mapping_that_does_not_suit(
    example: IntegerNetwork,
    make_target: Callable[..., Target],
    plain_mapping: Callable[..., Mapping],
    spoil: Callable[[Mapping, IntegerNetwork], Mapping],
) -> None:
    target = make_target(max_delay=40)
    mapping = spoil(plain_mapping(example, target), example)
    with pytest.raises(SomacError, match="E0656") as caught:
        ManycoreBackend().emit(example, mapping, target, Guidance())
    assert caught.value.exit_code == 70


def test_scales_are_in_the_description(
    example: IntegerNetwork, example_target: Target, plain_program: Callable[..., Program]
) -> None:
    scales: dict[str, Any] = {"lif": np.float64(0.25), "cuba": np.arange(10.0)}
    populations = tuple(
        replace(p, scales={"output": scales[p.name]} if p.name in scales else {})
        for p in example.populations
    )
    network = replace(example, populations=populations)
    program = plain_program(network, example_target)
    described = json.loads(program.files["experiment.json"])["populations"]
    assert [p["scale"] for p in described] == [0.25, list(range(10)), 1.0]
    assert ManycoreBackend().verify(program, network) == ()
