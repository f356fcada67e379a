"""E02xx: the .snn language."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

_TEXT = (
    Code(
        "E0201",
        "syntax error",
        "The text cannot be read on from here. A statement takes one line; lines are joined "
        "inside brackets. docs/reference/language.md has the grammar.",
    ),
    Code(
        "E0202",
        "wrong indentation",
        "The lines of a block are indented alike, more than the line that opens it, as in "
        "Python. A tab counts as eight spaces.",
    ),
    Code(
        "E0203",
        "not a .snn text",
        "A .snn file is UTF-8 text of at most a million characters. Numbers by the thousand "
        "belong into an .npz file beside it, from which the text loads them.",
    ),
    Code(
        "E0204",
        "nested too deeply",
        "Expressions and arrays may be nested a hundred levels deep.",
    ),
    Code(
        "E0205",
        "a number or text that stands for nothing",
        "A number must be finite in float64, a name must not be empty, and a text in quotes "
        "has the escapes of JSON.",
    ),
)

_NAMES = (
    Code(
        "E0206",
        "a name is not defined",
        "Neurons, parameters, ports, profiles, integrators, generators and their arguments are "
        "found by name. In the equations of a neuron a local value is defined from the line "
        "that assigns it on.",
    ),
    Code(
        "E0207",
        "a name is defined twice",
        "Inside a neuron, parameters, inputs, states and tables share one set of names; neurons "
        "and profiles of a text have one each; an argument or setting is given once.",
    ),
    Code(
        "E0208",
        "a name is reserved",
        "Words that begin a line of a neuron (input, state, table, spike, on, send, count), the "
        "operators and, or, not, and the time step dt cannot name a quantity of a neuron.",
    ),
    Code(
        "E0209",
        "wrong arguments",
        "A function, generator or neuron was given too many arguments, too few, or one by "
        "position that must be named.",
    ),
)

_UNITS = (
    Code(
        "E0210",
        "not a unit",
        "Units are s, V, A, Ohm, S, F, C and Hz with the prefixes G, M, k, m, u, n, p, f, and "
        "products and quotients of these, such as mV/ms. Delays can also be in ticks.",
    ),
    Code(
        "E0211",
        "units do not agree",
        "A parameter declared with a unit takes values of that dimension, and both sides of an "
        "equation, sum or comparison have one dimension. What is declared without a unit goes "
        "with everything.",
    ),
)

_NEURONS = (
    Code(
        "E0212",
        "a neuron sends nothing, or two things",
        "A neuron has one line that says what it sends: `spike when condition`, `spike name`, "
        "`count name` or `send name`; and the named value does not change below that line. A "
        "learning rule has one line `send` at most.",
    ),
    Code(
        "E0213",
        "a name cannot be assigned",
        "Parameters, inputs, tables and dt are given; only states and local values change. In a "
        "learning rule each block changes its own states: `pre:` and `post:` their traces, the "
        "others w and the states of the synapse.",
    ),
    Code(
        "E0214",
        "the equation is not linear in its own state",
        "The exponential integrator solves dx/dt = a + b x exactly over a step, a held constant "
        "and b made of parameters only. Other equations need another integrator, such as "
        "euler_sequential.",
    ),
    Code(
        "E0215",
        "no integrator",
        "An equation dx/dt = ... means nothing in discrete time until an integrator says how it "
        "is stepped. A profile names one; so does the line `integrator euler_sequential`.",
    ),
    Code(
        "E0216",
        "no spike to act on",
        "`on spike:` acts where the spike of this tick is 1, and stands below the line that "
        "defines the spike.",
    ),
    Code(
        "E0217",
        "no comparison to replace",
        "The comparison of a threshold can be replaced only in a neuron that spikes by `spike "
        "when a > b`.",
    ),
)

_VALUES = (
    Code(
        "E0218",
        "a value of another kind is needed",
        "A number, a whole number, an array, a text or a distribution was given where another "
        "of these is needed, or a number is outside the range that makes sense.",
    ),
    Code(
        "E0219",
        "shapes do not fit",
        "The shapes of arrays, kernels and populations must agree.",
    ),
    Code(
        "E0220",
        "a delay is not a whole number of ticks",
        "Time passes in ticks of dt. A delay in seconds must be a multiple of dt.",
    ),
    Code(
        "E0221",
        "file outside the folder",
        "A text loads arrays only from files in its own folder or below: no absolute paths, no "
        "`..`, and no link that leads elsewhere.",
    ),
    Code(
        "E0222",
        "an array cannot be loaded",
        "Arrays are loaded from .npy files and from .npz archives of numbers: booleans, integers "
        "and floats of at most 64 bits. Pickled objects are refused. The size that a header "
        "declares must be that of the file.",
    ),
    Code(
        "E0223",
        "too large",
        "What the text declares takes more cells or more memory than the limits allow. A short "
        "text can ask for any amount; it is counted before it is taken.",
    ),
)

_DOCUMENTS = (
    Code(
        "E0224",
        "the text describes no network, or two",
        "A text that is compiled has exactly one `network NAME:` block.",
    ),
    Code(
        "E0225",
        "a setting has an unknown value",
        "A profile resets by value, subtract or subtract_delayed, and the bias of a recurrent "
        "projection is there always or delayed.",
    ),
    Code(
        "E0226",
        "this network has no text",
        "To be written as text, the names inside a neuron model must be names of the language, "
        "its signal must not change after it is sent, and the maps of a chain must be simple. What "
        "a learning rule reads of its target is called after the target's state.",
    ),
    Code(
        "E0227",
        "a line that means nothing in its block",
        "In a learning rule, `send` stands in the block `on pre:`, where a signal arrives, and "
        "equations dx/dt = ... in the blocks that run in every step: `pre:`, `post:` and `every "
        "step:`.",
    ),
)

CODES: tuple[Code, ...] = (*_TEXT, *_NAMES, *_UNITS, *_NEURONS, *_VALUES, *_DOCUMENTS)
