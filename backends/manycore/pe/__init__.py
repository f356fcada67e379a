"""The program of a core, in C: the runtime beside this file, and a source per neuron program and
learning rule.

The C reads memory images as `docs/reference/bundle.md` describes them, needs no library, and knows
nothing of the machine it runs on; those of `somac.backends.manycore.machines` are in `host` and
`cortex_m4`.
"""

from somac.backends.manycore.pe.rule_source import rule_source
from somac.backends.manycore.pe.source import program_source, source_name

__all__ = ["program_source", "rule_source", "source_name"]
