"""Front ends: a file of the user's to a `Network`, chosen by its ending."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from somac.ir.errors import Diagnostic, Place, Severity, SomacError
from somac.ir.files import require_there
from somac.ir.network import Network
from somac.ir.neuron import SignalKind

__all__ = ["LoadOptions", "Loaded", "load_model"]


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a NIR file does not say; None takes it from the file, else from the profile.

    Parameters
    ----------
    profile
        A named set of choices: whose simulator the model was trained in. If neither this nor
        the file says, ``nir-euler``.
    dt
        Length of a tick in seconds.
    reset
        ``value``, ``subtract`` or ``subtract_delayed``.
    integrator
        How differential equations become updates.
    compare
        ``>`` or ``>=`` at the threshold.
    input_kind
        ``spike``, ``count`` or ``value``.
    repair
        Whether a file may be read in a way that its author probably meant, with a warning.
    device_seed
        Which device the random devices of a text are of; 0 where neither this nor the text says.
    trusted
        Whether the user vouches for the file: it may be larger and take longer than a
        stranger's.
    """

    profile: str | None = None
    dt: float | None = None
    reset: str | None = None
    integrator: str | None = None
    compare: str | None = None
    input_kind: SignalKind | None = None
    repair: bool = True
    device_seed: int | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """The network, and what the user should know of how it was read."""

    network: Network
    notes: tuple[Diagnostic, ...] = ()


def load_model(path: Path, options: LoadOptions | None = None) -> Loaded:
    """Read a model.

    Raises
    ------
    SomacError
        E0904 if the ending is not one of a model, else whatever the front end finds.
    """
    options = options or LoadOptions()
    suffix, seed = path.suffix.lower(), options.device_seed
    if suffix == ".snn":
        from somac.grammar.lower import Choices, load_snn

        choices = Choices(
            options.dt, options.profile, options.integrator, options.reset, options.device_seed
        )
        network = load_snn(path, choices)
        return Loaded(network, (*_without_effect(path, options), *_no_device(path, network, seed)))
    if suffix in (".nir", ".h5", ".hdf5"):
        from somac.compiler.nir.limits import TRUSTED
        from somac.compiler.nir.load import load_nir
        from somac.compiler.nir.options import NirOptions

        given = asdict(options)
        limits = TRUSTED if given.pop("trusted") else None
        del given["device_seed"]
        read = load_nir(path, NirOptions(**given, limits=limits))
        return Loaded(read.network, (*read.notes, *_no_device(path, read.network, seed)))
    require_there(path)
    raise SomacError(
        "E0904",
        f"{path} is not a model by its name",
        place=Place(file=str(path)),
        have="a folder" if path.is_dir() else suffix or "no ending",
        need=".nir or .snn",
    )


def _without_effect(path: Path, options: LoadOptions) -> Iterator[Diagnostic]:
    """A warning for options that say what `.snn` text always says itself."""
    given = {"--compare": options.compare, "--input-kind": options.input_kind}
    for flag, value in given.items():
        if value is not None:
            yield Diagnostic(
                "E0911",
                f"{flag} {value} does nothing: {path.name} says that itself",
                Place(file=str(path)),
                hint="change the text",
                severity=Severity.WARNING,
            )


def _no_device(path: Path, network: Network, seed: int | None) -> Iterator[Diagnostic]:
    """A warning for the seed of a device where there is none that leaves it open."""
    devices = [p.device for p in network.projections if p.device is not None]
    if seed is not None and all(device.seed != seed for device in devices):
        yield Diagnostic(
            "E0911",
            f"--device-seed {seed} does nothing: {path.name} has no random device "
            + ("that leaves its seed open" if devices else "in it"),
            Place(file=str(path)),
            severity=Severity.WARNING,
        )
