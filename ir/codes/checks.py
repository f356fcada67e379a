"""E08xx: checks that failed."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0801",
        "a neuron that is missing or there twice",
        "Every neuron of the network is on exactly one core.",
        exit_code=1,
    ),
    Code(
        "E0802",
        "another neuron program",
        "A core computes the datapath of the population it holds, to the letter.",
        exit_code=1,
    ),
    Code(
        "E0803",
        "another parameter or initial state",
        "What a core computes with is what the network says, for every neuron.",
        exit_code=1,
    ),
    Code(
        "E0804",
        "a synapse that is missing",
        "Every synapse of the network is in the memory of the target's core, once.",
        exit_code=1,
    ),
    Code(
        "E0805",
        "a synapse that should not be there",
        "No core has a synapse that the network has not: another weight, delay or port counts.",
        exit_code=1,
    ),
    Code(
        "E0806",
        "keys that overlap",
        "A key is sent by one neuron or input channel only.",
        exit_code=1,
    ),
    Code(
        "E0807",
        "a packet at the wrong place",
        "Every key reaches exactly the cores on which its slice has synapses.",
        exit_code=1,
    ),
    Code(
        "E0808",
        "a packet that goes round in circles",
        "Routing tables form trees: a packet never comes back to a chip.",
        exit_code=1,
    ),
    Code(
        "E0809",
        "more than there is room for",
        "Memory, neurons per core and routing tables are limited; reserved cores stay empty.",
        exit_code=1,
    ),
    Code(
        "E0810",
        "another schedule",
        "A population updates first at its start, then once per period; "
        "its ring buffer is long enough for the longest delay.",
        exit_code=1,
    ),
    Code(
        "E0811",
        "other inputs or outputs",
        "Names, kinds, formats and shapes at the boundary are those of the network.",
        exit_code=1,
    ),
    Code(
        "E0812",
        "a file that cannot be decoded",
        "A file of the program is missing, or not as docs/bundle.md describes it.",
        exit_code=1,
    ),
    Code(
        "E0820",
        "emulator and golden model differ",
        "What the hardware computes must be the golden integers, bit for bit. It is not: this "
        "is a bug of the backend. Please report it with the model.",
        exit_code=1,
    ),
    Code(
        "E0831",
        "a slice on a core it may not be on",
        "A core that takes a slice exists, is neither reserved nor dead, and takes no other.",
        exit_code=1,
    ),
    Code(
        "E0832",
        "a route to other cores than those that listen",
        "Every slice that is heard has one route, which ends at exactly the cores that hear it.",
        exit_code=1,
    ),
    Code(
        "E0833",
        "a route that is no tree",
        "A route is a tree of links that are there: it enters no node twice, reaches all its "
        "cores, and has no branch that leads to none.",
        exit_code=1,
    ),
    Code(
        "E0834",
        "a routing table that contradicts the routes",
        "The first entry of a chip's table that matches a key does what the tree of its route "
        "does on that chip, for every key in use.",
        exit_code=1,
    ),
    Code(
        "E0835",
        "routes that can wait for each other in a circle",
        "Links that follow each other in routes never form a circle, so that packets cannot "
        "wait for each other for ever.",
        exit_code=1,
    ),
)
