"""Names of files, made from names of models."""

from __future__ import annotations

from collections.abc import Container

__all__ = ["file_name"]


def file_name(folder: str, parts: tuple[str, ...], ending: str, taken: Container[str]) -> str:
    """A file of `folder` that is not taken, called after parts of a model.

    What a file name should not have is replaced, and numbered from 2 on what is then the same.
    """
    stem = f"{folder}/{'.'.join(map(_plain, parts))}"
    number, name = 1, stem + ending
    while name in taken:
        number += 1
        name = f"{stem}_{number}{ending}"
    return name


def _plain(name: str) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "_" for c in name[:80])
    return kept or "_"
