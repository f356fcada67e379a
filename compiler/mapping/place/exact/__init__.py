"""Exact placement with a proof, for few slices."""

from somac.compiler.mapping.place.exact.branch import Proven, branch_and_bound, is_small

__all__ = ["Proven", "branch_and_bound", "is_small"]
