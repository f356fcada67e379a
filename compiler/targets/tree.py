"""YAML 1.2 text to plain data that remembers where each key and value stood.

Descriptions may come from strangers, so the text is read as a stream of parser events with
limits on size, nesting and count; anchors, aliases and tags are refused, and nothing is ever
constructed but dict, tuple, str, int, float, bool and None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from somac.ir.errors import Place, SomacError

__all__ = ["Tree", "parse_yaml"]

MAX_DEPTH = 24
"""Levels of nesting; a description has ten."""

MAX_NODES = 20_000
"""Scalars and collections; the shipped description has fewer than 10,000."""

Path = tuple[str | int, ...]
Plain = Any

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,9})?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Tree:
    """Plain data and the places of its parts.

    Parameters
    ----------
    data
        Mappings as dict, sequences as tuple, scalars by the core schema of YAML 1.2.
    file
        Name of the file, for messages.
    lines
        The text, line by line.
    keys, values
        Line and column (from 1) where the key of, and the value at, a path begins.
    """

    data: Plain
    file: str
    lines: tuple[str, ...]
    keys: Mapping[Path, tuple[int, int]]
    values: Mapping[Path, tuple[int, int]]

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at `path` stands (or its key), else the nearest thing around it."""
        first, second = (self.keys, self.values) if key else (self.values, self.keys)
        for length in range(len(path), -1, -1):
            mark = first.get(path[:length]) or second.get(path[:length])
            if mark is not None:
                return _place(self.file, self.lines, *mark)
        return Place(file=self.file)


def parse_yaml(text: str, file: str) -> Tree:
    """Read one document.

    Parameters
    ----------
    text
        The document.
    file
        Name of its file, for messages.

    Raises
    ------
    SomacError
        E0302 if it is not YAML, E0303 for a key that appears twice, E0304 for what
        descriptions may not use.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    lines = tuple(text.splitlines())
    builder = _Builder(file, lines)
    try:
        data = builder.document(iter(YAML(typ="safe", pure=True).parse(text)))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file=file)
        if mark is not None:
            place = _place(file, lines, mark.line + 1, mark.column + 1)
        raise SomacError("E0302", _sentence(error.problem or error.context), place=place) from None
    except (YAMLError, ValueError, OverflowError) as error:
        # ValueError: an escape that names no character
        reason = str(error).strip().splitlines()
        raise SomacError(
            "E0302", _sentence(reason[0] if reason else None), place=Place(file=file)
        ) from None
    return Tree(data, file, lines, builder.keys, builder.values)


class _Builder:
    """Turns events into data; one use per document."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.keys: dict[Path, tuple[int, int]] = {}
        self.values: dict[Path, tuple[int, int]] = {}
        self.nodes = 0

    def document(self, events: Iterator[Any]) -> Plain:
        from ruamel.yaml.events import DocumentStartEvent, StreamEndEvent

        data: Plain = None
        documents = 0
        for event in events:
            if isinstance(event, StreamEndEvent):
                break
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.error("E0302", "the file holds more than one document", event)
                data = self.node(next(events), events, ())
        return data

    def node(self, event: Any, events: Iterator[Any], path: Path) -> Plain:
        from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent

        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.error("E0304", f"the description has more than {MAX_NODES} parts", event)
        if isinstance(event, AliasEvent):
            raise self.error("E0304", f"the alias *{event.anchor} is not allowed here", event)
        if event.anchor is not None:
            raise self.error("E0304", f"the anchor &{event.anchor} is not allowed here", event)
        if event.tag not in {None, "!"}:
            raise self.error("E0304", f"the tag {event.tag} is not allowed here", event)
        self.values[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, ScalarEvent):
            return _scalar(event.value) if event.style is None else event.value
        if len(path) >= MAX_DEPTH:
            raise self.error("E0304", f"nested deeper than {MAX_DEPTH} levels", event)
        if isinstance(event, MappingStartEvent):
            return self.mapping(events, path)
        return self.sequence(events, path)

    def sequence(self, events: Iterator[Any], path: Path) -> tuple[Plain, ...]:
        from ruamel.yaml.events import SequenceEndEvent

        items: list[Plain] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self.node(event, events, (*path, len(items))))
        return tuple(items)

    def mapping(self, events: Iterator[Any], path: Path) -> dict[str, Plain]:
        from ruamel.yaml.events import MappingEndEvent, ScalarEvent

        items: dict[str, Plain] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent) or event.anchor or event.tag not in {None, "!"}:
                raise self.error("E0304", "a key must be a plain word", event)
            inner = (*path, event.value)
            if event.value in items:
                line = self.keys[inner][0]
                raise self.error(
                    "E0303", f"the key {event.value!r} is already on line {line}", event
                )
            self.keys[inner] = (event.start_mark.line + 1, event.start_mark.column + 1)
            items[event.value] = self.node(next(events), events, inner)
        return items

    def error(self, code: str, message: str, event: Any) -> SomacError:
        mark = event.start_mark
        return SomacError(
            code, message, place=_place(self.file, self.lines, mark.line + 1, mark.column + 1)
        )


def _scalar(text: str) -> Plain:
    """A plain scalar by the core schema of YAML 1.2 (section 10.3.2)."""
    if _INTEGER.fullmatch(text):
        return int(text, 10 if text.lstrip("+-").isdigit() else 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL.fullmatch(text):
        return float(text.replace(".", "", 1))
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    return text


def _place(file: str, lines: tuple[str, ...], line: int, column: int) -> Place:
    source = lines[line - 1] if 0 < line <= len(lines) else None
    if source is not None and len(source) > 200:
        source = None  # a line that long helps nobody
    return Place(file=file, line=line, column=column, source=source)


def _sentence(problem: str | None) -> str:
    return f"not YAML: {problem}" if problem else "not YAML"
