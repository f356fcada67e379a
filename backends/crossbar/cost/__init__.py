"""What a step of the model takes, from a bundle alone: `docs/reference/crossbar-costs.md`.

Counts (`work`) from rates and tables, formulas (`sheet`) over counts and figures (`reading`).
"""

from somac.backends.crossbar.cost.model import costs

__all__ = ["costs"]
