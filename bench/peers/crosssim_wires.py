"""CrossSim's circuit solver on an array with wire resistance. Runs in a peer's Python.

    python crosssim_wires.py ARRAYS.npz OHM TOLERANCE CURRENTS.npz

ARRAYS.npz has cells, siemens (rows, columns), and volts (rows, vectors); OHM is that of a segment.
Prints JSON: CPU seconds for all vectors, without setting up, in a first call, which finds a
relaxation factor that converges, and in a second one, which has it; or why it gave up. Writes the
currents (columns, vectors).
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from simulator import CrossSimParameters
from simulator.backend import ComputeBackend
from simulator.circuits.array import NoninterleavedInputSourceArray
from simulator.devices.device import Device


def solve(arrays: str, ohm: float, tolerance: float, currents: str) -> dict[str, list[float] | str]:
    with np.load(arrays) as file:
        cells, volts = file["cells"], file["volts"]
    ComputeBackend().__init__(False, None)
    least = 1 / cells.max()
    parameters = CrossSimParameters()
    parameters.xbar.device.Rmin, parameters.xbar.device.Rmax = least, 1 / cells.min()
    parasitics = parameters.xbar.array.parasitics
    parasitics.enable = True
    parasitics.Rp_row = parasitics.Rp_col = ohm
    parameters.simulation.Verr_th_mvm = tolerance
    parameters.simulation.hide_convergence_msg = True
    device = Device.create_device(parameters.xbar.device)
    array = NoninterleavedInputSourceArray(parameters, device=device)
    matrix = (cells * least).T.copy()
    seconds = []
    for _ in range(2):
        before = time.process_time()
        try:
            found = array.iterative_solve(matrix, volts.copy(), row_in=True) / least
        except (RuntimeError, ValueError) as error:
            return {"problem": str(error)}
        seconds.append(time.process_time() - before)
    np.savez(currents, currents=found.reshape(cells.shape[1], -1))
    return {"seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(solve(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])))
