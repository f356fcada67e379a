"""What arrays of cells compute: products of signals and cells, converted column by column.

`firing` says what is computed, `reference` does it plainly, and `fast` in machine code for the
processor that runs it. All are integers: the same bits come of every way.
"""
