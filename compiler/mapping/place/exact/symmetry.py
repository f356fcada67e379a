"""Symmetries of a machine: placements that are as good as each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance

__all__ = ["representatives", "stabiliser", "symmetries"]


def symmetries(instance: Instance) -> NDArray[np.int64]:
    """Ways to turn and mirror the plan that change no cost, the identity first.

    Each candidate is tried on the hops of every pair of places, on their room and on the way
    from the host. Those that pass form a group, as the candidates do.

    Returns
    -------
    int64 (symmetries, places): the place that each place goes to.
    """
    hops, room = instance.hops, instance.room
    host = instance.host_hops if instance.host_traffic.any() else np.zeros_like(room)
    found = [np.arange(instance.places)]
    for image in _candidates(instance):
        same = (room[image] == room).all() and (host[image] == host).all()
        if same and (hops[np.ix_(image, image)] == hops).all():
            found.append(image)
    return np.unique(np.array(found), axis=0)


def _candidates(instance: Instance) -> Iterator[NDArray[np.int64]]:
    """The eight symmetries of a square that map the plan onto itself."""
    x, y = instance.plan.x[:-1], instance.plan.y[:-1]
    if instance.places == 0:
        return
    x, y = x - x.min(), y - y.min()
    wide, high = int(x.max()), int(y.max())
    number = {at: place for place, at in enumerate(zip(x.tolist(), y.tolist(), strict=True))}
    if len(number) < instance.places:
        return
    for turned in (False, True):
        for left in (False, True):
            for down in (False, True):
                first = wide - x if left else x
                second = high - y if down else y
                pair = (second, first) if turned else (first, second)
                ends = zip(pair[0].tolist(), pair[1].tolist(), strict=True)
                image = np.array([number.get(at, -1) for at in ends])
                if (image >= 0).all():
                    yield image


def stabiliser(group: NDArray[np.int64], place: int) -> NDArray[np.int64]:
    """The symmetries that leave a place where it is."""
    return np.asarray(group[group[:, place] == place])


def representatives(group: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool (places,): the first of all places that are alike."""
    return np.asarray(group.min(axis=0) == np.arange(group.shape[1]))
