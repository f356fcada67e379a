"""Files of constraints: the clock, and the places of ports that a board has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from somac.backends.fpga.synthesis.flows import flow_of
from somac.ir.target import Part

__all__ = ["constraints", "constraints_name"]


def constraints_name(board: str, part: Part) -> str:
    """E.g. ``ulx3s-85f.lpf``."""
    return f"{board}{flow_of(part).constraints}"


def constraints(part: Part, clock: str = "clk") -> str:
    """The clock at the speed of the part's kit, and a line for each port of which the pin is known.

    Parameters
    ----------
    clock
        The port of the clock. Pins of it are those that the part has for ``clk``.

    Returns
    -------
    Text in the language of the family: LPF (ECP5), PCF (iCE40) or XDC (AMD). Ports without a
    line are placed where the tool likes.
    """
    pins = {clock if port == "clk" else port: pin for port, pin in part.pins.items()}
    return _WRITERS[flow_of(part).constraints](part, clock, pins)


def _lpf(part: Part, clock: str, pins: Mapping[str, str]) -> str:
    lines = [f'FREQUENCY PORT "{clock}" {part.clock_mhz:g} MHz;']
    for port, pin in pins.items():
        lines += [
            f'LOCATE COMP "{port}" SITE "{pin}";',
            f'IOBUF PORT "{port}" IO_TYPE=LVCMOS33;',
        ]
    return _joined("#", part, lines)


def _pcf(part: Part, clock: str, pins: Mapping[str, str]) -> str:
    lines = [f"set_frequency {clock} {part.clock_mhz:g}"]
    lines += [f"set_io {port} {pin}" for port, pin in pins.items()]
    return _joined("#", part, lines)


def _xdc(part: Part, clock: str, pins: Mapping[str, str]) -> str:
    period = 1e3 / part.clock_mhz
    lines = [f"create_clock -name {clock} -period {period:.3f} [get_ports {clock}]"]
    lines += [f"set_property PACKAGE_PIN {pin} [get_ports {port}]" for port, pin in pins.items()]
    return _joined("#", part, lines)


def _joined(mark: str, part: Part, lines: list[str]) -> str:
    head = f"{mark} {part.device} {part.package}: {part.clock_mhz:g} MHz"
    return "".join(f"{line}\n" for line in (head, *lines))


_WRITERS: Mapping[str, Callable[[Part, str, Mapping[str, str]], str]] = {
    ".lpf": _lpf,
    ".pcf": _pcf,
    ".xdc": _xdc,
}
