"""Dense, LSTM and GRU layers in fixed point, to the bit as hls4ml's C simulation computes them.

A model is a sequence of layers with their number formats. `static_network` makes one population
per layer, which works on a step of the sequence in each step of the network; `unrolled_network`
makes one per layer and step of the sequence, and takes a whole sequence in one step. These are
the `static` and `non-static` modes of hls4ml, and give the same integers.

What is computed, with the names of hls4ml: products of weight and input are each cast to
``accum_t`` and added, with the bias cast to it, modulo its width; functions are tables of 1024
entries without interpolation; what is mixed from products is added exactly and cast once.
Accumulators that saturate are not supported: their sums depend on the order of what is added.
"""

from somac.compiler.layers.model import Activation, Dense, FixedTypes, Gru, Layer, Lstm
from somac.compiler.layers.network import static_network, unrolled_inputs, unrolled_network

__all__ = [
    "Activation",
    "Dense",
    "FixedTypes",
    "Gru",
    "Layer",
    "Lstm",
    "static_network",
    "unrolled_inputs",
    "unrolled_network",
]
