"""Figures of a target as the files of bundles have them."""

from __future__ import annotations

from typing import Any

from somac.ir.target import Target

__all__ = ["figure_data"]


def figure_data(target: Target) -> dict[str, Any]:
    """``sources``, and ``figures`` by name, each with the number of its source."""
    sources = list(dict.fromkeys(figure.source for figure in target.figures.values()))
    return {
        "sources": sources,
        "figures": {
            name: {
                "value": figure.value,
                "unit": figure.unit,
                "status": figure.status,
                "source": sources.index(figure.source),
            }
            for name, figure in target.figures.items()
        },
    }
