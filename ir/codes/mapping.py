"""E06xx: what does not fit."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

_PLACING = (
    Code(
        "E0601",
        "a single neuron does not fit a core",
        "A population is cut into slices until each fits a core. Here the smallest slice there "
        "is (one neuron, or one indivisible group of them) already needs more of a resource "
        "than a core has. Fewer incoming synapses, fewer bits per weight or a target with "
        "larger cores would help.",
        exit_code=3,
    ),
    Code(
        "E0602",
        "the network needs more cores than the target has",
        "Each slice of a population takes a core. The message says which populations take how "
        "many, and which resource of a core forces them to be cut so small.",
        exit_code=3,
    ),
    Code(
        "E0603",
        "no placement satisfies the constraints",
        "There are more slices than usable cores, or a slice is pinned to a core that is "
        "reserved, dead, absent or taken by another.",
        exit_code=3,
    ),
    Code(
        "E0604",
        "the machine is in pieces",
        "Dead or missing links cut the machine into pieces between which no packets go both "
        "ways. All slices are placed in one of them: the one that the host reaches if it has "
        "room, else the largest. Here none has room for all slices, for those that are pinned, "
        "or for what comes from the host.",
        exit_code=3,
    ),
    Code(
        "E0605",
        "the multicast keys run out",
        "Every neuron that sends has a key of its own, and the keys of a slice are a block "
        "whose size is a power of two. All blocks together are larger than the space of keys.",
        exit_code=3,
    ),
    Code(
        "E0606",
        "a routing table is full",
        "Slices whose spikes reach or cross a chip take entries of the chip's table. Those with "
        "which the chip does the same have been merged as far as their keys allow, and still "
        "there are more entries than the table holds.",
        exit_code=3,
    ),
    Code(
        "E0607",
        "another target would do",
        "Where a model does not fit a target, the other targets that are described, yours among "
        "them, are tried from the smallest to the largest, those of the same backend first.",
        exit_code=0,
    ),
)

_PROBLEM = (
    Code(
        "E0610",
        "a mapping problem contradicts itself",
        "A net names a slice that is not there, a wish cannot be met together with another, or "
        "columns that belong together are of different lengths. Slices and cores are counted "
        "from 0; a core is named by the x and y of its chip and its number there.",
    ),
    Code(
        "E0611",
        "a mapping problem is malformed",
        "The file is JSON of one object, whose keys and types docs/reference/mapping-problem.md "
        "lists. Every mistake is named with its place, such as machine.rows.0.1.",
    ),
    Code(
        "E0620",
        "units that cannot be both together and apart",
        "Wishes about a partition contradict each other: units that are kept together, directly "
        "or through others, share a cluster; units kept apart do not, and a unit is pinned to "
        "one cluster.",
    ),
    Code(
        "E0621",
        "no partition was found",
        "Units are put into clusters that each fit a core. No bound forbids such a partition "
        "into as many cores as there are, but the search did not find one: the cores are nearly "
        "full in some resource, or constraints leave little choice. For small problems the "
        "message may say that none exists, which is then proven.",
        exit_code=3,
    ),
)

_MANYCORE = (
    Code(
        "E0650",
        "no synaptic word holds a projection",
        "A many-core keeps a synapse as one word of weight, delay, sign and target. The target "
        "describes the words it knows; none of them has bits for the largest weight of the "
        "projection.",
        exit_code=3,
    ),
    Code(
        "E0651",
        "a delay the target cannot make",
        "A spike takes a number of ticks from core to core, and ring buffers keep it for as "
        "many more as the target allows. Longer delays need relay neurons.",
        exit_code=3,
    ),
    Code(
        "E0652",
        "an update the target cannot compute",
        "The cores of a target execute certain operations on words of a certain width.",
        exit_code=3,
    ),
    Code(
        "E0653",
        "a signal the target cannot send",
        "A target sends spikes, counts or values; a packet carries at most 32 bits of payload.",
        exit_code=3,
    ),
    Code(
        "E0654",
        "a memory image larger than the memory",
        "Parameters, states, tables, synaptic rows and ring buffers of a core share its memory. "
        "The mapping has put more on the core than there is room for.",
        exit_code=3,
    ),
    Code(
        "E0655",
        "a chip with more links than a route can name",
        "A routing table of the many-core has six bits for the links that leave a chip. The "
        "target describes a chip with more.",
        exit_code=3,
    ),
    Code(
        "E0656",
        "a mapping that does not belong to the network",
        "A mapping places every neuron of one network on one target, a slice per core, and "
        "routes every slice to all cores it has synapses on. From the compiler this is a bug.",
        exit_code=70,
    ),
    Code(
        "E0657",
        "a synaptic word of a form that a core has not",
        "Synaptic words are 8, 16 or 32 bits wide, and their type bits hold the sign of the "
        "weight. The target describes words of another form.",
    ),
    Code(
        "E0660",
        "delays made for the target",
        "Retiming gives every projection the delay that hardware needs; signals are the same, "
        "each population a fixed number of ticks later.",
        exit_code=0,
    ),
    Code(
        "E0661",
        "a delay longer than the model's",
        "A loop of the network has fewer ticks of delay than the hardware takes to go around "
        "it. With --allow-extra-delay it takes longer than the model says: other signals, "
        "which is why this is a warning. Without it the network is slowed down instead, and "
        "computes the same.",
        exit_code=0,
    ),
    Code(
        "E0662",
        "a network that was made for other hardware",
        "Engines of a programmable part and crossbars run networks that do not learn, in steps of "
        "the model: one that was made for the delays of other hardware, or that has learning "
        "rules, has to be compiled for that hardware.",
        exit_code=3,
    ),
    Code(
        "E0663",
        "a part that is too small",
        "Engines share the look-up tables, memories and multipliers of a part. What they take is "
        "estimated, with as few lanes as they can have; the share of the part that may be used is "
        "set with --fit.",
        exit_code=3,
    ),
    Code(
        "E0664",
        "a latency that cannot be reached",
        "With --latency-us the smallest folding is chosen that takes no longer from the inputs of "
        "a step to its outputs, with as many signals as are expected. The error says what the "
        "fastest one takes that fits into the share of the part set with --fit.",
        exit_code=3,
    ),
)

_CROSSBAR = (
    Code(
        "E0665",
        "converters with fewer codes than sums need",
        "A converter rounds the sum of a column to steps, and clips what is beyond its codes. "
        "Where it has fewer codes than there can be sums, results differ from those of the model. "
        "Without calibration data steps are so coarse that nothing is clipped; with it they are "
        "chosen so that what the projection adds is nearest, and the shares clipped are those of "
        "the data.",
        exit_code=0,
    ),
    Code(
        "E0666",
        "how projections are on arrays",
        "Matrices are cut into blocks that fit an array; a block is used once in a step, the "
        "kernel of a convolution once per place. Where adders have no more to do than with the "
        "codes of converters, the digital periphery adds exactly.",
        exit_code=0,
    ),
    Code(
        "E0667",
        "a weight that cells cannot keep",
        "A weight is kept in a few cells, each with some of its bits, and negative ones in pairs "
        "or with an offset. The target says how many cells a weight may have, and how wide "
        "weights are that the periphery multiplies itself.",
        exit_code=3,
    ),
    Code(
        "E0668",
        "a signal that pulses cannot carry",
        "Signals come to the rows of an array as pulses, each of some of their bits. The target "
        "says how many bits a pulse has, how many there may be, and whether they have signs.",
        exit_code=3,
    ),
    Code(
        "E0669",
        "converters without codes for negative sums",
        "The sum of a column is negative where cells are subtracted before conversion, or where "
        "pulses have signs. The converters of the target count from 0.",
        exit_code=3,
    ),
)

_SPARSE = (
    Code(
        "E0670",
        "a network that the sparse engine cannot run",
        "The sparse engine (--circuit sparse) holds an LSTM, or a network of its form: one input, "
        "cells, and outputs that read the cells in the same step and are read by them in the next; "
        "or cells alone that are the output, and read themselves. Weights have at most the bits of "
        "an entry, and every lane holds a cell or more. --circuit engines runs all others.",
        exit_code=3,
    ),
    Code(
        "E0671",
        "files of a sparse engine that contradict themselves",
        "Its description, streams and updates belong together: columns end in their order, rows "
        "stay in their lane. These do not, so they were damaged or made by something else.",
    ),
)

_CUTTING = (
    Code(
        "E0672",
        "rounded sums that no port can hold",
        "Sums of converted columns may be larger than the exact ones. A port gets as many bits as "
        "they need, up to 63.",
        exit_code=3,
    ),
    Code(
        "E0673",
        "a projection that cannot be cut into blocks",
        "Every synapse gets its place on an array. This projection has more than can be looked at "
        "one by one, or is a chain of maps whose weights add up beyond 32 bits.",
        exit_code=3,
    ),
    Code(
        "E0674",
        "an array that is not there, or another one",
        "A crossbar target names the array that its cores have. Blocks and converters of a "
        "network in integers that was cut before belong to the array they were cut for.",
        exit_code=3,
    ),
)

_PACKING = (
    Code(
        "E0675",
        "more arrays than the chip has",
        "Every core has one array of cells, on which blocks of weights lie side by side, and a "
        "unit that updates so many neurons. The message says how many cores were found to do, and "
        "how many must be there at least.",
        exit_code=3,
    ),
)

CODES: tuple[Code, ...] = (
    *_PLACING,
    *_PROBLEM,
    *_MANYCORE,
    *_CROSSBAR,
    *_SPARSE,
    *_CUTTING,
    *_PACKING,
    Code(
        "E0676",
        "a structure that the target does not have",
        "A backend says which kinds of projections a target has (dense, sparse, convolution, ...), "
        "and whether signals may come back to where they came from. `somac backends doctor --json` "
        "lists what each can do.",
        exit_code=3,
    ),
    Code(
        "E0677",
        "too many synapses at a cell",
        "The hardware has room for so many synapses that end on a cell, or that begin at one, of "
        "all its projections together.",
        exit_code=3,
    ),
)
