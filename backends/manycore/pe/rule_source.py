"""Printing a learning rule: its updates as C, and the loops over the synapses of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from somac.backends.codegen import PREAMBLE, Argument, Code, Words, c_source, lower, signed_bits
from somac.backends.codegen.rule import RuleProgram
from somac.ir.plasticity import PRE

__all__ = ["rule_source"]

_SUM_BITS = 32
_WIDE = 64


def rule_source(rule: RuleProgram) -> str:
    """The C of a learning rule, as `docs/reference/bundle.md` has it; it needs nothing else."""
    printer = _Printer(rule)
    parts = [
        "/* A learning rule, generated from the datapaths beside it: docs/reference/bundle.md. */",
        '#include "rule.h"\n\n' + PREAMBLE,
        *(c_source(code, name) for name, code in printer.codes.items()),
        printer.storage(),
        printer.arrive(),
        printer.learn(),
        printer.rule_value(),
    ]
    return "\n".join(part for part in parts if part)


class _Printer:
    """The parts of a rule around its updates."""

    def __init__(self, rule: RuleProgram) -> None:
        self.rule = rule
        self.codes: Mapping[str, Code] = {
            name: lower(path, sum_bits=_SUM_BITS) for name, path in rule.updates.items()
        }
        self.columns = {
            **{name: f"trace{n}" for n, name in enumerate(rule.traces)},
            **{name: f"state{n}" for n, name in enumerate(rule.states)},
            **{name: f"post{n}" for n, name in enumerate(rule.post)},
        }
        self.parameters = {name: f"parameter{n}" for n, name in enumerate(rule.parameters)}
        self.bits = {
            name: signed_bits(rule.format_of(name).minimum, rule.format_of(name).maximum)
            for name in self.columns
        }

    def storage(self) -> str:
        """How values are stored: each as wide as its format needs."""
        widths = ", ".join(str(self.bits[name] // 8) for name in self.columns)
        return f"static const uint8_t widths[] = {{{widths}}};\n"

    def arrive(self) -> str:
        """The loop over source cells, and over the synapses of those that have sent."""
        inside = []
        if "trace" in self.codes:
            inside += self._call("trace", "cell", "", "cell", "signals[cell]")
        inside += [
            "const int32_t signal = signals[cell];",
            "if (signal == 0)",
            "    continue;",
            *self._row(
                [
                    *self._call("on_pre", "n", "target", "cell", "signal"),
                    "sums[target] += (uint32_t)delivered * (uint32_t)signal;",
                ],
                target=True,
            ),
        ]
        return _function(
            "static void arrive(struct core *core, const struct block *block, "
            "const int32_t *signals,\n                   uint32_t *sums)",
            [*self._before("trace", "on_pre"), *_loop("cell", "block->cells", inside)],
        )

    def learn(self) -> str:
        """The loops over synapses of targets that have sent, and over all synapses."""
        body: list[str] = []
        if "on_post" in self.codes:
            inside = [
                "if (core->signals[target] == 0)",
                "    continue;",
                "const uint32_t end = posts_begin(&synapses, target + 1);",
                "for (uint32_t k = posts_begin(&synapses, target); k < end; k++) {",
                "    const uint32_t n = posts_synapse(&synapses, k);",
                *(
                    ["    const uint32_t cell = posts_cell(&synapses, k);"]
                    if self._reads("on_post", self.rule.traces)
                    else []
                ),
                *(f"    {line}" for line in self._call("on_post", "n", "target", "cell", "")),
                "}",
            ]
            body += _loop("target", "core->header->neurons", inside)
        if "each_step" in self.codes:
            inside = self._row(
                self._call("each_step", "n", "target", "cell", ""),
                target=self._reads("each_step", self.rule.post),
            )
            body += _loop("cell", "block->cells", inside)
        if not body:
            return ""
        return _function(
            "static void learn(struct core *core, const struct block *block)",
            [*self._before("on_post", "each_step"), *body],
        )

    def rule_value(self) -> str:
        """What the runtime knows of the rule."""
        learns = "on_post" in self.codes or "each_step" in self.codes
        return (
            "const struct rule RULE = {\n"
            f"    .parameters = {len(self.rule.parameters)},\n"
            f"    .traces = {len(self.rule.traces)},\n"
            f"    .states = {len(self.rule.states)},\n"
            f"    .post = {len(self.rule.post)},\n"
            f"    .posts = {'true' if 'on_post' in self.codes else 'false'},\n"
            "    .widths = widths,\n"
            "    .arrive = arrive,\n"
            f"    .learn = {'learn' if learns else '0'},\n"
            "};\n"
        )

    def _reads(self, update: str, names: tuple[str, ...]) -> bool:
        return any(a.name in names for a in self.codes[update].arguments)

    def _before(self, *updates: str) -> Iterator[str]:
        """Where the values are that some updates read or set, and constants."""
        yield "const struct synapses synapses = synapses_of(core, block);"
        codes = [self.codes[name] for name in updates if name in self.codes]
        used = {a.name for code in codes for a in code.arguments}
        used |= {name for code in codes for name in code.next_state}
        for n, name in enumerate(self.rule.parameters):
            if name in used:
                format = self.rule.format_of(name)
                word = signed_bits(format.minimum, format.maximum, (32, _WIDE))
                cast = "" if word == _WIDE else f"(int{word}_t)"
                yield f"const int{word}_t parameter{n} = {cast}constant(&synapses, {n});"
        rule = self.rule
        for kind, names in (("trace", rule.traces), ("state", rule.states), ("post", rule.post)):
            for n, name in enumerate(names):
                if name in used:
                    bits = self.bits[name]
                    stored = "struct wide" if bits == _WIDE else f"int{bits}_t"
                    only_read = "const " if kind == "post" else ""
                    yield f"{only_read}{stored} *const {kind}{n} = {kind}_values(&synapses, {n});"

    def _row(self, inside: list[str], *, target: bool) -> list[str]:
        """The loop over the synapses of a source cell."""
        return [
            "const uint32_t end = row_begin(&synapses, cell + 1);",
            "for (uint32_t n = row_begin(&synapses, cell); n < end; n++) {",
            *(["    const uint32_t target = row_target(&synapses, n);"] if target else []),
            *(f"    {line}" for line in inside),
            "}",
        ]

    def _call(self, update: str, own: str, target: str, cell: str, signal: str) -> list[str]:
        """The update of number `own`, between `cell` and `target`."""
        code = self.codes[update]
        words = Words(code)
        index = {
            **dict.fromkeys(self.rule.states, own),
            **dict.fromkeys(self.rule.traces, cell),
            **dict.fromkeys(self.rule.post, target),
        }
        results = list(code.next_state.items())
        values = [self._value(a, index, signal) for a in code.arguments]
        values += [f"&next{n}" for n in range(len(results))]
        call = f"{update}({', '.join(values)})"
        if update == "on_pre":
            word = words.held(code.output)
            call = f"const int{word}_t delivered = {call}"
        else:
            call = f"(void){call}"
        lines = [f"int{words.held(v)}_t next{n};" for n, (_, v) in enumerate(results)]
        lines.append(f"{call};")
        for n, (name, _) in enumerate(results):
            column, at = self.columns[name], index[name]
            if self.bits[name] == _WIDE:
                lines.append(f"store_wide(&{column}[{at}], next{n});")
            else:
                lines.append(f"{column}[{at}] = (int{self.bits[name]}_t)next{n};")
        return ["{", *(f"    {line}" for line in lines), "}"] if update != "on_pre" else lines

    def _value(self, a: Argument, index: Mapping[str, str], signal: str) -> str:
        if a.name == PRE:
            return signal
        if a.name in self.parameters:
            return self.parameters[a.name]
        column, at = self.columns[a.name], index[a.name]
        if self.bits[a.name] == _WIDE:
            return f"load_wide(&{column}[{at}])"
        return f"{column}[{at}]"


def _loop(variable: str, end: str, inside: list[str]) -> list[str]:
    head = f"for (uint32_t {variable} = 0; {variable} < {end}; {variable}++) {{"
    return [head, *(f"    {line}" for line in inside), "}"]


def _function(head: str, body: list[str]) -> str:
    return "\n".join([head, "{", *(f"    {line}" for line in body), "}"]) + "\n"
