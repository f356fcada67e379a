"""From a mapped network to SystemVerilog, memory images and the description of both."""

from somac.backends.fpga.emit.program import design_of, emit, written

__all__ = ["design_of", "emit", "written"]
