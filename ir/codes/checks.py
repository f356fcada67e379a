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
        "Memory, neurons per core and routing tables are limited; reserved cores stay empty, and a "
        "core of a crossbar has one array.",
        exit_code=1,
    ),
    Code(
        "E0810",
        "another schedule",
        "A population updates first at its start, then once per period; "
        "its ring buffer is long enough for the longest delay. On a crossbar it updates after all "
        "that it hears in the same step, and every copy of a block has its turn before.",
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
        "A file of the program is missing, or not as the page of its bundle describes it: "
        "docs/reference/bundle.md, bundle-fpga.md or bundle-crossbar.md beside it.",
        exit_code=1,
    ),
    Code(
        "E0813",
        "C that is not its neuron program's",
        "The C of a neuron program is generated from the datapath beside it, byte for byte. This "
        "bundle's was changed, or written by another version of somac.",
        exit_code=1,
    ),
    Code(
        "E0814",
        "a matrix that the MAC array cannot multiply exactly",
        "Signals must fit the 8 bits that the array reads of them, and the products of one pass, "
        "in whichever order they are added, the 24 bits of an accumulator.",
        exit_code=1,
    ),
    Code(
        "E0815",
        "bits that do not hold what they must",
        "In hardware every number has a width of its own. It must hold each signal that can be "
        "sent, each sum that can arrive, each state, and the number of each row and accumulator.",
        exit_code=1,
    ),
    Code(
        "E0816",
        "engines that wait for each other for ever",
        "Engines begin a step when what they read is there and what they send has room. In every "
        "circle of them there must be a step that is there from the beginning.",
        exit_code=1,
    ),
    Code(
        "E0817",
        "cycles that are not those of the hardware",
        "How long an engine waits for its pipelines follows from its structure and its updates. "
        "With fewer cycles it would read what is not there yet.",
        exit_code=1,
    ),
    Code(
        "E0818",
        "SystemVerilog that is not that of its design",
        "The modules around engines say the same as design.json: every parameter, width and "
        "connection. Something is missing, more, or different.",
        exit_code=1,
    ),
    Code(
        "E0819",
        "SystemVerilog of another origin",
        "Hand-written modules are those of this version of somac, and an update is generated from "
        "its datapath and parameters, byte for byte. This file was changed, or written by another "
        "version.",
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
        "E0821",
        "C and golden model differ",
        "The C of the cores, compiled for this machine, must give the golden integers, bit for "
        "bit. It does not: this is a bug of the backend or of the compiler. Please report it "
        "with the model.",
        exit_code=1,
    ),
    Code(
        "E0822",
        "Cortex-M4 and golden model differ",
        "The C of the cores, compiled for a Cortex-M4 and run under qemu, must give the golden "
        "integers and send the packets that the same C sends on this machine. It does not: this "
        "is a bug of the backend or of a tool. Please report it with the model.",
        exit_code=1,
    ),
    Code(
        "E0823",
        "an ELF file that the C does not give",
        "`somac compile --elf` builds the C of the cores, and the same compiler makes the same "
        "bytes of it wherever it runs. This file was made from something else, or changed.",
        exit_code=1,
    ),
    Code(
        "E0824",
        "a machine and the emulator differ in cycles",
        "The emulator reckons in which clock cycle everything happens, and that must be the cycle "
        "in which it happens in the hardware. It is not: this is a bug of the backend. Please "
        "report it with the model.",
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
    Code(
        "E0840",
        "a tool is missing",
        "Some checks need a compiler or a simulator. They are found on the path or beside the "
        "Python that runs somac; nothing else of somac needs them.",
    ),
    Code(
        "E0841",
        "a compiler fails",
        "What somac writes is plain C11, and SystemVerilog that all simulators read. Either the "
        "compiler on the path is too old or not whole, or this is a bug of somac: the message is "
        "the compiler's.",
        exit_code=1,
    ),
    Code(
        "E0842",
        "a program that is too large for a core",
        "The code of a core is in a memory of its own, 32 kB on SpiNNaker2. Simpler equations, "
        "smaller tables or narrower formats make it smaller.",
        exit_code=3,
    ),
    Code(
        "E0843",
        "a program that was built fails",
        "The compiled cores, or a simulated design, stopped with an error or did not end in time.",
        exit_code=1,
    ),
    Code(
        "E0844",
        "no such machine",
        "A backend may run programs on further machines than its emulator; the one of this "
        "bundle has none of that name.",
    ),
    Code(
        "E0845",
        "nothing to build for this target",
        "Programs of cores are built by a compiler (--elf, --count), circuits by synthesis "
        "(--synth): neither knows what to do with the other, and some bundles are whole without.",
    ),
    Code(
        "E0846",
        "a device that digital hardware does not have",
        "Conductances differ from device to device and from read to read; the bits of digital "
        "hardware do not. Effects of devices are those of crossbars.",
    ),
    Code(
        "E0847",
        "options about a device, and no device",
        "Without --device a run is exact: there is nothing that effects or time could change.",
    ),
    Code(
        "E0851",
        "a memory image without a last newline",
        "Simulators differ in what they make of it: some drop the last word without saying so. "
        "Every line of an image ends with a newline.",
        exit_code=1,
    ),
    Code(
        "E0852",
        "a simulated design that does not come to its end",
        "As many beats and words as were awaited must come out of a design in the cycles it is "
        "given. If they do not, it waits for something that never comes: this is a bug of the "
        "backend, or the cycles are too few.",
        exit_code=1,
    ),
    Code(
        "E0853",
        "undefined bits",
        "What comes out of a design must follow from its inputs, its memory images and rst. "
        "These bits come from a register or a memory that nothing has set.",
        exit_code=1,
    ),
    Code(
        "E0854",
        "SystemVerilog and golden model differ",
        "The SystemVerilog of a bundle, with its memory images, must give the golden integers, "
        "bit for bit, in every simulator. It does not: this is a bug of the backend or of the "
        "simulator. Please report it with the model.",
        exit_code=1,
    ),
    Code(
        "E0855",
        "a stream that is not what was sent",
        "What leaves the design at an output must be what the engine before it has sent, step by "
        "step, with a mark at the end of each. It is not: this is a bug of the backend. Please "
        "report it with the model.",
        exit_code=1,
    ),
)
