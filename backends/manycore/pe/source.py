"""Printing a neuron program: its update as C, and the loop over the neurons of a core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from somac.backends.codegen import PREAMBLE, Argument, Words, c_source, lower, signed_bits
from somac.ir.datapath import Datapath, parse

__all__ = ["program_source", "source_name"]

_SUM_BITS = 32
_WIDE = 64


def source_name(program: str) -> str:
    """The file of a neuron program's C beside that of its datapath."""
    return str(PurePosixPath(program).with_suffix(".c"))


def program_source(text: str) -> str:
    """The C of a neuron program, as `docs/reference/bundle.md` describes it.

    It depends on the text of the datapath alone; ValueError if that is none.
    """
    printer = _Printer(parse(text))
    parts = [
        "/* A neuron program, generated from the datapath beside it: docs/reference/bundle.md. */",
        '#include "neuron.h"\n\n' + PREAMBLE,
        c_source(printer.code),
        printer.storage(),
        printer.update(),
        printer.program(),
    ]
    return "\n".join(parts)


class _Printer:
    """The parts of a program around the update of one neuron."""

    def __init__(self, datapath: Datapath) -> None:
        self.code = lower(datapath, sum_bits=_SUM_BITS)
        self.words = Words(self.code)
        self.names = {kind: datapath.names(kind) for kind in ("input", "param", "state")}
        formats = [datapath.format_of("state", name) for name in self.names["state"]]
        # a state is stored as wide as its format needs
        self.state_bits = [signed_bits(f.minimum, f.maximum) for f in formats]
        self.results = list(self.code.next_state.items())

    def storage(self) -> str:
        """How parameters and states are stored; of parameters, it is said when this is compiled."""
        widths = [str(bits // 8) for bits in self.state_bits]
        spreads = ["1"] * len(widths)
        if self.names["param"]:
            widths.insert(0, "PARAMETER_WIDTHS")
            spreads.insert(0, "PARAMETER_SPREADS")
        # an array has at least one element
        return (
            f"static const uint8_t widths[] = {{{', '.join(widths) or '0'}}};\n"
            f"static const uint8_t spreads[] = {{{', '.join(spreads) or '0'}}};\n"
        )

    def update(self) -> str:
        """The loop over the neurons."""
        values = [self._value(a) for a in self.code.arguments]
        values += [f"&next{n}" for n in range(len(self.results))]
        call = "neuron(\n" + ",\n".join(f"            {value}" for value in values) + ")"
        if self.words.held(self.code.output) == _WIDE:
            call = f"(int32_t){call}"
        inside = [
            *(f"int{self.words.held(v)}_t next{n};" for n, (_, v) in enumerate(self.results)),
            f"const int32_t value = {call};",
            *(f"port{n}[n] = 0;" for n in range(len(self.names["input"]))),
            *(self._store(name, f"next{n}") for n, (name, _) in enumerate(self.results)),
            "if (signals)",
            "    signals[n] = value;",
            "if (value != 0 && sending)",
            "    machine_send(core, core->header->key + n, value);",
        ]
        lines = [
            "static void update(struct core *core, uint32_t *arrived)",
            "{",
            *(f"    {line}" for line in self._before()),
            "    for (uint32_t n = 0; n < count; n++) {",
            *(f"        {line}" for line in inside),
            "    }",
            "}",
        ]
        return "\n".join(lines) + "\n"

    def program(self) -> str:
        """What the runtime knows of the program."""
        return (
            "const struct program PROGRAM = {\n"
            f"    .ports = {len(self.names['input'])},\n"
            f"    .parameters = {len(self.names['param'])},\n"
            f"    .states = {len(self.names['state'])},\n"
            "    .widths = widths,\n"
            "    .spreads = spreads,\n"
            "    .update = update,\n"
            "};\n"
        )

    def _before(self) -> Iterator[str]:
        """Where ports, parameters and states are, and values that all neurons share."""
        yield "const uint32_t count = core->header->neurons;"
        yield "const bool sending = sends(core);"
        yield "int32_t *const signals = core->signals;"
        if not self.names["input"]:
            yield "(void)arrived;"
        for n in range(len(self.names["input"])):
            yield f"uint32_t *const port{n} = arrived + {n}u * count;"
        for a in self.code.arguments:
            if a.kind == "param":
                n = self._number(a)
                yield f"const void *const parameter{n} = parameter_column(core, {n});"
                word = self.words.held(a.variable)
                yield f"const int{word}_t shared{n} = {self._parameter(a, '0')};"
        for n, bits in enumerate(self.state_bits):
            kind = "struct wide" if bits == _WIDE else f"int{bits}_t"
            yield f"{kind} *const state{n} = state_column(core, {n});"

    def _value(self, a: Argument) -> str:
        """What neuron n reads."""
        n = self._number(a)
        if a.kind == "input":
            return f"(int32_t)port{n}[n]"
        if a.kind == "param":
            return f"spreads[{n}] ? {self._parameter(a, 'n')} : shared{n}"
        return f"load_wide(&state{n}[n])" if self.state_bits[n] == _WIDE else f"state{n}[n]"

    def _parameter(self, a: Argument, neuron: str) -> str:
        n = self._number(a)
        value = f"stored(parameter{n}, widths[{n}], {neuron})"
        # the value is within the format, whatever the width in which it is stored
        return value if self.words.held(a.variable) == _WIDE else f"(int32_t){value}"

    def _store(self, name: str, value: str) -> str:
        n = self.names["state"].index(name)
        bits = self.state_bits[n]
        if bits == _WIDE:
            return f"store_wide(&state{n}[n], {value});"
        return f"state{n}[n] = (int{bits}_t){value};"

    def _number(self, a: Argument) -> int:
        return self.names[a.kind].index(a.name)
