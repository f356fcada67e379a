"""The crossbar backend: matrices on arrays of memory cells, converters, digital neurons."""
