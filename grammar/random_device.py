"""``random_device(normal(...), scale = ...)``: a map whose weights nobody programs."""

from __future__ import annotations

from collections.abc import Sequence

from somac.grammar import ast
from somac.grammar.arguments import bind
from somac.grammar.values import Reader
from somac.ir.random_device import MAX_DEVICE_SEED, RandomDevice

__all__ = ["RANDOM_DEVICE", "device_of", "device_text"]

RANDOM_DEVICE = "random_device"

_ONE = ast.Quantity(1.0)


def device_of(stages: Sequence[ast.Call], reader: Reader, seed: int) -> RandomDevice | None:
    """The random device that a projection is, if it is one.

    Parameters
    ----------
    stages
        The maps of the projection.
    seed
        Which device it is where the text does not say.

    Raises
    ------
    SomacError
        What is wrong with an argument, or with a device among other maps, with its place.
    """
    found = next((stage for stage in stages if stage.function == RANDOM_DEVICE), None)
    if found is None:
        return None
    if len(stages) > 1:
        raise reader.problems.error(
            "E0691",
            "a random device stands in a chain of maps",
            found.position,
            hint="let it be a projection of its own",
        )
    given = bind(found, ("conductance", "scale", "seed"), reader.problems)
    need = "a normal distribution, as in normal(0, 6.6): weights cannot be given"
    mean, deviation = reader.normal(given.need("conductance"), need)
    stated = given.get("seed")
    if stated is None and not 0 <= seed <= MAX_DEVICE_SEED:
        raise reader.problems.error(
            "E0690",
            f"there is no device {seed}",
            found.position,
            need=f"a seed from 0 to {MAX_DEVICE_SEED}",
        )
    return RandomDevice(
        mean,
        deviation,
        reader.number(given.get("scale") or _ONE),
        seed if stated is None else reader.whole(stated, "a seed", 0, MAX_DEVICE_SEED),
    )


def device_text(device: RandomDevice) -> ast.Call:
    """The map as the text has it; the seed is stated, so that it stays this device."""
    numbers = (device.mean, device.deviation)
    values = (
        (None, ast.Call("normal", tuple(ast.Argument(None, ast.Quantity(n)) for n in numbers))),
        ("scale", ast.Quantity(device.scale)),
        ("seed", ast.Quantity(float(device.seed))),
    )
    return ast.Call(RANDOM_DEVICE, tuple(ast.Argument(name, value) for name, value in values))
