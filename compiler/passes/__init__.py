"""Passes: functions from one value of the IR to the next."""
