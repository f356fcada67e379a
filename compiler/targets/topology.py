"""A chip's floor plan and a board's outline to `somac.ir.target.Topology`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from somac.compiler.targets.ports import LINK_STEPS
from somac.ir.target import Topology

__all__ = ["BoardPlan", "ChipPlan", "PlanError", "topology_of"]

MAX_NODES = 500_000
"""Routing nodes of one target: a guard against descriptions that would fill the memory."""

Cell = tuple[int, int]

MESH_STEPS: tuple[Cell, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))


class PlanError(ValueError):
    """A description that contradicts itself; `path` says in which part of it."""

    def __init__(self, path: tuple[str, ...], message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class ChipPlan:
    """A floor plan: `rows` drawn highest y first, in the letters of `schema.Chip`."""

    rows: Sequence[str]
    origin: Cell
    node_cores: int
    core_order: Sequence[Cell] | None
    reserved: Sequence[int]
    hops: int


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """An outline: the first and last x of the chips at y = 0, 1, ...

    Parameters
    ----------
    wrapped
        Whether opposite edges of a rectangle are joined: a torus.
    dead_cores
        x and y of the chip, and the hardware's number of the core.
    dead_links
        Chips (x, y) at both ends of a link that is broken, in both directions.
    dead_ways
        Of a chip (x, y), two nodes (x, y) between which nothing passes.
    """

    rows: Sequence[tuple[int, int]]
    hops: int
    host_chip: Cell
    dead_cores: Sequence[tuple[int, int, int]] = ()
    wrapped: bool = False
    dead_links: Sequence[tuple[Cell, Cell]] = ()
    dead_ways: Sequence[tuple[Cell, Cell, Cell]] = ()


@dataclass(frozen=True, slots=True)
class _Chip:
    """One chip, its nodes numbered by y, then x."""

    position: NDArray[np.int64]  # (nodes, 2)
    core_node: NDArray[np.int64]  # (cores,), in the order of the hardware's numbers
    links: NDArray[np.int64]  # (links, 2)
    router: int


def topology_of(chip: ChipPlan, board: BoardPlan) -> Topology:
    """The cores and links of a board of equal chips.

    Nodes are numbered by chip, then y, then x; cores by chip, then the hardware's number;
    chips by y, then x. A router that covers several cells of the plan is one node, at the
    lowest, leftmost of them, linked to every neighbour of its cells.

    Raises
    ------
    PlanError
        If the parts of the description contradict each other.
    """
    die = _chip(chip)
    places = [(x, y) for y, (low, high) in enumerate(board.rows) for x in range(low, high + 1)]
    number = {place: index for index, place in enumerate(places)}
    if any(low > high for low, high in board.rows):
        raise PlanError(("board", "rows"), "a row's first x is beyond its last")
    if len(places) * len(die.position) > MAX_NODES:
        raise PlanError(
            ("board", "rows"),
            f"{len(places)} chips of {len(die.position)} nodes are more than {MAX_NODES} nodes",
        )
    if board.host_chip not in number:
        raise PlanError(("board", "host_chip"), f"the board has no chip at {board.host_chip}")

    chips, nodes, cores = len(places), len(die.position), len(die.core_node)
    first_node = np.arange(chips, dtype=np.int64) * nodes
    usable = np.ones((chips, cores), dtype=np.bool_)
    usable[:, _reserved(chip, cores)] = False
    for x, y, core in board.dead_cores:
        if (x, y) not in number or core >= cores:
            raise PlanError(
                ("board", "dead_cores"), f"the board has no core {core} on a chip at ({x}, {y})"
            )
        usable[number[x, y], core] = False

    crossing = _between(board, number) * nodes + die.router
    inside = (die.links[None, :, :] + first_node[:, None, None]).reshape(-1, 2)
    inside = inside[_alive(inside, board, number, die)]
    links = np.concatenate([inside, crossing])
    return Topology(
        node_position=np.tile(die.position, (chips, 1)),
        node_chip=np.repeat(np.arange(chips, dtype=np.int64), nodes),
        core_node=(die.core_node[None, :] + first_node[:, None]).reshape(-1),
        core_local=np.tile(np.arange(cores, dtype=np.int64), chips),
        core_usable=usable.reshape(-1),
        link_source=links[:, 0],
        link_target=links[:, 1],
        link_cost=np.repeat(
            np.array([chip.hops, board.hops], dtype=np.int64), [len(inside), len(crossing)]
        ),
        chip_position=np.array(places, dtype=np.int64),
        chip_router=first_node + die.router,
        host_node=int(first_node[number[board.host_chip]] + die.router),
    )


def _between(board: BoardPlan, number: Mapping[Cell, int]) -> NDArray[np.int64]:
    """int64 (links, 2): chips that are joined, each way."""
    width, height = board.rows[0][1] + 1, len(board.rows)
    if board.wrapped and any(row != (0, width - 1) for row in board.rows):
        raise PlanError(("board", "wrapped"), "only a rectangle of chips from x = 0 on can wrap")
    dead: set[tuple[int, int]] = set()
    for ends in board.dead_links:
        missing = [end for end in ends if end not in number]
        if missing:
            raise PlanError(("board", "dead_links"), f"the board has no chip at {missing[0]}")
        first, second = (number[end] for end in ends)
        dead |= {(first, second), (second, first)}
    found: dict[tuple[int, int], None] = {}
    for (x, y), here in number.items():
        for dx, dy in LINK_STEPS:
            place = (x + dx, y + dy)
            if board.wrapped:
                place = (place[0] % width, place[1] % height)
            there = number.get(place, here)
            # in a narrow torus two links lead to the same chip: one is enough
            if there != here and (here, there) not in dead:
                found[here, there] = None
    return np.array(list(found), dtype=np.int64).reshape(-1, 2)


def _alive(
    inside: NDArray[np.int64], board: BoardPlan, number: Mapping[Cell, int], die: _Chip
) -> NDArray[np.bool_]:
    """bool (links,): links inside chips that are not broken."""
    alive = np.ones(len(inside), dtype=np.bool_)
    local = {(int(x), int(y)): node for node, (x, y) in enumerate(die.position)}
    for chip, first, second in board.dead_ways:
        if chip not in number or first not in local or second not in local:
            raise PlanError(
                ("board", "dead_ways"), f"there are no nodes {first} and {second} on chip {chip}"
            )
        base = number[chip] * len(die.position)
        ends = np.array([base + local[first], base + local[second]], dtype=np.int64)
        for way in (ends, ends[::-1]):
            alive &= ~(inside == way).all(axis=1)
    return alive


def _chip(plan: ChipPlan) -> _Chip:
    cells = _cells(plan)
    routers = sorted((c for c, letter in cells.items() if letter in "R@"), key=_by_row)
    letters = {cells[c] for c in routers}
    if letters not in ({"R"}, {"@"}) or (letters == {"@"} and len(routers) > 1):
        raise PlanError(("plan",), "the plan needs one router: cells R side by side, or one node @")
    if not _touching(routers):
        raise PlanError(("plan",), "the cells R of the router are not side by side")

    home = {cell: routers[0] if cells[cell] == "R" else cell for cell in cells}
    nodes = sorted(set(home.values()), key=_by_row)
    rank = {node: number for number, node in enumerate(nodes)}
    index = {cell: rank[node] for cell, node in home.items()}
    links = {
        (index[x, y], index[x + dx, y + dy]): None
        for x, y in sorted(cells, key=_by_row)
        for dx, dy in MESH_STEPS
        if (x + dx, y + dy) in cells and index[x, y] != index[x + dx, y + dy]
    }
    with_cores = {cell for cell, letter in cells.items() if letter in "#@"}
    order = sorted(with_cores, key=_by_row) if plan.core_order is None else plan.core_order
    listed = set(order)
    if listed != with_cores or len(order) != len(listed):
        odd = sorted(listed ^ with_cores, key=_by_row)
        which = f"differs at {odd[0]}" if odd else "names a node twice"
        raise PlanError(("core_order",), f"the order must name each node with cores once: {which}")
    return _Chip(
        position=np.array(nodes, dtype=np.int64),
        core_node=np.repeat(
            np.array([index[cell] for cell in order], dtype=np.int64), plan.node_cores
        ),
        links=np.array(list(links), dtype=np.int64).reshape(-1, 2),
        router=index[routers[0]],
    )


def _cells(plan: ChipPlan) -> Mapping[Cell, str]:
    """Cell -> letter, without the holes."""
    if len({len(row) for row in plan.rows}) != 1:
        raise PlanError(("plan",), "the rows of the plan differ in length")
    left, bottom = plan.origin
    return {
        (left + column, bottom + len(plan.rows) - 1 - line): letter
        for line, row in enumerate(plan.rows)
        for column, letter in enumerate(row)
        if letter != "."
    }


def _reserved(plan: ChipPlan, cores: int) -> list[int]:
    wrong = [core for core in plan.reserved if core >= cores]
    if wrong:
        raise PlanError(
            ("reserved_cores",), f"core {wrong[0]} is reserved, but a chip has {cores} cores"
        )
    return list(plan.reserved)


def _touching(cells: Sequence[Cell]) -> bool:
    """Whether the cells are one piece."""
    left, frontier = set(cells[1:]), [cells[0]]
    while frontier:
        x, y = frontier.pop()
        for dx, dy in MESH_STEPS:
            neighbour = (x + dx, y + dy)
            if neighbour in left:
                left.remove(neighbour)
                frontier.append(neighbour)
    return not left


def _by_row(cell: Cell) -> Cell:
    return cell[1], cell[0]
