"""A small compiled model as an entry of the cache, and models that compile soon."""

from __future__ import annotations

from somac.compiler.cache import Entry
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.program import Program

KEY, OTHER = "ab" * 32, "cd" * 32

NOTE = Diagnostic(
    "E0911",
    "--compare does nothing \x1b",
    Place("a b.snn", 3, 4, "node", "text"),
    have="this",
    need="that",
    hint="leave it",
    severity=Severity.WARNING,
)

TEXT = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes
population out[{cells}]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
projection x -> out: dense(uniform(-0.2, 1), seed = 1)
output out
"""


def entry(seed: int = 0, size: int = 200) -> Entry:
    """Different for each seed; compresses badly."""
    from numpy.random import default_rng

    content = default_rng(seed).bytes(size)
    files = {"golden/a.npy": content, "empty": b"", "report.json": b"{}"}
    program = Program("manycore", f"target {seed}", files)
    return Entry(program, ((NOTE,), (), (Diagnostic("E0101", "x"), NOTE)), {"view.json": content})


def same(a: Entry, b: Entry) -> bool:
    """Whether two entries hold the same."""
    return (a.program.backend, a.program.target, dict(a.program.files)) == (
        b.program.backend,
        b.program.target,
        dict(b.program.files),
    ) and (a.notes, dict(a.accounts)) == (b.notes, dict(b.accounts))
