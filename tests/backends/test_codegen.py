"""Generated code against the golden interpreter, bit for bit."""

from __future__ import annotations

import keyword
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from somac.backends.codegen import PREAMBLE, Code, Words, c_source, lower, numpy_kernel
from somac.backends.codegen.code import OPERATIONS
from somac.ir.datapath import Datapath, Instruction, Table, run
from somac.ir.fixed import BOOL, Format, Overflow, Rounding, cast

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


def test_multiples_deep_in_a_sum_leave_it_too() -> None:
    """A sum of sums at several binary points: what is exact of it needs no wider word."""
    state = Format(16, 2, True, Rounding.RND, Overflow.SAT)
    gain = Format(9, -6)
    datapath = Datapath(
        "leak",
        (
            Instruction("state", state, name="v"),
            Instruction("state", Format(16, 14), name="e"),
            Instruction("param", gain, name="leak"),
            Instruction("mul", Format(25, -4), (0, 2)),
            Instruction("add", Format(33, 4), (0, 3)),
            Instruction("param", Format(9, -19), name="gain"),
            Instruction("mul", Format(25, -5), (1, 5)),
            Instruction("add", Format(36, 6), (4, 6)),
            Instruction("cast", state, (7,)),
        ),
        {"v": 8, "e": 1},
        8,
        "value",
    )
    code = lower(datapath)
    assert max(max(s.high, -s.low) for s in code.statements) < 1 << 31


def test_what_is_known_is_a_constant() -> None:
    path = lif()
    code = lower(path, {("param", "decay"): (9, 9), ("param", "threshold"): (5, 6)})
    assert [(a.name, a.low, a.high) for a in code.arguments if a.kind == "param"] == [
        ("threshold", 5, 6)
    ]


def test_code_does_not_depend_on_the_order_of_states() -> None:
    """Files keep next states by name, and updates are generated again from files."""
    format = Format(8, 8)
    instructions = (
        Instruction("state", format, name="w"),
        Instruction("state", format, name="v"),
        Instruction("add", format, (0, 1)),
        Instruction("sub", format, (0, 1)),
    )
    first = lower(Datapath("two", instructions, {"w": 2, "v": 3}, 2, "value"))
    second = lower(Datapath("two", instructions, {"v": 3, "w": 2}, 2, "value"))
    assert list(first.next_state) == list(second.next_state) == ["v", "w"]
    assert c_source(first, "update") == c_source(second, "update")


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


# C

STRICT = (
    *("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror"),
    *("-fsanitize=undefined", "-fno-sanitize-recover=undefined"),
)
ROWS = 25
SUM_BITS = 32


def random_cases(datapaths: st.SearchStrategy[Datapath], count: int) -> list[tuple[Datapath, int]]:
    """Random datapaths and a seed of values for each; hypothesis draws them, not shrinks them."""
    cases = []

    @given(datapaths, st.integers(0, 1 << 32))
    @settings(max_examples=count, database=None)
    def collect(datapath: Datapath, seed: int) -> None:
        cases.append((datapath, seed))

    collect()
    return cases


def some_values(rng: np.random.Generator, low: int, high: int) -> Any:
    """Values from the whole range, and from its ends and the middle."""
    edges = [v for v in (low, low + 1, -1, 0, 1, high - 1, high) if low <= v <= high]
    anywhere = rng.integers(low, high, ROWS, endpoint=True)
    return np.where(rng.random(ROWS) < 0.4, rng.choice(edges, ROWS), anywhere)


def called(code: Code, name: str) -> Iterator[str]:
    """C that reads a row of arguments, calls a function and writes a row of results."""
    words = Words(code)
    results = list(code.next_state.values())
    yield f"static void run_{name}(const int64_t *in, int64_t *out)"
    yield "{"
    given = []
    for n, a in enumerate(code.arguments):
        given.append(f"(int{words.held(a.variable)}_t)in[{n}]")
    for n, value in enumerate(results):
        yield f"    int{words.held(value)}_t next{n};"
        given.append(f"&next{n}")
    yield "    (void)in;"
    yield f"    out[{len(results)}] = {name}({', '.join(given)});"
    yield from (f"    out[{n}] = next{n};" for n in range(len(results)))
    yield "}"


def computed_in_c(folder: Path, codes: Sequence[Code], given: Sequence[Any]) -> list[Any]:
    """Results (rows, next states and output) of each code on its arguments, (rows, arguments)."""
    lines = [PREAMBLE, "#include <stdio.h>"]
    calls = []
    for n, code in enumerate(codes):
        lines += [c_source(code, f"f{n}"), *called(code, f"f{n}")]
        width, height = len(code.arguments), len(code.next_state) + 1
        calls.append(f"    all(run_f{n}, {width}, {height});")
    lines += [
        "static void all(void (*run)(const int64_t *, int64_t *), size_t width, size_t height)",
        "{",
        "    int64_t in[64], out[64];",
        f"    for (int row = 0; row < {ROWS}; row++) {{",
        "        if (fread(in, sizeof *in, width, stdin) != width)",
        "            return;",
        "        run(in, out);",
        "        fwrite(out, sizeof *out, height, stdout);",
        "    }",
        "}",
        "int main(void)",
        "{",
        *calls,
        "    return 0;",
        "}",
    ]
    (folder / "all.c").write_text("\n".join(lines) + "\n")
    command = ["cc", *STRICT, "-O1", "all.c", "-o", "all"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    data = b"".join(np.ascontiguousarray(values, np.int64).tobytes() for values in given)
    done = subprocess.run([folder / "all"], input=data, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    flat = np.frombuffer(done.stdout, np.int64)
    ends = np.cumsum([ROWS * (len(code.next_state) + 1) for code in codes])
    return [part.reshape(ROWS, -1) for part in np.split(flat, ends[:-1])]


def expected_results(datapath: Datapath, code: Code, arguments: Any) -> Any:
    given: dict[str, dict[str, Any]] = {"input": {}, "state": {}, "param": {}}
    for column, a in zip(arguments.T, code.arguments, strict=True):
        given[a.kind][a.name] = column
        if a.kind == "input":
            format = datapath.format_of("input", a.name)
            given["input"][a.name] = cast(column, format.fraction, format)
    for opcode, found in given.items():
        # what reaches nothing is no argument
        for name in datapath.names(opcode):
            found.setdefault(name, np.int64(datapath.format_of(opcode, name).maximum))
    result = run(datapath, given["input"], given["state"], given["param"])
    columns = [result.state[name] for name in code.next_state] + [result.output]
    return np.stack([np.broadcast_to(column, (ROWS,)) for column in columns], axis=1)


@pytest.mark.parametrize(
    "count", [pytest.param(80, id="some"), pytest.param(2500, id="many", marks=pytest.mark.long)]
)
@pytest.mark.parametrize("sum_bits", [None, SUM_BITS])
def test_c_equals_the_interpreter(
    c_compiler: None,
    random_datapaths: Callable[[], st.SearchStrategy[Datapath]],
    tmp_path: Path,
    sum_bits: int | None,
    count: int,
) -> None:
    """Inputs as raw values, and as sums that the code wraps to their formats."""
    cases = random_cases(random_datapaths(), count)
    codes = [lower(datapath, sum_bits=sum_bits) for datapath, _ in cases]
    given = []
    for code, (_, seed) in zip(codes, cases, strict=True):
        rng = np.random.default_rng(seed)
        columns = [some_values(rng, a.low, a.high) for a in code.arguments]
        given.append(np.stack(columns, axis=1) if columns else np.zeros((ROWS, 0), np.int64))
    found = computed_in_c(tmp_path, codes, given)
    for (datapath, _), code, arguments, results in zip(cases, codes, given, found, strict=True):
        expected = expected_results(datapath, code, arguments)
        np.testing.assert_array_equal(results, expected, err_msg=c_source(code))


def test_c_is_readable() -> None:
    assert c_source(lower(lif(), sum_bits=SUM_BITS), "update") == (
        "static inline int32_t update(int32_t i_in_0,\n"
        "                             int32_t v_1,\n"
        "                             int32_t decay_2,\n"
        "                             int32_t threshold_3,\n"
        "                             int32_t *next0)\n"
        "{\n"
        "    const int32_t leak_4a = v_1 * decay_2;\n"
        "    const int64_t v_5a = (int64_t)((uint64_t)i_in_0 << 20);\n"
        "    const int64_t v_5b = leak_4a + v_5a;\n"
        "    const int64_t v_5c = v_5b >> 12;\n"
        "    const int32_t v_5d = (int32_t)(v_5c & 1);\n"
        "    const int64_t v_5e = v_5b + 2047;\n"
        "    const int64_t v_5f = v_5e + v_5d;\n"
        "    const int64_t v_5g = v_5f >> 12;\n"
        "    const int64_t v_5h = v_5g > (-32768) ? v_5g : (-32768);\n"
        "    const int32_t v_5i = (int32_t)(v_5h < 32767 ? v_5h : 32767);\n"
        "    const bool spike_6a = v_5i > threshold_3;\n"
        "    const int32_t select_8a = spike_6a ? 0 : v_5i;\n"
        "    const int32_t spike_6aa = spike_6a;\n"
        "    *next0 = select_8a;\n"
        "    return spike_6aa;\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("entries", "declared"),
    [
        ([0, 255], "static const uint8_t f_table0[2] = {\n    0, 255,\n};\n"),
        ([-1, 127], "static const int8_t f_table0[2] = {"),
        ([0, 40000], "static const uint16_t f_table0[2] = {"),
        ([-(1 << 31), 5], "INT32_MIN, 5,"),
        ([1 << 31, -(1 << 31) - 1], "INT64_C(2147483648), -INT64_C(2147483649),"),
    ],
)
def test_tables_in_c_are_narrow(entries: list[int], declared: str) -> None:
    datapath = Datapath(
        "d",
        (
            Instruction("input", Format(8, 8), name="x"),
            Instruction("table", Format(60, 60), (0,), "t"),
        ),
        {},
        1,
        "value",
        {"t": Table(0, np.array(entries, np.int64))},
    )
    assert declared in c_source(lower(datapath), "f")
