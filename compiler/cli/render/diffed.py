"""Two bundles compared, for people: at a terminal, and as a comment of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from somac.compiler.cli.render.diff_sections import Section, sections
from somac.compiler.cli.render.layout import printable, table
from somac.compiler.markdown import escaped

if TYPE_CHECKING:
    from somac.compiler.diff import BundleDiff, Side

__all__ = ["MAX_COMMENT", "diffed_markdown", "diffed_text"]

MAX_COMMENT = 65_536
"""Characters of a comment that GitHub takes."""

_ROWS = 12


def diffed_text(diff: BundleDiff, *, everything: bool = False) -> str:
    """A line when they are the same; else what differs, a table each."""
    if diff.same:
        return printable(_equal(diff)) + "\n"
    found = sections(diff)
    head = [f"A  {_side(diff.a)}", f"B  {_side(diff.b)}", "", *_verdict(found)]
    parts = ["\n".join(map(printable, head)) + "\n"]
    parts += [_table(s, everything) for s in found if s.rows]
    return "\n".join(parts)


def _table(section: Section, everything: bool) -> str:
    shown = list(section.rows if everything else islice(section.rows, _ROWS))
    text = table((section.title, *section.header), shown, right=section.right)
    more = len(section.rows) - len(shown)
    return text + (f"and {more:,} more (-v shows them)\n" if more else "")


def _verdict(found: Iterable[Section]) -> list[str]:
    """What differs in a line each, then what is the same, and what cannot be compared."""
    known = list(found)
    differ = [s for s in known if s.summary]
    width = max((len(s.title) for s in differ), default=0)
    lines = [f"{s.title.ljust(width)}  {s.summary}" for s in differ]
    same = [s.title for s in known if not s.summary and not s.unknown]
    unknown = [s.title for s in known if s.unknown]
    if same:
        lines.append(f"the same: {', '.join(same)}")
    if unknown:
        lines.append(f"not known of both: {', '.join(unknown)}")
    return lines


def _equal(diff: BundleDiff) -> str:
    a, b = diff.a, diff.b
    return (
        f"{a.path} and {b.path} are the same: {a.model or 'network'} for {a.target}, "
        f"{a.files:,} files, {a.bytes:,} bytes, digest {a.digest[:16]}"
    )


def _side(side: Side) -> str:
    return (
        f"{side.path}: {side.model or 'network'} for {side.target} ({side.backend}), "
        f"{side.files:,} files, {side.bytes:,} bytes, digest {side.digest[:16]}"
    )


def diffed_markdown(diff: BundleDiff) -> str:
    """The same for a comment: a list of what differs, and each table folded.

    What has no room is left out whole, and counted.
    """
    if diff.same:
        return f"### somac diff: the same\n\n{escaped(_equal(diff))}\n"
    found = sections(diff)
    head = ["### somac diff: " + _title(diff, found), ""]
    head += [f"- A: {escaped(_side(diff.a))}", f"- B: {escaped(_side(diff.b))}", ""]
    head += [f"- **{s.title}**: {escaped(s.summary)}" for s in found if s.summary]
    same = [s.title for s in found if not s.summary and not s.unknown]
    unknown = [s.title for s in found if s.unknown]
    head += [f"- the same: {', '.join(same)}"] if same else []
    head += [f"- not known of both: {', '.join(unknown)}"] if unknown else []
    parts = ["\n".join(head) + "\n"]
    size, left = len(parts[0]) + 100, 0
    for section in found:
        text = _folded(section) if section.rows else ""
        size += len(text) + 1
        if text and size > MAX_COMMENT:
            left += 1
            size -= len(text) + 1
        elif text:
            parts.append(text)
    if left:
        parts.append(f"And {left:,} {'table' if left == 1 else 'tables'} without room here.\n")
    return "\n".join(parts)


def _title(diff: BundleDiff, found: Sequence[Section]) -> str:
    count = sum(bool(s.summary) for s in found)
    worse = sum(cost.worse is True for cost in diff.account.costs)
    return f"{count} of {len(found)} sections differ" + (
        f", {worse:,} costs worse" if worse else ""
    )


def _folded(section: Section) -> str:
    cells = (section.title, *section.header)
    marks = ["--:" if n in section.right else "---" for n in range(len(cells))]
    lines = [f"<details><summary>{section.title}</summary>", ""]
    lines += [_row(cells), f"|{'|'.join(marks)}|", *(_row(r) for r in section.rows)]
    return "\n".join([*lines, "", "</details>", ""])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"
