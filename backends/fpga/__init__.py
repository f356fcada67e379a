"""The FPGA backend."""
