"""Packing: blocks of cells onto arrays, neurons to the units beside them."""

from somac.backends.crossbar.packing.parts import COPIES, NEURONS, PACKING, parts_of
from somac.backends.crossbar.packing.utilisation import Utilisation, utilisation

__all__ = ["COPIES", "NEURONS", "PACKING", "Utilisation", "parts_of", "utilisation"]
