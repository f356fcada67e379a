"""Which projections go to arrays, as what matrices, and through which converters."""

from somac.backends.crossbar.choice.decide import Choice, choose

__all__ = ["Choice", "choose"]
