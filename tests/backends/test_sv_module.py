"""What a generated module and its schedule are: text, ports, stages, memories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sv_lanes import PARTS, called, lanes, write_lanes

from somac.backends.codegen import Code, lower
from somac.backends.codegen.systemverilog import (
    Delays,
    Port,
    Schedule,
    SvModule,
    part_source,
    schedule,
    sv_module,
)
from somac.ir.datapath import Datapath, Instruction, Table
from somac.ir.fixed import BOOL, Format, Overflow, Rounding

BUDGET = 8.0
MEMBRANE = Format(12, 6, True, Rounding.RND, Overflow.SAT)


def lif() -> Datapath:
    """A leaky integrate-and-fire update with reset to zero."""
    return Datapath(
        "lif",
        (
            Instruction("input", Format(10, 10), name="i_in"),
            Instruction("state", MEMBRANE, name="v"),
            Instruction("param", Format(8, 0, False), name="decay"),
            Instruction("param", MEMBRANE, name="threshold"),
            Instruction("mul", Format(20, 6), (1, 2), "leak"),
            Instruction("add", MEMBRANE, (4, 0), "v"),
            Instruction("gt", BOOL, (5, 3), "spike"),
            Instruction("const", MEMBRANE),
            Instruction("select", MEMBRANE, (6, 7, 5)),
        ),
        {"v": 8},
        6,
        "spike",
    )


def single(opcode: str, result: Format, *formats: Format, **tables: Table) -> Datapath:
    """One operation on inputs, sent as a number."""
    inputs = [Instruction("input", f, name=f"x{n}") for n, f in enumerate(formats)]
    made = Instruction(opcode, result, tuple(range(len(formats))), next(iter(tables), ""))
    return Datapath("single", (*inputs, made), {}, len(inputs), "value", tables)


def printed(datapath: Datapath, budget: float = BUDGET, name: str = "lane") -> SvModule:
    return sv_module(schedule(lower(datapath), budget), name)


# --- text -------------------------------------------------------------------------------------


UPDATE_LIF = """\
// The update of lif: 4 stages, a neuron in every cycle. Generated.
// Beside values are their bounds; x_s2 is x in stage 2.
module update_lif (
    input  logic clk,
    input  logic signed [13:0] i_in_0,  // input i_in: -8192 .. 8191
    input  logic signed [11:0] v_1,  // state v: -2048 .. 2047
    output logic signed [11:0] next_v,  // state v after the update
    output logic signed [1:0] sent  // what is sent
);

    // stage 1
    wire signed [9:0] i_in_0a = 10'(i_in_0);  // -512 .. 511
    wire signed [19:0] leak_4a = 20'(v_1) * 20'sd200;  // -409600 .. 409400
    logic signed [9:0] i_in_0a_s2;
    logic signed [19:0] leak_4a_s2;
    always_ff @(posedge clk) begin
        i_in_0a_s2 <= i_in_0a;
        leak_4a_s2 <= leak_4a;
    end

    // stage 2
    wire signed [15:0] v_5c = 16'(i_in_0a_s2) <<< 6;  // -32768 .. 32704
    wire signed [19:0] v_5d = leak_4a_s2 + 20'sd128;  // -409472 .. 409528
    wire signed [11:0] v_5e = 12'(v_5d >>> 8);  // -1600 .. 1599
    wire signed [16:0] v_5f = 17'(v_5c) + 17'(v_5e);  // -34368 .. 34303
    logic signed [16:0] v_5f_s3;
    always_ff @(posedge clk) begin
        v_5f_s3 <= v_5f;
    end

    // stage 3
    wire signed [11:0] v_5h =  // -2048 .. 2047
        v_5f_s3 < (-17'sd2048) ? (-12'sd2048) :
        v_5f_s3 > 17'sd2047 ? 12'sd2047 :
        12'(v_5f_s3);
    logic signed [11:0] v_5h_s4;
    always_ff @(posedge clk) begin
        v_5h_s4 <= v_5h;
    end

    // stage 4
    wire spike_6a = v_5h_s4 > 12'sd64;
    wire signed [11:0] select_8a = spike_6a ? 12'sd0 : v_5h_s4;  // -2048 .. 2047
    wire signed [1:0] spike_6aa = {1'b0, spike_6a};  // 0 .. 1
    always_ff @(posedge clk) begin
        next_v <= select_8a;
        sent <= spike_6aa;
    end

    // bits that nothing needs
    wire unused = &{1'b0, i_in_0};

endmodule
"""


def test_text_is_readable() -> None:
    known = {("param", "decay"): (200, 200), ("param", "threshold"): (64, 64)}
    code = lower(lif(), known, sum_bits=14)
    assert sv_module(schedule(code, BUDGET), "update_lif").text == UPDATE_LIF


def test_ports() -> None:
    assert printed(lif()).ports == (
        Port("input", "i_in_0", "i_in", 10),
        Port("state", "v_1", "v", 12),
        Port("param", "decay_2", "decay", 9),
        Port("param", "threshold_3", "threshold", 12),
        Port("next", "next_v", "v", 12),
        Port("sent", "sent", "", 2),
    )


def test_a_next_state_is_as_wide_as_the_state_it_becomes() -> None:
    datapath = Datapath(
        "d",
        (
            Instruction("state", Format(9, 9, False), name="n"),
            Instruction("const", Format(9, 9, False), raw=5),
        ),
        {"n": 1},
        0,
        "value",
    )
    assert [p.width for p in printed(datapath).ports] == [10, 10, 10]


def test_names_of_states_do_not_meet_those_of_signals() -> None:
    format = Format(8, 8)
    names = ["v", "v_1_s2", "v_1"]
    datapath = Datapath(
        "d",
        (
            *(Instruction("state", format, name=name) for name in names),
            Instruction("mul", format, (0, 1), "next_v"),
            Instruction("mul", format, (3, 2), "next_v"),
        ),
        {"v": 4, "v_1_s2": 0, "v_1": 3},
        4,
        "value",
    )
    module = printed(datapath)
    assert [p.name for p in module.ports if p.kind == "next"] == [
        "next_v",
        "next_v_1_state",
        "next_v_1_s2_state",
    ]


@pytest.mark.parametrize("name", ["", "2lanes", "a b", "lane;", "tafel_ä", "table_rom"])
def test_what_is_no_name_of_a_module(name: str) -> None:
    with pytest.raises(ValueError, match="is not a name for a module"):
        printed(lif(), name=name)


def test_a_table_is_a_memory() -> None:
    table = Table(-2, np.array([-9, 0, 255, 1]))
    module = printed(single("table", Format(10, 10), Format(4, 4), t=table), name="gate")
    assert module.memories == {"gate_table0.mem": "3f7\n000\n0ff\n001\n".replace("3f7", "1f7")}
    assert module.parts == ("table_rom",)
    assert '#(.WIDTH(9), .DEPTH(4), .FILE("gate_table0.mem"))' in module.text


def test_a_table_in_use_twice_is_one_file(iverilog: None, tmp_path: Path) -> None:
    format = Format(4, 4)
    datapath = Datapath(
        "d",
        (
            Instruction("input", format, name="x"),
            Instruction("table", format, (0,), "t"),
            Instruction("table", format, (1,), "t"),
        ),
        {},
        2,
        "value",
        {"t": Table(-8, np.arange(7, -9, -1))},
    )
    module = printed(datapath)
    assert list(module.memories) == ["lane_table0.mem"]
    rows = np.arange(-8, 8)[:, None]
    (found,) = lanes(tmp_path, "iverilog", [module], [rows])
    np.testing.assert_array_equal(found, rows)


def test_parts_are_in_the_package() -> None:
    for part in PARTS:
        assert f"\nmodule {part} " in part_source(part)


# --- stages -----------------------------------------------------------------------------------


def stages(datapath: Datapath, budget: float, **delays: float) -> Schedule:
    return schedule(lower(datapath), budget, replace(Delays(), **delays))


@given(data=st.data())
@settings(max_examples=60)
def test_every_value_is_read_after_it_is_there(
    data: st.DataObject, random_datapaths: Callable[[], st.SearchStrategy[Datapath]]
) -> None:
    code = lower(data.draw(random_datapaths()))
    budget = data.draw(st.floats(0.1, 50.0))
    made = schedule(code, budget)
    for s in made.code.statements:
        assert 1 <= made.placed[s.variable] <= made.first[s.variable] <= made.latency
        for operand in s.operands:
            if isinstance(operand, str):
                assert made.first[operand] <= made.placed[s.variable]
                assert made.placed[s.variable] in made.uses[operand]
    assert sv_module(made, "lane") == sv_module(schedule(code, budget), "lane")


def test_a_small_budget_takes_more_stages() -> None:
    latencies = [stages(lif(), budget).latency for budget in (1e3, 12.0, 8.0, 5.0, 0.1)]
    assert latencies == sorted(latencies)
    assert latencies[0] == 2 < latencies[-1]


def test_a_stage_keeps_to_its_budget() -> None:
    for budget in (8.0, 10.0, 20.0):
        assert stages(lif(), budget).slowest_ns <= budget
    # a product takes what it takes
    assert stages(lif(), 1.0).slowest_ns == Delays().register + Delays().multiply


def test_what_comes_late_leaves_less_of_the_first_stage() -> None:
    sum_ = single("add", Format(9, 9), Format(8, 8), Format(8, 8))
    assert stages(sum_, BUDGET).latency == 1
    assert stages(sum_, BUDGET, argument=6.0).latency == 2


@pytest.mark.parametrize(
    ("datapath", "latency", "parts"),
    [
        (single("mul", Format(36, 36), Format(18, 18), Format(18, 18)), 1, ()),
        (single("mul", Format(37, 37), Format(19, 19), Format(18, 18)), 2, ("multiplier",)),
        (single("mul", Format(38, 38), Format(19, 19), Format(19, 19)), 3, ("multiplier",)),
        (single("mul", Format(62, 62), Format(2, 2), Format(60, 60)), 3, ("multiplier",)),
    ],
)
def test_products_of_wide_factors_take_longer(
    datapath: Datapath, latency: int, parts: tuple[str, ...]
) -> None:
    module = printed(datapath)
    assert module.latency == latency + (1 if parts else 0)
    assert module.parts == parts


def test_what_is_kept_long_goes_through_a_memory() -> None:
    short, long = (
        printed(single("floordiv", Format(w, w), Format(w, w), Format(4, 4))) for w in (8, 12)
    )
    assert short.parts == ("floor_divider",)
    assert long.parts == ("delay_line", "floor_divider")
    # the divisor is held above 0, all bits but the sign are found, 0 may replace the quotient
    assert (short.latency, long.latency) == (1 + 7 + 1, 1 + 11 + 1)


def test_narrow_values_are_kept_not_wide_ones() -> None:
    """A shift to the left and a truth value as an integer are made where they are read."""
    made = schedule(lower(lif()), 4.0)
    shifted = next(s for s in made.code.statements if s.operation == "shl")
    assert made.first[shifted.variable] == made.uses[shifted.variable][0] > 1
    sent = next(s for s in made.code.statements if s.operation == "integer")
    assert made.first[sent.variable] == made.latency


# --- readers ----------------------------------------------------------------------------------


def odd_datapaths() -> list[Datapath]:
    """Results that are constants, arguments, or the same value twice; an input nobody reads."""
    format = Format(8, 8)
    source = Instruction("state", format, name="v")
    low = Instruction("const", format, raw=format.minimum)
    twice = Instruction("mul", Format(16, 16), (0, 0))
    zero = Instruction("const", format)
    nothing = Instruction("select", format, (0, 2, 1))
    return [
        Datapath("constants", (source, low), {"v": 1}, 1, "value"),
        Datapath("copies", (source,), {"v": 0}, 0, "value"),
        Datapath("square", (source, twice), {"v": 0}, 1, "value"),
        Datapath("select", (source, low, zero, nothing), {"v": 3}, 3, "value"),
    ]


def test_odd_lanes(verilator: None, iverilog: None, tmp_path: Path) -> None:
    modules = [printed(d, name=f"lane{n}") for n, d in enumerate(odd_datapaths())]
    rows = [np.array([[-128], [0], [127]])[:, : len(lower(d).arguments)] for d in odd_datapaths()]
    expected: list[Any] = [
        [[-128, -128]] * 3,
        [[-128, -128], [0, 0], [127, 127]],
        [[-128, 16384], [0, 0], [127, 16129]],
        [[0, 0], [-128, -128], [0, 0]],
    ]
    for simulator in ("iverilog", "verilator"):
        folder = tmp_path / simulator
        folder.mkdir()
        found = lanes(folder, simulator, modules, rows)
        for results, wanted in zip(found, expected, strict=True):
            np.testing.assert_array_equal(results, wanted)


def unread() -> Code:
    """A code with an argument that nothing reads."""
    code = lower(lif())
    return replace(code, arguments=(*code.arguments, replace(code.arguments[0], variable="x_99")))


def test_each_module_is_clean_by_itself(verilator: None, tmp_path: Path) -> None:
    module = sv_module(schedule(unread(), BUDGET), "lane")
    called(tmp_path, "verilator", "--lint-only", "-Wall", *write_lanes(tmp_path, [module]),
           "--top-module", "lane")  # fmt: skip
