"""What simulators of hardware take to build and to run: the table of docs/reference/simulation.md.

    python -m bench.simulators

The design adds rows of weights to sums: a beat names a row, of which a group of lanes is added in
each cycle; a beat with the highest bit set sends all sums and clears them. Seconds are those of
the CPU, of all processes; all simulators must give what NumPy gives.
"""

from __future__ import annotations

import resource
from typing import get_args

import numpy as np

from somac.backends.fpga.simulators.design import Design, Stimulus
from somac.backends.fpga.simulators.simulation import (
    SimulatorName,
    missing_tools,
    open_simulation,
)

SIZES = ((64, 4, 64), (512, 16, 512))
"""Sums, lanes and rows of each design."""

_CYCLES = {"iverilog": 40_000, "verilator": 4_000_000, "cxxrtl": 2_000_000}

_SIM = """
module sim (
    input  logic clk, rst,
    input  logic [0:0] in_valid, output logic [0:0] in_ready, input logic [15:0] in_data,
    output logic [0:0] out_valid, input logic [0:0] out_ready,
    output logic [{lanes}*16-1:0] out_data, output logic [0:0] out_last,
    output logic [0:0] probe_valid, output logic [31:0] probe_data
);
    localparam P = {lanes};
    localparam G = {groups};
    logic [P*8-1:0] weights [0:{rows}*G-1];
    logic [P*16-1:0] sums [0:G-1];
    initial $readmemh("weights.mem", weights);

    logic clearing, busy, send, busy1, send1;
    logic [$clog2(G)-1:0] group, group1;
    logic [$clog2({rows})-1:0] row;
    logic [P*8-1:0] weight;
    logic [P*16-1:0] old, sum;
    logic last;
    logic [31:0] rows_done;
    assign last = group == G - 1;
    assign in_ready[0] = !clearing && (!busy || last);
    always_ff @(posedge clk) begin
        if (rst) begin
            clearing <= 1'b1;
            busy <= 1'b0;
            group <= '0;
            rows_done <= '0;
        end else if (clearing) begin
            clearing <= !last;
            group <= last ? '0 : group + 1'b1;
        end else if (in_ready[0]) begin
            busy <= in_valid[0];
            send <= in_data[15];
            row <= in_data[$clog2({rows})-1:0];
            group <= '0;
            if (in_valid[0]) rows_done <= rows_done + 1'b1;
        end else group <= group + 1'b1;
        busy1 <= busy && !rst && !clearing;
        send1 <= send;
        group1 <= group;
        weight <= weights[{{row, group}}];
        old <= sums[group];
        if (clearing) sums[group] <= '0;
        else if (busy1) sums[group1] <= send1 ? '0 : sum;
    end
    for (genvar i = 0; i < P; i = i + 1) begin : lane
        assign sum[i*16+:16] = old[i*16+:16] + {{{{8{{weight[i*8+7]}}}}, weight[i*8+:8]}};
    end
    assign out_valid[0] = busy1 && send1;
    assign out_data = old;
    assign out_last[0] = group1 == G - 1;
    assign probe_valid[0] = busy1 && send1 && out_last[0];
    assign probe_data = rows_done;
    logic unused;
    assign unused = out_ready[0];
endmodule
"""


def design(neurons: int, lanes: int, weights: np.ndarray) -> Design:
    """The design for int8 weights (rows, neurons)."""
    rows, groups = len(weights), neurons // lanes
    words = weights.reshape(rows * groups, lanes)[:, ::-1].astype(np.uint8)
    image = "".join(bytes(word).hex() + "\n" for word in words).encode()
    text = _SIM.format(lanes=lanes, groups=groups, rows=rows)
    widths = {"input_bits": 16, "output_bits": 16 * lanes, "probe_bits": 32}
    return Design(
        {"sim.sv": text.encode()}, {"weights.mem": image}, inputs=1, outputs=1, probes=1, **widths
    )


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it has started."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(neurons: int, lanes: int, rows: int, name: SimulatorName) -> str:
    """A row of the table."""
    rng = np.random.default_rng(1)
    weights = rng.integers(-127, 128, (rows, neurons), dtype=np.int8)
    groups = neurons // lanes
    sends = max(_CYCLES[name] // groups // 50, 1)
    drawn = rng.integers(0, rows, (sends, 49))
    ends = np.full((sends, 1), 1 << 15)
    beats = np.concatenate([drawn, ends], axis=1).astype(np.uint32).reshape(1, -1, 1)
    counts = np.zeros((sends, rows), np.int64)
    np.add.at(counts, (np.arange(sends)[:, None], drawn), 1)
    meant = (counts @ weights.astype(np.int64)).astype("<u2").tobytes()
    start = cpu_seconds()
    with open_simulation(design(neurons, lanes, weights), name) as opened:
        built = cpu_seconds()
        seen = opened.run(Stimulus((beats,), (sends * groups,), (sends,)), 10 * _CYCLES[name])
        ran = cpu_seconds()
    if seen.outputs[0].data.astype("<u4").tobytes() != meant:
        raise SystemExit(f"{name} gives other sums than NumPy")
    cycles = int(seen.cycles.sum())
    speed = cycles / (ran - built) / 1e6
    return f"| {neurons} x {rows}, {lanes} lanes | {name} | {built - start:.2f} | {speed:.3g} |"


def main() -> None:
    """Print the table; simulators that are not on this machine are left out."""
    print("| design | simulator | CPU seconds to build | million cycles per CPU second |")
    print("|---|---|---|---|")
    for size in SIZES:
        for name in get_args(SimulatorName):
            if not missing_tools(name):
                print(measure(*size, name), flush=True)


if __name__ == "__main__":
    main()
