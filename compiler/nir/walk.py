"""The walk over an untrusted NIR file: what is there, and whether all of it may be read.

Runs in the reading process only, which is why h5py is imported at the top. Nothing but text
is read here; arrays are put down to be read once the whole file was found sound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from h5py import h5f, h5g

from somac.compiler.nir.admit import Dataset
from somac.compiler.nir.guard import Guard, Member, Opened, StopError
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.text import checked_name
from somac.ir.errors import Diagnostic, Severity, SomacError

__all__ = ["Survey", "survey"]

Tree = dict[str, Any]
"""JSON, in the form of `somac.compiler.nir.wire`."""

_GRAPH = "NIRGraph"
_AGAIN = "export the model again with nir.write(path, graph)"


@dataclass(frozen=True, slots=True)
class Survey:
    """A file that was found sound: its tree, and the arrays to be read for it, in order."""

    version: str | None
    root: Tree
    arrays: tuple[Dataset, ...]
    notes: tuple[Diagnostic, ...]


def survey(file: h5f.FileID, file_bytes: int, limits: Limits) -> Survey:
    """Walk a NIR file.

    Parameters
    ----------
    file
        The open file.
    file_bytes
        Its size, which bounds what it may expand to.
    limits
        What it may cost.

    Raises
    ------
    SomacError
        With every refusal found, up to `limits.reports`.
    """
    walk = _Walk(Guard(limits))
    version: str | None = None
    root: Tree | None = None
    try:
        version = walk.version(file)
        root = walk.root(file)
        walk.check_sizes(file_bytes)
    except StopError:
        root = None
    if root is None or walk.guard.refused:
        raise SomacError.of(walk.guard.refused)
    return Survey(version, root, tuple(walk.arrays), tuple(walk.guard.notes))


@dataclass(slots=True)
class _Walk:
    """The shape of a NIR file, seen through a guard."""

    guard: Guard
    arrays: list[Dataset] = field(default_factory=list)
    edge_count: int = 0

    def version(self, file: h5f.FileID) -> str | None:
        """The text of /version, None where there is none."""
        member = self.guard.attempt(lambda: self.guard.top(file, "version"))
        return None if member is None else self.text(file, member)

    def root(self, file: h5f.FileID) -> Tree | None:
        """The tree of /node."""
        before = len(self.guard.refused)
        member = self.guard.attempt(lambda: self.guard.top(file, "node"))
        if member is None and len(self.guard.refused) > before:
            return None
        if member is None or not member.is_group:
            raise self.guard.stop(
                "E0108",
                "there is no group /node: this HDF5 file is not a NIR file",
                "/",
                need="a file written by nir.write",
                hint=_AGAIN,
            )
        tree = self.node(file, member, depth=1)
        if tree is not None and tree["type"] != _GRAPH:
            raise self.guard.stop(
                "E0108",
                f"/node is a single node of type {tree['type']}, not a graph",
                "/node",
                need=f"type {_GRAPH}",
                hint="wrap the node in a graph: nir.NIRGraph.from_list([node])",
            )
        return tree

    def node(self, parent: Any, member: Member, depth: int) -> Tree | None:
        """The tree of a node's group; None if it could not be read at all."""
        group = self.guard.group(parent, member, depth)
        if group is None:
            return None
        members = self.guard.members(group, member.path)
        type_ = self.type(group, members, member.path)
        if type_ is None:
            return None
        is_graph = type_ == _GRAPH
        tree: Tree = {"type": type_, "parameters": {}, "metadata": {}, "graph": None}
        for child in members.values():
            if child.name == "type" or (is_graph and child.name in ("nodes", "edges")):
                continue
            if child.name == "metadata" and child.is_group:
                self.metadata(group, child, depth + 1, "", tree["metadata"])
            elif child.is_group:
                self.guard.note(
                    "E0129",
                    f"the group {child.path} is left out: NIR has no group there",
                    child.path,
                    Severity.WARNING,
                )
            else:
                self.value(group, child, child.name, tree["parameters"], layout=False)
        if is_graph:
            tree["graph"] = self.graph(group, members, member.path, depth)
        return tree

    def type(self, group: h5g.GroupID, members: dict[str, Member], path: str) -> str | None:
        """The text of a node's ``type``."""
        before = len(self.guard.refused)
        member = members.get("type")
        text = None if member is None else self.text(group, member)
        if text:
            return self.guard.attempt(
                lambda: checked_name(text.encode(), f"{path}/type", self.guard.limits)
            )
        if len(self.guard.refused) == before:
            self.guard.refuse(
                "E0109",
                f"the node {path} has no type",
                path,
                have=f"{', '.join(members) or 'nothing'}"[:200],
                need="a dataset called type, e.g. LIF",
                hint=_AGAIN,
            )
        return None

    def graph(
        self, group: h5g.GroupID, members: dict[str, Member], path: str, depth: int
    ) -> Tree | None:
        """The nodes and edges of a graph's group."""
        holder = members.get("nodes")
        if holder is None or not holder.is_group:
            self.guard.refuse(
                "E0108",
                f"the graph {path} has no group of nodes",
                path,
                need=f"a group {path}/nodes",
                hint=_AGAIN,
            )
            return None
        nodes: Tree = {}
        inner = self.guard.group(group, holder, depth + 1)
        if inner is not None:
            for child in self.guard.members(inner, holder.path).values():
                if child.is_group:
                    nodes[child.name] = self.node(inner, child, depth + 2)
                else:
                    self.guard.refuse(
                        "E0122", f"the node {child.path} is a dataset, not a group", child.path
                    )
        return {"nodes": nodes, "edges": self.edges(group, members.get("edges"), path)}

    def edges(self, group: h5g.GroupID, member: Member | None, path: str) -> list[list[str]] | None:
        """Pairs of names."""
        if member is None:
            self.guard.note("E0129", f"the graph {path} has no edges", path, Severity.WARNING)
            return []
        opened = self.guard.dataset(group, member)
        if opened is None:
            return None
        info = opened.info
        shape = info.shape or ()
        if info.size == 0:  # h5py writes an empty list as float64 of shape (0,)
            return []
        if info.dtype != "S" or len(shape) != 2 or shape[1] != 2:
            self.guard.refuse(
                "E0110",
                f"{member.path} does not hold pairs of names",
                member.path,
                have=_described(opened),
                need="shape (n, 2), text",
                hint=_AGAIN,
            )
            return None
        self.edge_count += shape[0]
        if self.edge_count > self.guard.limits.edges:
            raise self.guard.stop(
                "E0117",
                f"with {member.path} the file has too many edges",
                member.path,
                have=f"{self.edge_count:,} edges",
                need=f"at most {self.guard.limits.edges:,}",
            )
        ends = self.guard.texts(opened)
        if ends is None:
            return None
        for end in dict.fromkeys(ends):
            self.guard.attempt(partial(checked_name, end.encode(), info.path, self.guard.limits))
        return [list(pair) for pair in zip(ends[::2], ends[1::2], strict=True)]

    def metadata(
        self, parent: h5g.GroupID, member: Member, depth: int, prefix: str, into: Tree
    ) -> None:
        """Entries of a metadata group, those of inner groups as ``group/entry``."""
        group = self.guard.group(parent, member, depth)
        if group is None:
            return
        for child in self.guard.members(group, member.path).values():
            if child.is_group:
                self.metadata(group, child, depth + 1, f"{prefix}{child.name}/", into)
            else:
                self.value(group, child, prefix + child.name, into, layout=True)

    def value(
        self, group: h5g.GroupID, member: Member, name: str, into: Tree, *, layout: bool
    ) -> None:
        """One dataset: text is read, numbers are put down to be read."""
        opened = self.guard.dataset(group, member)
        if opened is None:
            return
        info = opened.info
        if info.shape is None:
            message = f"{info.path} holds nothing and is left out"
            self.guard.note("E0129", message, info.path, Severity.NOTE)
        elif info.dtype == "S":
            texts = self.guard.texts(opened, layout=layout, as_array=True)
            into[name] = {"texts": texts, "shape": info.shape}
        else:
            if info.size and not info.stored:
                self.guard.note(
                    "E0130",
                    f"{info.path} declares shape {info.shape} but stores no data: it reads as "
                    "its fill value",
                    info.path,
                    Severity.WARNING,
                )
            into[name] = len(self.arrays)
            self.arrays.append(info)

    def text(self, parent: Any, member: Member) -> str | None:
        """The one string of a dataset."""
        opened = self.guard.dataset(parent, member)
        if opened is None:
            return None
        if opened.info.dtype != "S" or opened.info.size != 1:
            self.guard.refuse(
                "E0111",
                f"{member.path} is not one string",
                member.path,
                have=_described(opened),
                need="one string",
            )
            return None
        texts = self.guard.texts(opened)
        return None if texts is None else texts[0]

    def check_sizes(self, file_bytes: int) -> None:
        """Check what all arrays unpack to against the limits."""
        total = sum(info.nbytes for info in self.arrays)
        limits = self.guard.limits
        if total <= min(limits.logical_bytes, limits.unpacked_of(file_bytes)):
            return
        largest = max(self.arrays, key=lambda info: info.nbytes)
        have = f"{total:,} bytes unpacked; {largest.path} has shape {largest.shape}"
        if total > limits.logical_bytes:
            self.guard.refuse(
                "E0118",
                "the file declares more data than a model may have",
                largest.path,
                have=have,
                need=f"at most {limits.logical_bytes:,} bytes",
            )
        else:
            self.guard.refuse(
                "E0119",
                f"the file grows {total / file_bytes:,.0f} times when it is unpacked",
                largest.path,
                have=f"{have}; {file_bytes:,} bytes stored",
                need=f"at most {limits.unpacked_of(file_bytes):,} bytes: {limits.expansion:,} "
                f"times the file, and no more than {limits.expanded_bytes:,} bytes beyond it",
                hint="if you trust the file, read it with wider Limits",
            )


def _described(opened: Opened) -> str:
    info = opened.info
    return f"shape {info.shape}, {'text' if info.dtype == 'S' else info.dtype}"
