"""The sections of a report, a module for those that belong together."""
