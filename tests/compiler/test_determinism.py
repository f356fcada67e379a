"""The same input gives the same bytes: whatever the hash seed, folder and thread count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from lstm_texts import PROJECTED


def digest(model: Path, folder: Path, seed: str, threads: str, target: str, *options: str) -> str:
    """Compile in a process of its own; the digest in the bundle's manifest."""
    folder.mkdir()
    somac = Path(sys.executable).with_name("somac")
    environment = {
        **os.environ,
        "PYTHONHASHSEED": seed,
        "OPENBLAS_NUM_THREADS": threads,
        "OMP_NUM_THREADS": threads,
    }
    subprocess.run(
        [somac, "compile", "-q", model, "--target", target, *options, "-o", "bundle"],
        cwd=folder,
        env=environment,
        check=True,
        capture_output=True,
    )
    manifest = json.loads((folder / "bundle" / "manifest.json").read_bytes())
    return str(manifest["digest"])


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("digits", "spinnaker2"),
        ("digits_rows", "spinnaker2"),
        ("digits", "ulx3s-85f"),
        ("digits", "neurram"),
        ("digits", "crossbar"),
        ("digits", "isaac"),
    ],
)
def test_bundles_do_not_depend_on_the_surroundings(
    name: str, target: str, repository: Path, tmp_path: Path
) -> None:
    model = repository / "examples" / name / f"{name}.nir"
    first = digest(model, tmp_path / "one", "1", "1", target)
    assert digest(model, tmp_path / "another place", "2", "2", target) == first


def test_a_sparse_engine_does_not_either(tmp_path: Path) -> None:
    model = tmp_path / "lstm.snn"
    model.write_text(PROJECTED)
    options = ("xcku060", "--circuit", "sparse", "--prune", "0.2", "--prune-lanes", "8")
    first = digest(model, tmp_path / "one", "1", "1", *options)
    assert digest(model, tmp_path / "another place", "2", "2", *options) == first


@pytest.mark.long
@pytest.mark.parametrize("target", ["spinnaker2", "xcku060", "isaac", "neurram"])
@pytest.mark.parametrize("name", ["braille_noDelay_bias_zero", "l2mu_braille7", "cnn_sinabs"])
def test_real_models_too(name: str, target: str, shared: Path, tmp_path: Path) -> None:
    model = shared / "nir" / f"{name}.nir"
    first = digest(model, tmp_path / "one", "1", "1", target)
    assert digest(model, tmp_path / "another place", "2", "2", target) == first
