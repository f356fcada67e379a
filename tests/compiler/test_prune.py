"""Pruning: how many weights each lane keeps, which ones, and what the command line says of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from somac.compiler.cli.app import cli
from somac.compiler.passes.prune import PruneOptions, prune, prune_matrix
from somac.compiler.pipeline import CompileOptions, check_network, compile_network
from somac.compiler.targets import find_target
from somac.grammar.library import library
from somac.ir.connectivity import Dense, OneToOne, Sparse
from somac.ir.errors import Severity, SomacError
from somac.ir.network import Input, Network, Output, Population, Projection


def network(weight: np.ndarray) -> Network:
    """An input, a matrix, cells with a loop of one synapse each."""
    cells, channels = weight.shape
    model = library().model("nir_if", "euler_sequential")
    given = {p.name: np.asarray(1.0) for p in model.parameters if p.default is None}
    return Network(
        "pruned",
        1e-3,
        (Input("x", (channels,)),),
        (Population("cells", (cells,), model, given),),
        (
            Projection("into", "x", "cells", model.inputs[0], Dense(weight)),
            Projection(
                "loop", "cells", "cells", model.inputs[0], OneToOne(np.ones(cells), cells), 1
            ),
        ),
        (Output("out", "cells"),),
    )


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    rows, columns = draw(st.integers(1, 20)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # few values, so that there are ties and zeros
    return rng.integers(-3, 4, (rows, columns)).astype(np.float64)


@given(matrices(), st.floats(0.01, 1.0), st.data())
def test_every_lane_keeps_its_largest_and_as_many_as_any_other(
    weight: np.ndarray, density: float, data: st.DataObject
) -> None:
    lanes = data.draw(st.integers(1, len(weight)))
    kept = prune_matrix(weight, density, lanes)
    each = min(
        (len(weight) // lanes) * weight.shape[1],
        max(1, int(np.rint(max(1.0, density * weight.size) / lanes))),
    )
    for lane in range(lanes):
        part, left = np.abs(weight[lane::lanes]), kept[lane::lanes]
        assert left.sum() == min(each, np.count_nonzero(part))
        if left.any() and not left.all():
            assert part[left].min() >= part[~left].max()
    assert not kept[weight == 0].any()


def test_of_equals_the_first_is_kept() -> None:
    kept = prune_matrix(np.ones((4, 3)), 0.5, 2)
    np.testing.assert_array_equal(kept.astype(int), [[1, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 0]])


def test_one_threshold_for_all_is_not_balanced() -> None:
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(64, 50)) * np.exp(rng.normal(0, 0.6, (64, 1)))
    plain = prune(network(weight), 0.1, 8, balanced=False).report[0]
    balanced = prune(network(weight), 0.1, 8).report[0]
    assert plain.kept == balanced.kept == 320
    assert (balanced.least, balanced.most, balanced.balance) == (40, 40, 1.0)
    assert plain.least < 40 < plain.most
    assert plain.balance == 40 / plain.most
    kept = prune_matrix(weight, 0.1, 8, balanced=False)
    assert np.abs(weight[kept]).min() > np.abs(weight[~kept]).max()


def test_matrices_become_sparse_and_others_stay() -> None:
    weight = np.random.default_rng(1).normal(size=(6, 5))
    given = network(weight)
    pruned = prune(given, 0.4, 3).network
    into, loop = pruned.projections
    assert isinstance(into.connectivity, Sparse)
    assert loop is given.projections[1]
    dense = np.stack([o(np.eye(5)) for _, o in into.connectivity.by_delay()]).sum(axis=0).T
    np.testing.assert_array_equal(dense, np.where(prune_matrix(weight, 0.4, 3), weight, 0.0))
    named = prune(given, {"into": 0.4}, 3).network
    assert named.digest() == pruned.digest()


@pytest.mark.parametrize(
    ("density", "lanes", "code"),
    [
        (0.0, 1, "E0411"),
        (1.5, 1, "E0411"),
        (float("nan"), 1, "E0411"),
        (0.5, 0, "E0411"),
        (0.5, 7, "E0411"),
        ({"loop": 0.5}, 1, "E0412"),
        ({"nowhere": 0.5}, 1, "E0412"),
    ],
)
def test_what_cannot_be_pruned_has_a_code(density: object, lanes: int, code: str) -> None:
    with pytest.raises(SomacError) as raised:
        prune(network(np.ones((6, 5))), density, lanes)  # type: ignore[arg-type]
    assert [d.code for d in raised.value.diagnostics] == [code]


def test_a_network_without_a_matrix_has_a_code() -> None:
    given = prune(network(np.ones((6, 5))), 0.5).network
    with pytest.raises(SomacError) as raised:
        prune(given, 0.5)
    assert raised.value.diagnostics[0].code == "E0412"


def test_the_pass_stands_before_calibration() -> None:
    rng = np.random.default_rng(2)
    given = network(rng.normal(size=(12, 9)))
    target = find_target("spinnaker2", None)
    options = CompileOptions(prune=PruneOptions(0.25, 4))
    seen: dict[str, Any] = {}
    compiled = compile_network(
        given,
        target,
        options,
        calibration_inputs={"x": np.ones((1, 3, 9))},
        observe=seen.setdefault,
    )
    assert list(seen)[:2] == ["prune", "calibrate"]
    assert compiled.pruned is not None
    assert compiled.network is given
    assert seen["prune"].digest() == prune(given, 0.25, 4).network.digest()
    stored = compiled.golden.projections[0].connectivity.weights
    assert np.count_nonzero(stored) == 28
    assert not [d for d in check_network(given, target, options) if d.severity is Severity.ERROR]


def test_the_command_line_prunes_and_reports(repository: Path, tmp_path: Path) -> None:
    model = repository / "examples" / "digits" / "digits.nir"
    arguments = ["compile", str(model), "-o", str(tmp_path / "out"), "--effort", "0"]
    options = ["--prune", "0.25", "--prune-lanes", "2", "--dump-after", "prune", "--json"]
    result = CliRunner().invoke(cli, [*arguments, *options])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)["result"]
    for entry in answer["compiled"]["pruned"]:
        assert entry["density"] == pytest.approx(0.25, abs=0.01)
        assert entry["lanes"] == 2
        assert entry["balance"] == 1.0
    assert "Sparse 64->128" in answer["dumps"]["prune"]
    shown = CliRunner().invoke(cli, [*arguments, "--force", "--prune", "0.25"])
    assert "balance" in shown.stdout
    assert "25.0 %" in shown.stdout


@pytest.mark.parametrize(
    "options", [["--prune", "0"], ["--prune", "2"], ["--prune-lanes", "4"], ["--prune", "x"]]
)
def test_bad_options_are_told(repository: Path, tmp_path: Path, options: list[str]) -> None:
    model = repository / "examples" / "digits" / "digits.nir"
    result = CliRunner().invoke(cli, ["compile", str(model), "-o", str(tmp_path / "o"), *options])
    assert result.exit_code == 2
    assert "--prune" in result.output
    assert "Traceback" not in result.output
