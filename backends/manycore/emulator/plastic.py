"""Decoding the blocks of a core whose synapses learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.backends.manycore.emulator.content import FileBytes

__all__ = ["PlasticBlock", "read_plastic"]

Integers = NDArray[np.int64]

_DESCRIPTOR = 8


@dataclass(frozen=True, slots=True, eq=False)
class PlasticBlock:
    """The synapses of a block, and everything that its rule is given.

    Parameters
    ----------
    rule
        Its number.
    begin
        int64 (cells + 1,): synapses ``begin[c]`` to ``begin[c + 1]`` are those of cell c.
    target
        int64 (synapses,): neuron of the core.
    parameters
        int64 0-d each.
    traces, states
        int64 (cells,) and (synapses,) each.
    post
        Numbers of the neurons' states that the rule reads.
    listed
        Whether there is a list of the synapses by target.
    """

    rule: int
    begin: Integers
    target: Integers
    parameters: tuple[Integers, ...]
    traces: tuple[Integers, ...]
    states: tuple[Integers, ...]
    post: tuple[int, ...]
    listed: bool


def read_plastic(
    file: FileBytes, words: tuple[int, ...], cells: int, neurons: int, states: int
) -> PlasticBlock:
    """A plastic block.

    Parameters
    ----------
    words
        Words 5 and up of its descriptor.
    cells
        Its source cells.
    neurons, states
        How many the core has, and how many states each of them.
    """
    rule, synapses, begin_at, target_at, posts_at = words[:5]
    parameters_at, traces_at, states_at, post_at, _, counts = words[5:]
    own = [counts >> shift & 0xFF for shift in (0, 8, 16, 24)]
    # every synapse has bytes of its own in the file
    file.need(synapses <= len(file.content), f"{synapses} synapses are more than the file holds")
    width = 2 if synapses < 1 << 16 else 4
    begin = _increasing(file, begin_at, width, cells, synapses)
    target = _below(file, target_at, neurons, synapses)
    if posts_at:
        _check_posts(file, posts_at, width, begin, target, neurons)
    post = file.array(post_at, "<u4", own[3]).tolist()
    file.need(all(number < states for number in post), "a rule reads a state that is not there")
    return PlasticBlock(
        rule,
        begin,
        target,
        tuple(v[0] for v in _values(file, parameters_at, own[0], 1, spread=0)),
        _values(file, traces_at, own[1], cells, spread=1),
        _values(file, states_at, own[2], synapses, spread=1),
        tuple(post),
        bool(posts_at),
    )


def _increasing(file: FileBytes, address: int, width: int, count: int, last: int) -> Integers:
    """Offsets of `count` rows, from 0 to `last`."""
    found = file.array(address, f"<u{width}", count + 1).astype(np.int64)
    sound = found[0] == 0 and found[-1] == last and bool((np.diff(found) >= 0).all())
    file.need(sound, "offsets of a plastic block are damaged")
    return found


def _below(file: FileBytes, address: int, limit: int, count: int) -> Integers:
    """Numbers below `limit`, in as few bytes as hold them."""
    width = 1 if limit <= 1 << 8 else 2 if limit <= 1 << 16 else 4
    found = file.array(address, f"<u{width}", count).astype(np.int64)
    file.need(bool((found < limit).all()), "a plastic block leads beyond what is there")
    return found


def _check_posts(
    file: FileBytes, address: int, width: int, begin: Integers, target: Integers, neurons: int
) -> None:
    """The list by target must be the synapses, each once: what is computed is ordered anew."""
    synapses = len(target)
    offsets = _increasing(file, address, width, neurons, synapses)
    address += _padded(width * (neurons + 1))
    listed = file.array(address, f"<u{width}", synapses).astype(np.int64)
    address += _padded(width * synapses)
    source = _below(file, address, max(1, len(begin) - 1), synapses)
    cell = np.repeat(np.arange(len(begin) - 1), np.diff(begin))
    file.need(bool((np.sort(listed) == np.arange(synapses)).all()), "a synapse is not listed once")
    owner = np.repeat(np.arange(neurons), np.diff(offsets))
    sound = bool((target[listed] == owner).all() and (cell[listed] == source).all())
    file.need(sound, "the synapses of a target are others than those that end on it")


def _values(
    file: FileBytes, address: int, count: int, size: int, *, spread: int
) -> tuple[Integers, ...]:
    found = []
    for n in range(count):
        (place,) = file.array(address + _DESCRIPTOR * n, "<u4", 1).tolist()
        width, own, *rest = file.array(address + _DESCRIPTOR * n + 4, "u1", 4).tolist()
        sound = width in (1, 2, 4, 8) and own == spread and not any(rest)
        file.need(sound, "a descriptor of a plastic block is damaged")
        values: NDArray[Any] = file.array(place, f"<i{width}", size)
        found.append(values.astype(np.int64))
    return tuple(found)


def _padded(size: int) -> int:
    return -(-size // 4) * 4
