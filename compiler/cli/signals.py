"""Signals that end a command as exceptions do, so that what is half-written goes."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

__all__ = ["heed_signals"]

_PATIENCE = 1.0
"""Seconds after Ctrl-C in which it is not heard again: those who press it twice mean it once."""


def heed_signals() -> None:
    """SIGTERM, and SIGHUP of a terminal that was closed, end as Ctrl-C does.

    Those that whoever started us has turned off, as nohup and shells do, stay off.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not every system has all
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _ended)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted())


def _ended(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _interrupted() -> Callable[[int, FrameType | None], None]:
    """Raises KeyboardInterrupt, but not while one may still be cleaning up."""
    quiet_until = 0.0

    def handler(_: int, __: FrameType | None) -> None:
        nonlocal quiet_until
        now = time.monotonic()
        if now >= quiet_until:
            quiet_until = now + _PATIENCE
            raise KeyboardInterrupt

    return handler
