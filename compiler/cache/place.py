"""Where the cache is and how large it may be, as the environment says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from somac.ir.errors import SomacError

__all__ = ["DEFAULT_BYTES", "cache_bytes", "cache_folder", "given_bytes", "parse_bytes"]

DEFAULT_BYTES = 1 << 30
"""What entries may take where SOMAC_CACHE_SIZE does not say it."""

_SIZE = re.compile(r"([0-9]{1,15})(\.[0-9]{1,6})?\s*([KMGT]?)(i?B)?", re.ASCII | re.IGNORECASE)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """SOMAC_CACHE_DIR, else a folder of ours in XDG_CACHE_HOME, else in ~/.cache.

    Raises
    ------
    RuntimeError
        If there is no home.
    """
    own = environment.get("SOMAC_CACHE_DIR", "")
    if own:
        return Path(own).expanduser().absolute() / "compiled"
    chosen = environment.get("XDG_CACHE_HOME", "")
    # the XDG base directory specification: a path that is not absolute counts as none
    base = Path(chosen) if os.path.isabs(chosen) else Path("~/.cache").expanduser()
    return base / "somac" / "compiled"


def cache_bytes(environment: Mapping[str, str] = os.environ) -> int:
    """SOMAC_CACHE_SIZE in bytes; SomacError E0941 if that is no size."""
    given = environment.get("SOMAC_CACHE_SIZE", "").strip()
    if not given:
        return DEFAULT_BYTES
    return given_bytes(given, "SOMAC_CACHE_SIZE", "; 0 keeps nothing")


def given_bytes(text: str, name: str, more: str = "") -> int:
    """`parse_bytes` of what the user gave by that name; SomacError E0941 if that is no size."""
    size = parse_bytes(text)
    if size is None:
        need = f"a number of bytes, or one of K, M, G or T, such as 500M{more}"
        raise SomacError("E0941", f"{name} is no size", have=repr(text), need=need)
    return size


def parse_bytes(text: str) -> int | None:
    """Bytes from a text such as ``500M`` or ``1.5 GiB``, units being powers of 1024."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        return None
    whole, part, unit, _ = found.groups()
    return int(float(whole + (part or "")) * (1 << _UNITS[unit.upper()]))
