"""Two compiled models compared field by field, for those who review what a change does."""

from somac.compiler.diff.bundles import BundleDiff, Side, diff

__all__ = ["BundleDiff", "Side", "diff"]
