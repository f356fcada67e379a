"""Connectivity as structure of arrays: linear maps from source cells to target cells.

Every kind is symbolic: it keeps the few arrays that define it and expands rows (the synapses
of some source cells) on demand. Weights are float64 in a `Network` and int32 in an
`IntegerNetwork`; the classes are the same. Cells are numbered in C order of their shape.
"""

from somac.ir.connectivity.arranged import Arranged
from somac.ir.connectivity.bounds import interval, reach
from somac.ir.connectivity.chain import Chain
from somac.ir.connectivity.convolution import Convolution
from somac.ir.connectivity.dense import Dense
from somac.ir.connectivity.pool import Pool
from somac.ir.connectivity.protocol import Arithmetic, Connectivity, Operator, Rows
from somac.ir.connectivity.simple import AllToAll, OneToOne
from somac.ir.connectivity.sparse import Sparse
from somac.ir.connectivity.summary import text
from somac.ir.connectivity.synapses import Synapses, explicit, owns_weights, synapses

__all__ = [
    "AllToAll",
    "Arithmetic",
    "Arranged",
    "Chain",
    "Connectivity",
    "Convolution",
    "Dense",
    "OneToOne",
    "Operator",
    "Pool",
    "Rows",
    "Sparse",
    "Synapses",
    "explicit",
    "interval",
    "owns_weights",
    "reach",
    "synapses",
    "text",
]
