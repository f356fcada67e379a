"""From a mapped network to SystemVerilog, memory images and the description of both."""

from somac.backends.fpga.emit.program import emit

__all__ = ["emit"]
