"""Names of files, made from names of models."""

from __future__ import annotations

from collections.abc import Container

__all__ = ["plain", "unused"]


def plain(name: str) -> str:
    """The name with everything replaced that a file name should not have."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name[:80])


def unused(stem: str, taken: Container[str], ending: str) -> str:
    """The stem, or with the first number from 2 on with which the file is not taken."""
    number, name = 1, stem
    while name + ending in taken:
        number += 1
        name = f"{stem}_{number}"
    return name
