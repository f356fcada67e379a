"""Options of the quantise pass."""

from dataclasses import dataclass

__all__ = ["QuantiseOptions"]


@dataclass(frozen=True, slots=True)
class QuantiseOptions:
    """How many bits things get.

    Parameters
    ----------
    weight_bits
        Bits of a weight, sign included: magnitudes up to ``2**(bits - 1) - 1``.
    state_bits
        Bits of a state: at least 6.
    coefficient_bits
        Bits of a coefficient in an equation (decay, gain), sign included.
    count_bits
        Bits of a number of spikes sent in one tick.
    value_bits
        Bits of a number sent.
    accumulator_bits
        Bits of the sum that arrives at a port.
    learning_bits
        Bits of a weight that learns, sign included where it can be negative; weights that meet
        it at a port are rounded to as many.
    per_channel
        Give each target cell (each channel of a convolution) a scale of its own, folded into
        the neuron's parameters, where the connectivity allows it.

    Raises
    ------
    ValueError
        For states of fewer than 6 bits.
    """

    weight_bits: int = 8
    state_bits: int = 24
    coefficient_bits: int = 17
    count_bits: int = 8
    value_bits: int = 16
    accumulator_bits: int = 32
    learning_bits: int = 16
    per_channel: bool = True

    def __post_init__(self) -> None:
        if self.state_bits < 6:
            raise ValueError(f"state_bits is {self.state_bits}, and a state has at least 6")
