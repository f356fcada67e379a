"""E0101 to E0139: files that cannot be read."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0101",
        "file not found",
        "There is no file at the path that was given, or a folder on the way to it is missing.",
    ),
    Code(
        "E0102",
        "not a regular file",
        "The path names a folder, a pipe or a device. A model is read from a regular file.",
    ),
    Code(
        "E0103",
        "file cannot be read",
        "The operating system refused to open or read the file, or the file changed while it "
        "was read. Usually its permissions do not let this user read it.",
    ),
    Code("E0104", "empty file", "The file has no bytes: the program that wrote it failed."),
    Code(
        "E0105",
        "not an HDF5 file",
        "A NIR file is an HDF5 file and starts with the eight bytes 89 48 44 46 0D 0A 1A 0A. "
        "This one does not, whatever its name says.",
    ),
    Code(
        "E0106",
        "truncated file",
        "The file's own header says that it is longer than it is: a copy or a download stopped "
        "early.",
    ),
    Code(
        "E0107",
        "damaged HDF5 file",
        "The HDF5 library cannot make sense of the file: bytes were changed, or the program "
        "that wrote it stopped half-way. NIR files carry no checksum over all of their "
        "content; compare the file's SHA-256 with the original's.",
    ),
    Code(
        "E0108",
        "not a NIR file",
        "A NIR file holds a group /node whose type is NIRGraph, with a group of nodes and a "
        "dataset of edges. This is an HDF5 file of another kind, or one node without a graph.",
    ),
    Code(
        "E0109",
        "node without a type",
        "Every node of a NIR graph is a group with a dataset called type that holds its name "
        "in the NIR specification, such as LIF or Affine.",
    ),
    Code(
        "E0110",
        "edges are not pairs of names",
        "The edges of a graph are one dataset of shape (n, 2) whose entries are strings: the "
        "names of the source and of the destination of each edge.",
    ),
    Code(
        "E0111",
        "not text",
        "A place where NIR has text (a type, a version, the ends of an edge, metadata) holds "
        "something else: numbers, more than one string, or bytes that are not UTF-8.",
    ),
    Code(
        "E0112",
        "name that cannot be used",
        "Names of nodes and parameters are printed, stored and compared. They must be UTF-8, "
        "printable, not empty and of bounded length.",
    ),
    Code(
        "E0113",
        "link refused",
        "Only hard links are followed in a model file. A soft or external link is an "
        "instruction to read something else, and with an external link that is another file "
        "of this machine.",
    ),
    Code(
        "E0114",
        "data outside the file refused",
        "The dataset's numbers are not in this file: it uses external storage, or it is a "
        "virtual dataset. Reading it would turn other files of this machine into weights.",
    ),
    Code(
        "E0115",
        "object reached twice",
        "A NIR graph is a tree of groups. In this file two paths lead to one object: a cycle, "
        "which has no end, or a group or dataset shared by two nodes.",
    ),
    Code(
        "E0116",
        "nested too deeply",
        "Groups lie inside one another beyond the limit. Each subgraph takes two levels.",
    ),
    Code(
        "E0117",
        "too many objects",
        "The file has more groups and datasets, edges, chunks or text than the limits allow.",
    ),
    Code(
        "E0118",
        "too large",
        "The file, or what it declares, is larger than the limits allow. What a file declares "
        "costs it nothing: the size is checked before any memory is taken.",
    ),
    Code(
        "E0119",
        "expands too far",
        "Unpacked, the file's numbers take so many times its own size that it looks made to "
        "exhaust memory. Trained weights seldom shrink to less than a tenth.",
    ),
    Code(
        "E0120",
        "type of numbers not supported",
        "Parameters are booleans, integers of 8 to 64 bits or IEEE floats of 16, 32 or 64 bits. "
        "Compound, variable-length, reference and other types are refused.",
    ),
    Code(
        "E0121",
        "filter not supported",
        "Datasets may be packed with gzip, lzf, shuffle and the fletcher32 checksum, each once. "
        "Other filters would need a plug-in, and a file must not load code.",
    ),
    Code(
        "E0122",
        "unexpected object",
        "A place in the file holds another kind of object than NIR puts there: a group instead "
        "of a dataset, a dataset instead of a group, or a named type.",
    ),
    Code(
        "E0123",
        "not a finite number",
        "A parameter holds NaN or an infinity. No integer stands for it, so nothing can be "
        "compiled; training that diverged is the usual reason.",
    ),
    Code(
        "E0124",
        "reading took too long",
        "The process that reads the file was stopped at its time limit. Some damaged files make "
        "the HDF5 library run for ever; a very busy machine can have the same effect.",
    ),
    Code(
        "E0125",
        "reading took too much memory",
        "The process that reads the file reached its memory limit.",
    ),
    Code(
        "E0126",
        "the reading process died",
        "The process that reads the file ended without an answer, as a damaged file can make "
        "the HDF5 library do. somac itself is not affected: that is why the file is read in a "
        "process of its own.",
    ),
    Code(
        "E0127",
        "the reading process could not start",
        "NIR files are read in a second Python process. It could not be started, or it could "
        "not import h5py.",
        exit_code=70,
    ),
    Code(
        "E0128",
        "error in the reader",
        "The reader met something it has no answer for. This is a bug of somac; please report "
        "it with the file.",
        exit_code=70,
    ),
    Code(
        "E0129",
        "left out",
        "A part of the file is not used: a dataset without data, or a group where NIR has none.",
    ),
    Code(
        "E0130",
        "stores no data",
        "A dataset declares a shape but no data was ever written to it. HDF5 reads it as its "
        "fill value, usually zero.",
    ),
)
