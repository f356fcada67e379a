"""Partition, place, route: slices of populations on the cores of a machine.

Knows nothing of networks: what a slice takes and who hears it are given.
"""
