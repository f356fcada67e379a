"""A small circuit for tests: multiply and accumulate, with weights in a memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.synthesis import Circuit

__all__ = ["IMAGE", "MAC", "WEIGHTS", "sums"]

IMAGE = "mem/weights.mem"

WEIGHTS: NDArray[np.int64] = (np.arange(256, dtype=np.int64) * 40503 % 65536) - 32768

_PACKAGE = """\
package mac_pkg;
    localparam int W = 16;
endpackage
"""

_MEMORY = """\
// IMAGE by default names no file: it is given where the memory stands.
module mac_memory #(
    parameter IMAGE = "absent.mem"
) (
    input  logic clk,
    input  logic [7:0] index,
    output logic signed [mac_pkg::W-1:0] weight
);
    logic signed [mac_pkg::W-1:0] words [0:255];
    initial $readmemh(IMAGE, words);
    logic signed [mac_pkg::W-1:0] held;
    always_ff @(posedge clk) begin
        held   <= words[index];
        weight <= held;
    end
endmodule
"""

_TOP = f"""\
// sum of weights[index] * x, three cycles later
module mac (
    input  logic clk,
    input  logic rst,
    input  logic [7:0] index,
    input  logic signed [15:0] x,
    output logic signed [39:0] sum
);
    logic signed [mac_pkg::W-1:0] weight, x1, x2;
    logic signed [31:0] product;
    mac_memory #(.IMAGE("{IMAGE}")) memory (.clk(clk), .index(index), .weight(weight));
    always_ff @(posedge clk) begin
        x1      <= x;
        x2      <= x1;
        product <= rst ? 32'sd0 : weight * x2;
        sum     <= rst ? 40'sd0 : sum + 40'(product);
    end
endmodule
"""

MAC = Circuit(
    sources={
        "rtl/mac_pkg.sv": _PACKAGE.encode(),
        "rtl/mac_memory.sv": _MEMORY.encode(),
        "rtl/mac.sv": _TOP.encode(),
    },
    images={IMAGE: "".join(f"{w & 0xFFFF:04x}\n" for w in WEIGHTS.tolist()).encode()},
    top="mac",
)


def sums(index: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """What `MAC` has added after each of these, int64 (events,)."""
    return np.asarray(np.cumsum(WEIGHTS[index] * x))
