"""E04xx: networks."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0401",
        "the time step is not a positive number",
        "Time is counted in ticks of dt seconds. State it with --dt, or in the .snn text.",
    ),
    Code(
        "E0402",
        "a name is used twice",
        "Inputs and populations share one set of names; projections and outputs have one each. "
        "An output may be called as its source is, but as no other part of the network; and "
        "neuron models of one name are one model.",
    ),
    Code(
        "E0403",
        "a name is not defined",
        "A projection or output refers to an input or population that does not exist.",
    ),
    Code(
        "E0404",
        "shapes do not fit",
        "Weights have as many columns as the source has cells and as many rows as the target; "
        "a parameter is one value, or one per cell; and there is at least one cell.",
    ),
    Code(
        "E0405",
        "a parameter or port is missing or unknown",
        "Every parameter of a neuron model without a default needs a value, and nothing else "
        "may be given; projections end at an input port of the model.",
    ),
    Code(
        "E0406",
        "a value is not a finite number",
        "Weights, parameters, and the initial values and the parts of equations that follow from "
        "them must be finite: NaN and infinity cannot become integers. A time constant or "
        "threshold of 0 that something is divided by is such a case.",
    ),
    Code(
        "E0407",
        "a loop without delay",
        "Within a tick, populations update one after the other along projections of delay 0. "
        "Around every loop there must be a delay of at least one tick.",
    ),
    Code("E0408", "a negative delay", "Signals arrive at the tick they are sent, or later."),
    Code(
        "E0409",
        "a network without inputs, populations or outputs",
        "Recorded inputs say how many steps a network runs, populations are what runs, and outputs "
        "are what is seen of it. What is compiled needs at least one of each.",
    ),
    Code(
        "E0410",
        "a projection that cannot learn",
        "A learning rule changes the weight of every synapse for itself, when its signal arrives. "
        "The weights of a convolution or pool are shared by many synapses, and synapses of "
        "different delays would need a trace each: neither can have a learning rule.",
    ),
    Code(
        "E0411",
        "nothing can be pruned to that",
        "Pruning keeps a fraction of the weights of every matrix, above 0 and at most 1, and the "
        "same number in each of its lanes. Target cell j is in lane j modulo the number of lanes, "
        "so that a matrix has at least one row for each.",
    ),
    Code(
        "E0412",
        "no matrix to prune",
        "Pruning is for dense projections that do not learn: the weights of a convolution are "
        "shared, those that learn may grow, random devices are not programmed, and synapses given "
        "one by one are sparse already.",
    ),
)
