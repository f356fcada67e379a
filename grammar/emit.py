"""A `Network` as text: any network, also one from NIR, printed in this language.

The neuron models are written as the discrete updates they are; large arrays go beside the
text. Reading the text gives a network of the same digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.emit_map import map_text
from somac.grammar.emit_model import model_text
from somac.grammar.emit_rule import learns_text, rule_text
from somac.grammar.emit_value import Store, handy, unwritable
from somac.grammar.integrators import INTEGRATORS
from somac.grammar.library import RESETS, library
from somac.grammar.printer import document_text
from somac.grammar.random_device import device_text
from somac.grammar.words import projection_name
from somac.ir.network import Network, Population

__all__ = ["network_text"]

_APART = ast.Layout(above=("",))
_NONE = "none"


def network_text(
    network: Network, arrays_file: str = "arrays.npz"
) -> tuple[str, Mapping[str, NDArray[Any]]]:
    """The text of a network, and the arrays that are to stand beside it.

    Parameters
    ----------
    network
        Any network.
    arrays_file
        Name of the `.npz` file that the text loads its larger arrays from. The caller writes
        it (``numpy.savez(file, **arrays)``) if there are any.

    Returns
    -------
    The text, and the arrays by their names in the file.

    Raises
    ------
    SomacError
        E0226 if a name or structure cannot be written.
    """
    names = [
        network.name,
        *(i.name for i in network.inputs),
        *(name for p in network.populations for name in (p.name, p.model.name)),
        *(p.name for p in network.projections),
        *(p.plasticity.rule.name for p in network.projections if p.plasticity),
        *(o.name for o in network.outputs),
    ]
    if not all(names):
        raise unwritable("something in it has no name", network.name or "the network")
    store = Store(arrays_file)
    items = tuple(_items(network, store))
    return document_text(ast.Document(items)), store.arrays


def _items(network: Network, store: Store) -> Iterator[ast.Item]:
    yield ast.NetworkDef(network.name, tuple(_settings(network)))
    models = {p.model.name: p.model for p in network.populations}
    for model in models.values():
        yield model_text(model, _APART)
    learning = [p.plasticity for p in network.projections if p.plasticity]
    for rule in dict.fromkeys(p.rule.name for p in learning):
        yield rule_text([p for p in learning if p.rule.name == rule], _APART)
    layout = _APART
    for i in network.inputs:
        yield ast.InputDef(i.name, i.shape, i.kind, layout=layout)
        layout = ast.PLAIN
    layout = _APART
    for p in network.populations:
        yield _population(p, store, layout)
        layout = ast.PLAIN
    yield from _projections(network, store)
    layout = _APART
    for o in network.outputs:
        name = None if o.name == o.source else o.name
        yield ast.OutputDef(o.source, name, layout=layout)
        layout = ast.PLAIN


def _settings(network: Network) -> Iterator[ast.Setting]:
    """Lines that give back the time step and the semantics, those the language knows by name."""
    yield ast.Setting("dt", handy(network.dt, "s"))
    left = dict(network.semantics)
    profiles = library().profiles
    yield ast.Setting("profile", left.pop("profile") if left.get("profile") in profiles else _NONE)
    for key, known in (("integrator", tuple(INTEGRATORS)), ("reset", RESETS)):
        value = left.get(key)
        if value in known:
            del left[key]
            yield ast.Setting(key, str(value))
        elif key == "integrator":
            yield ast.Setting(key, _NONE)
    for key in sorted(left):
        yield ast.Setting("semantics", left[key], key)


def _ticks(delay: int) -> ast.Quantity:
    return ast.Quantity(float(delay), "tick" if delay == 1 else "ticks")


def _population(population: Population, store: Store, layout: ast.Layout) -> ast.PopulationDef:
    name, model = population.name, population.model
    arguments = []
    for parameter in model.parameters:
        value = population.parameters[parameter.name]
        if value.ndim == 0 and value.item() == parameter.default and value.item() != 0:
            continue
        written = store.value(value, f"{name}.{parameter.name}", parameter.unit or None)
        arguments.append(ast.Argument(parameter.name, written))
    biases = tuple(
        ast.Bias(port, store.value(population.bias[port], f"{name}.bias.{port}"))
        for port in sorted(population.bias)
    )
    call = ast.Call(model.name, tuple(arguments))
    return ast.PopulationDef(name, population.shape, call, biases, layout=layout)


def _projections(network: Network, store: Store) -> Iterator[ast.ProjectionDef]:
    shapes = {i.name: i.shape for i in network.inputs}
    shapes |= {p.name: p.shape for p in network.populations}
    taken: set[str] = set()
    layout = _APART
    for p in network.projections:
        plain = p.name == projection_name(p.source, p.target, p.port, taken)
        taken.add(p.name)
        delay = _ticks(p.delay) if p.delay else None
        yield ast.ProjectionDef(
            p.source,
            p.target,
            p.port,
            None if plain else p.name,
            (device_text(p.device),)
            if p.device
            else map_text(p.connectivity, shapes[p.source], p.name, store),
            delay,
            None if p.plasticity is None else learns_text(p.plasticity),
            layout=layout,
        )
        layout = ast.PLAIN
