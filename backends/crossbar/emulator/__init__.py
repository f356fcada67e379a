"""Runs a bundle from its files alone."""
