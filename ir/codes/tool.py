"""E09xx: command line, backends, bugs."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0901",
        "no such backend",
        "Backends are found by the entry-point group somac.backends; the one a target names "
        "is not installed.",
    ),
    Code(
        "E0902",
        "a plug-in cannot be imported",
        "The package of a backend or placer is installed, but the module that it registers does "
        "not import: it is not there, it needs another package, or it fails. `somac backends "
        "doctor` and `somac placers doctor` say what is wrong with every one; others work.",
    ),
    Code(
        "E0903",
        "inputs do not fit the model",
        "Inputs come as a .npz with one array per network input, (samples, steps, channels...); "
        "a single array may be called x. Spikes are 0 or 1, counts are whole numbers from 0. "
        "An array called label, a class per sample, is for the accuracy. From Python: "
        "numpy.savez('test.npz', x=spikes, label=classes).",
    ),
    Code(
        "E0904",
        "not a model that somac reads",
        "Models are NIR files (.nir) or somac's own text (.snn).",
    ),
    Code(
        "E0905",
        "an archive of arrays cannot be read",
        "Recordings and runs are .npz files as numpy.savez writes them, of numbers only. This one "
        "is missing, is of another kind, is damaged, or is larger than memory should hold.",
    ),
    Code(
        "E0906",
        "a file cannot be written",
        "A file is written beside its place and renamed into it, so that it is there whole or "
        "not at all. Its folder must be there and be writeable.",
    ),
    Code(
        "E0907",
        "unknown diagnostic code",
        "Codes are an E and four digits; every diagnostic shows its own in brackets.",
    ),
    Code(
        "E0908",
        "the output would replace the input",
        "Nothing that a command reads is ever overwritten by what it writes.",
    ),
    Code(
        "E0909",
        "no population of that name",
        "Populations have the names of the model's nodes; `somac inspect` lists them.",
    ),
    Code(
        "E0910",
        "nothing to compare",
        "Two runs are compared array by array, by name. These have no array in common, or arrays "
        "of one name that differ in shape.",
    ),
    Code(
        "E0911",
        "options without effect",
        "Text in the .snn language says what its inputs carry and how its neurons compare. The "
        "options that choose these for a NIR file do nothing there. Only a compiled model has "
        "cores whose memory can be shown.",
    ),
    Code(
        "E0912",
        "a plug-in does not say what it is",
        "The module that a package registers as a backend or placer has a constant INFO, a "
        "BackendInfo or PlacerInfo with the name under which it is registered, a title and the "
        "version of the interface that it was made for, and a function create() that returns the "
        "backend or placer. Steps, options, codes and the file of targets that a backend declares "
        "must be such as can be used.",
    ),
    Code(
        "E0913",
        "a plug-in for another version of the interface",
        "Before version 1.0 of an interface a plug-in must have been made for exactly the version "
        "that somac has; from then on for the same major version and no later minor one.",
    ),
    Code(
        "E0914",
        "several plug-ins of one name",
        "Targets name their backend, and users the placer, so that each name may be taken once of "
        "each. Those of somac keep theirs; of others that share a name none is used, since nothing "
        "says which is meant.",
    ),
    Code(
        "E0915",
        "a plug-in does not start",
        "The function create() of the module of a backend or placer raised an exception.",
    ),
    Code(
        "E0916",
        "not the interface of a plug-in",
        "What create() returned is no somac.backends.api.Backend, does not have the INFO of its "
        "module, or has methods that do not take the arguments of the interface; all of them are "
        "listed. That of a placer returns a function of two arguments, a problem and options.",
    ),
    Code(
        "E0917",
        "a plug-in gives no sensible answer",
        "`somac placers doctor` has each placer place three slices, and `somac backends` asks each "
        "backend for its machines, for what its steps need and this computer has not, for what it "
        "can do with its targets, and what is wrong with the figures of its arrays. This one "
        "raised an exception, or gave what the interface does not know.",
    ),
    Code(
        "E0918",
        "a list of plug-ins cannot be read",
        "Packages say in the file entry_points.txt of their metadata what they bring. That of one "
        "package is damaged. Those of all others are found.",
    ),
    Code(
        "E0951",
        "conformance tests cannot be run",
        "`somac backends conform` runs the tests of somac.testing.BackendConformance on a target "
        "of the backend. It needs that target, and pytest and hypothesis, which are installed for "
        "that alone. One of them is missing, or pytest itself failed.",
    ),
    Code(
        "E0991",
        "a bug of somac",
        "Something happened that the authors did not foresee. A report with the traceback, the "
        "versions and the command was written to the folder for temporary files; please attach "
        "it to an issue.",
        exit_code=70,
    ),
    Code(
        "E0992",
        "out of memory",
        "The work needs more memory than this machine grants. If the model is not enormous, that "
        "is a bug of somac: please report it, with the report that was written.",
        exit_code=70,
    ),
    Code(
        "E0993",
        "nested too deeply",
        "The input made somac follow a structure deeper than Python's stack. Inputs are checked "
        "for that before, so this is a bug of somac: please report it.",
        exit_code=70,
    ),
    Code(
        "E0994",
        "a bug of a plug-in",
        "The code of a backend or placer that another package brings raised what is no diagnosis, "
        "or gave what the interface does not know. "
        "A report with the traceback, the versions and the command was written to the folder for "
        "temporary files; please send it to the authors of that package.",
        exit_code=70,
    ),
)
