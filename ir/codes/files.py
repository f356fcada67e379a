"""E01xx: files and NIR. E0101 to E0139 are the reader's, from E0140 on the importer's."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

_READER = (
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

_IMPORTER = (
    Code(
        "E0140",
        "unknown node type",
        "The node is none of NIR's: Input, Output, Affine, Linear, Scale, Conv1d, Conv2d, "
        "SumPool2d, AvgPool2d, Flatten, Delay, I, IF, LI, LIF, CubaLI, CubaLIF, Threshold, "
        "NIRGraph. What it computes is not known.",
    ),
    Code(
        "E0141",
        "parameter missing",
        "A node lacks a parameter for which NIR has no default.",
    ),
    Code(
        "E0142",
        "parameter of the wrong kind or shape",
        "A parameter holds text where numbers belong, has too many or too few dimensions, or "
        "does not agree in shape with the node's other parameters.",
    ),
    Code(
        "E0143",
        "parameter out of range",
        "Time constants are positive, delays not negative, strides, dilations, groups and "
        "kernel sizes at least 1.",
    ),
    Code(
        "E0144",
        "edge to a node that does not exist",
        "An edge names a node that its graph does not have, and no node without edges has a "
        "name so near that it must be the one that is meant.",
    ),
    Code(
        "E0145",
        "shapes do not fit along an edge",
        "A node sends signals of one shape, the next one takes another. Shapes are accepted if "
        "they are equal, or if one is the other with neighbouring dimensions joined.",
    ),
    Code(
        "E0146",
        "shape cannot be inferred",
        "Neither a node's parameters nor what comes before it say how many cells it has.",
    ),
    Code(
        "E0147",
        "no input or no output",
        "A graph without Input nodes gets one before every node that nothing leads to, a graph "
        "without Output nodes one after every node that leads nowhere. Here is no such node.",
    ),
    Code(
        "E0148",
        "a loop without a neuron",
        "Linear nodes lead back to themselves without passing a neuron. A recurrent edge of "
        "NIR takes one time step where it leaves a neuron; this loop has no such place.",
    ),
    Code(
        "E0149",
        "time step not determined",
        "The metadata of the file name several time steps, or one that is not a positive "
        "number of seconds. State it with --dt.",
    ),
    Code(
        "E0150",
        "no such reading of the model",
        "There is no profile or integrator of that name, or the profile has no neuron model for "
        "a type of node with the reset, integrator or comparison that was asked for.",
    ),
    Code(
        "E0151",
        "padding 'same' with a stride",
        "For a stride above 1, frameworks disagree about what 'same' means, and PyTorch, whose "
        "convolution NIR's is, refuses it. Write the padding as numbers.",
    ),
    Code(
        "E0152",
        "too large to import",
        "The graph has more nodes, cells, parallel paths or synapses than the importer takes: "
        "small files can declare enormous networks.",
    ),
    Code(
        "E0153",
        "metadata not understood",
        "The metadata 'reset', 'reset_delay', 'threshold_cmp', 'integrator', 'profile', 'dt' "
        "and 'kind' choose what NIR leaves open; one of them holds a value that is no choice.",
    ),
    Code(
        "E0154",
        "which port of a subgraph is meant",
        "An edge leads to a subgraph with several inputs, or from one with several outputs. "
        "Name the port in the edge: subgraph.port.",
    ),
    Code(
        "E0155",
        "two nodes of one name",
        "Nodes of subgraphs are called subgraph.node in the flat graph, and a node of that "
        "name is there already.",
    ),
    Code(
        "E0156",
        "NIR cannot say it",
        "The network has parts for which NIR 1.0 has no node: neuron models beyond NIR's, "
        "several input ports, connectivity of other kinds, shapes NIR cannot make.",
    ),
    Code(
        "E0157",
        "NIR file cannot be written",
        "The folder is missing or cannot be written to. A file is written beside its place and "
        "renamed into it, so that it is there whole or not at all.",
    ),
    Code(
        "E0160",
        "parameter missing, default taken",
        "The file was written by a version of NIR that did not have this parameter yet, or "
        "left it out. The default is the one that the nir library has.",
    ),
    Code(
        "E0161",
        "edge repaired",
        "An edge names a node that does not exist; exactly one node without edges has nearly "
        "that name, or the name is that of a subgraph whose ports are in the flat graph.",
    ),
    Code(
        "E0162",
        "duplicate edge",
        "An edge is listed more than once. It is taken once.",
    ),
    Code(
        "E0163",
        "Input or Output added",
        "The graph has no Input (or Output) nodes: one was put before each node that nothing "
        "leads to (after each node that leads nowhere).",
    ),
    Code(
        "E0164",
        "node without use",
        "A node has no edges, or leads nowhere. Linear nodes of that kind are left out; an "
        "input stays, and a neuron where something leads to it or from it.",
    ),
    Code(
        "E0165",
        "leading dimensions dropped",
        "An Input or Output has more dimensions than the nodes it is joined to: a batch or time "
        "axis that the exporting framework left there. NIR's shapes have neither.",
    ),
    Code(
        "E0166",
        "parameter spread over the cells",
        "A parameter holds one value, or one per channel, for a node of more cells. NIR asks "
        "for a value per cell.",
    ),
    Code(
        "E0167",
        "shapes joined in C order",
        "Two nodes disagree about the shape of a signal but not about its size, and one shape "
        "is the other with neighbouring dimensions joined: cells are numbered in C order.",
    ),
    Code(
        "E0168",
        "integers taken as numbers",
        "A parameter of a neuron is stored as integers. Its values are taken as they are.",
    ),
    Code(
        "E0169",
        "parameter not used",
        "The node holds a parameter that its type does not have, or that its neuron model in "
        "this profile does not use.",
    ),
    Code(
        "E0171",
        "weights are all zero",
        "All weights between two populations are zero: there is no projection. A bias stays.",
    ),
    Code(
        "E0180",
        "what NIR leaves open",
        "A NIR file does not say the time step, the integrator, the kind of reset, the "
        "comparison with the threshold, the initial states or the delay of recurrent edges. "
        "They come from options, from metadata, or from the profile.",
    ),
    Code(
        "E0181",
        "time step by convention",
        "Nothing says the time step of a model that has time constants, so it is 0.1 ms, as in "
        "the models of the NIR paper. If that is wrong, every spike is: state it with --dt.",
    ),
    Code(
        "E0182",
        "time counted in steps",
        "The model has no time constants, so its time step has no length in seconds; it is "
        "chosen such that a neuron integrates its input once per step.",
    ),
    Code(
        "E0183",
        "time constant above 1 s",
        "All published NIR files have time constants in seconds, although NIR's documentation "
        "says milliseconds. A neuron that remembers for more than a second is unusual.",
    ),
    Code(
        "E0184",
        "time constant shorter than the time step",
        "Forward Euler overshoots where a time constant is shorter than the time step, and "
        "oscillates where it is shorter than half of it.",
    ),
    Code(
        "E0185",
        "delay rounded",
        "Delays are whole numbers of time steps. This one is not, and was rounded.",
    ),
    Code(
        "E0186",
        "recurrent connections",
        "NIR does not say which edges of a loop carry the delay. A walk from the inputs in the "
        "order of the file's edges decides: what leads back to a node under way takes one step. "
        "A loop with a Delay node of at least a step has its delay there, and none is added.",
    ),
)

CODES: tuple[Code, ...] = (*_READER, *_IMPORTER)
