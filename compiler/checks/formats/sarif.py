"""SARIF 2.1.0, the form of code scanning: a result per finding, a rule per code."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from somac import __version__
from somac.compiler.checks.judge import Checked
from somac.compiler.checks.paths import path_from
from somac.ir.codes import Code
from somac.ir.errors import Diagnostic, Severity

__all__ = ["MAX_BYTES", "MAX_RESULTS", "sarif"]

MAX_RESULTS = 5000
"""Results of a run that GitHub shows; of more, the worst. It refuses more than 25,000."""

MAX_BYTES = 10 * 1000 * 1000
"""Size of a file that GitHub takes, compressed; here, of one that is not."""

# for the rules, of which there are only so many, and for commas between results
_ROOM = MAX_BYTES - 1000 * 1000

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_NO_NAME = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Surrogates that stand for no byte of a file's name."""

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif(checked: Sequence[Checked], root: Path) -> str:
    """The document; files are named as seen from `root`, which is that of the checkout."""
    order = list(Severity)
    found = sorted(
        ((d, one) for one in checked for d in one.findings),
        key=lambda item: order.index(item[0].severity),
    )[:MAX_RESULTS]
    entries = {d.code: d.entry for d, _ in found}
    rules = sorted(entries)
    results = (_result(d, one, rules.index(d.code), root) for d, one in found)
    told = [_rule(entries[code]) for code in rules]
    driver = {"name": "somac", "version": __version__, "rules": told}
    run = {"tool": {"driver": driver}, "results": list(_with_room(results))}
    content = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _with_room(results: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those of the first that make no file of more than `MAX_BYTES`; the others are left out."""
    left = _ROOM
    for result in results:
        # as it is written below, where each line is indented by 4 more
        text = json.dumps(result, indent=1)
        left -= len(text) + 4 * text.count("\n") + 6
        if left < 0:
            return
        yield result


def _rule(entry: Code) -> dict[str, Any]:
    return {
        "id": entry.id,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": entry.explanation},
        "help": {"text": f"somac explain {entry.id}"},
    }


def _result(d: Diagnostic, one: Checked, rule: int, root: Path) -> dict[str, Any]:
    hint = d.hint or ""
    facts = [
        f"Have: {d.have}" if d.have else "",
        f"Need: {d.need}" if d.need else "",
        hint[:1].upper() + hint[1:],
    ]
    return {
        "ruleId": d.code,
        "ruleIndex": rule,
        "level": _LEVELS[d.severity],
        "message": {"text": _sound(". ".join([d.message, *filter(None, facts)]))},
        "locations": [_location(d, one, root)],
        # a result stays the same one when its figures change
        "partialFingerprints": {"somac/v1": _sound(f"{d.code} {d.message}")},
    }


def _sound(text: str) -> str:
    """Bytes of names that are no text as escapes: JSON has no way to write them."""
    return text.encode("utf-8", "backslashreplace").decode()


def _location(d: Diagnostic, one: Checked, root: Path) -> dict[str, Any]:
    physical: dict[str, Any] = {
        "artifactLocation": {"uri": _uri(root, Path(d.place.file or one.model))}
    }
    if d.place.line is not None:
        column = {} if d.place.column is None else {"startColumn": d.place.column}
        physical["region"] = {"startLine": d.place.line, **column}
    return {"physicalLocation": physical}


def _uri(root: Path, path: Path) -> str:
    """From the root; absolute for what is not below it."""
    # a place may be named by what no file can be, such as half a pair of surrogates
    path = Path(_NO_NAME.sub("\ufffd", str(path)))
    seen = path_from(root, path)
    return path.absolute().as_uri() if seen.startswith(("../", "/")) else quote(os.fsencode(seen))
