"""The placers of somac, registered as those of other packages are."""
