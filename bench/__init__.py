"""Benchmarks: each against a peer or a stated limit, in the same run (`bench/RESULTS.md`)."""
