"""Small versions of the large networks of the benchmarks, and how hubs are dealt with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benches import bench

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.compiler.api import Program
from somac.compiler.load import load_model
from somac.compiler.mapping.partition import Hypergraph, PartitionOptions
from somac.compiler.mapping.partition.probe import probed
from somac.compiler.passes import arrange
from somac.compiler.passes.arrange import arranged_layout, contiguous_layout
from somac.compiler.passes.quantise import quantise
from somac.compiler.targets import find_target

egru, fruit_fly = bench("egru"), bench("fruit_fly")
NEURONS = 1500


@pytest.fixture(scope="module")
def fly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small brain: its text, its arrays, and its bundle."""
    folder = tmp_path_factory.mktemp("fly")
    model = fruit_fly.fly_text(fruit_fly.fly_network(NEURONS), folder)
    passes = fruit_fly.compile_stage(model, folder / "bundle")
    assert {"read", "quantise", "map", "emit", "write"} <= {p.name for p in passes}
    return folder


def test_degrees_of_the_brain_are_those_of_the_connectome() -> None:
    network = fruit_fly.fly_network(20_000)
    into = np.bincount(network.target, minlength=20_000)
    assert into.mean() == pytest.approx(108.9, abs=0.1)
    assert np.log(into[into > 0]).std() == pytest.approx(1.1, abs=0.1)
    assert into.max() > 20 * into.mean()
    assert np.abs(network.weight).min() == pytest.approx(5 * 0.275)


def test_a_small_brain_is_compiled_whole(fly: Path) -> None:
    assert fruit_fly.verify_stage(fly / "bundle")[1] == 0
    cores = Program.open(fly / "bundle").files.json("report.json")["cores"]
    assert len(cores) > 5
    assert sum(core["neurons"] for core in cores) == NEURONS
    # hubs share a core with fewer
    neurons = [core["neurons"] for core in cores]
    assert min(neurons[:-1]) < 256


def test_a_small_brain_gives_the_golden_integers(fly: Path) -> None:
    spikes, values, differing = fruit_fly.agreement_stage(fly / "bundle", 300)
    assert spikes > 1000
    assert values == 4 * 300 * NEURONS
    assert differing == 0


def test_hubs_are_not_taken_for_structure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Synapses lead anywhere, however many some neurons have: no order is looked for."""
    monkeypatch.setattr(arrange, "_MANY_PINS", 1)
    monkeypatch.setattr(arrange, "_SAMPLE", 1)
    target = find_target("spinnaker2")
    backend = ManycoreBackend()
    network = load_model(fruit_fly.fly_text(fruit_fly.fly_network(8000), tmp_path)).network
    legal = backend.legalise(quantise(network).network, target, Guidance()).network
    plain = contiguous_layout(legal, target.resources, backend.resources(legal, target, Guidance()))

    def measure(given: object) -> object:
        raise AssertionError("a partition was looked for")

    other = arranged_layout(plain, target.resources, measure, {}, PartitionOptions())  # type: ignore[arg-type]
    assert other is plain


def test_probes_find_what_is_there() -> None:
    """Two cliques, each heard by its own sources."""
    start = np.arange(0, 41 * 10, 10)
    pin = np.concatenate([np.arange(10) + 10 * (net % 2) for net in range(40)])
    graph = Hypergraph(30, np.full(40, -1), np.ones(40, np.int64), start, pin)
    part = probed(graph, np.ones((30, 1), np.int64), np.array([10]), 2)
    assert set(part.tolist()) <= {0, 1, 2}
    for clique in (part[:10], part[10:20]):
        assert len(set(clique.tolist())) == 1
    assert part[20:].tolist() == [2] * 10


def test_a_small_language_model_on_few_cores_and_on_many() -> None:
    network = egru.egru_language_model(40, (70, 60, 30), 0.2)
    target = find_target("spinnaker2")
    x = egru.tokens(12, 40)
    few, many = (egru.fit(network, t) for t in (target, egru.spread(target, network)))
    assert len(few.used) == 3
    assert len(many.used) == 80  # two neurons on each
    assert max(many.used) < max(few.used)
    for fitted in (few, many):
        assert fitted.ticks == 4
        assert fitted.program.verify() == ()
        assert fitted.program.agreement(x).differing == 0
    seen = few.program.run(x, record=["layer2"])
    assert (seen.signals["layer2"] != 0).any()


@pytest.mark.long
def test_the_language_model_fits_one_chip() -> None:
    fitted = egru.fit(egru.egru_language_model(), find_target("spinnaker2"))
    assert len(fitted.used) <= 148
    assert max(fitted.used) <= 94_208
    assert fitted.program.verify() == ()
    assert fitted.program.agreement(egru.tokens(5)).differing == 0
