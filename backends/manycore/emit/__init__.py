"""Writing a program: memory images, routing tables, neuron programs, experiment, report."""

from somac.backends.manycore.emit.program import emit

__all__ = ["emit"]
