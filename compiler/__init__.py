"""Front ends, passes, checks and the command line."""

if __name__ != "somac.compiler":
    raise ImportError(f"import somac.compiler, not {__name__}")
