"""The sparse matrix engine after ESE (Han et al. 2017): an LSTM with projection, pruned.

Rows of a matrix are dealt to lanes, each with a queue and a compressed column stream of its own;
`docs/explanation/fpga-ese.md` says how it works and what every cycle is spent on.
"""
