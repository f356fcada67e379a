"""Random networks that learn, as text: neurons, rules of the library and others, every map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

__all__ = ["PlasticText", "plastic_texts", "random_text"]

_NEURONS = """\
neuron counter(tau [s], step):
    input i
    dv/dt = -v / tau
    v = v + i
    n = select(v > 0, floor(v / step), 0)
    v = v - n * step
    count n

neuron graded(tau [s]):
    input i
    dv/dt = -v / tau
    v = max(min(v + i, 4), -4)
    send v

rule other(tau [s], k, w_max):
    state e = 0.25
    table f = [0, 0.5, 1] from 0 to 4
    pre:
        dx/dt = -x / tau
        x = x + pre
        before = x
    post:
        state last
        last = select(spike != 0, 1, last * 0.5)
    on pre:
        send select(e > 0, w, w * 0.5)
        e = e * 0.75 - k * last
        w = clamp(w - k * pre * last, -w_max, w_max)
    on post:
        gain = f(x)
        w = clamp(w + k * gain, -w_max, w_max)
    every step: e = 0.95 * e + k * (post.v < 0.5)

rule leaky(tau [s], k):
    on pre: w = w + k
    every step: dw/dt = -w / tau
"""
_RULES = {
    "pair_stdp": "tau_plus = {a} ms, tau_minus = {b} ms, a_plus = {k}, a_minus = {l}",
    "nearest_stdp": "tau_plus = {a} ms, tau_minus = {b} ms, a_plus = {k}, a_minus = {l}, w_max = 2",
    "triplet_stdp": "tau_plus = {a} ms, tau_minus = {b} ms, tau_x = {b} ms, tau_y = {a} ms, "
    "a2_plus = {k}, a2_minus = {l}, a3_plus = {l}, a3_minus = {k}, w_min = -0.5",
    "other": "tau = {a} ms, k = {k}, w_max = {w}",
    "leaky": "tau = {b} ms, k = {k}",
}
_REWARD = (
    "tau_plus = {a} ms, tau_minus = {b} ms, tau_e = {b} ms, a_plus = {k}, a_minus = {l}, rate = 0.5"
)
_CELLS = {
    "LIF": "tau = {a} ms, r = {r}, v_leak = 0, v_threshold = 0.5, v_reset = 0",
    "CubaLIF": "tau_syn = {a} ms, tau_mem = {b} ms, r = 2, w_in = 4, v_leak = 0, v_reset = 0, "
    "v_threshold = 0.4",
    "rewarded_lif": "tau = {a} ms, tau_m = {b} ms, v_threshold = 0.4",
    "counter": "tau = {a} ms, step = 0.75",
    "graded": "tau = {a} ms",
}


@dataclass(frozen=True, slots=True, eq=False)
class PlasticText:
    """A text, and inputs (samples, steps, channels) for it, in units of the model."""

    text: str
    inputs: dict[str, NDArray[np.float64]]


def plastic_texts(
    *, max_populations: int = 3, max_cells: int = 7, max_delay: int = 4
) -> st.SearchStrategy[PlasticText]:
    """Texts with inputs; shrinks towards few small populations."""
    return st.builds(
        random_text,
        st.integers(0, 2**32 - 1),
        st.integers(1, max_populations),
        st.integers(1, max_cells),
        st.integers(0, max_delay),
    )


def random_text(seed: int, populations: int, cells: int, max_delay: int) -> PlasticText:
    """The text of a seed: one generator, so that a failure is told in four numbers."""
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(["spikes", "spikes", "counts", "values"]))
    sizes = {"x": int(rng.integers(1, cells + 1))}
    lines = [f"network random_{seed}:", "    dt 1 ms", "", _NEURONS]
    lines += [f"input x[{sizes['x']}]: {kind}", "input reward[1]: values"]
    models = {f"p{n}": str(rng.choice(list(_CELLS))) for n in range(populations)}
    for name, model in models.items():
        sizes[name] = int(rng.integers(1, cells + 1))
        lines.append(f"population {name}[{sizes[name]}]: {model}({_filled(rng, _CELLS[model])})")
    order = {name: rank for rank, name in enumerate(sizes)}
    for target, model in models.items():
        port = {"CubaLIF": "s"}.get(model, "i")
        if model == "rewarded_lif":
            lines.append(f"projection reward -> {target}.reward: all_to_all(1)")
        for source, cells_there in sizes.items():
            first = (source, target) == ("x", "p0")
            if not first and rng.random() > 0.5:
                continue
            least = int(order[source] >= order[target])
            delay = int(rng.integers(least, max(least, max_delay) + 1))
            drawn = _map(rng, cells_there, sizes[target])
            line = f"projection {source} -> {target}.{port}: {drawn}"
            line += f" delay {delay} ticks" if delay else ""
            if first or rng.random() < 0.7:
                line += f" learns {_rule(rng, model)}"
            lines.append(line)
    lines += [f"output {name}" for name in models]
    steps = int(rng.integers(1, 40 + max_delay))
    most = {"spikes": 2, "counts": 4, "values": 2}[kind]
    x = rng.integers(0, most, size=(2, steps, sizes["x"])).astype(np.float64)
    if kind == "values":
        x = rng.uniform(-0.9, 0.9, x.shape) * (x > 0)
    reward = rng.choice([-0.75, 0.0, 0.0, 0.5], size=(2, steps, 1))
    return PlasticText("\n".join(lines) + "\n", {"x": x, "reward": reward})


def _filled(rng: np.random.Generator, text: str) -> str:
    numbers = {
        "a": rng.integers(2, 30),
        "b": rng.integers(2, 60),
        "k": round(float(rng.uniform(0, 0.2)), 3),
        "l": round(float(rng.uniform(0, 0.2)), 3),
        "w": round(float(rng.uniform(0.1, 3)), 2),
        # one for all cells, or one for each
        "r": rng.choice(["2", f"uniform(1, 3, seed = {rng.integers(1000)})"]),
    }
    return text.format(**numbers)


def _rule(rng: np.random.Generator, model: str) -> str:
    known = dict(_RULES)
    if model == "rewarded_lif":
        known["reward_stdp"] = _REWARD
    name = str(rng.choice(list(known)))
    return f"{name}({_filled(rng, known[name])})"


def _map(rng: np.random.Generator, source: int, target: int) -> str:
    seed = rng.integers(1000)
    kinds = ["dense", "sparse", "all", "pairs"] + (["one"] if source == target else [])
    match rng.choice(kinds):
        case "dense":
            return f"dense(uniform(0, 1), seed = {seed})"
        case "sparse":
            return f"sparse(0.5, uniform(-0.5, 1), seed = {seed})"
        case "one":
            return f"one_to_one({rng.choice([0.0, 0.8])})"
        case "pairs":
            # some pairs have two synapses, some of which begin with nothing
            pairs = [(int(rng.integers(source)), int(rng.integers(target))) for _ in range(5)]
            ends = (", ".join(str(pair[end]) for pair in pairs) for end in (0, 1))
            return "synapses([{}], [{}], [0, 0.5, 1, 0.25, 0])".format(*ends)
        case _:
            return f"all_to_all({rng.choice([0.0, 0.6])})"
