"""Routing: multicast trees, keys and routing tables for slices that have their cores."""
