"""The example of a liquid state machine, on recordings that are made here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from numpy.typing import NDArray

import somac as api
from somac.ir.random_device import RandomDevice
from somac.ir.simulate import reference

Somac = Callable[..., Result]

MODULES = ("network", "readout", "recordings", "study", "train")


@pytest.fixture(scope="module")
def lsm(repository: Path) -> Iterator[Any]:
    """The modules of the example, whose folder is no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(repository)
        yield SimpleNamespace(**{n: import_module(f"examples.lsm.{n}") for n in MODULES})


def drawn(lsm: Any, seed: int, classes: int = 3, each: int = 14) -> Any:
    """Columns of the camera that move with the class, at random times in 300 ms."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(classes), each)
    events = 250
    size = len(label) * events
    column = 9 + 5 * np.repeat(label, events) + rng.integers(0, 5, size)
    t = np.sort(rng.integers(0, 300_000, (len(label), events)), axis=1)
    return lsm.recordings.Recordings(
        column.astype(np.uint8),
        rng.integers(0, 34, size).astype(np.uint8),
        rng.integers(0, 2, size).astype(np.uint8),
        t.ravel().astype(np.uint32),
        np.arange(0, size + 1, events),
        label,
    )


def stored(recordings: Any, path: Path, **change: NDArray[np.generic]) -> Path:
    names = ("x", "y", "p", "t_us", "offset", "label")
    arrays = {name: getattr(recordings, name) for name in names} | change
    np.savez(path, **{k: v for k, v in arrays.items() if v.size})
    return path


def by_hand(lsm: Any, *events: tuple[int, int, int, int]) -> Any:
    """Two recordings of the same events, the second a second later."""
    x, y, p, t = (np.array(2 * column) for column in map(list, zip(*events, strict=True)))
    later = np.repeat([0, 1_000_000], len(events))
    offset = np.array([0, len(events), 2 * len(events)])
    return lsm.recordings.Recordings(x, y, p, t + later, offset, np.array([0, 1]))


def test_events_become_spikes(lsm: Any) -> None:
    events = by_hand(lsm, (9, 9, 0, 100), (9, 9, 0, 101), (24, 10, 0, 6100), (8, 9, 0, 9000),
                     (12, 12, 1, 12_100), (9, 25, 0, 12_100), (20, 20, 0, 300_100))  # fmt: skip
    spikes = lsm.recordings.spikes_of(events, lsm.recordings.View())
    assert spikes.shape == (2, 50, 256)
    np.testing.assert_array_equal(spikes[0], spikes[1])
    found = [tuple(map(int, where)) for where in np.argwhere(spikes[0])]
    assert found == [(0, 0), (1, 16 + 15)]
    seen = np.argwhere(lsm.recordings.spikes_of(events, lsm.recordings.View(polarity=1))[0])
    assert [tuple(map(int, where)) for where in seen] == [(2, 3 * 16 + 3)]
    both = lsm.recordings.spikes_of(
        events, lsm.recordings.View(polarity=2, window="halved", steps=3)
    )
    assert both.shape == (2, 3, 256)
    assert {tuple(map(int, where)) for where in np.argwhere(both[0])} == {
        (0, 4 * 16 + 4),
        (1, 4 * 16 + 11),
        (1, 4 * 16 + 3),
        (2, 5 * 16 + 5),
        (2, 12 * 16 + 4),
    }


def test_rates_of_parts_add_up(lsm: Any) -> None:
    assert lsm.readout.ends(50, 3) == [17, 33, 50]
    spikes = np.random.default_rng(0).integers(0, 2, (4, 50, 6))
    parts = lsm.readout.rates(spikes, 3)
    np.testing.assert_array_equal(parts[:, :6], spikes[:, :17].sum(axis=1) / 50)
    np.testing.assert_allclose(parts.reshape(4, 3, 6).sum(axis=1), lsm.readout.rates(spikes))


def test_readouts_are_what_scikit_learn_has_trained(lsm: Any) -> None:
    rng = np.random.default_rng(1)
    label = np.repeat(np.arange(4), 30)
    features = rng.normal(0, 1, (120, 9)) + np.eye(4, 9)[label] * 4
    features[:, 8] = 0.25
    for kind, readout in lsm.readout.train(features, label).items():
        assert readout.kind == kind
        assert readout.validated > 0.9
        assert readout.accuracy(features, label) > 0.9
        assert readout.weight.shape == (4, 9)


@pytest.mark.parametrize("label", [[0, 1] * 10, [1, 2, 3] * 10, [0, 1, 2, 2, 1, 0]])
def test_what_no_readout_is_trained_for(lsm: Any, label: list[int]) -> None:
    with pytest.raises(ValueError, match="class"):
        lsm.readout.train(np.zeros((len(label), 2)), np.array(label))


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_the_network_answers_as_its_readout(lsm: Any, parts: int) -> None:
    rng = np.random.default_rng(parts)
    x = (rng.random((5, 50, 256)) < 0.1).astype(np.uint8)
    reservoir = api.load(lsm.train.RESERVOIR)
    sent = reference(reservoir, {"events": x}).signals["lsm"]
    assert 0.01 < sent.mean() < 0.3
    weight, bias = rng.normal(0, 1, (10, 200 * parts)), rng.normal(0, 1, 10)
    readout = lsm.readout.Readout("ridge", 1.0, 1.0, weight, bias)
    network = lsm.network.classifier(reservoir, readout, parts, 50)
    answers = reference(network, {"events": x}).signals["classes"]
    wanted = lsm.readout.rates(sent, parts) @ weight.T + bias
    np.testing.assert_allclose(answers.mean(axis=1), wanted, atol=1e-9)


def test_the_network_of_a_device_runs_from_the_command_line(
    lsm: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], somac: Somac
) -> None:
    path = stored(drawn(lsm, 2), tmp_path / "recordings.npz")
    folder = tmp_path / "out"
    lsm.train.main(
        [str(path), "-o", str(folder), "--devices", "2", "--parts", "2", "--window", "halved"]
    )
    printed = capsys.readouterr().out
    assert "9 recordings held out, 33 to train on; halved" in printed
    assert "published: 89.66 %" in printed
    accuracy = float(printed.split("device 0: ")[1].split("%")[0])
    assert accuracy > 70
    bundle = tmp_path / "bundle"
    # another device, where the text leaves it open: the readout is for this one, and says so
    somac("compile", folder / "network.snn", "-o", bundle)
    assert "random_device(normal(0.00156, 6.61329), scale = 0.07, seed = 0)" in (
        folder / "network.snn"
    ).read_text(encoding="utf-8")
    shown = somac("run", bundle, "--input", folder / "test.npz").stdout
    assert f"accuracy  {accuracy:.1f} %" in shown


def test_a_device_has_every_figure(lsm: Any) -> None:
    recordings = drawn(lsm, 3)
    data = lsm.train.split(
        lsm.recordings.spikes_of(recordings, lsm.recordings.View()), recordings.label
    )
    first, second = (lsm.train.run_device(seed, data, parts=1) for seed in (0, 1))
    columns = [f"{a} {k}" for a in ("float", "emulated") for k in ("ridge", "logistic")]
    assert list(first.tested) == [*columns, "compiled"]
    assert first.best in first.whole.values()
    weights = [
        [p.connectivity.weights for p in d.network.projections if p.device is not None]
        for d in (first, second)
    ]
    assert not any(np.array_equal(*pair) for pair in zip(*weights, strict=True))


def test_readouts_can_be_trained_for_imperfect_devices(lsm: Any, tmp_path: Path) -> None:
    recordings = drawn(lsm, 5)
    data = lsm.train.split(
        lsm.recordings.spikes_of(recordings, lsm.recordings.View()), recordings.label
    )
    exact, real = (
        lsm.train.run_device(0, data, parts=1, target="hermes", imperfect=imperfect)
        for imperfect in (False, True)
    )
    assert exact.best.weight.shape == real.best.weight.shape
    assert not np.array_equal(exact.best.weight, real.best.weight)
    # digital hardware has no imperfections
    path = stored(recordings, tmp_path / "recordings.npz")
    with pytest.raises(SystemExit, match="E0846"):
        lsm.train.main([str(path), "-o", str(tmp_path / "out"), "--devices", "1", "--imperfect"])


def test_variants_of_the_study(lsm: Any) -> None:
    recordings = drawn(lsm, 4)
    data = lsm.train.split(
        lsm.recordings.spikes_of(recordings, lsm.recordings.View(polarity=2)), recordings.label
    )
    for variant in (
        lsm.study.Variant("whole"),
        lsm.study.Variant("louder, alone", gain=2.0, recurrent=False, parts=2),
        lsm.study.Variant("pixels", reservoir=False),
    ):
        assert set(lsm.study.validated(variant, data, devices=1)) == {"ridge", "logistic"}
    names = [v.name for v in lsm.study.VARIANTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"label": np.zeros(0)}, "no array label"),
        ({"offset": np.array([0, 3])}, "do not fit one another"),
    ],
)
def test_files_that_are_no_recordings(
    lsm: Any, change: dict[str, NDArray[np.generic]], part: str, tmp_path: Path
) -> None:
    path = stored(drawn(lsm, 0), tmp_path / "odd.npz", **change)
    with pytest.raises(ValueError, match=part):
        lsm.recordings.read_recordings(path)
    with pytest.raises(SystemExit, match=part):
        lsm.train.main([str(path), "-o", str(tmp_path / "out")])
    with pytest.raises(SystemExit, match=part):
        lsm.study.main([str(path)])
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "sizes", "scale"),
    [("nmnist", (256, 200), 0.07), ("emnist", (784, 2048), 0.0005)],
)
def test_reservoirs_are_as_published(
    lsm: Any, name: str, sizes: tuple[int, int], scale: float
) -> None:
    network = api.load(lsm.train.RESERVOIR.with_name(f"{name}.snn"), device_seed=5)
    assert (network.inputs[0].size, network.populations[0].size) == sizes
    into, back = network.projections
    assert into.device == RandomDevice(0.00156, 6.61329, scale, 5)
    assert back.device == replace(into.device, mean=0.00606, deviation=6.67268)
    assert (into.delay, back.delay) == (0, 1)
