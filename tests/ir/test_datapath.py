"""Datapaths: the interpreter against exact fractions, text, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from math import floor, trunc
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from somac.ir.datapath import (
    OPCODES,
    TRUTH,
    Datapath,
    Instruction,
    Table,
    computed_bits,
    exact_format,
    parse,
    run,
)
from somac.ir.fixed import BOOL, MAX_BITS, Format, Overflow, Rounding

CELLS = 4


@st.composite
def formats(draw: st.DrawFn, widest: int = 63) -> Format:
    signed = draw(st.booleans())
    width = draw(st.integers(1, min(widest, 62 + signed)))
    return Format(
        width,
        draw(st.integers(-4, 30)),
        signed,
        draw(st.sampled_from(Rounding)),
        draw(st.sampled_from(Overflow)),
    )


def raws(format: Format) -> st.SearchStrategy[int]:
    near = {format.minimum, format.minimum + 1, -1, 0, 1, format.maximum - 1, format.maximum}
    edges = sorted(value for value in near if format.minimum <= value <= format.maximum)
    return st.integers(format.minimum, format.maximum) | st.sampled_from(edges)


@st.composite
def datapaths(draw: st.DrawFn) -> Datapath:
    """Any operations in any order, with arguments of any formats."""
    instructions, tables = [], {}
    states: dict[str, Format] = {}
    for number in range(draw(st.integers(1, 5))):
        opcode = draw(st.sampled_from(["const", "input", "param", "state"]))
        format = draw(st.just(BOOL) | formats(40))
        if opcode == "input":
            format = replace(format, overflow=Overflow.WRAP)
        if opcode == "state":
            states[f"s{number}"] = format
        raw = draw(raws(format)) if opcode == "const" else 0
        instructions.append(Instruction(opcode, format, (), f"{opcode[0]}{number}", raw))
    for _ in range(draw(st.integers(1, 10))):
        opcode = draw(st.sampled_from(sorted(OPCODES)))
        index = st.integers(0, len(instructions) - 1)
        arguments = draw(st.tuples(*[index] * OPCODES[opcode]))
        format = BOOL if opcode in TRUTH else draw(formats())
        have = [instructions[a].format for a in arguments]
        if computed_bits(opcode, have, format) > MAX_BITS:
            continue
        name = ""
        if opcode == "table":
            name = f"t{len(tables)}"
            entries = draw(st.lists(raws(format), min_size=1, max_size=6))
            tables[name] = Table(draw(st.integers(-5, 5)), np.array(entries, np.int64))
        instructions.append(Instruction(opcode, format, arguments, name))
    next_state = {}
    for name, format in states.items():
        candidates = [n for n, i in enumerate(instructions) if i.format == format]
        next_state[name] = draw(st.sampled_from(candidates))
    output = draw(st.integers(0, len(instructions) - 1))
    kind = "spike" if instructions[output].format == BOOL else "value"
    return Datapath("any", tuple(instructions), next_state, output, kind, tables)


def converted(value: Fraction, format: Format) -> int:
    """Clause 1.4 of docs/reference/semantics.md."""
    scaled = value * Fraction(2) ** format.fraction
    whole = {
        Rounding.TRN: floor(scaled),
        Rounding.TRN_ZERO: trunc(scaled),
        Rounding.RND: floor(scaled + Fraction(1, 2)),
        Rounding.RND_CONV: round(scaled),
    }[format.rounding]
    if format.overflow is Overflow.SAT:
        return min(max(whole, format.minimum), format.maximum)
    return (whole - format.minimum) % 2**format.width + format.minimum


def meaning(i: Instruction, raw: list[int], have: list[Format], tables: Mapping[str, Table]) -> int:
    """Clause 2.2 of docs/reference/semantics.md, on the numbers that raw values stand for."""
    x = [Fraction(r) / Fraction(2) ** f.fraction for r, f in zip(raw, have, strict=True)]
    match i.opcode:
        case "add":
            return converted(x[0] + x[1], i.format)
        case "sub":
            return converted(x[0] - x[1], i.format)
        case "mul":
            return converted(x[0] * x[1], i.format)
        case "floordiv":
            return converted(Fraction(floor(x[0] / x[1]) if x[1] > 0 else 0), i.format)
        case "min":
            return converted(min(x), i.format)
        case "max":
            return converted(max(x), i.format)
        case "cast":
            return converted(x[0], i.format)
        case "select":
            return converted(x[1] if x[0] else x[2], i.format)
        case "eq":
            return int(x[0] == x[1])
        case "ne":
            return int(x[0] != x[1])
        case "lt":
            return int(x[0] < x[1])
        case "le":
            return int(x[0] <= x[1])
        case "gt":
            return int(x[0] > x[1])
        case "ge":
            return int(x[0] >= x[1])
        case "and":
            return int(bool(x[0] and x[1]))
        case "or":
            return int(bool(x[0] or x[1]))
        case "not":
            return int(not x[0])
        case "table":
            table = tables[i.name]
            place = min(max(raw[0] - table.first, 0), len(table.entries) - 1)
            return int(table.entries[place])
    raise AssertionError(i.opcode)


@settings(max_examples=200)
@given(datapaths(), st.data())
def test_the_interpreter_is_exact(datapath: Datapath, data: st.DataObject) -> None:
    given_values: dict[str, dict[str, Any]] = {}
    for opcode in ("input", "param", "state"):
        given_values[opcode] = {}
        for name in datapath.names(opcode):
            some = raws(datapath.format_of(opcode, name))
            drawn = data.draw(st.lists(some, min_size=CELLS, max_size=CELLS))
            given_values[opcode][name] = np.array(drawn, np.int64)
    result = run(datapath, given_values["input"], given_values["state"], given_values["param"])
    for cell in range(CELLS):
        values: list[int] = []
        for i in datapath.instructions:
            if i.opcode in given_values:
                values.append(int(given_values[i.opcode][i.name][cell]))
            elif i.opcode == "const":
                values.append(i.raw)
            else:
                have = [datapath.instructions[a].format for a in i.arguments]
                raw = [values[a] for a in i.arguments]
                values.append(meaning(i, raw, have, datapath.tables))
        found = [int(np.broadcast_to(v, CELLS)[cell]) for v in result.values]
        assert found == values
        for value, i in zip(values, datapath.instructions, strict=True):
            assert i.format.minimum <= value <= i.format.maximum
        assert int(np.broadcast_to(result.output, CELLS)[cell]) == values[datapath.output]
        for name, index in datapath.next_state.items():
            assert int(np.broadcast_to(result.state[name], CELLS)[cell]) == values[index]


@given(st.sampled_from(sorted(OPCODES)), st.data())
def test_the_exact_format_holds_every_result(opcode: str, data: st.DataObject) -> None:
    have = [data.draw(formats(20)) for _ in range(OPCODES[opcode])]
    exact = exact_format(opcode, have)
    if exact is None or opcode in TRUTH:
        assert exact is not None or opcode in ("and", "or", "not", "table")
        return
    width, fraction = exact
    assume(width + 8 <= MAX_BITS)
    format = Format(width, width - fraction, True, Rounding.TRN, Overflow.SAT)
    raw = [data.draw(raws(f)) for f in have]
    found = meaning(Instruction(opcode, format), raw, have, {})
    # with room on both sides of the binary point nothing changes
    roomier = replace(format, width=width + 8, integer=format.integer + 4)
    assert meaning(Instruction(opcode, roomier), raw, have, {}) == found << 4


def test_bits_that_an_operation_computes_with() -> None:
    a, b = Format(8, 4), Format(6, 6, signed=False)
    assert exact_format("add", [a, b]) == (12, 4)
    assert exact_format("mul", [a, b]) == (15, 4)
    assert exact_format("lt", [a, b]) == (11, 4)
    assert exact_format("floordiv", [a, b]) == (11, 0)
    assert exact_format("select", [BOOL, a, a]) == (8, 4)
    assert exact_format("cast", [b]) == (7, 0)
    assert exact_format("not", [BOOL]) is None
    assert computed_bits("mul", [a, b], Format(8, 8)) == 15
    assert computed_bits("mul", [a, b], Format(8, -2)) == 15 + 6
    assert computed_bits("floordiv", [a, b], Format(16, 8)) == 11 + 8
    assert computed_bits("lt", [b, b], BOOL) == 7
    assert computed_bits("table", [b], Format(16, 8, signed=False)) == 17


ACCUMULATE = Datapath(
    "accumulate",
    (
        Instruction("input", Format(12, 12), name="i"),
        Instruction("state", Format(16, 12, True, Rounding.RND, Overflow.SAT), name="v"),
        Instruction("add", Format(16, 12, True, Rounding.RND, Overflow.SAT), (0, 1), "sum"),
        Instruction("param", Format(16, 12), name="threshold"),
        Instruction("ge", BOOL, (2, 3), "spike"),
        Instruction("const", Format(16, 12, True, Rounding.RND, Overflow.SAT), raw=0),
        Instruction("select", Format(16, 12, True, Rounding.RND, Overflow.SAT), (4, 5, 2)),
    ),
    {"v": 6},
    4,
    "spike",
)

TEXT = """\
datapath accumulate
%0 = input i : fixed<12,12>
%1 = state v : fixed<16,12,RND,SAT>
%2 = add %0 %1 sum : fixed<16,12,RND,SAT>
%3 = param threshold : fixed<16,12>
%4 = ge %2 %3 spike : ufixed<1,1>
%5 = const 0 : fixed<16,12,RND,SAT>
%6 = select %4 %5 %2 : fixed<16,12,RND,SAT>
next v %6
send spike %4
"""


def test_text() -> None:
    assert ACCUMULATE.text() == TEXT
    assert parse(TEXT).text() == TEXT
    assert ACCUMULATE.operations == {"add", "ge", "select"}
    assert ACCUMULATE.names("param") == ("threshold",)
    assert ACCUMULATE.word_bits == 17
    with pytest.raises(KeyError, match="accumulate has no input j"):
        ACCUMULATE.format_of("input", "j")


@given(datapaths())
def test_text_reads_back(datapath: Datapath) -> None:
    again = parse(datapath.text())
    assert again.text() == datapath.text()
    assert again.instructions == datapath.instructions
    assert again.next_state == datapath.next_state


@pytest.mark.parametrize(
    ("line", "instead", "message"),
    [
        (1, "", "no 'datapath' line"),
        (2, "%0 = input i", "line 2: '%0 = input i': no format"),
        (2, "%0 = input i : fixed<12>", "is not a format"),
        (2, "%1 = input i : fixed<12,12>", "not a line of a datapath"),
        (2, "%0 = input i j : fixed<12,12>", "'j' is too much"),
        (4, "%2 = add %0 %x sum : fixed<16,12,RND,SAT>", "is not a value such as %3"),
        (4, "%2 = add %0 %-1 sum : fixed<16,12,RND,SAT>", "is not a value such as %3"),
        (7, "%5 = const : fixed<16,12,RND,SAT>", "no value"),
        (7, "%5 = const 1e3 : fixed<16,12,RND,SAT>", "'1e3' is not an integer"),
        (9, "next v 6", "is not a value such as %3"),
        (9, "next v %6\nnext v %6", "not in its place"),
        (9, "next w %6", "state v is not both read and given"),
        (9, "next v %99", "v is %99, which is not there"),
        (10, "", "no 'send' line"),
        (10, "send burst %4", "not a line of a datapath"),
        (10, "send spike %4\nsend spike %4", "not in its place"),
        (10, "table t 99999999999999999999: 1\nsend spike %4", "has 63 bits"),
        (10, "table t 0: 99999999999999999999\nsend spike %4", "line 10"),
        (10, "table t 0:\nsend spike %4", "a table has entries"),
    ],
)
def test_text_that_is_no_datapath(line: int, instead: str, message: str) -> None:
    lines = TEXT.splitlines()
    lines[line - 1] = instead
    wrong = "\n".join(filter(None, lines))
    with pytest.raises(ValueError, match=message):
        parse(wrong)


@given(
    st.text(alphabet="%0123 =:;<>,-_acdfilnoprstuvxtableinputsendnextfixedRNDSAT\n", max_size=120)
)
@example("datapath x\nsend value %0\n")
@example("datapath x\n%0 = const\nsend value %0\n")
def test_any_text_is_a_datapath_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        parse(text)


def changed(index: int, **changes: Any) -> tuple[Instruction, ...]:
    some = list(ACCUMULATE.instructions)
    some[index] = replace(some[index], **changes)
    return tuple(some)


TABLE = Table(0, np.array([1, 200], np.int64))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instructions": changed(2, opcode="pow")}, "%2 pow: no such operation"),
        ({"instructions": changed(2, arguments=(0,))}, "takes 2 arguments, has 1"),
        ({"instructions": changed(2, arguments=(0, 2))}, "does not come before it"),
        ({"instructions": changed(2, arguments=(-1, 0))}, "does not come before it"),
        ({"instructions": changed(4, format=Format(2, 2))}, "gives ufixed<1,1>"),
        ({"instructions": changed(0, name="")}, "'' is not a name"),
        ({"instructions": changed(2, name="a b")}, "'a b' is not a name"),
        ({"instructions": changed(5, raw=1 << 15)}, "32768 is not in fixed<16,12,RND,SAT>"),
        ({"instructions": changed(3, raw=1)}, "has a raw value"),
        ({"instructions": changed(0, format=Format(12, 12, overflow=Overflow.SAT))}, "any order"),
        ({"instructions": changed(3, opcode="state", name="v")}, "v is fixed<16,12,RND,SAT> else"),
        ({"instructions": changed(2, opcode="mul", format=Format(63, 1))}, "computes with 8"),
        ({"instructions": changed(6, opcode="table", arguments=(0,), name="t")}, "no table t"),
        (
            {
                "instructions": changed(
                    6, opcode="table", arguments=(0,), name="t", format=Format(8, 8)
                ),
                "tables": {"t": TABLE},
            },
            "entries of t are not in fixed<8,8>",
        ),
        ({"tables": {"a b": TABLE}}, "'a b' is not a name for a table"),
        ({"next_state": {}}, "state v is not both read and given its next value"),
        ({"next_state": {"v": 6, "w": 6}}, "state w is not both read and given its next value"),
        ({"next_state": {"v": 7}}, "v is %7, which is not there"),
        ({"next_state": {"v": -1}}, "v is %-1, which is not there"),
        ({"next_state": {"v": 0}}, "state v changes its format"),
        ({"output": 7}, "the output is %7, which is not there"),
        ({"output": 6}, "a spike is ufixed<1,1>, not fixed<16,12,RND,SAT>"),
        ({"output_kind": "count", "output": 6}, "a count is an unsigned integer"),
        ({"output_kind": "burst"}, "cannot send a 'burst'"),
        ({"name": "two words"}, "its name is a word without spaces"),
        ({"name": ""}, "its name is a word without spaces"),
    ],
)
def test_datapaths_that_are_not_well_formed(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(ACCUMULATE, **changes)


@pytest.mark.parametrize("entries", [np.zeros(0, np.int64), np.zeros((2, 2), np.int64)])
def test_a_table_has_entries_in_one_dimension(entries: Any) -> None:
    with pytest.raises(ValueError, match="a table has entries"):
        Table(0, entries)


def test_entries_of_a_table_are_integers() -> None:
    with pytest.raises(TypeError, match="integers are needed"):
        Table(0, np.array([0.5]))


def test_a_count_and_a_value_may_be_sent() -> None:
    count = Instruction("input", Format(4, 4, signed=False), name="n")
    assert Datapath("c", (count,), {}, 0, "count").output_kind == "count"
    value = Instruction("input", Format(4, 2), name="n")
    assert Datapath("c", (value,), {}, 0, "value").operations == frozenset()
