"""Benchmarks of mapping: `python -m bench.mapping`."""
