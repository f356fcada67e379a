"""Models, bundles and archives for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from somac.compiler.cli.render.account import account_pairs, remarks_text
from somac.compiler.cli.render.layout import count, fields, number, table

if TYPE_CHECKING:
    from somac.compiler.cli.views.arrays import ArrayView
    from somac.compiler.cli.views.bundle import BundleView
    from somac.compiler.cli.views.model import InputView, ModelView, OutputView, Range
    from somac.compiler.cli.views.report import CoreMemoryView, TableView

__all__ = ["arrays_text", "bundle_text", "memory_text", "model_text"]


def model_text(model: ModelView) -> str:
    """Inputs and outputs, populations, projections, loops, and how the model was read."""
    size = f"{count(model.cells, 'cell')}, {count(model.synapses, 'synapse')}"
    head = fields(
        [
            ("network", model.name or "without a name"),
            ("size", f"{size}, a step is {number(model.dt)} s"),
            *_ends(model.inputs, model.outputs),
            *(("loop", " <-> ".join(loop.populations)) for loop in model.loops),
            (
                "read as",
                ", ".join(f"{key} {model.semantics[key]}" for key in sorted(model.semantics)),
            ),
            ("digest", model.digest[:16]),
        ]
    )
    populations = table(
        ("population", "neuron", "shape", "cells", "sends", "parameters"),
        [
            (
                p.name,
                p.neuron,
                _shape(p.shape),
                f"{p.cells:,}",
                p.sends,
                ", ".join(
                    [_ranges(p.parameters), *([f"bias {_ranges(p.bias)}"] if p.bias else [])]
                ),
            )
            for p in model.populations
        ],
        right=(3,),
    )
    projections = table(
        ("projection", "kind", "from", "to", "synapses", "delay", "weights"),
        [
            (
                p.name,
                p.kind if p.device is None else f"random device {p.device.seed}",
                f"{p.source} ({p.source_cells:,})",
                f"{p.target}.{p.port} ({p.target_cells:,})",
                f"{p.synapses:,}",
                " to ".join(str(d) for d in dict.fromkeys(p.delays)),
                _range(p.weights),
            )
            for p in model.projections
        ],
        right=(4, 5),
    )
    learning = [
        (p.name, p.learns, _ranges(p.rule)) for p in model.projections if p.learns is not None
    ]
    rules = table(("projection", "learns", "parameters"), learning) if learning else ""
    return "\n".join(part for part in (head, populations, projections, rules) if part)


def bundle_text(bundle: BundleView) -> str:
    """Target and figures, populations, memory of cores, files by folder, remarks."""
    head = fields(
        [
            ("network", bundle.name or "without a name"),
            ("target", f"{bundle.target}, by the backend {bundle.backend}"),
            ("time", f"{count(bundle.period, 'tick')} per step of {number(bundle.dt)} s"),
            *_ends(bundle.inputs, bundle.outputs),
            *account_pairs(bundle.account),
            ("digest", bundle.digest[:16]),
        ]
    )
    populations = table(
        ("population", "neuron", "shape", "cells", "sends", "first tick", "states"),
        [
            (
                p.name,
                p.neuron,
                _shape(p.shape),
                f"{p.cells:,}",
                p.sends,
                str(p.start),
                ", ".join(f"{name} {format}" for name, format in p.states.items()),
            )
            for p in bundle.populations
        ],
        right=(3, 5),
    )
    learning = table(
        ("projection", "learns", "from", "to", "synapses", "states"),
        [
            (
                p.name,
                p.rule,
                p.source,
                p.target,
                f"{p.synapses:,}",
                ", ".join(f"{name} {format}" for name, format in p.states.items()),
            )
            for p in bundle.learning
        ],
        right=(4,),
    )
    learnt = learning if bundle.learning else ""
    folders = table(
        ("folder", "files", "bytes"),
        [(f or ".", f"{files:,}", f"{size:,}") for f, (files, size) in bundle.folders.items()],
        right=(1, 2),
    )
    listings = map(_listing, bundle.listings)
    parts = (head, populations, learnt, memory_text(bundle.memory), *listings, folders)
    return "\n".join(part for part in parts if part) + remarks_text(bundle.account)


def _listing(listing: TableView) -> str:
    """Columns of numbers alone end flush."""
    columns = range(len(listing.columns))
    right = [n for n in columns if all(isinstance(r[n], (int, float)) for r in listing.rows)]
    rows = [[c if isinstance(c, str) else f"{c:,}" for c in row] for row in listing.rows]
    return table(listing.columns, rows, right=right)


def memory_text(cores: Sequence[CoreMemoryView]) -> str:
    """A line per core, a column per region that any core has; nothing without cores."""
    if not cores:
        return ""
    names = [n for n in dict.fromkeys(n for c in cores for n in c.regions)
             if any(c.regions.get(n) for c in cores)]  # fmt: skip
    rows = [
        (
            c.core,
            c.slice,
            *(f"{c.regions.get(name, 0):,}" for name in names),
            f"{c.bytes:,}",
            "" if c.free is None else f"{c.free:,}",
            "not built" if c.code is None else f"{c.code:,}",
        )
        for c in cores
    ]
    shown = (name.replace("_", " ") for name in names)
    header = ("bytes of", "slice", *shown, "in all", "free", "code")
    return table(header, rows, right=range(2, len(header)))


def arrays_text(arrays: Sequence[ArrayView]) -> str:
    """A line per array."""
    rows = [
        (
            a.name,
            a.dtype,
            " x ".join(map(str, a.shape)) or "one value",
            "" if a.low is None else number(a.low),
            "" if a.high is None else number(a.high),
            f"{a.nonzero:,}",
        )
        for a in arrays
    ]
    return table(("array", "dtype", "shape", "least", "most", "not zero"), rows, right=(3, 4, 5))


def _ends(inputs: Sequence[InputView], outputs: Sequence[OutputView]) -> list[tuple[str, str]]:
    return [
        *(("input", f"{i.name}: {_shape(i.shape)}, {i.kind}s") for i in inputs),
        *(("output", f"{o.name}: what {o.source} sends") for o in outputs),
    ]


def _shape(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _ranges(values: Mapping[str, Range]) -> str:
    return ", ".join(f"{name} {_range(value)}" for name, value in values.items())


def _range(value: Range) -> str:
    unit = f" {value.unit}" if value.unit else ""
    ends = dict.fromkeys((number(value.low), number(value.high)))
    return " to ".join(ends) + unit
