"""A text to a `Network`: names, units and shapes resolved, all that is wrong reported at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from somac.grammar import ast
from somac.grammar.arguments import Arguments, bind
from somac.grammar.arrays import Budget, Folder, Limits
from somac.grammar.ast import Position
from somac.grammar.delays import Clock
from somac.grammar.generate import connect
from somac.grammar.learns import Taught
from somac.grammar.library import Library, library
from somac.grammar.parse import parse
from somac.grammar.problems import Problems, Source
from somac.grammar.random_device import RANDOM_DEVICE, device_of
from somac.grammar.settings import Choices, Settings, read_settings
from somac.grammar.text_file import read_text
from somac.grammar.values import Reader, shape_text
from somac.grammar.words import projection_name
from somac.ir.connectivity import Connectivity, Dense
from somac.ir.errors import Diagnostic, SomacError
from somac.ir.network import Input, Network, Output, Population, Projection
from somac.ir.neuron import NeuronModel
from somac.ir.random_device import RandomDevice
from somac.ir.suggest import did_you_mean

__all__ = ["Choices", "Limits", "load_snn", "network_of"]

# per pair of a random device while it is drawn
_DRAWN_BYTES = 32


def load_snn(path: Path, choices: Choices | None = None, limits: Limits | None = None) -> Network:
    """The network that a `.snn` file describes.

    Parameters
    ----------
    path
        The file; it may load arrays from its folder.
    choices
        Settings that take the place of those in the file.
    limits
        What the file may ask for.

    Raises
    ------
    SomacError
        E0101 to E0103 if the file cannot be read, else everything that is wrong with it
        (E0201 to E0225, and E0401 to E0410 with the place in the text).
    """
    path = Path(path)
    return network_of(read_text(path), str(path), path.parent, choices, limits)


def network_of(
    text: str,
    file: str | None = None,
    folder: Path | None = None,
    choices: Choices | None = None,
    limits: Limits | None = None,
) -> Network:
    """The network that a text describes; it may load arrays from `folder`, if there is one."""
    document = parse(text, file)
    source = Source(file, text.replace("\r\n", "\n"))
    problems = Problems(source)
    known = library()
    with problems.collected():
        known = known.extended(document, source)
    reader = Reader(problems, Folder(folder, Budget(limits or Limits())))
    settings = None
    with problems.collected():
        settings = read_settings(_network(document, problems), known, reader, choices or Choices())
    if settings is None:
        raise problems.failure()
    own = frozenset(item.name for item in document.items if isinstance(item, ast.NeuronDef))
    return _Lowering(document, settings, known, reader, own).network()


def _network(document: ast.Document, problems: Problems) -> ast.NetworkDef:
    found = [item for item in document.items if isinstance(item, ast.NetworkDef)]
    if len(found) != 1:
        raise problems.error(
            "E0224",
            "the text describes two networks" if found else "the text describes no network",
            found[1].position if found else Position(1, 1),
            hint="write one block `network NAME:` with its dt",
        )
    return found[0]


@dataclass(slots=True)
class _Lowering:
    """A document on its way to a network.

    Parameters
    ----------
    own
        Names of the neurons of the text.
    shapes
        Of the inputs and populations so far.
    models
        By the name that the text calls them; None for those that are wrong.
    model_of
        The model of each population so far.
    places
        Where in the text the parts of the network are, by their names.
    """

    document: ast.Document
    settings: Settings
    library: Library
    reader: Reader
    own: frozenset[str]
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    models: dict[str, NeuronModel | None] = field(default_factory=dict)
    model_of: dict[str, NeuronModel | None] = field(default_factory=dict)
    places: dict[str, Position] = field(default_factory=dict)

    @property
    def problems(self) -> Problems:
        return self.reader.problems

    def network(self) -> Network:
        inputs: list[Input] = []
        populations: list[Population] = []
        outputs: list[Output] = []
        waiting: list[ast.ProjectionDef] = []
        for item in self.document.items:
            if self.problems.full:
                break
            match item:
                case ast.InputDef():
                    self._place(item.name, item.shape, item.position)
                    inputs.append(Input(item.name, item.shape, item.kind))
                case ast.PopulationDef():
                    self._place(item.name, item.shape, item.position)
                    self.model_of[item.name] = self._model(item.model)
                    with self.problems.collected():
                        populations += self._population(item)
                case ast.ProjectionDef():
                    waiting.append(item)
                case ast.OutputDef():
                    outputs.append(Output(item.name or item.source, item.source))
                    for name in (outputs[-1].name, item.source):
                        self.places.setdefault(name, item.position)
                case _:
                    pass
        projections: list[Projection] = []
        taken: set[str] = set()
        for item in waiting:
            if self.problems.full:
                break
            with self.problems.collected():
                projections += self._projection(item, taken)
        self.problems.check()
        taught = Taught(self.reader, self.library, self.settings.integrator, populations)
        learnt: list[Projection] = []
        for item, projection in zip(waiting, projections, strict=True):
            with self.problems.collected():
                learnt.append(taught.learning(item, projection))
        self.problems.check()
        try:
            with np.errstate(all="ignore"):
                return Network(
                    self.settings.name,
                    self.settings.dt,
                    tuple(inputs),
                    taught.populations,
                    tuple(learnt),
                    tuple(outputs),
                    self.settings.semantics,
                )
        except SomacError as error:
            self.problems.found += [self._located(d) for d in error.diagnostics]
            raise self.problems.failure() from None

    def _located(self, diagnostic: Diagnostic) -> Diagnostic:
        """A diagnostic of the network with the place in the text of what it is about."""
        position = self.places.get(diagnostic.place.node or "")
        if position is None:
            return diagnostic
        place = self.problems.source.place(position, diagnostic.place.node)
        return replace(diagnostic, place=place)

    def _place(self, name: str, shape: tuple[int, ...], position: Position) -> None:
        self.shapes[name] = shape
        self.places[name] = position
        most = self.reader.folder.budget.limits.cells
        if prod(shape) > most:
            self.problems.add(
                "E0223",
                f"{name} has too many cells",
                position,
                have=f"{prod(shape)} of shape {shape_text(shape)}",
                need=f"at most {most}",
            )
            self.shapes[name] = (1,)

    # -- populations --------------------------------------------------------

    def _model(self, call: ast.Call) -> NeuronModel | None:
        """The neuron model of that name; None if it has none or a wrong one, which is noted."""
        if call.function not in self.models:
            self.models[call.function] = None
            with self.problems.collected(), self.problems.at(call.position):
                name = self._model_name(call)
                self.models[call.function] = self.library.model(name, self.settings.integrator)
        return self.models[call.function]

    def _model_name(self, call: ast.Call) -> str:
        """A neuron of the text, a node type of the profile, or a neuron of the library."""
        name, profile = call.function, self.settings.profile
        if name in self.own or profile is None or name not in profile.node_types:
            if name in self.library.models:
                return name
            known = {*self.library.models, *(profile.node_types if profile else ())}
            hint = did_you_mean(name, self.own or known)
            raise self.problems.error(
                "E0206", f"there is no neuron {name}", call.position, hint=hint
            )
        found = profile.model_for(name, self.settings.reset)
        if found is None:
            raise self.problems.error(
                "E0206",
                f"profile {profile.name} has no {name} with reset {self.settings.reset}",
                call.position,
                hint=f"it knows the resets {', '.join(profile.resets(name))}",
            )
        return found

    def _population(self, item: ast.PopulationDef) -> list[Population]:
        """The population, or nothing if its model is wrong."""
        model = self.model_of[item.name]
        if model is None:
            return []
        shape = self.shapes[item.name]
        given = self._parameters(item.model, model)
        parameters = {}
        for parameter in model.parameters:
            value = given.get(parameter.name)
            if value is not None:
                with self.problems.collected():
                    parameters[parameter.name] = self.reader.cells(value, parameter.unit, shape)
        bias: dict[str, NDArray[np.float64]] = {}
        for line in item.biases:
            if line.port not in model.inputs or line.port in bias:
                self._bad_bias(line, model)
            else:
                with self.problems.collected():
                    bias[line.port] = self.reader.cells(line.value, "", shape)
        return [Population(item.name, item.shape, model, parameters, bias)]

    def _parameters(self, call: ast.Call, model: NeuronModel) -> Arguments:
        for argument in call.arguments:
            if argument.name is None:
                raise self.problems.error(
                    "E0209",
                    f"{call.function}: parameters are given by name",
                    argument.position,
                    need=", ".join(p.name for p in model.parameters) or "none",
                )
        return bind(call, [p.name for p in model.parameters], self.problems)

    def _bad_bias(self, line: ast.Bias, model: NeuronModel) -> None:
        if line.port in model.inputs:
            self.problems.add("E0207", f"the bias of {line.port} is given twice", line.position)
        else:
            hint = did_you_mean(line.port, model.inputs)
            message = f"{model.name} has no input {line.port}"
            self.problems.add("E0206", message, line.position, hint=hint)

    # -- projections --------------------------------------------------------

    def _projection(self, item: ast.ProjectionDef, taken: set[str]) -> list[Projection]:
        """The projection, or nothing if the model of its target is wrong."""
        for end, name, known in (
            ("input or population", item.source, self.shapes),
            ("population", item.target, self.model_of),
        ):
            if name not in known:
                hint = did_you_mean(name, known)
                message = f"there is no {end} {name}"
                raise self.problems.error("E0206", message, item.position, hint=hint)
        model = self.model_of[item.target]
        port = "" if model is None else self._port(item, model)
        clock = Clock(self.reader, self.settings.dt)
        delay = 0 if item.delay is None else clock.ticks(item.delay)
        source, target = self.shapes[item.source], self.shapes[item.target]
        name = item.name or projection_name(item.source, item.target, port, taken)
        device = device_of(item.stages, self.reader, self.settings.device_seed)
        if device is None:
            connectivity = connect(item.stages, source, target, clock)
        else:
            connectivity = self._cells(device, name, prod(target), prod(source), item.position)
        if model is None:
            return []
        self.places.setdefault(name, item.position)
        taken.add(name)
        return [
            Projection(name, item.source, item.target, port, connectivity, delay, device=device)
        ]

    def _cells(
        self, device: RandomDevice, name: str, targets: int, sources: int, position: Position
    ) -> Connectivity:
        """The cells of a device, their memory counted before it is taken."""
        self.reader.take(_DRAWN_BYTES * targets * sources, RANDOM_DEVICE, position)
        return Dense(device.weights(name, targets, sources))

    def _port(self, item: ast.ProjectionDef, model: NeuronModel) -> str:
        if item.port is None and len(model.inputs) == 1:
            return model.inputs[0]
        if item.port in model.inputs:
            return str(item.port)
        message = f"{model.name} has no input {item.port}"
        if item.port is None:
            message = f"{item.target} has {len(model.inputs)} inputs: which one?"
        hint = did_you_mean(item.port or "", model.inputs)
        raise self.problems.error("E0206", message, item.position, hint=hint)
