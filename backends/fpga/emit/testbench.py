"""A testbench that checks itself: recorded stimuli, and what the golden model makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.backends.fpga.emit.design import Design, Sender, Sink
from somac.backends.fpga.emit.images import hex_image, packed
from somac.backends.fpga.emit.top import data_bits
from somac.backends.fpga.emit.verilog import HEADER, indented, instance
from somac.backends.fpga.testbench import library
from somac.ir.integer import IntegerInput, IntegerNetwork
from somac.ir.simulate import golden

__all__ = ["Bench", "Stream", "beats_of", "bench_files", "steps_for", "stimuli", "testbench"]

Integers = NDArray[np.int64]

_SEED = 1
_MOST_STEPS, _FEWEST_STEPS = 64, 8
_MOST_SYNAPSES = 1 << 25
"""Synapses, over all steps, that the golden model may go through."""

_SPARSEST, _DENSEST = 0.02, 0.6

_USAGE = """\
// Runs the design on recorded stimuli and compares all that leaves it with the golden model: says
// PASS and ends, or FAIL and ends with an error. Starts in the folder mem; see Makefile.
//
// +gaps=N +stalls=N   per cent of the cycles in which inputs have nothing, outputs take nothing
// +seed=N             of both

`timescale 1ns / 1ns

"""


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of the module on top, and what goes over it.

    Parameters
    ----------
    name
        Its ports are called ``NAME_tvalid`` and so on.
    words
        Beats of a step.
    data, used
        Bits of a beat, and those of the last beat of a step that mean something.
    beats
        Memory image: a beat a line, of all steps.
    """

    name: str
    words: int
    data: int
    used: int
    beats: bytes


@dataclass(frozen=True, slots=True)
class Bench:
    """What is tested.

    Parameters
    ----------
    top
        The module on top.
    steps
        Steps of the model that go over each stream.
    patience
        Cycles in which nothing moves at the edge, after which the design is taken to hang.
    framed
        Whether inputs say where steps end, and the design whether they did so wrongly.
    """

    top: str
    inputs: tuple[Stream, ...]
    outputs: tuple[Stream, ...]
    steps: int
    patience: int
    framed: bool


def testbench(design: Design, network: IntegerNetwork) -> Mapping[str, bytes]:
    """By file name; cells of `network` are in the order of the mapping, as those of the design."""
    stored = sum(e.lanes * depth for e in design.engines for depth in e.depths.values())
    steps = steps_for(stored)
    given = stimuli(network.inputs, steps)
    meant = golden(network, given, record=[o.source for o in network.outputs]).signals
    sources = {o.name: o.source for o in network.outputs}
    starts = {s.sender: s.start for e in design.engines for s in e.sections}

    def left(sink: Sink) -> Integers:
        sender = sink.reader.sender
        start = starts.get(sender, 0)
        return meant[sources[sink.output]][0, :, start : start + sender.cells]

    return bench_files(
        Bench(
            design.name,
            tuple(_stream(s.sender.name, s.sender, given[s.name][0]) for s in design.inputs),
            tuple(_stream(s.name, s.reader.sender, left(s)) for s in design.outputs),
            steps,
            _patience(design),
            framed=True,
        )
    )


def steps_for(synapses: int) -> int:
    """Of the stimuli, for a network of so many synapses."""
    return min(_MOST_STEPS, max(_FEWEST_STEPS, _MOST_SYNAPSES // max(1, synapses)))


def bench_files(bench: Bench) -> Mapping[str, bytes]:
    """The testbench by file name."""
    files = dict(library())
    files["testbench.sv"] = _top(bench).encode()
    files |= {_stimulus(s): s.beats for s in bench.inputs}
    files |= {_expected(s): s.beats for s in bench.outputs}
    return files


def stimuli(inputs: tuple[IntegerInput, ...], steps: int, samples: int = 1) -> dict[str, Integers]:
    """Random raw inputs (samples, steps, channels) by name: sparse and weak ones first.

    The numbers are keyed by the position of the input, so that they depend on nothing else.
    """
    share = np.geomspace(_SPARSEST, _DENSEST, steps)[None, :, None]
    found = {}
    for number, i in enumerate(inputs):
        generator = np.random.Generator(np.random.Philox(key=[_SEED, number]))
        shape = (samples, steps, i.size)
        low, high = i.format.minimum * share, i.format.maximum * share
        active = generator.random(shape) < share
        if i.kind == "value":
            raw = np.rint(generator.uniform(low, high, shape))
        elif i.kind == "count":
            raw = active * np.ceil(generator.random(shape) * np.maximum(high, 1))
        else:
            raw = active
        found[i.name] = raw.astype(np.int64)
    return found


def _stimulus(stream: Stream) -> str:
    return f"stimulus_{stream.name}.hex"


def _expected(stream: Stream) -> str:
    return f"expected_{stream.name}.hex"


def _stream(name: str, sender: Sender, values: Integers) -> Stream:
    """That of a sender; values (steps, cells)."""
    steps, cells = values.shape
    padded = np.zeros((steps, sender.words * sender.width), np.int64)
    padded[:, :cells] = values
    words = padded.reshape(steps * sender.words, sender.width)
    bits = max(1, sender.bits)
    used = (sender.cells - (sender.words - 1) * sender.width) * bits
    return Stream(name, sender.words, data_bits(sender), used, beats_of(words, bits))


def beats_of(words: Integers, bits: int) -> bytes:
    """Values (beats, fields) of so many bits as whole bytes, a beat a line."""
    found = packed([(words, bits)])
    whole = np.zeros((len(found), -(-found.shape[1] // 8) * 8), np.bool_)
    whole[:, : found.shape[1]] = found
    return hex_image(whole)


def _patience(design: Design) -> int:
    """More cycles than those in which nothing moves at the edge."""
    steps = max((link.slots for e in design.engines for link in e.links), default=1) + 1
    found = 1000
    for e in design.engines:
        rows = sum(depth for kind, depth in e.depths.items() if kind != "pointers")
        cells = sum(4 * link.sender.cells + 16 for link in e.links)
        updates = sum(s.groups + e.flight + e.drain + 16 for s in e.sections)
        found += e.clear + steps * (rows + cells + updates)
    return found


def _top(bench: Bench) -> str:
    """The module that joins the design and what drives it."""
    body = [*_clock(), ""]
    ports = {"clk": "clk", "rst": "rst"}
    if bench.framed:
        ports["misframed"] = "misframed"
    else:
        body += ["assign misframed = 1'b0;", ""]
    for number, stream in enumerate(bench.inputs):
        body += _wires(stream, ports)
        if not bench.framed:
            del ports[f"{stream.name}_tlast"]
        body += [*_source(stream, number, bench.steps), ""]
    for number, stream in enumerate(bench.outputs):
        body += _wires(stream, ports)
        body += [*_sink(stream, len(bench.inputs) + number, bench.steps), ""]
    body += [*instance(bench.top, "dut", {}, ports), "", *_verdict(bench)]
    return HEADER + _USAGE + "\n".join(["module testbench;", *indented(body), "endmodule"]) + "\n"


def _clock() -> Iterator[str]:
    yield "logic [31:0] gaps, stalls, seed, cycle, last, quiet, resets;"
    yield "logic clk, rst, streams_rst, misframed;"
    yield "initial begin"
    yield "    clk = 1'b0;"
    yield "    resets = 32'd0;"
    for name, default in (("gaps", 0), ("stalls", 0), ("seed", 1)):
        yield f'    if ($value$plusargs("{name}=%d", {name}) == 0) {name} = 32\'d{default};'
    yield "    forever #5 clk = ~clk;"
    yield "end"
    yield "// streams begin a cycle earlier: the first beats are there when the design begins"
    yield "always @(posedge clk) begin"
    yield "    if (resets < 32'd9) resets <= resets + 32'd1;"
    yield "    streams_rst <= resets < 32'd8;"
    yield "    rst <= resets < 32'd9;"
    yield "end"


def _wires(stream: Stream, ports: dict[str, str]) -> Iterator[str]:
    """Its wires, which become `ports` of the design."""
    name = stream.name
    yield f"wire {name}_tvalid, {name}_tlast, {name}_tready;"
    yield f"wire [{stream.data - 1}:0] {name}_tdata;"
    for signal in ("tvalid", "tlast", "tready", "tdata"):
        ports[f"{name}_{signal}"] = f"{name}_{signal}"


def _source(stream: Stream, number: int, steps: int) -> Iterator[str]:
    name = stream.name
    numbers = {"WORDS": stream.words, "DATA": stream.data, "NUMBER": number + 1}
    file = f'"../tb/{_stimulus(stream)}"'
    yield from instance(
        "testbench_source",
        f"{name}_source",
        {"FILE": file, "BEATS": steps * stream.words, **numbers},
        {
            "clk": "clk",
            "rst": "streams_rst",
            "gaps": "gaps",
            "seed": "seed",
            **{s: f"{name}_{s}" for s in ("tvalid", "tlast", "tready", "tdata")},
        },
    )


def _sink(stream: Stream, number: int, steps: int) -> Iterator[str]:
    name = stream.name
    numbers = {"WORDS": stream.words, "DATA": stream.data, "USED": stream.used}
    file = f'"../tb/{_expected(stream)}"'
    yield f"wire [31:0] {name}_taken, {name}_errors;"
    yield from instance(
        "testbench_sink",
        f"{name}_sink",
        {
            "FILE": file,
            "NAME": f'"{name}"',
            "BEATS": steps * stream.words,
            **numbers,
            "NUMBER": number + 1,
        },
        {
            "clk": "clk",
            "rst": "streams_rst",
            "stalls": "stalls",
            "seed": "seed",
            **{s: f"{name}_{s}" for s in ("tvalid", "tlast", "tready", "tdata")},
            **{s: f"{name}_{s}" for s in ("taken", "errors")},
        },
    )


def _verdict(bench: Bench) -> Iterator[str]:
    inputs, outputs = ([s.name for s in some] for some in (bench.inputs, bench.outputs))
    left = " | ".join(f"({name}_tvalid & {name}_tready)" for name in outputs)
    came = " | ".join(f"({name}_tvalid & {name}_tready)" for name in inputs)
    complete = " && ".join(f"{s.name}_taken == 32'd{bench.steps * s.words}" for s in bench.outputs)
    yield f"wire left = {left};"
    yield f"wire moved = left | {came};"
    yield f"wire complete = {complete};"
    yield f"wire [31:0] taken = {' + '.join(f'{name}_taken' for name in outputs)};"
    yield f"wire [31:0] errors = {' + '.join(f'{name}_errors' for name in outputs)};"
    yield "// cycle 0 is the first without reset"
    yield "always @(posedge clk)"
    yield "    if (rst !== 1'b0) begin"
    yield "        cycle <= 32'd0;"
    yield "        last <= 32'd0;"
    yield "        quiet <= 32'd0;"
    yield "    end else begin"
    yield "        cycle <= cycle + 32'd1;"
    yield "        quiet <= moved ? 32'd0 : quiet + 32'd1;"
    yield "        if (left) last <= cycle;"
    yield "        if (complete) begin"
    yield "            if (errors != 32'd0 || misframed !== 1'b0)"
    yield '                $fatal(1, "FAIL: %0d of %0d beats are wrong", errors, taken);'
    yield '            $display("PASS: %0d beats, the last in cycle %0d", taken, last);'
    yield "            $finish;"
    yield f"        end else if (quiet > 32'd{bench.patience})"
    yield '            $fatal(1, "FAIL: after %0d beats nothing moves", taken);'
    yield "    end"
