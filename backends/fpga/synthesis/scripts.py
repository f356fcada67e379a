"""Scripts for yosys, and the frame that lets circuits with many ports be placed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from somac.backends.fpga.synthesis.circuit import Circuit
from somac.backends.fpga.synthesis.flows import Flow

__all__ = ["FRAME", "Port", "frame", "framing_script", "mapping_script"]

FRAME = "somac_frame"
"""The module around a circuit whose ports are a shift register."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port of a module: ``input``, ``output`` or ``inout``."""

    name: str
    direction: str
    bits: int


def mapping_script(
    circuit: Circuit, flow: Flow, *, json: bool = False, ports: bool = False, netlist: bool = False
) -> str:
    """Map a circuit: writes stat.json, and mapped.json, ports.txt with mapped.il, netlist.v.

    Files are only parsed when they are read: a parameter that names an image by default may
    name one that is not there.
    """
    lines = [
        f"read_verilog -sv -defer {' '.join(circuit.read)}",
        f"{flow.synth} -top {circuit.top}",
        "tee -q -o stat.json stat -json",
    ]
    if json:
        lines.append("write_json mapped.json")
    if netlist:
        lines.append("write_verilog -noattr netlist.v")
    if ports:
        # without models of cells, which are read again with the frame
        lines += [
            f"tee -q -o ports.txt portlist {circuit.top}",
            "delete =A:blackbox",
            "write_rtlil mapped.il",
        ]
    return "".join(f"{line}\n" for line in lines)


def framing_script(flow: Flow) -> str:
    """Map the frame in frame.sv around what mapped.il holds: writes mapped.json."""
    return (
        "read_rtlil mapped.il\n"
        "read_verilog -sv frame.sv\n"
        f"{flow.synth} -top {FRAME}\n"
        "write_json mapped.json\n"
    )


def frame(circuit: Circuit, ports: Iterable[Port]) -> str:
    """A module of three pins around a circuit: inputs shifted in, outputs mixed into one bit.

    Every path to and from a port begins and ends at a register of the frame, so that timing is
    that of the circuit alone, however many pins its ports would need.

    Raises
    ------
    ValueError
        If the circuit has no clock of that name, nothing comes out of it, or a port goes both
        ways.
    """
    ports = list(ports)
    given = [port for port in ports if port.name != circuit.clock]
    inputs = [port for port in given if port.direction == "input"]
    outputs = [port for port in given if port.direction == "output"]
    if len(given) == len(ports):
        raise ValueError(f"{circuit.top} has no port {circuit.clock!r}")
    if len(inputs) + len(outputs) != len(given):
        raise ValueError(f"{circuit.top} has ports that go both ways")
    if not outputs:
        raise ValueError(f"nothing comes out of {circuit.top}")
    last = max(sum(port.bits for port in inputs), 1) - 1
    top = sum(port.bits for port in outputs) - 1
    shifted = f"{{inputs[{last - 1}:0], scan_in}}" if last else "scan_in"
    # each bit is mixed with its neighbour alone: a sum of all would be slower than the circuit
    mixed = f"held ^ {{mixed[{top - 1}:0], 1'b0}}" if top else "held ^ mixed"
    wires = [f".{circuit.clock}(clk)", *_wired(inputs, "inputs"), *_wired(outputs, "outputs")]
    joined = ",\n        ".join(wires)
    return f"""\
module {FRAME} (
    input  logic clk,
    input  logic scan_in,
    output logic scan_out
);
    logic [{last}:0] inputs;
    logic [{top}:0] outputs, held, mixed;
    always_ff @(posedge clk) begin
        inputs <= {shifted};
        held   <= outputs;
        mixed  <= {mixed};
    end
    assign scan_out = mixed[{top}];
    {circuit.top} framed (
        {joined}
    );
endmodule
"""


def _wired(ports: Sequence[Port], vector: str) -> list[str]:
    """Connections of ports to successive bits of a vector."""
    low, wires = 0, []
    for port in ports:
        wires.append(f".{port.name}({vector}[{low + port.bits - 1}:{low}])")
        low += port.bits
    return wires
