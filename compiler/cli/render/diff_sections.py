"""What differs between two bundles, section by section, as rows of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from somac.compiler.cli.render.costs import amount_text
from somac.compiler.cli.render.layout import count, number
from somac.compiler.diff.account import FULLEST
from somac.compiler.diff.values import Change, Numbers, Scalar

if TYPE_CHECKING:
    from somac.compiler.diff import BundleDiff
    from somac.compiler.diff.account import AccountDiff, Cost
    from somac.compiler.diff.files import File, FileChange
    from somac.compiler.diff.network import NetworkDiff, Weights

__all__ = ["Section", "sections"]

_LONGEST = 60
_FIELDS = 2
_SHARED = 12
_USUAL = "expected"
_TOLD = ("golden/", "report.json", "costs.json", "mapping.json", "target.json", "numbers.json")
"""Files whose fields are those of the sections above."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of two bundles: in a few words what differs in it, and a table.

    The title heads the first column. Nothing differs without a `summary`, unless it is `unknown`.
    """

    title: str
    summary: str = ""
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    right: tuple[int, ...] = ()
    unknown: bool = False


_SIDES = ("A", "B", "change")


def sections(diff: BundleDiff) -> tuple[Section, ...]:
    """All of them, in the order in which a reviewer asks."""
    account = diff.account
    return (
        _target(diff),
        _network(diff.network),
        _placement(diff),
        _changes("routing", account.routing, "table"),
        _memory(account),
        _changes("totals", account.totals, "figure"),
        _remarks(account.remarks),
        _costs(account.costs),
        _files(diff),
    )


def _target(diff: BundleDiff) -> Section:
    figures = diff.account.figures
    rows = [_change(c) for c in figures]
    said = [count(len(figures), "figure")] if figures else []
    for what in ("backend", "target"):
        a, b = getattr(diff.a, what), getattr(diff.b, what)
        if a != b:
            rows.insert(0, (what, a, b, ""))
            said.insert(0, f"{a} -> {b}")
    return Section("target", ", ".join(said), _SIDES, tuple(rows))


def _network(found: NetworkDiff | None) -> Section:
    if found is None:
        return Section("network", unknown=True)
    said = []
    if found.fields:
        said.append(count(len(found.fields), "field"))
    if found.numbers:
        said.append(f"numbers of {count(len(found.numbers), 'array')}")
    if found.weights:
        said.append(f"weights of {count(len(found.weights), 'projection')}")
    rows = [
        *(_weights(w) for w in found.weights),
        *(_change(c) for c in found.fields),
        *(_numbers(n) for n in found.numbers),
    ]
    return Section("network", ", ".join(said), _SIDES, tuple(rows))


def _weights(w: Weights) -> tuple[str, ...]:
    parts = []
    if w.changed:
        parts.append(f"{w.changed:,} changed, by at most {count(w.largest or 0, 'step')}")
    parts += [f"{n:,} {word}" for n, word in ((w.added, "added"), (w.removed, "removed")) if n]
    if w.changed is None:
        parts.append("of another form")
    return f"{w.projection}: weights", f"{w.a:,}", f"{w.b:,}", "; ".join(parts)


def _numbers(n: Numbers) -> tuple[str, ...]:
    largest = "" if n.largest is None else f", by at most {number(n.largest)}"
    return n.what, "", "", f"{n.differing:,} of {n.count:,} differ{largest}"


def _placement(diff: BundleDiff) -> Section:
    figures = diff.account.placement
    rows = [(m.population, "", "", m.words) for m in diff.moves or ()]
    said = [count(len(rows), "population")] if rows else []
    if figures:
        said.append(_first(figures, ("cost", "gap")))
    rows += [_change(c) for c in figures]
    unknown = diff.moves is None and not figures
    return Section("placement", ", ".join(said), _SIDES, tuple(rows), unknown=unknown)


def _changes(title: str, found: Sequence[Change], thing: str) -> Section:
    said = ""
    if found:
        said = f"{count(len(found), thing)}: {_first(found, ())}"
    rows = tuple(_change(c) for c in found)
    return Section(title, said, _SIDES, rows, (1, 2, 3))


def _memory(account: AccountDiff) -> Section:
    """Cores whose memory changed most come first; the fullest is named where it is known."""
    rows = sorted(account.memory, key=lambda c: -abs(c.by if c.by is not None else _size(c)))
    if not rows:
        return Section("memory")
    fullest = [c for c in account.totals if c.what == FULLEST]
    first = [replace(c, what="the fullest", unit="bytes") for c in fullest] or rows
    said = f"{count(len(rows), 'core')}: {_first(first, ())}"
    return Section("memory", said, _SIDES, tuple(map(_change, rows)), (1, 2, 3))


def _remarks(found: Sequence[Change]) -> Section:
    said = count(len(found), "remark") if found else ""
    return Section("remarks", said, _SIDES, tuple(_change(c) for c in found))


def _size(change: Change) -> float:
    value = change.b if change.a is None else change.a
    return float(value) if isinstance(value, int | float) else 0.0


def _first(found: Sequence[Change], wanted: tuple[str, ...]) -> str:
    """The first change, or the first of those that are wanted, in words."""
    one = next((c for name in wanted for c in found if c.what == name), found[0])
    what, a, b, by = _change(one)
    change = f" ({by})" if by else ""
    return f"{what} {a or 'nothing'} -> {b or 'nothing'}{change}"


def _costs(costs: Sequence[Cost]) -> Section:
    """Amounts that summaries have come first, of these the ones that are worse, as expected."""
    worse = sum(c.worse is True for c in costs)
    better = sum(c.worse is False for c in costs)
    words = ((worse, "worse"), (better, "better"), (len(costs) - worse - better, "of one alone"))
    said = ", ".join(f"{n:,} {word}" for n, word in words if n)
    order = sorted(costs, key=lambda c: (not c.title, c.worse is not True, c.case != _USUAL))
    header = ("case", *_SIDES, "")
    return Section("costs", said, header, tuple(_cost(c) for c in order), (2, 3, 4))


def _cost(cost: Cost) -> tuple[str, ...]:
    sides = ["" if v is None else amount_text(v, cost.unit) for v in (cost.a, cost.b)]
    word = {True: "worse", False: "better", None: ""}[cost.worse]
    share = cost.change.share
    if share is not None:
        by = _share(share)
    else:
        by = "" if cost.change.by is None else f"{cost.change.by:+,.4g}"
    return cost.title or cost.name, cost.case, *sides, by, word


def _share(share: float) -> str:
    """Of percent a tenth; of less than that one digit, for no change is not in the list."""
    percent = 100 * share
    return f"{percent:+,.1f} %" if abs(percent) >= 0.05 else f"{percent:+.1g} %"


def _files(diff: BundleDiff) -> Section:
    found = diff.files
    if not found:
        return Section("files")
    gone, new = sum(f.b is None for f in found), sum(f.a is None for f in found)
    changed = len(found) - gone - new
    words = ((changed, "changed"), (new, "new"), (gone, "gone"))
    said = ", ".join(f"{n:,} {word}" for n, word in words if n)
    by = diff.b.bytes - diff.a.bytes
    order = sorted(found, key=lambda f: (f.name.startswith(_TOLD), f.name))
    rows = tuple(_file(f) for f in order)
    return Section("files", f"{said}; {by:+,} bytes", ("A", "B", "what"), rows, (1, 2))


def _file(change: FileChange) -> tuple[str, ...]:
    a, b = _stored(change.a), _stored(change.b)
    what = "new" if change.a is None else "gone" if change.b is None else change.what
    told = change.name.startswith(_TOLD)
    some = [] if told else [_field(f) for f in change.fields[:_FIELDS]]
    if some:
        more = len(change.fields) - len(some)
        what += f": {'; '.join(some)}" + (f"; and {more:,} more" if more else "")
    return change.name, a, b, what


def _stored(file: File | None) -> str:
    return "" if file is None else f"{file.bytes:,} bytes {file.blake2b[:8]}"


def _field(field: Change | Numbers) -> str:
    if isinstance(field, Numbers):
        return f"{field.what}: {field.differing:,} differ"
    return f"{field.what} {_value(field.a) or 'nothing'} -> {_value(field.b) or 'nothing'}"


def _change(c: Change) -> tuple[str, str, str, str]:
    by, share = c.by, c.share
    text = "" if by is None else f"{by:+,}" if isinstance(by, int) else f"{by:+,.4g}"
    if share is not None:
        text += f", {_share(share)}"
    a, b = _apart(c.a, c.b)
    return c.what, _value(a, c.unit), _value(b, c.unit), text


def _apart(a: Scalar, b: Scalar) -> tuple[Scalar, Scalar]:
    """Two texts of which one is long begin a little before they differ."""
    if isinstance(a, str) and isinstance(b, str) and max(len(a), len(b)) > _LONGEST:
        apart = (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y)
        first = next(apart, min(len(a), len(b))) - _SHARED
        if first > 0:
            return f"...{a[first:]}", f"...{b[first:]}"
    return a, b


def _value(value: Scalar, unit: str = "") -> str:
    match value:
        case None:
            return ""
        case bool() | str():
            text = str(value)
            return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
        case int():
            text = f"{value:,}"
        case float():
            text = number(value)
    return f"{text} {unit}" if unit else text
