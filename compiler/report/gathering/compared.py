"""Integers beside the float reference on data, and how much of their formats they use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from somac.compiler.agreement import batches, recorded_values
from somac.compiler.inputs import Recording, raw_inputs
from somac.compiler.report.data import FloatError
from somac.compiler.signals import classes_of, in_units
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.network import Network
from somac.ir.simulate import golden, reference

__all__ = ["Compared", "Extent", "compared_on", "require_origin"]

Key = tuple[str, str]
OUTPUT = "output"

_BUDGET = 1 << 27
"""Values of states and signals that are looked at, over all samples."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Of what a format held: the largest raw magnitude, what it stands for, share at the ends."""

    raw: int
    real: float
    clipped: float


@dataclass(frozen=True, slots=True)
class Compared:
    """What data say. Accuracies are shares of samples; None without labels or the float model."""

    samples: int
    extents: Mapping[Key, Extent]
    errors: tuple[FloatError, ...] = ()
    accuracy: float | None = None
    accuracy_float: float | None = None


def require_origin(network: IntegerNetwork, model: Network) -> None:
    """SomacError E0718 unless the integers were made from this model."""
    have = model.digest()
    if network.origin != have:
        raise SomacError(
            "E0718",
            f"{model.name} is not the model that the bundle was compiled from",
            have=f"digest {have[:16]}",
            need=f"digest {network.origin[:16]}" if network.origin else "a network in integers",
            hint="give the same file with the same options of reading it; "
            "of a pruned model nothing is left to compare with",
        )


@dataclass(slots=True)
class _Sums:
    """Running sums of one quantity. Mutable, and private to one comparison."""

    values: int = 0
    raw: int = 0
    real: float = 0.0
    clipped: int = 0
    square: float = 0.0
    worst: float = 0.0
    scale: float = 0.0
    unequal: int = 0


@dataclass(slots=True)
class _Tally:
    """Mutable, and private to one comparison."""

    sums: dict[Key, _Sums] = field(default_factory=lambda: defaultdict(_Sums))
    right: int = 0
    right_float: int = 0


def compared_on(
    network: IntegerNetwork,
    recording: Recording,
    model: Network | None,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Compared | None:
    """Run both on as many samples as the budget allows; None if there is nothing to run.

    Parameters
    ----------
    model
        The float model, of which `require_origin` is true; None to look at formats alone.
    """
    total, steps = next(iter(recording.inputs.values())).shape[:2]
    if not total * steps:
        return None
    samples = min(total, max(1, _BUDGET // max(1, steps * recorded_values(network))))
    some = {name: value[:samples] for name, value in recording.inputs.items()}
    labels = None if recording.labels is None else recording.labels[:samples]
    names = [p.name for p in network.populations]
    output = network.outputs[0].source
    tally = _Tally()
    for before, part in batches(some, network):
        progress(before, samples)
        raw = raw_inputs(part, network.inputs)
        meant = golden(network, raw, record=names, record_states=names)
        found = dict(_quantities(network, meant.signals, meant.states))
        for key, values in found.items():
            _extent(network, key, values, tally.sums[key])
        count = next(iter(part.values())).shape[0]
        own = None if labels is None else labels[before : before + count]
        tally.right += _right(in_units(network, output, meant.signals[output]), own)
        if model is not None:
            real = reference(model, part, record=names, record_states=names)
            for key, value in _quantities(network, real.signals, real.states):
                if key in found and value.shape == found[key].shape:
                    _error(network, key, found[key], value, tally.sums[key])
            tally.right_float += _right(real.signals[output], own)
    return _summed(network, tally, samples, labels is not None, model is not None)


def _quantities(
    network: IntegerNetwork,
    signals: Mapping[str, NDArray[Any]],
    states: Mapping[str, Mapping[str, NDArray[Any]]],
) -> Iterator[tuple[Key, NDArray[Any]]]:
    """States and signals (samples, steps, cells) of every population."""
    for p in network.populations:
        for name in p.initial:
            if name in states.get(p.name, {}):
                yield (p.name, name), states[p.name][name]
        yield (p.name, OUTPUT), signals[p.name]


def _scale(network: IntegerNetwork, key: Key) -> NDArray[np.float64]:
    """What a raw step stands for: signals that are no numbers count themselves."""
    p = network.population(key[0])
    if key[1] == OUTPUT and p.datapath.output_kind != "value":
        return np.float64(1.0) * np.ones(())
    return np.asarray(p.scales.get(key[1], 1.0), np.float64)


def _extent(network: IntegerNetwork, key: Key, raw: NDArray[np.int64], sums: _Sums) -> None:
    p = network.population(key[0])
    format = p.datapath.sent if key[1] == OUTPUT else p.datapath.format_of("state", key[1])
    size = np.abs(raw)
    sums.values += raw.size
    sums.raw = max(sums.raw, int(size.max(initial=0)))
    sums.real = max(sums.real, float((size * _scale(network, key)).max(initial=0.0)))
    ends = raw == format.maximum
    if format.minimum:
        ends |= raw == format.minimum
    sums.clipped += int(np.count_nonzero(ends))


def _error(
    network: IntegerNetwork,
    key: Key,
    raw: NDArray[np.int64],
    real: NDArray[Any],
    sums: _Sums,
) -> None:
    given = np.asarray(real, np.float64)
    error = raw * _scale(network, key) - given
    sums.square += float((error * error).sum())
    sums.scale += float((given * given).sum())
    sums.worst = max(sums.worst, float(np.abs(error).max(initial=0.0)))
    sums.unequal += int(np.count_nonzero(error))


def _right(signal: NDArray[Any], labels: NDArray[np.int64] | None) -> int:
    """Samples whose most active cell is their label."""
    if labels is None:
        return 0
    return int(np.count_nonzero(classes_of(signal) == labels))


def _summed(
    network: IntegerNetwork, tally: _Tally, samples: int, labelled: bool, with_float: bool
) -> Compared:
    def error(key: Key, sums: _Sums) -> FloatError:
        numbers = key[1] != OUTPUT or network.population(key[0]).datapath.output_kind == "value"
        return FloatError(
            *key,
            rms=float(np.sqrt(sums.square / sums.values)),
            worst=sums.worst,
            scale=float(np.sqrt(sums.scale / sums.values)),
            differing=None if numbers else sums.unequal / sums.values,
        )

    there = {key: sums for key, sums in tally.sums.items() if sums.values}
    return Compared(
        samples,
        {
            key: Extent(sums.raw, sums.real, sums.clipped / sums.values)
            for key, sums in there.items()
        },
        tuple(error(key, sums) for key, sums in there.items()) if with_float else (),
        tally.right / samples if labelled else None,
        tally.right_float / samples if labelled and with_float else None,
    )
