"""`Network` to NIR, where NIR can say it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.nir.export_graph import describe
from somac.compiler.nir.raw import RawNode
from somac.ir.errors import Place, SomacError
from somac.ir.network import Network

__all__ = ["to_nir", "write_nir"]


def to_nir(network: Network) -> Any:
    """The network as a `nir.NIRGraph`.

    What NIR leaves open (time step, integrator, reset, comparison, profile) is in the metadata
    of the graph and its nodes, where `load_nir` finds it: it gives the same network again.
    The graph is not type-checked: nir 1.0.8 gets the shape of some convolutions wrong.

    Raises
    ------
    SomacError
        E0156 for everything in the network that NIR cannot say, with the reason.
    """
    import nir

    root = describe(network)
    if root.graph is None:
        raise ValueError("the root of a description is a graph")
    return nir.NIRGraph(
        nodes={name: _node(node) for name, node in root.graph.nodes.items()},
        edges=list(root.graph.edges),
        metadata=dict(root.metadata),
        type_check=False,
    )


def write_nir(network: Network, path: str | os.PathLike[str]) -> None:
    """Write the network to a NIR file, which is there whole or not at all.

    Raises
    ------
    SomacError
        E0156 as `to_nir`; E0157 if the file cannot be written.
    """
    import nir

    graph = to_nir(network)
    place = Path(path)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as folder:
            written = Path(folder) / "model.nir"
            nir.write(written, graph)
            written.replace(place)
    except OSError as error:
        raise SomacError(
            "E0157",
            f"{place} cannot be written: {error.strerror or error}",
            place=Place(file=os.fspath(path)),
        ) from None


def _node(node: RawNode) -> Any:
    """A node of the description as one of the nir library."""
    import nir

    metadata = dict(node.metadata)
    values = {name: _value(value) for name, value in node.parameters.items()}
    match node.type:
        case "Input":
            return nir.Input({"input": values["shape"]}, metadata=metadata)
        case "Output":
            return nir.Output({"output": values["shape"]}, metadata=metadata)
        case "Flatten":
            shape = {"input": values.pop("input_type")}
            return nir.Flatten(shape, **values, metadata=metadata)
        case _:
            return getattr(nir, node.type)(**values, metadata=metadata)


def _value(value: NDArray[Any]) -> Any:
    """An array; a Python number or text where it is 0-d, which nir cannot compress."""
    return value.item() if value.ndim == 0 else np.array(value)
