"""What tools say of a circuit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Synthesis"]


@dataclass(frozen=True, slots=True, eq=False)
class Synthesis:
    """A circuit on a part.

    Parameters
    ----------
    used
        Units of each pool of the part that yosys maps the circuit to (``lut``, ``ff``,
        ``bram``, ``dsp``, ...), and ``carry`` in bits. Of UltraScale parts the LUTs are an
        estimate from above, as two small ones may share one; of ECP5 from below, as nextpnr
        adds some at the ends of carry chains.
    cells
        Cells by their names in the netlist.
    tools
        Versions of the tools by what they do: ``yosys``, ``nextpnr``.
    fmax_mhz
        The highest clock, by the timing of the placed circuit; None where it is not placed.
    critical_path
        The path that limits it: a line per delay, in ns, from register to register.
    placed
        What nextpnr counts by kind of site: used, available. With what moves the ports to a
        shift register, where the goal is timing.
    bitstream
        What the part loads; None where it was not the goal.
    netlist
        The mapped circuit as Verilog, with the ports of the top; None unless it was wanted.
    log
        The last lines of what the tools said.
    """

    used: Mapping[str, int]
    cells: Mapping[str, int]
    tools: Mapping[str, str]
    fmax_mhz: float | None = None
    critical_path: tuple[str, ...] = ()
    placed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    bitstream: bytes | None = None
    netlist: bytes | None = None
    log: str = ""
