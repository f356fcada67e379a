"""Local search on placements: descent for any size, tabu search for small ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from somac.compiler.mapping.place.instance import Instance
from somac.compiler.mapping.place.state import State

__all__ = ["descend", "tabu_search"]

WORST = np.int64(1 << 62)


def descend(instance: Instance, at: NDArray[np.int64], sweeps: int) -> NDArray[np.int64]:
    """Improve by the best move or swap of one slice after the other.

    Parameters
    ----------
    instance
        The problem.
    at
        int64 (slices,): the start.
    sweeps
        Passes over all slices, at most; it ends sooner where no slice can improve.

    Returns
    -------
    int64 (slices,); never worse than the start.
    """
    state = State(instance, at)
    every = np.arange(instance.slices)
    for _ in range(sweeps):
        improved = False
        for part in np.flatnonzero(state.mobile).tolist():
            here = int(state.at[part])
            own = state.price[part, here]
            moves = np.where(state.room > 0, state.price[part] - own, WORST)
            swaps = state.price[part, state.at] - own
            swaps += state.price[:, here] - state.price[every, state.at]
            others, weight = state.neighbours(part)
            swaps[others] += weight * state.round_trip[here, state.at[others]]
            swaps[~state.mobile] = WORST
            place, other = int(np.argmin(moves)), int(np.argmin(swaps))
            if min(moves[place], swaps[other]) >= 0:
                continue
            if moves[place] <= swaps[other]:
                state.move(part, place)
            else:
                state.swap(part, other)
            improved = True
        if not improved:
            break
    return state.at


def tabu_search(
    instance: Instance, at: NDArray[np.int64], steps: int, seed: int, target: int = 0
) -> NDArray[np.int64]:
    """Improve past local optima: the best move or swap each step, none undone for a while.

    Robust tabu search (E. Taillard, Parallel Computing 17, 1991), for places with room for
    several slices. Each step looks at every move and every swap: for hundreds of slices.

    Parameters
    ----------
    instance
        The problem.
    at
        int64 (slices,): the start.
    steps
        Moves or swaps made, at most.
    seed
        Of the random lengths of tabus.
    target
        A cost that is good enough to stop: a lower bound.

    Returns
    -------
    int64 (slices,): the best placement met, never worse than the start.
    """
    state = State(instance, at)
    slices, places = instance.slices, instance.places
    every = np.arange(slices)
    both = (instance.traffic + instance.traffic.T).toarray()
    cost = best_cost = instance.cost(state.at)
    best = state.at.copy()
    until = np.zeros((slices, places), dtype=np.int64)
    still = ~state.mobile
    # raw bits: their stream is guaranteed, that of the generator's methods is not
    bits = np.random.PCG64(seed)
    for step in range(1, steps + 1):
        if best_cost <= target:
            break
        barred = until > step
        own = state.price[every, state.at]
        moves = state.price - own[:, None]
        moves[:, state.room <= 0] = WORST
        moves[every, state.at] = WORST
        moves[still] = WORST
        moves[barred & (cost + moves >= best_cost)] = WORST

        away = state.price[:, state.at] - own[:, None]
        swaps = away + away.T + both * state.round_trip[state.at[:, None], state.at[None, :]]
        swaps[state.at[:, None] == state.at[None, :]] = WORST
        swaps[still] = WORST
        swaps[:, still] = WORST
        kept = barred[:, state.at]
        swaps[kept & kept.T & (cost + swaps >= best_cost)] = WORST

        move, swap = int(np.argmin(moves)), int(np.argmin(swaps))
        gain = min(moves.flat[move], swaps.flat[swap])
        if gain >= WORST:
            continue
        pause = slices // 2 + int(bits.random_raw()) % (slices + 8)
        if moves.flat[move] <= swaps.flat[swap]:
            part, place = divmod(move, places)
            until[part, state.at[part]] = step + pause
            state.move(part, place)
        else:
            part, other = divmod(swap, slices)
            until[part, state.at[part]] = until[other, state.at[other]] = step + pause
            state.swap(part, other)
        cost += int(gain)
        if cost < best_cost:
            best_cost, best = cost, state.at.copy()
    return best
