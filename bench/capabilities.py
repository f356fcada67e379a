"""What the backends can do with their targets, as the table of `docs/reference/backends.md`.

python -m bench.capabilities
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from somac.backends.api import KINDS, Capabilities
from somac.compiler.plugins import find_backend
from somac.compiler.targets import load_targets
from somac.ir.datapath import OPCODES

__all__ = ["table"]

_ALL = {"operations": frozenset(OPCODES), "projections": KINDS}


def table() -> str:
    """Markdown: a column for all targets of a backend that can do the same, a row per field."""
    columns: dict[str, list[tuple[list[str], Capabilities]]] = {}
    for target in load_targets().values():
        found = find_backend(target.backend).capabilities(target)
        groups = columns.setdefault(target.backend, [])
        same = next((names for names, other in groups if other == found), None)
        if same is None:
            groups.append(([target.name], found))
        else:
            same.append(target.name)
    return "\n".join(_lines(columns)) + "\n"


def _lines(columns: dict[str, list[tuple[list[str], Capabilities]]]) -> Iterator[str]:
    heads = [
        f"{backend}: {', '.join(names)}" if len(groups) > 1 else backend
        for backend, groups in sorted(columns.items())
        for names, _ in groups
    ]
    yield f"| | {' | '.join(heads)} |"
    yield "|---" * (len(heads) + 1) + "|"
    every = [can for _, groups in sorted(columns.items()) for _, can in groups]
    for f in fields(Capabilities):
        cells = (_shown(f.name, getattr(can, f.name)) for can in every)
        yield f"| `{f.name}` | {' | '.join(cells)} |"


def _shown(name: str, value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return "all" if value == _ALL.get(name) else ", ".join(sorted(value))
        case (low, high):
            return f"{low:,} to {high:,}"
        case _:
            return f"{value:,}"


if __name__ == "__main__":
    print(table(), end="")
