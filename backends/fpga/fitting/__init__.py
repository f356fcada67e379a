"""Chooses the lanes of engines: as fast as a share of the part allows, or as small as is fast
enough."""

from somac.backends.fpga.fitting.choose import Goal, fitted, folding_for, require_room

__all__ = ["Goal", "fitted", "folding_for", "require_room"]
