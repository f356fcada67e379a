"""A neuron model written by hand: the same bits on three targets, and it hears what it is for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from somac.compiler.api import Program, compile, load
from somac.compiler.inputs import Recording, read_recording
from somac.ir.simulate import reference


@pytest.fixture(scope="module")
def folder(repository: Path) -> Path:
    return repository / "examples" / "rhythms"


@pytest.fixture(scope="module")
def examples(repository: Path) -> Iterator[Any]:
    """Imports modules of the examples, whose folder is no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(repository)
        yield lambda name: import_module(f"examples.{name}")


@pytest.fixture(scope="module")
def recording(folder: Path) -> Recording:
    return read_recording(folder / "test.npz", ["fibres"])


def test_the_recordings_are_those_of_the_script(examples: Any, recording: Recording) -> None:
    spikes, labels = examples("rhythms.stimuli").recordings()
    np.testing.assert_array_equal(recording.inputs["fibres"], spikes)
    np.testing.assert_array_equal(recording.labels, labels)
    # counting spikes does not tell which rhythm it is
    assert set(spikes.sum(axis=(1, 2))) == {20}


@pytest.mark.parametrize("target", ["spinnaker2", "ulx3s-85f", "neurram"])
def test_every_target_hears_every_rhythm(folder: Path, recording: Recording, target: str) -> None:
    program: Program = compile(folder / "rhythms.snn", target=target)
    assert not program.verify()
    assert program.agreement(recording.inputs).differing == 0
    run = program.run(recording.inputs)
    np.testing.assert_array_equal(run.classes(), recording.labels)
    meant = reference(load(folder / "rhythms.snn"), recording.inputs).signals["bank"]
    np.testing.assert_array_equal(meant.sum(axis=1).argmax(axis=1), recording.labels)


def test_a_rhythm_is_not_a_rate(folder: Path, examples: Any) -> None:
    """Each cell is silent when spikes come as often, but out of its step."""
    periods = 1000 / np.array(examples("rhythms.stimuli").RHYTHMS)
    network = load(folder / "rhythms.snn")
    counts = np.zeros((4, 4), int)
    for row, period in enumerate(periods):
        x = np.zeros((1, 600, 16), np.int64)
        x[0, np.rint(100 + period * np.arange(4)).astype(int), 0] = 1
        counts[row] = reference(network, {"fibres": x}).signals["bank"][0].sum(axis=0)
    np.testing.assert_array_equal(counts > 0, np.eye(4, dtype=bool))


def test_the_table_of_the_page_is_what_is_printed(
    repository: Path, examples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    examples("compare").main()
    page = (repository / "examples" / "README.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out in page
