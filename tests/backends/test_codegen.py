"""Generated code against the golden interpreter, bit for bit."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.backends.codegen import lower, numpy_kernel
from somac.backends.codegen.code import OPERATIONS
from somac.ir.datapath import Datapath, Instruction, run
from somac.ir.fixed import BOOL, Format, Overflow, Rounding

CELLS = 7


def values(draw: Any, datapath: Datapath, opcode: str, shape: tuple[int, ...]) -> dict[str, Any]:
    found = {}
    for name in datapath.names(opcode):
        format = datapath.format_of(opcode, name)
        edges = [format.minimum, format.maximum, 0, max(format.minimum, -1), min(1, format.maximum)]
        elements = st.integers(format.minimum, format.maximum) | st.sampled_from(edges)
        given_shape = draw(st.sampled_from([(), shape[-1:]])) if opcode == "param" else shape
        found[name] = draw(hnp.arrays(np.int64, given_shape, elements=elements))
    return found


@given(data=st.data())
@settings(max_examples=400)
def test_kernel_equals_the_interpreter(
    data: st.DataObject, random_datapaths: Callable[[], st.SearchStrategy[Datapath]]
) -> None:
    datapath = data.draw(random_datapaths())
    inputs = values(data.draw, datapath, "input", (2, CELLS))
    state = values(data.draw, datapath, "state", (2, CELLS))
    parameters = values(data.draw, datapath, "param", (2, CELLS))
    expected = run(datapath, inputs, state, parameters)
    after, output = numpy_kernel(datapath)(inputs, state, parameters)
    shape = (2, CELLS)
    np.testing.assert_array_equal(
        np.broadcast_to(output, shape), np.broadcast_to(expected.output, shape)
    )
    assert set(after) == set(expected.state)
    for name in after:
        np.testing.assert_array_equal(
            np.broadcast_to(after[name], shape), np.broadcast_to(expected.state[name], shape)
        )


@given(data=st.data())
@settings(max_examples=100)
def test_code_is_in_single_assignment_form(
    data: st.DataObject, random_datapaths: Callable[[], st.SearchStrategy[Datapath]]
) -> None:
    code = lower(data.draw(random_datapaths()))
    known = {a.variable for a in code.arguments}
    for statement in code.statements:
        assert statement.operation in OPERATIONS
        assert {o for o in statement.operands if isinstance(o, str)} <= known
        assert statement.variable not in known
        assert statement.variable.isidentifier()
        assert not keyword.iskeyword(statement.variable)
        known.add(statement.variable)
    assert {o for o in (*code.next_state.values(), code.output) if isinstance(o, str)} <= known


def lif(overflow: Overflow = Overflow.SAT) -> Datapath:
    """A leaky integrate-and-fire update with reset to zero."""
    membrane = Format(16, 8, True, Rounding.RND_CONV, overflow)
    return Datapath(
        "lif",
        (
            Instruction("input", Format(32, 32), name="i_in"),
            Instruction("state", membrane, name="v"),
            Instruction("param", Format(12, 0, False), name="decay"),
            Instruction("param", membrane, name="threshold"),
            Instruction("mul", Format(28, 8), (1, 2), "leak"),
            Instruction("add", membrane, (4, 0), "v"),
            Instruction("gt", BOOL, (5, 3), "spike"),
            Instruction("const", membrane),
            Instruction("select", membrane, (6, 7, 5)),
        ),
        {"v": 8},
        6,
        "spike",
    )


def test_source_is_readable() -> None:
    assert numpy_kernel(lif()).source == (
        "def kernel(i_in_0, v_1, decay_2, threshold_3):\n"
        "    leak_4a = v_1 * decay_2\n"
        "    v_5a = i_in_0 << 20\n"
        "    v_5b = leak_4a + v_5a\n"
        "    v_5c = v_5b >> 12\n"
        "    v_5d = v_5c & 1\n"
        "    v_5e = v_5b + 2047\n"
        "    v_5f = v_5e + v_5d\n"
        "    v_5g = v_5f >> 12\n"
        "    v_5h = np.maximum(v_5g, (-32768))\n"
        "    v_5i = np.minimum(v_5h, 32767)\n"
        "    spike_6a = v_5i > threshold_3\n"
        "    select_8a = np.where(spike_6a, 0, v_5i)\n"
        "    spike_6aa = np.asarray(spike_6a, dtype=np.int64)\n"
        "    return (select_8a, spike_6aa, )\n"
    )


def test_impossible_overflow_costs_nothing() -> None:
    wide, narrow = Format(24, 24, True, Rounding.TRN, Overflow.SAT), Format(8, 8)
    datapath = Datapath(
        "sum",
        (
            Instruction("input", narrow, name="a"),
            Instruction("input", narrow, name="b"),
            Instruction("add", wide, (0, 1)),
        ),
        {},
        2,
        "value",
    )
    assert [s.operation for s in lower(datapath).statements] == ["add"]


def test_multiples_of_the_rounding_step_are_not_rounded() -> None:
    """What is a multiple of it leaves the sum before, so that the sum needs fewer bits."""
    state, fine = Format(16, 8), Format(30, 8)
    datapath = Datapath(
        "leak",
        (
            Instruction("state", state, name="v"),
            Instruction("param", fine, name="drive"),
            Instruction("add", Format(16, 8, True, Rounding.RND), (0, 1)),
            Instruction("cast", state, (2,)),
        ),
        {"v": 3},
        3,
        "value",
    )
    code = lower(datapath)
    assert [s.operation for s in code.statements] == ["add", "asr", "add", "wrap"]
    assert max(s.high for s in code.statements) < 1 << 30


def test_what_is_known_is_a_constant() -> None:
    path = lif()
    code = lower(path, {("param", "decay"): (9, 9), ("param", "threshold"): (5, 6)})
    assert [(a.name, a.low, a.high) for a in code.arguments if a.kind == "param"] == [
        ("threshold", 5, 6)
    ]


def test_text_of_code() -> None:
    text = lower(lif(Overflow.WRAP)).text()
    assert text.startswith("code lif\ni_in_0 = input i_in\nv_1 = state v\n")
    assert "v_5h = wrap v_5g 16\n" in text
    assert text.endswith("next v select_8a\nsend spike_6aa\n")


@pytest.mark.parametrize("name", ["lambda", "np", "v_0", "kernel", "__class__"])
def test_words_of_python_may_be_names(name: str) -> None:
    datapath = Datapath(
        "');import",
        (
            Instruction("input", Format(8, 8), name=name),
            Instruction("add", Format(9, 9), (0, 0), name),
        ),
        {},
        1,
        "value",
    )
    kernel = numpy_kernel(datapath)
    _, output = kernel({name: np.array([3])}, {}, {})
    np.testing.assert_array_equal(output, [6])
    assert "import" not in kernel.source
