"""The error budget of the integers: formats, weights, and what they do on data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log2

import numpy as np
from numpy.typing import NDArray

from somac.compiler.record.numbers import NumbersRecord, StateRow, WeightsRow
from somac.compiler.report.data import FormatOf, Quantisation, WeightError
from somac.compiler.report.gathering.compared import Compared, Extent
from somac.ir.fixed import Format
from somac.ir.integer import IntegerNetwork, IntegerProjection

__all__ = ["quantisation_of"]

Real = NDArray[np.float64]

_BINS = 64


def quantisation_of(
    network: IntegerNetwork, record: NumbersRecord | None, compared: Compared | None
) -> Quantisation:
    """Of a golden network; `record` is what the compile left, `compared` what data say."""
    states = {(row.of, row.state): row for row in record.states} if record is not None else {}
    weights = {row.projection: row for row in record.weights} if record is not None else {}
    formats = tuple(
        _with_run(f, compared.extents.get((f.population, f.state)) if compared else None)
        for f in _formats(network, states)
    )
    errors = tuple(_weights(p, weights.get(p.name)) for p in network.projections)
    if compared is None:
        return Quantisation(formats, errors)
    return Quantisation(
        formats,
        errors,
        compared.errors,
        compared.samples,
        compared.accuracy,
        compared.accuracy_float,
    )


def _formats(
    network: IntegerNetwork, known: Mapping[tuple[str, str], StateRow]
) -> Iterator[FormatOf]:
    for p in network.populations:
        for name in p.initial:
            format = p.datapath.format_of("state", name)
            yield _format(p.name, name, format, p.scales.get(name), known.get((p.name, name)))
        if p.datapath.output_kind != "spike":
            yield _format(p.name, "output", p.datapath.sent, p.scales.get("output"), None)
    for q in network.projections:
        if q.plasticity is not None:
            for name, scale in q.plasticity.scales.items():
                format = q.plasticity.format_of(name)
                yield _format(q.name, name, format, scale, known.get((q.name, name)))


def _format(
    owner: str, name: str, format: Format, scale: Real | None, known: StateRow | None
) -> FormatOf:
    step = 1.0 if scale is None else float(np.max(scale, initial=0.0)) or 1.0
    return FormatOf(
        owner,
        name,
        str(format),
        format.width,
        format.minimum * step,
        format.maximum * step,
        step,
        None if known is None else known.bound,
        None if known is None else known.proven,
        None if known is None else known.headroom,
    )


def _with_run(format: FormatOf, extent: Extent | None) -> FormatOf:
    if extent is None:
        return format
    top = Format.parse(format.format).maximum
    return replace(
        format,
        seen=extent.real,
        free_bits=log2(top / extent.raw) if extent.raw and top else None,
        clipped=extent.clipped,
    )


def _weights(p: IntegerProjection, known: WeightsRow | None) -> WeightError:
    raw = np.asarray(p.connectivity.weights).ravel()
    low, high = (int(raw.min()), int(raw.max())) if raw.size else (0, 0)
    edges = np.linspace(low - 0.5, high + 0.5, min(high - low + 1, _BINS) + 1)
    found = WeightError(
        projection=p.name,
        source=p.source,
        target=p.target,
        synapses=int(np.count_nonzero(raw)),
        bits=1 + max(high, -low - 1).bit_length(),
        low=low,
        high=high,
        counts=np.histogram(raw, edges)[0].astype(np.int64),
        edges=edges,
    )
    if known is None:
        return found
    return replace(
        found,
        step=known.step,
        per_cell=known.per_cell,
        sum_bits=known.bits,
        rms=known.rms,
        worst=known.worst,
        relative=known.rms / known.weights if known.weights else None,
    )
