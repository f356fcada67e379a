"""Both engines of the emulator on real networks: every signal and state, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from somac.backends.manycore.emulator import ManycoreEmulator
from somac.backends.manycore.options import UseOfArrays
from somac.compiler.load import LoadOptions, load_model
from somac.compiler.pipeline import CompileOptions, compile_network
from somac.compiler.targets import find_target
from somac.ir.simulate import golden


@pytest.mark.parametrize("arrays", ["auto", "always"])
@pytest.mark.parametrize(
    ("model", "profile", "steps", "rate"),
    [
        ("lif_norse.nir", "nir-euler", 200, 0.3),
        ("braille_noDelay_bias_zero.nir", "norse", 60, 0.2),
        ("l2mu_braille7.nir", "snntorch", 20, 0.2),
        ("cnn_sinabs.nir", "sinabs", 8, 0.05),
    ],
)
def test_engines_equal_golden(
    shared: Path, model: str, profile: str, steps: int, rate: float, arrays: UseOfArrays
) -> None:
    network = load_model(shared / "nir" / model, LoadOptions(profile=profile)).network
    options = CompileOptions(options={"mac": arrays})
    compiled = compile_network(network, find_target("spinnaker2"), options)
    rng = np.random.default_rng(5)
    inputs = {
        i.name: (rng.random((2, steps, i.size)) < rate).astype(np.int64) * min(3, i.format.maximum)
        for i in compiled.golden.inputs
    }
    names = [p.name for p in compiled.golden.populations]
    expected = golden(compiled.golden, inputs, record=names, record_states=names)
    seen = [
        ManycoreEmulator(compiled.program, engine=engine).run(
            inputs, record=names, record_states=names
        )
        for engine in ("plain", "fast")
    ]
    for name in names:
        assert expected.signals[name].any() or expected.signals[name].shape[-1] < 8
        for run in seen:
            np.testing.assert_array_equal(run.signals[name], expected.signals[name])
            for state, values in expected.states[name].items():
                np.testing.assert_array_equal(run.states[name][state], values)
    assert seen[0].counts == seen[1].counts
