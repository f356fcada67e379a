"""The few figures to begin with, and every figure of the target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from somac.backends.api import Costs
from somac.compiler.costs import EXPECTED
from somac.compiler.record.mapping import MappingRecord
from somac.compiler.record.target import TargetRecord
from somac.compiler.report.data import THIS_RUN, Fact, Quantisation, Raster, Search, Summary
from somac.compiler.report.gathering.account import Told
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program

__all__ = ["summary_of", "with_results"]


def summary_of(
    program: Program,
    network: IntegerNetwork,
    record: MappingRecord | None,
    target: TargetRecord | None,
    search: Search | None,
    cases: Mapping[str, Costs],
    told: Told,
) -> Summary:
    """Of a bundle, without a run."""
    rows = (
        *_size(network),
        *(() if record is None else _use(record)),
        *(() if search is None else _placed(search)),
        *_costs(cases),
        *_new(told.total, network, record),
        Fact("files", len(program.files)),
        Fact("size of all files", sum(map(len, program.files.values())), "B"),
    )
    return Summary(
        network.name,
        program.target,
        "" if target is None else target.title,
        program.backend,
        program.digest(),
        tuple({row.label: row for row in reversed(rows)}.values())[::-1],
        () if target is None else tuple(_figures(target)),
        told.remarks,
        told.tables,
    )


def with_results(raster: Raster | None, quantisation: Quantisation | None) -> tuple[Fact, ...]:
    """What a run showed, as further rows."""
    found = []
    if raster is not None:
        what = f"differences from the golden model, sample {raster.sample}"
        found.append(Fact(what, raster.differing))
    if quantisation is not None:
        for label, share in (
            ("accuracy in integers", quantisation.accuracy),
            ("accuracy of the float model", quantisation.accuracy_float),
        ):
            if share is not None:
                found.append(Fact(label, round(100 * share, 4), "%"))
    return tuple(found)


def _size(network: IntegerNetwork) -> Iterator[Fact]:
    yield Fact("inputs", sum(i.size for i in network.inputs), "channels")
    yield Fact("cells", sum(p.size for p in network.populations))
    yield Fact("populations", len(network.populations))
    yield Fact("step of the model", network.dt, "s")
    yield Fact("ticks of a step", network.period)
    latency = max((network.start(o.source) for o in network.outputs), default=0)
    yield Fact("ticks from inputs to outputs", latency)


def _use(record: MappingRecord) -> Iterator[Fact]:
    usable = sum(chip.usable for chip in record.chips)
    yield Fact(f"{record.place}s in use", len(record.cores), f"of {usable:,}")
    if record.place == "core":
        chip_of = record.chip_of()
        chips = {chip_of[row.core] for row in record.cores}
        yield Fact("chips in use", len(chips), f"of {len(record.chips):,}")


def _new(
    total: Iterable[Fact], network: IntegerNetwork, record: MappingRecord | None
) -> Iterator[Fact]:
    """Sums of the backend that no other row has under another name."""
    said: dict[str, int] = {"neurons": sum(p.size for p in network.populations)}
    if record is not None:
        said[f"{record.place}s"] = len(record.cores)
    for fact in total:
        if fact.label not in said or said[fact.label] != fact.value:
            yield fact


def _placed(search: Search) -> Iterator[Fact]:
    yield Fact("cost of the placement", search.cost, "packet hops per 1,000 ticks")
    yield Fact("no placement costs less than", search.bound, "packet hops per 1,000 ticks")
    yield Fact("gap", round(100 * search.gap, 4), "%")


def _costs(cases: Mapping[str, Costs]) -> Iterator[Fact]:
    """Amounts with a title: of the run, else as expected."""
    for case in (THIS_RUN, EXPECTED):
        if case in cases:
            for amount in cases[case].amounts.values():
                if amount.title:
                    label = f"{amount.title} ({case})"
                    source = ", ".join(amount.of)
                    yield Fact(label, float(amount.value), amount.unit, amount.status, source)
            return


def _figures(target: TargetRecord) -> Iterator[Fact]:
    for name, figure in target.named().items():
        yield Fact(name, figure.value, figure.unit, figure.status, figure.source)
