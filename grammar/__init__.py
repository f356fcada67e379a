"""The `.snn` language: text to `Network` and back."""

if __name__ != "somac.grammar":
    raise ImportError(f"import somac.grammar, not {__name__}")
