"""What is kept of a compile, so that a command can say the same without one."""

from __future__ import annotations

from somac.compiler.cache import Entry
from somac.compiler.cache.account import account_bytes
from somac.compiler.checks.known import KNOWN, known_of
from somac.compiler.cli.views.compiled import COMPILED, compiled_view
from somac.compiler.load import Loaded
from somac.compiler.pipeline import Compiled
from somac.compiler.record.build import build_to
from somac.ir.program import BUILD_INFO

__all__ = ["entry_of"]


def entry_of(loaded: Loaded, compiled: Compiled) -> Entry:
    """The bundle, what was told of the model and of compiling it, and what commands say of it."""
    accounts = {
        COMPILED: account_bytes(compiled_view(compiled, "")),
        BUILD_INFO: build_to(compiled.build),
        KNOWN: account_bytes(known_of(compiled)),
    }
    return Entry(compiled.program, (loaded.notes, compiled.notes), accounts)
