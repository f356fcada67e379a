"""Damaged texts: a `SomacError` or a network, within seconds, and nothing else."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.grammar.lower import Limits, network_of
from somac.grammar.printer import format_text
from somac.ir.errors import Diagnostic, SomacError

SAMPLE = """\
# a network with everything in it
network digits:
    dt 0.1 ms
    profile nir-euler  # or another
    integrator exponential
    reset subtract
    semantics note "a remark"

profile mine:
    "a profile"
    integrator euler_simultaneous
    recurrent_bias delayed
    LIF reset value -> nir_lif

neuron my_lif(tau [s], r = 1, v_threshold [V] = 1 mV, v_reset [V] = 0 V):
    "a neuron"
    input i
    input gate [1]
    state v [V] = v_reset
    table f = [0, 0.5, 1] from -1 to 1
    g = f(gate) + sigmoid(gate) * select(gate > 0 and not (i < 1), 1, -2 ** 3)
    di_syn/dt = -i_syn / tau
    dv/dt = (g * r * i - v) / tau
    spike when v >= v_threshold
    on spike:
        v = v_reset  # reset
        i_syn = max(i_syn - 1, 0)

rule learn(tau [s], up = 0.1):
    "a rule"
    state e = up
    table g = [0, 1] from 0 to 1
    pre:
        dx/dt = -x / tau  # trace
        x = x + pre
    post:
        state y
        y = 0.5 * y + spike * post.v
    on pre:
        w = clamp(w - y * post.i_syn, 0, 1)
        send w + e
    on post: w = min(w + g(x), 1)
    every step: de/dt = -e / tau

input pixels[2, 6, 6]: spikes
input more[12]: values
population hidden[12]: my_lif(tau = normal(20, 2, seed = 1) ms, v_threshold = [1, 2, 3, 4, 5, 6,
        7, 8, 9, 10, 11, 12] mV)
    bias i = 0.25
population out[4]: LIF(tau = 20 ms, r = 1, v_leak = 0, v_threshold = load("w.npz", "thr"))
projection pixels -> hidden.i: pool(kernel = [2, 2]) | dense(load("w.npz", "w1"))
projection more -> hidden.gate: one_to_one(0.5, delay = uniform(0, 3, seed = 2))
projection hidden -> hidden.i as rec: sparse(0.2, normal(0, 0.5), delay = uniform(1, 5), seed = 3)
projection more -> hidden.i: all_to_all(0.5) delay 1 tick learns learn(tau = 20 ms)
projection hidden -> out: synapses(source = [0, 1], target = [2, 3], weight = 1) delay 0.3 ms
projection pixels -> out: conv([[[[1, 1], [1, 1]], [[0, 1], [1, 0]]]], stride = 4, padding = 1)
output out as classes
"""

PIECES = sorted(set(re.findall(r'"[^"\n]*"|\w+|[^\w\s]|\n *| +', SAMPLE)))
WEIRD = ["9" * 30, "1e308", "0", "-1", "1e-320", '"', "(" * 50, ")" * 50, "\t", "\0", "é", "\r"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("fuzz")
    np.savez(path / "w.npz", thr=np.ones(4), w1=np.ones((12, 18)))
    return path


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """The sample with some of its pieces replaced, removed, repeated or moved."""
    pieces = re.findall(r'"[^"\n]*"|\w+|[^\w\s]|\n *| +', SAMPLE)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(pieces) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                pieces[at] = draw(st.sampled_from(PIECES))
            case 1:
                pieces[at] = draw(st.sampled_from(WEIRD))
            case 2:
                del pieces[at : at + draw(st.integers(1, 9))]
            case 3:
                span = pieces[at : at + draw(st.integers(1, 30))]
                where = draw(st.integers(0, len(pieces)))
                pieces[where:where] = span
            case _:
                pieces.insert(at, draw(st.text(max_size=3)))
        if not pieces:
            break
    return "".join(pieces)


def survives(text: str, folder: Path) -> None:
    """Every way into the language ends within 5 s, in an answer or in diagnostics."""
    start = time.process_time()
    found: tuple[Diagnostic, ...] = ()
    with suppress(SomacError):
        once = format_text(text, "n.snn")
        assert format_text(once) == once
    try:
        network_of(text, "n.snn", folder, limits=Limits(cells=10**6, bytes=2**26))
    except SomacError as error:
        found = error.diagnostics
    assert time.process_time() - start < 5.0
    for diagnostic in found:
        assert diagnostic.entry.exit_code == 2
        assert diagnostic.place.file == "n.snn"
        assert diagnostic.place.line is not None


def test_the_sample_is_sound(folder: Path) -> None:
    network = network_of(SAMPLE, "n.snn", folder)
    assert len(network.projections) == 6
    assert format_text(format_text(SAMPLE)) == format_text(SAMPLE)


@settings(max_examples=100)
@given(text=damaged())
def test_damaged_texts(text: str, folder: Path) -> None:
    survives(text, folder)


@pytest.mark.long
@settings(max_examples=2000)
@given(text=damaged())
def test_many_damaged_texts(text: str, folder: Path) -> None:
    survives(text, folder)


@settings(max_examples=100)
@given(text=st.text(max_size=60))
def test_any_text(text: str, folder: Path) -> None:
    survives(text, folder)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "[" * 100_000,
        "neuron a:\n    v = " + "(" * 100_000,
        "neuron a:\n    v = " + "1 + " * 10_000 + "1\n    send v\n",
        "neuron a:\n    v = " + "-" * 10_000 + "1\n    send v\n",
        "neuron a:\n    v = " + "not " * 10_000 + "1\n    send v\n",
        "neuron a:\n    v = " + "2 ** " * 10_000 + "1\n    send v\n",
        "\n".join(" " * depth + "network a:" for depth in range(500)),
        "input x[1]: spikes\n" * 2_000,
        '"' * 10_000,
        "#" * 100_000 + "\n#" * 10_000,
        "\t\r\f " * 10_000,
    ],
    ids=range(12),
)
def test_texts_made_to_hurt(text: str, folder: Path) -> None:
    survives(text, folder)
