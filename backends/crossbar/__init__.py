"""The crossbar backend: arrays of resistive memory cells."""
