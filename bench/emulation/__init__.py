"""How fast the many-core emulator is, beside simulators of the field in the same run."""
