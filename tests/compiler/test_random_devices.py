"""Random devices on their way through the compiler: what keeps the mark, and what refuses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

import somac as api
from somac.backends.api import DeviceChoice
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.nir.export import to_nir
from somac.compiler.passes.prune import prune
from somac.compiler.passes.quantise import QuantiseOptions, quantise
from somac.compiler.pipeline import CompileOptions
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network
from somac.ir.random_device import RandomDevice, ReadBack
from somac.ir.serial import integer_from_files, integer_to_files

Somac = Callable[..., Result]

TEXT = """\
network liquid:
    dt 1 ms

input x[6]: spikes
population lsm[9]: LIF(tau = 10 ms, r = 10, v_leak = 0, v_threshold = 1, v_reset = 0)
projection x -> lsm: random_device(normal(0.1, 6.5), scale = 0.07)
projection lsm -> lsm as back: random_device(normal(0, 6.5), scale = 0.07) delay 1 tick
projection x -> lsm as plain: dense(normal(0, 0.2), seed = 1)
output lsm
"""
DEVICES = ("x->lsm.i", "back")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "liquid.snn"
    path.write_text(TEXT)
    return path


@pytest.fixture
def network(model: Path) -> Network:
    return api.load(model, device_seed=3)


def devices(network: Network | IntegerNetwork) -> dict[str, RandomDevice]:
    marks = {p.name: p.device for p in network.projections if p.device is not None}
    return {n: m.device if isinstance(m, ReadBack) else m for n, m in marks.items()}


def test_a_device_is_a_seed(model: Path) -> None:
    loaded = [api.load(model, device_seed=seed) for seed in (0, 1)]
    assert loaded[0].digest() == api.load(model).digest() != loaded[1].digest()
    for first, second in zip(*(n.projections for n in loaded), strict=True):
        same = np.array_equal(first.connectivity.weights, second.connectivity.weights)
        assert same == (first.name == "plain")


def test_quantising_marks_what_is_read_back(network: Network) -> None:
    whole = quantise(network).network
    assert devices(whole) == devices(network)
    assert tuple(devices(whole)) == DEVICES
    plain = tuple(replace(p, device=None) for p in network.projections)
    others = quantise(replace(network, projections=plain)).network.projections
    for ours, theirs in zip(whole.projections, others, strict=True):
        np.testing.assert_array_equal(ours.connectivity.weights, theirs.connectivity.weights)


@pytest.mark.parametrize("per_channel", [True, False])
def test_what_is_read_back_is_known_to_half_a_step(network: Network, per_channel: bool) -> None:
    whole = quantise(network, QuantiseOptions(per_channel=per_channel)).network
    for p in whole.projections[:2]:
        assert p.device is not None
        assert p.device.step.ndim == int(per_channel)
        exact = p.device.weights(p.name, 9, p.connectivity.source_size)
        np.testing.assert_array_equal(np.rint(exact), p.connectivity.weights)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_what_is_read_back_has_the_bits_of_a_weight(network: Network, bits: int) -> None:
    whole = quantise(network, QuantiseOptions(weight_bits=bits)).network
    top = 2 ** (bits - 1) - 1
    largest = [np.abs(p.connectivity.weights).max() for p in whole.projections]
    assert max(largest) == top


def test_bundles_keep_the_mark(network: Network) -> None:
    whole = quantise(network).network
    read = integer_from_files(integer_to_files(whole, "golden"), "golden")
    assert read.digest() == whole.digest()
    golden = api.compile(network).golden()
    assert devices(golden) == devices(network)


def test_other_targets_compute_it_as_any_network(network: Network) -> None:
    program = api.compile(network, target="spinnaker2")
    x = np.random.default_rng(0).integers(0, 2, (2, 30, 6))
    assert program.run(x).outputs["lsm"].any()
    assert not program.agreement(x).differing


def test_cells_of_a_crossbar_are_as_they_were_found(network: Network) -> None:
    program = api.compile(network, target="isaac")
    x = np.random.default_rng(0).integers(0, 2, (2, 30, 6))
    assert not program.agreement(x).differing
    assert not program.verify()
    description = program.files.json("crossbar.json")
    blocks = description["blocks"]
    tiled = [p.name for p in program.golden().projections if p.tiling is not None]
    by_name = {
        name: {block["as_found"] for block in blocks[t["first"] : t["stop"]]}
        for name, t in zip(tiled, description["tiled"], strict=True)
    }
    assert by_name == {name: {name in DEVICES} for name in by_name}
    assert {*by_name} >= {*DEVICES}
    # finer than they are read back: other spikes, the same whenever that device runs
    found = [
        program.run(x, device=DeviceChoice(seed, frozenset({"found"}))).outputs["lsm"]
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    # it is the network that says which cells these are
    np.testing.assert_array_equal(found[0], found[2])
    assert program.run(x).outputs["lsm"].shape == found[0].shape


@pytest.mark.parametrize("target", ["crossbar-40nm", "isaac"])
def test_what_is_programmed_can_be_left_to_adders(network: Network, target: str) -> None:
    program = api.compile(network, target=target, options=CompileOptions(options={"mac": "never"}))
    tiled = [p.name for p in program.golden().projections if p.tiling is not None]
    assert tiled == [*DEVICES]
    assert not program.verify()
    x = np.random.default_rng(0).integers(0, 2, (2, 30, 6))
    assert not program.agreement(x).differing


def test_pruning_leaves_a_device_as_it_is(network: Network) -> None:
    thin = prune(network, 0.5).network
    for before, after in zip(network.projections, thin.projections, strict=True):
        assert (before.connectivity is after.connectivity) == (before.name in DEVICES)
    alone = replace(network, projections=network.projections[:2])
    with pytest.raises(SomacError, match="E0412"):
        prune(alone, 0.5)


def test_nir_has_no_random_devices(network: Network) -> None:
    with pytest.raises(SomacError) as caught:
        to_nir(network)
    assert {(d.code, d.place.node) for d in caught.value.diagnostics} == {
        ("E0156", name) for name in DEVICES
    }
    assert "never programmed" in str(caught.value)
    plain = tuple(replace(p, device=None) for p in network.projections)
    assert to_nir(replace(network, projections=plain)).nodes


def test_a_seed_without_a_device_does_nothing(model: Path, repository: Path) -> None:
    def notes(path: Path, seed: int | None) -> list[str]:
        return [d.message for d in load_model(path, LoadOptions(device_seed=seed)).notes]

    assert not notes(model, 5)
    assert not notes(model, None)
    digits = repository / "examples" / "digits" / "digits.nir"
    (message,) = [m for m in notes(digits, 5) if "--device-seed 5" in m]
    assert "has no random device in it" in message
    model.write_text(TEXT.replace("scale = 0.07", "scale = 0.07, seed = 1"))
    (message,) = notes(model, 5)
    assert "no random device that leaves its seed open" in message


def test_the_command_line_chooses_the_device(model: Path, tmp_path: Path, somac: Somac) -> None:
    digests = {}
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        somac("compile", model, "--device-seed", seed, "-o", folder)
        found = api.Program.open(folder).golden()
        assert {d.seed for d in devices(found).values()} == {seed}
        digests[seed] = found.digest()
    assert digests[0] != digests[1]
    somac("inspect", model, "--device-seed", -1, exit_code=2)


def test_inspect_shows_the_device(model: Path, somac: Somac) -> None:
    given = ("inspect", model, "--device-seed", 6)
    assert "random device 6" in somac(*given).stdout
    view = json.loads(somac(*given, "--json").stdout)
    shown = [p["device"] for p in view["result"]["projections"]]
    assert shown[0] == {"mean": 0.1, "deviation": 6.5, "scale": 0.07, "seed": 6}
    assert shown[2] is None
