"""The page of diagnostic codes: what `somac explain` says of each."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pkgutil import iter_modules

from somac.ir import codes
from somac.ir.codes import CODES, Code

__all__ = ["codes_text"]


def codes_text() -> str:
    """Markdown of all codes, a section per area, in the order of their numbers.

    The areas and their names are those of the table in the docstring of `somac.ir.codes`.
    """
    parts: list[str] = []
    rest = dict(CODES)
    for area, module in _areas():
        members = [rest.pop(code.id) for code in import_module(module).CODES]
        parts += [f"## {area[0].upper()}{area[1:]}", ""]
        for code in sorted(members, key=lambda code: code.id):
            parts += _entry(code)
    if rest:
        raise AssertionError(f"areas of these codes are not in the docstring: {', '.join(rest)}")
    return "\n".join(parts)


def _areas() -> list[tuple[str, str]]:
    """What an area is about, and its module, in the order of the table."""
    rows = re.findall(r"^\| E[^|]*\| (.*?) \| `(\w+)` \|$", inspect.getdoc(codes) or "", re.M)
    there = {module.name for module in iter_modules(codes.__path__)} - {"code"}
    if {name for _, name in rows} != there:
        raise AssertionError("the table of areas does not list the modules of codes")
    return [(area, f"{codes.__name__}.{name}") for area, name in rows]


def _text(said: str) -> str:
    """Plain text as Markdown: code in backticks stays, marks outside of it are no marks."""
    parts = re.split(r"(`[^`]*`)", said)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\*_<>\[\]~])", r"\\\1", part)
        for part in parts
    )


def _entry(code: Code) -> list[str]:
    return [
        f"({code.id})=",
        "",
        f"### {code.id}: {_text(code.title)}",
        "",
        _text(code.explanation),
        "",
        f"Exit code {code.exit_code}." if code.exit_code else "A note or warning: no exit code.",
        "",
    ]
