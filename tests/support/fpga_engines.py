"""Both engines of the FPGA emulator beside the golden model, and each other."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from somac.backends.api import Emulation
from somac.backends.fpga.emulator.run import EngineName, FpgaEmulator
from somac.backends.fpga.emulator.timing import Timing
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from somac.ir.simulate import golden

__all__ = ["ENGINES", "assert_equal_counts", "assert_equal_to_golden"]

ENGINES: tuple[EngineName, ...] = ("plain", "fast")


def assert_equal_to_golden(
    program: Program, network: IntegerNetwork, inputs: dict[str, Any]
) -> Timing:
    """Both engines give the golden signals and states, and the same cycles and counts."""
    names = [p.name for p in network.populations]
    expected = golden(network, inputs, record=names, record_states=names)
    runs = [FpgaEmulator(program, engine=e).timed(inputs, names, names) for e in ENGINES]
    for seen, _ in runs:
        for output in network.outputs:
            np.testing.assert_array_equal(seen.outputs[output.name], expected.signals[output.name])
        for name in names:
            np.testing.assert_array_equal(seen.signals[name], expected.signals[name])
            assert set(seen.states[name]) == set(expected.states[name])
            for state, values in expected.states[name].items():
                np.testing.assert_array_equal(seen.states[name][state], values)
    (a, timing), (b, other) = runs
    assert_equal_counts(a, b)
    for one in fields(Timing):
        np.testing.assert_array_equal(getattr(timing, one.name), getattr(other, one.name))
    description = FpgaEmulator(program).description
    slots = [link.slots for e in description.engines for link in e.links]
    levels = timing.levels(description)
    assert (levels >= 1).all()
    assert (levels <= np.array(slots, np.int64).reshape(-1, 1, 1)).all()
    return timing


def assert_equal_counts(a: Emulation, b: Emulation) -> None:
    assert a.counts == b.counts
    assert set(a.per_core) == set(b.per_core)
    for name, values in a.per_core.items():
        np.testing.assert_array_equal(values, b.per_core[name])
        assert values.sum() == a.counts[name]
    assert set(a.sent) == set(b.sent)
    for name, values in a.sent.items():
        np.testing.assert_array_equal(values, b.sent[name])
