"""The placers of somac, and what all placements are judged by."""

__all__ = ["DEFAULT_PLACER"]

DEFAULT_PLACER = "cpsat"
"""The name of the one that is used where none is chosen."""
