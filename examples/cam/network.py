"""Text of a content-addressable memory after the hippocampus' region CA3, of any size.

``python -m examples.cam.network CUES CONTENTS`` prints it; `cam.snn` is that of 5 and 10.

The network and its parameters are those of D. Casanueva-Morato et al., *Bio-inspired computational
memory model of the hippocampus: an approach to a neuromorphic spike-based content-addressable
memory*, Neural Networks 2024 (arXiv:2310.05868). Neurons and synapses do what sPyNNaker, on which
the authors ran it, does with PyNN's IF_curr_exp and with pair-based STDP. The text is ours.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from somac.grammar.printer import format_text

__all__ = ["cam", "sizes"]

_HEAD = """\
# A content-addressable memory: {cues} cues, {contents} bits of content. Made by
# python -m examples.cam.network {cues} {contents}

network cam:
    dt 1 ms
    integrator exponential

neuron if_curr_exp(c_m, tau_m [s], tau_syn [s], v_rest, v_reset, v_threshold, refractory):
    "IF_curr_exp of PyNN in the order of sPyNNaker; mV, nA, nF, and ticks for `refractory`."
    input exc
    input inh
    state i
    state v = v_rest
    state rest
    i = i + (exc - inh) * tau_syn / dt * (1 - exp(-dt / tau_syn))
    awake = rest <= 0
    reached = v_rest + i * tau_m * 1000 / c_m
    v = select(awake, reached + (v - reached) * exp(-dt / tau_m), v)
    rest = select(awake, 0, rest - 1)
    i = i * exp(-dt / tau_syn)
    spike when awake and v >= v_threshold
    on spike:
        v = v_reset
        rest = refractory

rule dendritic_stdp(tau_plus [s], tau_minus [s], a_plus, a_minus, w_min, w_max):
    "Pairs of spikes, all to all. The delay of a tick is in the dendrite, as in sPyNNaker: what the"
    "source sends is at the synapse a tick before it arrives here, and a spike of the target comes"
    "back to the synapse a tick after it. Of what coincides there, the target's spike is first."
    pre:
        x = x + pre
        dx/dt = -x / tau_plus
    post:
        state late
        state back
        dy/dt = -y / tau_minus
        back = late
        y = y + back
        late = spike
    on pre:
        w = clamp(w - a_minus * y, w_min, w_max)
        send w
    every step: w = clamp(w + a_plus * x * back, w_min, w_max)

"""
_SLOW = "c_m = 0.27, tau_m = 3 ms"
_FAST = "c_m = 0.14, tau_m = 0.5 ms"
_REST = "tau_syn = 0.3 ms, v_rest = -60, v_reset = -60, refractory = 1"
_RULE = "tau_plus = 3 ms, tau_minus = 3 ms, a_plus = 6, a_minus = 6, w_min = 0, w_max = 6"


def sizes(cues: int, contents: int) -> dict[str, int]:
    """Cells of the two inputs and of every population, in the order of the published tables.

    *Cue* are one-hot addresses, *Cont* bits of content; the second half of a name says by which of
    them the cells are recalled.
    """
    return {
        "CueIn": cues,
        "ContIn": contents,
        "CueCue": cues,
        "ContCue": contents,
        "Cond": contents,
        "CondInt": 1,
        "CueCont": cues,
        "ContCont": contents,
        "MergeCue": cues,
        "MergeCont": contents,
        "CueOut": cues,
        "ContOut": contents,
    }


def cam(cues: int, contents: int) -> str:
    """The network with so many cues, at least 2, and bits of content."""
    cells = sizes(cues, contents)
    names = list(cells)
    lines = [f"input {name}[{cells[name]}]: spikes" for name in names[:2]]
    for name in names[2:]:
        kind = _FAST if name in ("Cond", "CondInt", "CueCont") else _SLOW
        threshold = -57.5 if name.endswith("Out") else -57
        given = f"{kind}, {_REST}, v_threshold = {threshold}"
        lines.append(f"population {name}[{cells[name]}]: if_curr_exp({given})")
    lines += _projections(cues, contents)
    lines += [f"output {name}" for name in names[2:]]
    return format_text(_HEAD.format(cues=cues, contents=contents) + "\n".join(lines) + "\n")


def _projections(cues: int, contents: int) -> Iterator[str]:
    """Weights in nA, delays in ticks."""
    rivals = 6 * contents
    others = [[rivals * (i != j) for j in range(cues)] for i in range(cues)]
    for source, target, map, delay in (
        ("CueIn", "CueCue.exc", "one_to_one(6)", 1),
        ("ContIn", "ContCue.exc", "one_to_one(6)", 1),
        ("CueCue", "CueCont.exc", "one_to_one(6)", 2),
        ("CueCue", "CueCont.inh", f"dense({others})", 3),
        ("CueCont", "CueCont.inh", f"dense({others})", 2),
        ("CueCue", "Cond.inh", "all_to_all(6)", 2),
        ("ContCue", "Cond.exc", "one_to_one(9)", 1),
        ("ContCue", "CondInt.exc", "all_to_all(6)", 1),
        ("CondInt", "Cond.exc", "all_to_all(2)", 1),
        ("Cond", "ContCont.exc", "one_to_one(6)", 1),
        ("CueCue", "MergeCue.exc", "one_to_one(6)", 3),
        ("CueCont", "MergeCue.exc", "one_to_one(6)", 1),
        ("ContCue", "MergeCont.exc", "one_to_one(6)", 3),
        ("ContCont", "MergeCont.exc", "one_to_one(6)", 1),
        ("MergeCue", "CueOut.exc", "one_to_one(6)", 1),
        ("MergeCont", "ContOut.exc", "one_to_one(6)", 1),
    ):
        yield f"projection {source} -> {target}: {map} delay {delay} tick{'s' * (delay > 1)}"
    for source, target in (("CueCue", "ContCue"), ("ContCont", "CueCont")):
        ends = f"{source} -> {target}.exc as {source}_{target}"
        learns = f"learns dendritic_stdp({_RULE})"
        yield f"projection {ends}: all_to_all(0) delay 1 tick {learns}"


if __name__ == "__main__":
    print(cam(*map(int, sys.argv[1:3])), end="")
