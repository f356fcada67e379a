"""What is wrong with a program, by code that neither `emit` nor the emulator has."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from somac.ir.errors import Diagnostic, Place
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program
from tinychip import DAMAGED, DIFFERENT


def verify(program: Program, network: IntegerNetwork) -> Iterator[Diagnostic]:
    """TINYCHIP-E0002 for whatever the files say otherwise than the network, else E0001."""
    chip = program.json("chip.json")
    try:
        for what, have, need in statements(program, chip, network):
            if have != need:
                place, sides = Place(file="chip.json", node=what), (str(have)[:99], str(need)[:99])
                yield Diagnostic(DIFFERENT, f"{what} differs", place, *sides)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield Diagnostic(DAMAGED, repr(error), Place(file="chip.json"))


def statements(
    program: Program, chip: Any, network: IntegerNetwork
) -> Iterator[tuple[str, Any, Any]]:
    """What the files say of everything, and what they have to say."""
    senders = [*network.inputs, *network.populations]
    yield "period", chip["period"], network.period
    yield "sources", chip["sources"], [[s.name, s.size] for s in senders]
    ranges = [[i.name, i.size, i.format.minimum, i.format.maximum] for i in network.inputs]
    yield "inputs", chip["inputs"], ranges
    yield "outputs", chip["outputs"], [[o.name, o.source] for o in network.outputs]
    named = {s["population"] for s in chip["slices"]}
    yield "populations", named, {p.name for p in network.populations}
    for p in network.populations:
        numbered = [(n, s) for n, s in enumerate(chip["slices"]) if s["population"] == p.name]
        cells = [cell for _, s in numbered for cell in s["cells"]]
        yield f"cells of {p.name}", sorted(cells), list(range(p.size))
        words = []
        for number, said in numbered:
            yield f"neuron of {p.name}", said["neuron"], p.datapath.text()
            yield f"start of {p.name}", said["start"], p.start
            for kind, meant in (("parameters", p.parameters), ("initial", p.initial)):
                every = {n: np.broadcast_to(v, p.size)[said["cells"]] for n, v in meant.items()}
                need = {name: values.tolist() for name, values in every.items()}
                yield f"{kind} of {p.name}", said[kind], need
            rows = np.frombuffer(program.files[f"slice{number}.bin"], "<i4").reshape(-1, 6)
            words += [(s, c, said["cells"][t], *rest) for s, c, t, *rest in rows.tolist()]
        need = [
            (names.index(q.source), source, target, ports.index(q.port), q.delay + delay, weight)
            for names, ports in [([s.name for s in senders], p.datapath.names("input"))]
            for q in network.projections
            if q.target == p.name
            for source in range(q.connectivity.source_size)
            for row in [q.connectivity.rows(source, source + 1)]
            for target, delay, weight in zip(row.target, row.delay, row.weight, strict=True)
        ]
        yield f"synapses of {p.name}", sorted(words), sorted(need)
