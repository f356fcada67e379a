"""What is simulated: a design with the module `sim`, what it is given, what it did and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.program import is_file_name

__all__ = ["Beats", "Design", "Records", "Stimulus", "words_of"]

Cycles = NDArray[np.int64]
Words = NDArray[np.uint32]


def words_of(bits: int) -> int:
    """32-bit words that hold so many bits."""
    return -(-bits // 32)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A design whose top is the module `sim` with the ports of the simulation contract.

    Parameters
    ----------
    sources
        SystemVerilog by file name, in the order in which it is read: packages first.
    images
        Memory images by the names that $readmemh reads, relative to the working folder. Every
        line ends with a newline: some simulators drop a last word without one.
    inputs, outputs, probes
        How many streams there are of each kind, 1 or more.
    input_bits, output_bits, probe_bits
        Bits of a beat or word, 1 or more; stream i has bits i * width and up of its port.

    Raises
    ------
    ValueError
        If a name cannot be that of a file of a bundle, or a number is below 1.
    SomacError
        E0851 for images that do not end with a newline.
    """

    sources: Mapping[str, bytes]
    images: Mapping[str, bytes]
    inputs: int
    input_bits: int
    outputs: int
    output_bits: int
    probes: int
    probe_bits: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", MappingProxyType(dict(self.sources)))
        object.__setattr__(self, "images", MappingProxyType(dict(self.images)))
        for name in chain(self.sources, self.images):
            if not is_file_name(name):
                raise ValueError(f"{name!r} cannot be the name of a source or an image")
        if min(self.parameters.values()) < 1:
            raise ValueError("a design has a stream of each kind, of one bit or more")
        cut = [name for name, image in self.images.items() if not image.endswith(b"\n")]
        if cut:
            raise SomacError.of(
                Diagnostic(
                    "E0851",
                    "the last line of the memory image has no end",
                    place=Place(file=name),
                    need="a newline after every word",
                )
                for name in cut
            )

    @property
    def files(self) -> tuple[str, ...]:
        """The sources as paths in their folder, none of which is taken for an option."""
        return tuple(f"./{name}" for name in self.sources)

    @property
    def parameters(self) -> Mapping[str, int]:
        """The parameters of the harness and the testbench, by name."""
        return {
            "INPUTS": self.inputs,
            "INPUT_BITS": self.input_bits,
            "OUTPUTS": self.outputs,
            "OUTPUT_BITS": self.output_bits,
            "PROBES": self.probes,
            "PROBE_BITS": self.probe_bits,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Stimulus:
    """What a design is given, and how much is awaited of it, in each of some samples.

    Parameters
    ----------
    inputs
        Per input uint32 (samples, beats, words): the beats, least significant word first; bits
        beyond the width of a beat are not looked at.
    outputs, probes
        Beats of each output and words of each probe after which a sample ends. What comes
        after these is not recorded.
    """

    inputs: tuple[Words, ...]
    outputs: tuple[int, ...]
    probes: tuple[int, ...]

    def __post_init__(self) -> None:
        shapes = {beats.shape[:1] for beats in self.inputs}
        if any(b.ndim != 3 or b.dtype != np.uint32 for b in self.inputs) or len(shapes) != 1:
            raise ValueError("inputs are uint32 (samples, beats, words), of as many samples")
        if min((0, *self.outputs, *self.probes)) < 0:
            raise ValueError("no fewer than 0 beats can be awaited")

    @property
    def samples(self) -> int:
        """How often the design is reset and run."""
        return int(self.inputs[0].shape[0])

    def check(self, design: Design) -> None:
        """ValueError unless it has the streams and the words of the design."""
        counts = (len(self.inputs), len(self.outputs), len(self.probes))
        if counts != (design.inputs, design.outputs, design.probes):
            raise ValueError(f"{counts} streams for a design that has another number of them")
        words = words_of(design.input_bits)
        if any(beats.shape[2] != words for beats in self.inputs):
            raise ValueError(f"a beat of {design.input_bits} bits has {words} words")


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """What was recorded of an output or a probe.

    Parameters
    ----------
    cycles
        int64 (samples, beats): the cycle whose rising edge takes the beat, from 0, the first
        in which rst is low.
    data
        uint32 (samples, beats, words), least significant word first.
    last
        bool (samples, beats): whether out_last came with it; False for probes.
    """

    cycles: Cycles
    data: Words
    last: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What a design did.

    Parameters
    ----------
    accepted
        Per input int64 (samples, beats): the cycle whose rising edge takes the beat, -1 for
        those that were not taken when the sample ended.
    outputs, probes
        As many beats of each as were awaited.
    """

    accepted: tuple[Cycles, ...]
    outputs: tuple[Beats, ...]
    probes: tuple[Beats, ...]

    @property
    def cycles(self) -> Cycles:
        """int64 (samples,): cycles of each sample, until the last thing that was awaited."""
        samples = self.outputs[0].cycles.shape[0]
        streams = [beats.cycles for beats in chain(self.outputs, self.probes)]
        last = [c.max(axis=1) for c in streams if c.shape[1]]
        return np.max(last, axis=0) + 1 if last else np.zeros(samples, np.int64)
