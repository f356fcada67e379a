"""Simulators of hardware designs: Verilator, Icarus Verilog and CXXRTL, behind one interface.

They know nothing of networks. What is simulated has a module `sim` with streams in, streams out
and probes; what it did comes back with the cycle of each thing, the same from all of them.
"""
