"""The form of a mapping problem's file, as pydantic models: strict, closed, frozen.

Only `problem.file` sees these; it turns them into a `MappingProblem` at once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["MachineText", "ProblemText"]

_MOST = 2**31 - 1

Index = Annotated[int, Field(ge=0, le=_MOST)]
Amount = Annotated[int, Field(ge=0, le=2**52)]
Keys = Annotated[int, Field(ge=1, le=_MOST)]
Rate = Annotated[float, Field(ge=0, le=1e6)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Cell = tuple[
    Annotated[int, Field(ge=-10_000, le=10_000)], Annotated[int, Field(ge=-10_000, le=10_000)]
]
Core = tuple[Index, Index, Index]


class _Strict(BaseModel):
    """No unknown keys, no conversions, no changes."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class MachineText(_Strict):
    """A target by name, or a board of equal chips, and what of it is broken.

    `plan`, `node_cores`, `rows`, `mesh_hops`, `link_hops` and `host_chip` mean what they mean
    in `targets.yaml`; a board without a plan has chips of one node.
    """

    target: Name | None = None
    plan: tuple[Annotated[str, Field(pattern=r"^[#R@.]{1,1024}$")], ...] = ("@",)
    node_cores: Annotated[int, Field(ge=1, le=1024)] = 1
    rows: tuple[tuple[Index, Index], ...] = ((0, 0),)
    wrapped: bool = False
    mesh_hops: Annotated[int, Field(ge=1, le=1000)] = 1
    link_hops: Annotated[int, Field(ge=1, le=1000)] = 1
    host_chip: Cell = (0, 0)
    capacity: dict[Name, Amount] = {}
    router_entries: Amount = 1024
    dead_cores: tuple[Core, ...] = ()
    dead_links: tuple[tuple[Cell, Cell], ...] = ()
    dead_ways: tuple[tuple[Cell, Cell, Cell], ...] = ()


class SlicesText(_Strict):
    """How many, and what each takes: one amount for all, or one each."""

    count: Index
    demand: dict[Name, Amount | tuple[Amount, ...]] = {}
    sharing: bool = True


class NetsText(_Strict):
    """Column by column: the sender (-1 is the host), spikes per tick, keys, and the receivers."""

    source: tuple[Annotated[int, Field(ge=-1, le=_MOST)], ...] = ()
    rate: tuple[Rate, ...] | Rate = 1.0
    keys: Keys | tuple[Keys, ...] = 1
    targets: tuple[tuple[Index, ...], ...] = ()


class ConstraintsText(_Strict):
    """See `problem.model.Constraints`; a core is the x and y of its chip, and its number."""

    together: tuple[tuple[Index, ...], ...] = ()
    apart: tuple[tuple[Index, ...], ...] = ()
    pins: tuple[tuple[Index, Core], ...] = ()
    reserved: tuple[Core, ...] = ()


class ProblemText(_Strict):
    """A whole file."""

    form: Literal["mapping-problem"] = Field(alias="somac")
    version: Literal[1]
    name: Name = "problem"
    machine: MachineText
    slices: SlicesText
    nets: NetsText = NetsText()
    constraints: ConstraintsText = ConstraintsText()
    objective: Literal["unicast", "multicast"] = "unicast"
