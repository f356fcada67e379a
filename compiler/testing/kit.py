"""What the kits for all kinds of plug-ins have in common."""

from __future__ import annotations

__all__ = ["refuse_overrides"]


def refuse_overrides(theirs: type, kit: type, noun: str) -> None:
    """TypeError if a class has tests of its own by the names of those of the kit."""
    changed = sorted(n for n in vars(theirs) if n.startswith("test_") and n in vars(kit))
    if changed:
        raise TypeError(
            f"{theirs.__name__} overrides {', '.join(changed)} of {kit.__name__}: every {noun} "
            "is asked the same. Give tests of your own other names"
        )
