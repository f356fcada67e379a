"""The version of the interface."""

from __future__ import annotations

__all__ = ["API_VERSION"]

API_VERSION = (1, 0)
"""Major and minor version: a backend for 1.x runs with every 1.y where y is at least x."""
