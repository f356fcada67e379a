"""What compiled code of more than one emulator is made of. Imports Numba."""
