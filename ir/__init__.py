"""The ground floor: the values the compiler works on, and what they are made of.

Imports no other folder of somac.
"""

if __name__ != "somac.ir":
    raise ImportError(f"import somac.ir, not {__name__}")
