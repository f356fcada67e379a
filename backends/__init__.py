"""Targets: what a backend author imports (`api`) and the backends that come with somac."""

if __name__ != "somac.backends":
    raise ImportError(f"import somac.backends, not {__name__}")
