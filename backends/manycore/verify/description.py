"""The experiment description and routing tables as the checker reads them."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.codegen.rule import UPDATES
from somac.backends.damage import DamagedError, require
from somac.backends.manycore.verify.images import Image, read_image
from somac.ir.program import Program

__all__ = ["Block", "Chip", "Core", "Description", "RoutingEntry", "read_description"]

_FILE = "experiment.json"


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Places `start` to `stop` of `source` send keys from `key` on, starting at a chip.

    `cells` are the cells of the model in these places. `core` is the number of the core that
    holds them, None for an input. `key` is None if they send nothing.
    """

    source: str
    start: int
    stop: int
    key: int | None
    chip: int
    core: int | None
    cells: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RoutingEntry:
    """Packets with ``key & mask == self.key`` go to these links and cores."""

    key: int
    mask: int
    links: tuple[int, ...]
    cores: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chip:
    """Where links lead, cores that must stay empty, and the routing table."""

    links: tuple[int | None, ...]
    reserved: frozenset[int]
    table: tuple[RoutingEntry, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Core:
    """A core that is loaded: where it is, its image, and the text of its program."""

    chip: int
    core: int
    image: Image
    program: int


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """Everything; `data` is the description as plain JSON, for what is compared literally."""

    data: Mapping[str, Any]
    chips: tuple[Chip, ...]
    programs: tuple[str, ...]
    cores: tuple[Core, ...]
    blocks: tuple[Block, ...]


def read_description(program: Program) -> Description:
    """Read every file but the report; `DamagedError` at the first that cannot be decoded."""
    try:
        data = json.loads(_content(program, _FILE))
        chips = tuple(_chip(program, chip) for chip in data["chips"])
        programs = tuple(_content(program, name).decode() for name in data["programs"])
        cores = tuple(
            Core(
                _number(c["chip"], len(chips)),
                _number(c["core"], 1 << 16),
                read_image(c["image"], _content(program, c["image"])),
                _number(c["program"], len(programs)),
            )
            for c in data["cores"]
        )
        host = _number(data["host_chip"], len(chips))
        blocks = [
            _block(i["name"], None, part, part["key"], part["mask"], host, None)
            for i in data["inputs"]
            for part in i["slices"]
        ]
        for population in data["populations"]:
            for part in population["slices"]:
                number = _number(part["core"], len(cores))
                image = cores[number].image
                chip = cores[number].chip
                name, order = population["name"], population["order"]
                blocks.append(_block(name, order, part, image.key, None, chip, number))
        _check_learning(data, cores)
        limits = data["limits"]
        require(all(type(v) is int for v in limits.values()), _FILE, "a limit is no integer")
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(_FILE, f"{type(error).__name__}: {error}") from None
    return Description(data, chips, programs, cores, tuple(blocks))


def _check_learning(data: Mapping[str, Any], cores: Sequence[Core]) -> None:
    """Rules and plastic projections have the fields that they must have."""
    for rule in data["rules"]:
        files = [rule[name] for name in UPDATES]
        sound = all(name is None or isinstance(name, str) for name in files)
        sound = sound and all(isinstance(name, str) for name in rule["post"])
        require(sound and isinstance(rule["source"], str), _FILE, "a bad rule")
        require(isinstance(rule["weight"], str), _FILE, "a rule without a format of weights")
    for projection in data["projections"]:
        _number(projection["rule"], len(data["rules"]))
        for core, number in projection["blocks"]:
            blocks = cores[_number(core, len(cores))].image.blocks
            plastic = blocks[_number(number, len(blocks))].plastic
            require(plastic is not None, _FILE, "a block of a projection does not learn")


def _content(program: Program, name: str) -> bytes:
    require(name in program.files, str(name), "missing")
    return program.files[name]


def _number(value: Any, end: int) -> int:
    require(type(value) is int and 0 <= value < end, _FILE, f"{value!r} is not in 0..{end - 1}")
    return int(value)


def _block(
    source: str,
    order: Any,
    part: Mapping[str, Any],
    key: int | None,
    mask: Any,
    chip: int,
    core: int | None,
) -> Block:
    start, stop = _number(part["start"], 1 << 32), _number(part["stop"], 1 << 32)
    require(start < stop, _FILE, f"a slice of {source} is empty")
    if key is not None:
        key = _number(key, 1 << 32)
        require(key + stop - start <= 1 << 32, _FILE, f"keys of {source} are too large")
        if core is None:
            mask = _number(mask, 1 << 32)
            inside = key & mask == key and (key + stop - start - 1) & mask == key
            require(inside, _FILE, f"keys of {source} are not in their block")
    cells = np.arange(start, stop)
    if order is not None:
        require(stop <= len(order), _FILE, f"a slice of {source} is beyond its order")
        numbers = [_number(cell, 1 << 32) for cell in order[start:stop]]
        cells = np.array(numbers, dtype=np.int64)
    return Block(source, start, stop, key, chip, core, cells)


def _chip(program: Program, chip: Mapping[str, Any]) -> Chip:
    links = tuple(None if v is None else _number(v, 1 << 32) for v in chip["links"])
    reserved = frozenset(_number(core, 1 << 16) for core in chip["reserved_cores"])
    name = chip["table"]
    table = () if name is None else _table(name, _content(program, name))
    return Chip(links, reserved, table)


def _table(name: str, content: bytes) -> tuple[RoutingEntry, ...]:
    require(len(content) >= 16, name, "shorter than its header")
    magic, version, count, words = struct.unpack_from("<4sIII", content)
    require(magic == b"SOMR" and version == 1, name, "not a routing table of version 1")
    stride = 8 + 4 * words
    require(len(content) == 16 + stride * count, name, "its length is not what it says")
    entries = []
    for number in range(count):
        at = 16 + stride * number
        key, mask = struct.unpack_from("<II", content, at)
        route = int.from_bytes(content[at + 8 : at + stride], "little")
        bits = tuple(bit for bit in range(route.bit_length()) if route >> bit & 1)
        links = tuple(bit for bit in bits if bit < 6)
        entries.append(RoutingEntry(key, mask, links, tuple(b - 6 for b in bits if b >= 6)))
    return tuple(entries)
