"""E0140 to E0199: what a NIR file means, and what it leaves open."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
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
