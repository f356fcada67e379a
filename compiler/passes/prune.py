"""The pass that leaves out the smallest weights, so that every lane keeps as many as any other.

A sparse engine of P processing elements holds target cell j in lane j mod P. Its lanes work side by
side, and a matrix takes as long as its fullest lane. Pruned by one threshold for the whole matrix,
lanes with larger weights keep more of them; load-balance-aware pruning (Han et al. 2017, ESE)
takes the largest of each lane instead, the same number in all.

What pruning costs in accuracy, training mends: retraining is the framework's business, and weights
that come pruned already are left as they are by a density that keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from somac.ir.connectivity import Connectivity, Dense, Sparse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.network import Network, Projection

__all__ = ["PruneOptions", "Pruned", "PrunedProjection", "prune", "prune_matrix"]


@dataclass(frozen=True, slots=True)
class PruneOptions:
    """What to keep of every matrix, and for how many lanes to balance it.

    Parameters
    ----------
    density
        The fraction of the weights that is kept, above 0 and at most 1.
    lanes
        P: target cell j is held by lane j mod P.
    balanced
        The same number in every lane; else the largest of the whole matrix, wherever they are.
    """

    density: float
    lanes: int = 1
    balanced: bool = True


@dataclass(frozen=True, slots=True)
class PrunedProjection:
    """What became of a matrix.

    Parameters
    ----------
    name
        Of the projection.
    weights, kept
        Number of weights before, and of those that are left.
    least, most
        Of those, in the lane that has fewest and in the one that has most.
    lanes
        How many there are.
    """

    name: str
    weights: int
    kept: int
    least: int
    most: int
    lanes: int

    @property
    def density(self) -> float:
        """The fraction that is left."""
        return self.kept / self.weights

    @property
    def balance(self) -> float:
        """Mean work of a lane over that of the fullest: 1 if all have the same."""
        return self.kept / (self.lanes * self.most) if self.most else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Pruned:
    """The network after the pass, and what became of each matrix that it pruned."""

    network: Network
    report: tuple[PrunedProjection, ...]


def prune(
    network: Network,
    density: float | Mapping[str, float],
    lanes: int = 1,
    *,
    balanced: bool = True,
) -> Pruned:
    """Keep the largest weights of every projection that is a matrix and does not learn.

    Dense projections become sparse ones; convolutions, pools, random devices and synapses given
    one by one are left alone.

    Parameters
    ----------
    density
        The fraction to keep, of all matrices or by name; those that are not named stay whole.
    lanes, balanced
        See `PruneOptions`.

    Raises
    ------
    SomacError
        E0411 for a density or number of lanes that is none, E0412 where there is no matrix.
    """
    matrices = {p.name: p for p in network.projections if _prunable(p)}
    wanted = dict(density) if isinstance(density, Mapping) else dict.fromkeys(matrices, density)
    found = [*_problems(wanted, matrices, lanes)]
    if not matrices:
        found.append(
            Diagnostic(
                "E0412",
                f"network {network.name} has no matrix that could be pruned",
                have=", ".join(p.name for p in network.projections) or "no projection",
                need="a dense projection that does not learn and is no random device",
            )
        )
    if found:
        raise SomacError.of(found)
    projections, report = [], []
    for p in network.projections:
        if p.name not in wanted:
            projections.append(p)
            continue
        assert isinstance(p.connectivity, Dense)
        weight = p.connectivity.weight
        kept = prune_matrix(weight, wanted[p.name], lanes, balanced=balanced)
        projections.append(replace(p, connectivity=_sparse(np.where(kept, weight, 0.0))))
        report.append(_report(p.name, kept, lanes))
    return Pruned(replace(network, projections=tuple(projections)), tuple(report))


def prune_matrix(
    weight: NDArray[np.float64], density: float, lanes: int = 1, *, balanced: bool = True
) -> NDArray[np.bool_]:
    """Which weights are kept: (target, source), as `weight`.

    Of all, the nearest integer to `density` times their number, but at least one; balanced, the
    lanes share it evenly, rounded to the nearest, and no more than the smallest lane has. Of equals
    the first in the order of rows is kept. A weight of 0 is never kept.
    """
    kept = np.zeros(weight.shape, np.bool_)
    total = max(1.0, density * weight.size)
    if balanced:
        smallest = (weight.shape[0] // lanes) * weight.shape[1]
        each = min(smallest, max(1, int(np.rint(total / lanes))))
        for lane in range(lanes):
            kept[lane::lanes] = _largest(weight[lane::lanes], each)
    else:
        kept = _largest(weight, int(np.rint(total)))
    kept &= weight != 0
    return kept


def _largest(weight: NDArray[np.float64], number: int) -> NDArray[np.bool_]:
    order = np.argsort(-np.abs(weight).ravel(), kind="stable")
    kept = np.zeros(weight.size, np.bool_)
    kept[order[:number]] = True
    return kept.reshape(weight.shape)


def _prunable(p: Projection) -> bool:
    return isinstance(p.connectivity, Dense) and p.plasticity is None and p.device is None


def _sparse(weight: NDArray[np.float64]) -> Connectivity:
    target, source = np.nonzero(weight)
    return Sparse.from_coordinates(
        source, target, weight[target, source], None, (weight.shape[1], weight.shape[0])
    )


def _report(name: str, kept: NDArray[np.bool_], lanes: int) -> PrunedProjection:
    loads = np.bincount(np.arange(len(kept)) % lanes, kept.sum(axis=1), lanes).astype(np.int64)
    return PrunedProjection(
        name, kept.size, int(kept.sum()), int(loads.min()), int(loads.max()), lanes
    )


def _problems(
    wanted: Mapping[str, float], matrices: Mapping[str, Projection], lanes: int
) -> Iterator[Diagnostic]:
    for name in wanted:
        if name not in matrices:
            yield Diagnostic(
                "E0412",
                f"there is no matrix {name!r} that could be pruned",
                have=", ".join(matrices) or "none",
            )
    for density in dict.fromkeys(wanted.values()):
        if not 0 < density <= 1:
            yield Diagnostic(
                "E0411", f"a density of {density}", need="a fraction, above 0 and at most 1"
            )
    if lanes < 1:
        yield Diagnostic("E0411", f"{lanes} lanes", need="1 or more")
        return
    for p in matrices.values():
        if p.name in wanted and p.connectivity.target_size < lanes:
            yield Diagnostic(
                "E0411",
                f"projection {p.name} has fewer target cells than lanes",
                Place(node=p.name),
                have=f"{p.connectivity.target_size} cells",
                need=f"{lanes}, one for each lane",
                hint="take fewer lanes",
            )
