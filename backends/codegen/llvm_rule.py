"""Printing the `Code` of a learning rule's datapath as LLVM IR: a loop over synapses.

The synapses of a projection are ordered by source cell; a list has their numbers by target cell.
A loop runs over a row of one source cell, or over the list's entries of one target cell: what
belongs to that cell is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from somac.backends.codegen.code import Code
from somac.backends.codegen.llvm_values import Values

__all__ = ["SIGNAL", "Column", "llvm_rule"]

Owner = Literal["synapse", "source", "target"]

SIGNAL = "pre"
"""The parameter that stands for the signal that has arrived."""

_FIRST = ("target", "listed", "source", "sums")


@dataclass(frozen=True, slots=True)
class Column:
    """A value of each synapse, source cell or target cell, in two's complement of some bits."""

    owner: Owner
    name: str
    bits: int


def llvm_rule(code: Code, columns: Sequence[Column], *, rows: bool, delivers: bool) -> str:
    """The text of a module with one function, ``update``.

    It is ``void update(int64_t *addresses, int64_t first, int64_t last, int64_t cell, int64_t
    signal)``. The addresses are those of four arrays and of the `columns`, in this order: uint32
    target cell of each synapse; uint32 list of synapses by target, and uint32 source cell of
    each of its entries; int32 sums of each target cell; then a value of a synapse, source or
    target each, by number. No two arrays overlap.

    Parameters
    ----------
    code
        Its states are columns of synapses, its parameters columns of any kind, or `SIGNAL`.
    rows
        Runs over synapses `first` to `last` (exclusive), whose source is `cell`; otherwise over
        these entries of the list, whose target is `cell`.
    delivers
        Whether the output times `signal` is added to the sum of the target, modulo 2**32; for
        `rows` only.
    """
    values = Values(code)
    number = {c.name: n for n, c in enumerate(columns)}
    owners: Mapping[Owner, str] = {
        "synapse": "%synapse",
        "source": "%cell" if rows else "%other",
        "target": "%other" if rows else "%cell",
    }
    if rows:
        _index(values, "synapse", None)
        _index(values, "other", "%target")
    else:
        _index(values, "synapse", "%listed")
        _index(values, "other", "%source")
    for argument in code.arguments:
        if argument.kind == "param" and argument.name == SIGNAL:
            kind = values.type_of(argument)
            values.define(argument, values.cast("%signal", "i64", kind))
            continue
        column = columns[number[argument.name]]
        values.read(argument, f"%column{number[column.name]}", column.bits, owners[column.owner])
    values.compute()
    for name, operand in code.next_state.items():
        column = columns[number[name]]
        values.store(operand, f"i{column.bits}", f"%column{number[name]}", "%synapse")
    if delivers:
        factor = values.cast("%signal", "i64", "i32")
        product = values.new(f"mul i32 {values.as_type(code.output, 'i32')}, {factor}")
        total = values.load("%sums", "i32", "%other")
        values.write(values.new(f"add i32 {total}, {product}"), "i32", "%sums", "%other")
    arrays = [f"%{name}" for name in _FIRST] + [f"%column{n}" for n in range(len(columns))]
    return _module(values, arrays)


def _index(values: Values, name: str, array: str | None) -> None:
    """The number of a synapse or of the cell at its other end."""
    if array is None:
        values.lines.append(f"  %{name} = add i64 %at, 0")
        return
    found = values.load(array, "i32", "%at")
    values.lines.append(f"  %{name} = zext i32 {found} to i64")


def _module(values: Values, arrays: Sequence[str]) -> str:
    addresses = [
        line
        for n, array in enumerate(arrays)
        for line in (
            f"  %at{n} = getelementptr i64, ptr %addresses, i64 {n}",
            f"  {array} = load ptr, ptr %at{n}",
        )
    ]
    # what comes by parameters, unlike what is loaded, can be said not to overlap
    given = ", ".join(f"ptr noalias {array}" for array in arrays)
    passed = ", ".join(f"ptr {array}" for array in arrays)
    return "\n".join(
        [
            f"; synapses by {values.code.name!r}",
            *values.declarations(),
            "define internal void @loop(i64 %first, i64 %last, i64 %cell, i64 %signal, "
            f"{given}) alwaysinline {{",
            "begin:",
            "  %any = icmp slt i64 %first, %last",
            "  br i1 %any, label %body, label %end",
            "body:",
            "  %at = phi i64 [%first, %begin], [%next, %body]",
            *values.lines,
            "  %next = add nsw i64 %at, 1",
            "  %more = icmp slt i64 %next, %last",
            "  br i1 %more, label %body, label %end",
            "end:",
            "  ret void",
            "}",
            "define void @update(ptr %addresses, i64 %first, i64 %last, i64 %cell, i64 %signal) {",
            *addresses,
            "  call void @loop(i64 %first, i64 %last, i64 %cell, i64 %signal, " + passed + ")",
            "  ret void",
            "}",
            "",
        ]
    )
