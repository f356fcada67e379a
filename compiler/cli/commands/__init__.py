"""One module per command, called like it, with the command under the name ``command``."""
