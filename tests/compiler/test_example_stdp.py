"""The example learns what it says, on the emulated hardware, and every bit of it is golden."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from somac.compiler.api import Program, compile


@pytest.fixture(scope="module")
def example(repository: Path) -> Iterator[Any]:
    """The module of the example, whose folder is no part of the package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(repository)
        yield import_module("examples.stdp.learn")


@pytest.fixture(scope="module")
def coincidence(repository: Path) -> Program:
    return compile(repository / "examples" / "stdp" / "coincidence.snn")


@pytest.fixture(scope="module")
def reward(repository: Path) -> Program:
    return compile(repository / "examples" / "stdp" / "reward.snn")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_inputs_that_fire_together_win(coincidence: Program, example: Any, seed: int) -> None:
    run = coincidence.run(example.volleys(seed=seed), record_weights=["learnt"])
    weights = run.weights["learnt"]["w"][0]
    assert weights[: example.GROUP].mean() > 0.095
    assert weights[example.GROUP :].mean() < 0.02


def test_reward_decides_which_cue_is_answered(reward: Program, example: Any) -> None:
    trials = example.cues()
    run = reward.run(trials.inputs, record_weights=["learnt"])
    shares = example.right_answers(run.outputs["answer"], trials.wanted)
    assert (shares[:, 0] < 0.6).all()
    assert (shares[:, -1] > 0.8).all()
    # (samples, cues, cells): the cell that is paid for a cue hears it
    means = run.weights["learnt"]["w"].reshape(2, 2, 10, 2).mean(axis=2)
    np.testing.assert_array_equal(means.argmax(axis=2), [[0, 1], [1, 0]])
    assert (means.max(axis=2) > 3 * means.min(axis=2)).all()


def test_every_bit_is_golden(coincidence: Program, reward: Program, example: Any) -> None:
    for program, inputs in (
        (coincidence, example.volleys(1000)),
        (reward, example.cues(10).inputs),
    ):
        found = program.agreement(inputs)
        assert found.differing == 0
        assert any(d.name == "learnt.w" for d in found.weights)
        assert not program.verify()


def test_what_it_prints(repository: Path, example: Any, capsys: pytest.CaptureFixture[str]) -> None:
    example.main()
    page = (repository / "examples" / "stdp" / "README.md").read_text(encoding="utf-8")
    assert f"```\n{capsys.readouterr().out}```" in page
