"""CP-SAT that Ctrl-C can end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["solve_interruptibly"]


def solve_interruptibly(solver: Any, model: Any) -> Any:
    """``solver.solve(model)`` of OR-Tools, but a signal ends it at once as it ends other work.

    By itself the solver takes Ctrl-C for a wish to see the best solution so far: the work
    would go on, with a result that depends on when the key was pressed. And a handler of
    Python's only runs when the main thread is back from C, so another thread waits there.
    """
    solver.parameters.catch_sigint_signal = False
    with ThreadPoolExecutor(max_workers=1) as pool:
        solving = pool.submit(solver.solve, model)
        try:
            return solving.result()
        except BaseException:
            solver.stop_search()
            raise
