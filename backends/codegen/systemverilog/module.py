"""Printing scheduled `Code` as a pipelined SystemVerilog module: one lane of neurons.

The text keeps to what Verilator, Icarus Verilog and the reader of Yosys have in common.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from somac.backends.codegen.code import Argument, Code, Operand, Statement
from somac.backends.codegen.systemverilog.delays import PIPELINED, cycles
from somac.backends.codegen.systemverilog.expressions import drops_bits, expression, literal
from somac.backends.codegen.systemverilog.schedule import Schedule
from somac.backends.codegen.systemverilog.widths import Widths, signed_width
from somac.ir.datapath import Table

__all__ = ["Port", "SvModule", "hops", "part_source", "sv_module"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_MODULES: Mapping[str, str] = {
    "mul": "multiplier",
    "floordiv": "floor_divider",
    "lookup": "table_rom",
}
_LINE = "delay_line"

PARTS = (*_MODULES.values(), _LINE)
"""Names of the hand-written modules that pipelines are built of."""
# fewer stages take less as registers than as a memory with its counter
_LINE_CYCLES = 9
_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Port:
    """A port beside ``clk``: always signed, `width` bits.

    `argument` is the name in the model of what it carries: an input, a state, a parameter, the
    state whose next value this is; empty for what is sent.
    """

    kind: Literal["input", "state", "param", "next", "sent"]
    name: str
    argument: str
    width: int


@dataclass(frozen=True, slots=True)
class SvModule:
    """A module of one clock, ``clk``, and the files that it needs.

    Parameters
    ----------
    name
        Of the module.
    text
        Its source.
    ports
        After ``clk``, in their order: arguments, next states, what is sent.
    latency
        What enters before one rising edge leaves `latency` edges later; one value per cycle.
    memories
        By file name, what ``$readmemh`` reads: an entry a line, all of the same width, in two's
        complement, with a newline at the end.
    parts
        Names of the hand-written modules that it is built of: see `part_source`.
    """

    name: str
    text: str
    ports: tuple[Port, ...]
    latency: int
    memories: Mapping[str, str]
    parts: tuple[str, ...]


def part_source(name: str) -> str:
    """The source of a hand-written module, for a file of its own: `name` of `SvModule.parts`."""
    found = files("somac.backends.codegen") / "rtl" / f"{name}.sv"
    return found.read_text(encoding="utf-8")


def sv_module(schedule: Schedule, name: str) -> SvModule:
    """Print a pipeline as the module `name`.

    A port has the width that the bounds of its value need; that of a next state is at least
    as wide as that of the state, if that is read. ``sent`` is what is sent.

    Raises
    ------
    ValueError
        If `name` is not made of ASCII letters, digits and ``_`` with a letter first, or is that
        of a hand-written module. Words of the language are the caller's to avoid.
    """
    if _NAME.fullmatch(name) is None or name in PARTS:
        raise ValueError(f"{name!r} is not a name for a module")
    return _Printer(schedule, name).module()


class _Printer:
    """The text of one module, part by part."""

    def __init__(self, schedule: Schedule, name: str) -> None:
        self.schedule = schedule
        self.code: Code = schedule.code
        self.name = name
        self.widths = Widths(self.code)
        self.truths = {s.variable for s in self.code.statements if s.truth}
        self.results = self._results()
        self.placed: Mapping[int, list[Statement]] = defaultdict(list)
        for s in self.code.statements:
            self.placed[schedule.placed[s.variable]].append(s)
        self.hops: Mapping[int, list[tuple[str, int]]] = defaultdict(list)
        for variable, source, target in hops(schedule):
            self.hops[source].append((variable, target))

    def module(self) -> SvModule:
        code = self.code
        arguments = [
            Port(a.kind, a.variable, a.name, self.widths[a.variable]) for a in code.arguments
        ]
        results = [port for port, _ in self.results]
        lines = [*self._head(arguments, results), ""]
        for stage in range(1, self.schedule.latency + 1):
            body = list(self._stage(stage))
            # a part takes several stages
            if body:
                lines += [f"    // stage {stage}", *body, ""]
        lines += [*self._unread(), "endmodule"]
        used = [s for s in code.statements if self._is_part(s)]
        parts = {_MODULES[s.operation] for s in used}
        if any(target > stage + 1 for stage, hops in self.hops.items() for _, target in hops):
            parts.add(_LINE)
        tables = dict.fromkeys(s.table for s in used if s.table)
        return SvModule(
            self.name,
            "\n".join(lines) + "\n",
            (*arguments, *results),
            self.schedule.latency,
            {self._memory(t): _image(code.tables[t]) for t in tables},
            tuple(sorted(parts)),
        )

    # -- ports ----------------------------------------------------------------

    def _results(self) -> list[tuple[Port, Operand]]:
        """The output ports and what they give."""
        states = {a.name: a.variable for a in self.code.arguments if a.kind == "state"}
        found: list[tuple[Port, Operand]] = []
        for name, value in self.code.next_state.items():
            width = self.widths[value]
            if name in states:
                width = max(width, self.widths[states[name]])
            # signals within have names of a variable, which has "_" and a number
            port = f"next_{name}_state" if re.search(r"_\d", name) else f"next_{name}"
            found.append((Port("next", port, name, width), value))
        sent = Port("sent", "sent", "", signed_width(*self.code.output_range))
        return [*found, (sent, self.code.output)]

    def _head(self, arguments: Sequence[Port], results: Sequence[Port]) -> Iterator[str]:
        latency = self.schedule.latency
        stages = _count(latency, "stage")
        yield f"// The update of {self.code.name}: {stages}, a neuron in every cycle. Generated."
        yield "// Beside values are their bounds; x_s2 is x in stage 2."
        yield f"module {self.name} ("
        declared = [("input  logic clk", "")]
        bounds = {a.variable: a for a in self.code.arguments}
        for port in arguments:
            a = bounds[port.name]
            comment = f"{port.kind} {port.argument}: {_range(a)}"
            declared.append((f"input  logic {_packed(port.width)} {port.name}", comment))
        for port in results:
            comment = f"state {port.argument} after the update" if port.argument else "what is sent"
            declared.append((f"output logic {_packed(port.width)} {port.name}", comment))
        for number, (text, comment) in enumerate(declared):
            comma = "," if number + 1 < len(declared) else ""
            yield f"    {text}{comma}" + (f"  // {comment}" if comment else "")
        yield ");"

    # -- stages ---------------------------------------------------------------

    def _stage(self, stage: int) -> Iterator[str]:
        for s in self.placed[stage]:
            yield from self._part(s, stage) if self._is_part(s) else self._wire(s, stage)
        hops = self.hops[stage]
        for target in sorted({target for _, target in hops if target > stage + 1}):
            yield from self._line([v for v, end in hops if end == target], stage, target)
        stepped = [v for v, target in hops if target == stage + 1]
        yield from (f"    logic {self._type(v)}{v}_s{stage + 1};" for v in stepped)
        moved = [f"{v}_s{stage + 1} <= {self._at(v, stage)};" for v in stepped]
        if stage == self.schedule.latency:
            moved += [f"{port.name} <= {self._result(port, o)};" for port, o in self.results]
        if moved:
            yield "    always_ff @(posedge clk) begin"
            yield from (f"        {line}" for line in moved)
            yield "    end"

    def _line(self, variables: Sequence[str], stage: int, target: int) -> Iterator[str]:
        """An instance that delays values by several stages."""
        yield from (f"    wire {self._type(v)}{v}_s{target};" for v in variables)
        width = sum(self.widths[v] for v in variables)
        parameters = f".WIDTH({width}), .CYCLES({target - stage})"
        yield f"    {_LINE} #({parameters}) from_{stage}_to_{target} ("
        given = _concatenated([self._at(v, stage) for v in variables])
        taken = _concatenated([f"{v}_s{target}" for v in variables])
        yield f"        .clk(clk), .in({given}),"
        yield f"        .out({taken})"
        yield "    );"

    def _wire(self, s: Statement, stage: int) -> Iterator[str]:
        text = expression(s, self.widths, lambda v: self._at(v, stage))
        declared = f"    wire {self._type(s.variable)}{s.variable} ="
        comment = "" if s.truth else f"  // {_range(s)}"
        line = f"{declared} {text};{comment}"
        if len(line) <= _COLUMNS:
            yield line
            return
        yield declared + comment
        *choices, rest = text.split(" : ")
        yield from (f"        {choice} :" for choice in choices)
        yield f"        {rest};"

    def _part(self, s: Statement, stage: int) -> Iterator[str]:
        """An instance of a hand-written module."""
        widths, own = self.widths, self.widths[s.variable]
        operands = [self._value(o, stage, widths[o]) for o in s.operands]
        yield f"    wire {self._type(s.variable)}{s.variable};  // {_range(s)}"
        match s.operation:
            case "lookup":
                table = self.code.tables[s.table]
                width, depth = _entry_width(table), int(table.entries.size)
                parameters = f'.WIDTH({width}), .DEPTH({depth}), .FILE("{self._memory(s.table)}")'
                address = f"{(depth - 1).bit_length()}'({operands[0]})"
                ports = f".address({address}), .data({s.variable}_entry)"
                yield f"    wire signed {_packed(width)[7:]} {s.variable}_entry;"
                yield f"    assign {s.variable} = {own}'({s.variable}_entry);"
            case "floordiv":
                a, b = (widths[o] for o in s.operands)
                parameters = f".DIVIDEND({a}), .DIVISOR({b}), .QUOTIENT({own})"
                ports = ".dividend({}), .divisor({})".format(*operands)
                ports += f", .quotient({s.variable})"
            case _:
                a, b = (widths[o] for o in s.operands)
                parameters = f".A({a}), .B({b}), .P({own})"
                ports = f".a({operands[0]}), .b({operands[1]}), .product({s.variable})"
        yield f"    {_MODULES[s.operation]} #({parameters}) {s.variable}_part ("
        yield f"        .clk(clk), {ports}"
        yield "    );"

    def _unread(self) -> Iterator[str]:
        """What says that bits are not read because they are not needed."""
        read = {o for s in self.code.statements for o in s.operands}
        read |= {o for _, o in self.results}
        names = [a.variable for a in self.code.arguments if a.variable not in read]
        for s in self.code.statements:
            if drops_bits(s, self.widths):
                stage = self.schedule.placed[s.variable]
                names += [self._at(o, stage) for o in s.operands if isinstance(o, str)]
            if s.operation == "lookup":
                names.append(f"{s.variable}_entry")
        if names:
            yield "    // bits that nothing needs"
            yield f"    wire unused = &{{1'b0, {', '.join(dict.fromkeys(names))}}};"
            yield ""

    # -- values ---------------------------------------------------------------

    def _is_part(self, s: Statement) -> bool:
        return s.operation in PIPELINED and cycles(s, self.widths) > 0

    def _type(self, variable: str) -> str:
        return "" if variable in self.truths else f"{_packed(self.widths[variable])} "

    def _at(self, variable: str, stage: int) -> str:
        """The signal that holds a variable in a stage."""
        return variable if self.schedule.first[variable] == stage else f"{variable}_s{stage}"

    def _value(self, operand: Operand, stage: int, width: int) -> str:
        return self._at(operand, stage) if isinstance(operand, str) else literal(operand, width)

    def _result(self, port: Port, operand: Operand) -> str:
        value = self._value(operand, self.schedule.latency, port.width)
        same = isinstance(operand, int) or self.widths[operand] == port.width
        return value if same else f"{port.width}'({value})"

    def _memory(self, table: str) -> str:
        return f"{self.name}_{table}.mem"


def hops(schedule: Schedule) -> Iterator[tuple[str, int, int]]:
    """What is kept from a stage for a later one: variable and both stages.

    Registers lie between neighbours; over many stages, one line takes their place.
    """
    for variable, reads in schedule.uses.items():
        stage = schedule.first[variable]
        for read in reads:
            step = read - stage if read - stage >= _LINE_CYCLES else 1
            while stage < read:
                yield variable, stage, stage + step
                stage += step


def _concatenated(names: Sequence[str]) -> str:
    # Yosys 0.70 ends with an error at the braces around a single signed name
    return f"{{{', '.join(names)}}}" if len(names) > 1 else names[0]


def _packed(width: int) -> str:
    return f"signed [{width - 1}:0]"


def _range(bounds: Argument | Statement) -> str:
    return f"{bounds.low} .. {bounds.high}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _entry_width(table: Table) -> int:
    return signed_width(int(table.entries.min()), int(table.entries.max()))


def _image(table: Table) -> str:
    """The entries of a table for ``$readmemh``."""
    width = _entry_width(table)
    digits = (width + 3) // 4
    return "".join(f"{int(e) % (1 << width):0{digits}x}\n" for e in table.entries)
