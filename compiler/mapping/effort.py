"""How hard mapping tries, in one number for all its stages, and by which placer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from somac.compiler.mapping.place import DEFAULT_PLACER

if TYPE_CHECKING:
    from somac.compiler.mapping.placed import Note
    from somac.compiler.mapping.solve import SolveOptions
    from somac.ir.progress import Tell

__all__ = ["DEFAULT_LEVEL", "Effort", "Level"]

Level = Literal[0, 1, 2, 3]

DEFAULT_LEVEL: Level = 2


@dataclass(frozen=True, slots=True)
class Effort:
    """Limits of work, not of time: the same problem gives the same result everywhere.

    Parameters
    ----------
    level
        0 a quick result, 1 a good one, 2 better than what other tools find, 3 as good as it
        gets.
    seed
        Of the random choices.
    time_limit
        Seconds after which the searches for a partition and a placement end with what they
        have. With it, the result may depend on the machine.
    placer
        The name of the placer.
    """

    level: Level = DEFAULT_LEVEL
    seed: int = 0
    time_limit: float | None = None
    placer: str = DEFAULT_PLACER

    def options(self, progress: Tell | None = None, note: Note | None = None) -> SolveOptions:
        """Options for all stages; `progress` hears of better partitions and placements."""
        from somac.compiler.mapping.partition.problem import PartitionOptions
        from somac.compiler.mapping.solve import SolveOptions
        from somac.ir.placement import EFFORT_WORK, PlaceOptions

        return SolveOptions(
            partition=PartitionOptions(
                effort=self.level,
                seed=self.seed,
                time_limit=self.time_limit,
                progress=progress,
            ),
            placer=self.placer,
            note=note,
            place=PlaceOptions(
                work=EFFORT_WORK[self.level],
                seed=self.seed,
                time_limit=self.time_limit,
                progress=progress,
            ),
        )
