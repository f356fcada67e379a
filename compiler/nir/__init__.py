"""The NIR front end: untrusted HDF5 files to plain values, plain values to a `Network`.

`reader.read_raw` gives a `raw.RawFile`; everything HDF5 happens in a confined child process.
"""
