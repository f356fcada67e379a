"""From the files of a bundle, and a run of it, to the sections of a report."""
