"""Resistance of wires: what a programmed array conducts from its drivers to its columns.

`docs/reference/crossbar-devices.md` has the circuit and the equations.
"""

from somac.backends.crossbar.device.wires.conductance import effective_conductance
from somac.backends.crossbar.device.wires.grid import wired
from somac.backends.crossbar.device.wires.values import Wires

__all__ = ["Wires", "effective_conductance", "wired"]
