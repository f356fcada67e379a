"""What devices do to conductances and currents: pure functions on arrays of integers."""
