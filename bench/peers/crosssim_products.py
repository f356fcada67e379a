"""Products on arrays of cells by CrossSim. Runs in a peer's Python.

    python crosssim_products.py MODEL.npz Y.npz

MODEL.npz holds int64 `weights` (outputs, inputs) and `signals` (inputs, batch), both of -127 to 127
with 127 among them, and `runs`, a JSON list: rows and columns of an array, bits and step of a
converter, "float32" or "float64", standard deviations of programming and of reading relative to
the largest conductance, and of how many signals. Cells of 4 bits in differential pairs, two per
weight; inputs bit by bit, each converted. Y.npz takes `0`, `1`...: what comes of each. Prints CPU
microseconds per product of each, the median of five batches after a first; of one, if it is read
with noise.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from statistics import median

# before NumPy is there
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from simulator import AnalogCore, CrossSimParameters
from simulator.parameters.core_parameters import BitSlicedCoreStyle, CoreStyle
from simulator.parameters.xbar_parameters import ADCRangeLimits

ROUNDS = 5
SLICES, CELL = 2, 15


def parameters(run):
    """A step is that of sums of codes: `limit` codes of it are the range of a converter."""
    made = CrossSimParameters()
    core, xbar = made.core, made.xbar
    core.style = CoreStyle.BITSLICED
    core.bit_sliced.style = BitSlicedCoreStyle.BALANCED
    core.bit_sliced.num_slices = SLICES
    core.balanced.subtract_current_in_xbar = True
    core.weight_bits = 8
    core.rows_max, core.cols_max = run["rows"], run["columns"]
    weights, inputs = core.mapping.weights, core.mapping.inputs.mvm
    weights.percentile = None
    inputs.clipping = True
    weights.min, weights.max = inputs.min, inputs.max = -127, 127
    xbar.device.cell_bits = 4
    xbar.device.infinite_on_off_ratio = True
    for error, size in (
        (xbar.device.programming_error, run["programming"]),
        (xbar.device.read_noise, run["reading"]),
    ):
        error.enable, error.model, error.magnitude = size > 0, "NormalIndependentDevice", size
    xbar.dac.mvm.model, xbar.dac.mvm.bits = "SignMagnitudeDAC", 8
    xbar.dac.mvm.input_bitslicing, xbar.dac.mvm.slice_size = True, 1
    xbar.adc.mvm.model, xbar.adc.mvm.bits = "SignMagnitudeADC", run["bits"]
    xbar.adc.mvm.adc_per_ibit = True
    limit = (2 ** (run["bits"] - 1) - 1) * run["step"] / CELL
    xbar.adc.mvm.calibrated_range = [[-limit, limit]] * SLICES
    xbar.adc.mvm.adc_range_option = ADCRangeLimits.CALIBRATED
    return made


def main(model, result):
    warnings.filterwarnings("ignore")
    with np.load(model) as file:
        weights, signals = file["weights"], file["signals"]
        runs = json.loads(str(file["runs"]))
    found, seconds = {}, []
    for number, run in enumerate(runs):
        np.random.seed(1)
        core = AnalogCore(weights.astype(run["type"]), parameters(run))
        driven = signals[:, : run["batch"]].astype(run["type"])
        taken = []
        for _ in range(2 if run["reading"] else 1 + ROUNDS):
            before = time.process_time()
            found[str(number)] = core @ driven
            taken.append(time.process_time() - before)
        seconds.append(median(taken[1:]) / driven.shape[1] * 1e6)
    np.savez(result, **found)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
