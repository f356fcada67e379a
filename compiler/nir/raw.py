"""What a NIR file holds, as plain immutable values: structure and numbers, no meaning.

Types are strings (an unknown one passes), parameters are read-only arrays by name. What a
node means, whether a parameter is missing and whether shapes agree is the importer's matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from somac.ir.errors import Diagnostic

__all__ = ["MetadataValue", "RawFile", "RawGraph", "RawNode"]

MetadataValue = int | float | str | bool | NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class RawNode:
    """A node as it stands in the file.

    Parameters
    ----------
    path
        Where it is in the file, e.g. ``/node/nodes/lif1``.
    type
        The text of its ``type`` dataset, not empty.
    parameters
        Every other dataset of the node, by name order: read-only arrays, 0-d for scalars;
        bool, int8 to int64, uint8 to uint64, float16 to float64 (little-endian, all finite)
        or, for text such as the padding ``same``, ``str``.
    metadata
        The ``metadata`` group: Python scalars, or read-only arrays as above. The entries of
        a group inside it are named ``group/entry``.
    graph
        The inner graph of a node of type ``NIRGraph``, else None.
    """

    path: str
    type: str
    parameters: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, MetadataValue]
    graph: RawGraph | None = None


@dataclass(frozen=True, slots=True, eq=False)
class RawGraph:
    """Nodes by name and edges between names.

    Parameters
    ----------
    nodes
        In order of creation where the file tracks it, else in HDF5's order, which is that of
        the names' bytes (``10`` before ``2``).
    edges
        ``(source, destination)`` in the order of the file, duplicates kept; a name need not
        be in `nodes`.
    """

    nodes: Mapping[str, RawNode]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RawFile:
    """A NIR file.

    Parameters
    ----------
    path
        The file's path as it was given.
    version
        The version of the nir library that wrote it, as it says, or None.
    root
        The node ``/node``, of type ``NIRGraph``.
    sha256
        Digest of exactly the bytes the values were read from, in hexadecimal.
    notes
        What was left out or looked odd: warnings and notes, no errors.
    """

    path: str
    version: str | None
    root: RawNode
    sha256: str
    notes: tuple[Diagnostic, ...] = ()

    @property
    def graph(self) -> RawGraph:
        """The graph of the root node."""
        if self.root.graph is None:
            raise ValueError("the root of a RawFile is a graph")
        return self.root.graph
