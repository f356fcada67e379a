"""Pictures of a bundle for people: which block is where, and what cells conduct."""

from somac.backends.crossbar.pictures.draw import pictures

__all__ = ["pictures"]
