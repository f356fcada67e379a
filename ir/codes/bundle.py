"""E07xx: bundles."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0701",
        "the output folder cannot be written",
        "A bundle is written beside its place and renamed into it, so that it is there whole "
        "or not at all. The folder above must exist or be creatable, and be writeable.",
    ),
    Code(
        "E0702",
        "something is in the place of the output folder",
        "An existing bundle is replaced only with --force, and only if nothing else is in its "
        "folder; anything else is never replaced.",
    ),
    Code(
        "E0703",
        "not a bundle",
        "A bundle is a folder with a manifest.json and the files it lists.",
    ),
    Code(
        "E0704",
        "a bundle is damaged",
        "The manifest holds the size and BLAKE2b of every file; one of them does not agree, "
        "or a file does not have the structure it must have.",
    ),
    Code(
        "E0705",
        "a bundle of another version",
        "The format of bundles is counted, and so is the meaning of their integers "
        "(docs/reference/semantics.md); a bundle of another version must be compiled again.",
    ),
    Code(
        "E0710",
        "the description of a bundle is damaged",
        "experiment.json says which core loads which image, and what enters and leaves; "
        "design.json says what the engines and links of an FPGA are, crossbar.json what is on "
        "which array. A field is missing or has a value it cannot have.",
    ),
    Code(
        "E0711",
        "a memory image is damaged",
        "The memory image of a core is not as docs/reference/bundle.md describes it, one of an "
        "FPGA not as design.json does, or an array of numbers not as crossbar.json does.",
    ),
    Code(
        "E0712",
        "a routing table is damaged",
        "A chip's routing table is not as docs/reference/bundle.md describes it.",
    ),
    Code(
        "E0713",
        "a neuron program is damaged",
        "A neuron program is the text of a datapath; this one cannot be read, or does not "
        "agree with the memory images or the design that use it.",
    ),
    Code(
        "E0714",
        "a packet that never stops",
        "The routing tables send a key in a circle, back to a chip it has passed.",
    ),
    Code(
        "E0715",
        "inputs that do not fit the program",
        "Inputs are integers of shape (samples, steps, channels), one array for each input of "
        "the program, within the format that the program states.",
    ),
    Code(
        "E0716",
        "nothing of that name can be recorded",
        "Signals and states are recorded by the name of their population.",
    ),
    Code(
        "E0717",
        "an account of a bundle is not true",
        "mapping.json, target.json and numbers.json say for people, and reports, what is where, "
        "on which hardware and in which numbers. Nothing runs by them, but what they say must "
        "agree with the network and with what hardware loads: every cell is on one core, which "
        "may be used and has room for it.",
    ),
    Code(
        "E0718",
        "not the model of the bundle",
        "A bundle knows the digest of the network in floating point that it was compiled from. To "
        "compare integers with real numbers, the same model must be given, read with the same "
        "options. A model that was pruned, or given in integers, cannot be compared.",
    ),
)
