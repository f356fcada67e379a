"""The emulator of the sparse engine: from its files alone, bit for bit and cycle for cycle."""
