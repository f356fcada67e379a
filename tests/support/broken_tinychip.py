"""Backends that are wrong in one way each, all else being Tinychip's; found as plug-ins are.

An entry point is ``broken_tinychip:NAME``, where NAME has INFO and `create` as a module would.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from tinychip.backend import Demand, Tinychip
from tinychip.emulator import TinychipEmulator

from somac.backends.api import Account, BackendInfo, CoreMemory, Emulation, Legal
from somac.ir.connectivity import OneToOne, Sparse
from somac.ir.errors import Diagnostic, Place, SomacError
from somac.ir.program import Program
from somac.ir.serial import GOLDEN, integer_from_files
from somac.ir.simulate import golden

__all__ = ["BROKEN"]

BROKEN: dict[str, SimpleNamespace] = {}
"""By the name of the backend, which is that of the class in small letters."""


def broken(kind: type[Tinychip]) -> type[Tinychip]:
    """Make a class a plug-in."""
    name = kind.__name__.lower()
    info = BackendInfo(name, (kind.__doc__ or name).strip(), api_version=(1, 0))
    kind.info = info
    BROKEN[name] = SimpleNamespace(INFO=info, create=kind)
    globals()[name] = BROKEN[name]
    return kind


class Changed(TinychipEmulator):
    """An emulator whose result is another; `change` gets a dictionary of every field."""

    def change(self, run: dict[str, Any], inputs: Any) -> None:
        raise NotImplementedError

    def run(self, inputs: Any, /, **wanted: Any) -> Emulation:
        run = super().run(inputs, **wanted)
        fields = {name: getattr(run, name) for name in Emulation.__slots__}
        self.change(fields, inputs)
        return Emulation(**fields)


class Emulating(Tinychip):
    """A Tinychip with another emulator."""

    kind: type[TinychipEmulator]

    def emulator(self, program: Program, /) -> TinychipEmulator:
        return self.kind(program)


# --- bits ----------------------------------------------------------------------------------------


@broken
class OffByOneBit(Emulating):
    """The last bit of the last state is another."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            for states in run["states"].values():
                for values in states.values():
                    values[-1:, -1:, -1:] ^= 1


@broken
class LostSpike(Emulating):
    """What is sent in the very last step gets lost."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            for values in run["outputs"].values():
                values[:, -1:] = 0


@broken
class NarrowOutputs(Emulating):
    """Outputs are int32."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            run["outputs"] = {n: v.astype(np.int32) for n, v in run["outputs"].items()}


@broken
class ReadsTheNetwork(Emulating):
    """Its emulator runs the network that lies in the bundle."""

    class kind(Changed):  # noqa: N801
        def __init__(self, program: Program) -> None:
            super().__init__(program)
            self.network = integer_from_files(program.files, GOLDEN)

        def change(self, run: dict[str, Any], inputs: Any) -> None:
            run["outputs"] = golden(self.network, inputs).signals


@broken
class ReadsTheReport(Emulating):
    """Its emulator asks the record of the compile what the chip is called."""

    class kind(TinychipEmulator):  # noqa: N801
        def __init__(self, program: Program) -> None:
            super().__init__(program)
            self.name = program.json("target.json")


@broken
class Remembers(Tinychip):
    """Its emulator runs the network that was emitted last, and not the files."""

    last: Any = None

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        type(self).last = network
        return super().emit(network, mapping, target, guidance)

    def emulator(self, program: Program, /) -> TinychipEmulator:
        if self.last is None:
            raise SomacError("E0704", "compile the network first")
        return super().emulator(program)


@broken
class KeepsState(Emulating):
    """A second run begins where the first one ended."""

    class kind(Changed):  # noqa: N801
        runs = 0

        def change(self, run: dict[str, Any], inputs: Any) -> None:
            self.runs += 1
            if self.runs > 1:
                for values in run["outputs"].values():
                    values[:, :1] ^= 1


@broken
class MixesSamples(Emulating):
    """A sample sees how many there are."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            for values in run["outputs"].values():
                values[:1] ^= len(values) % 2


@broken
class SpoilsInputs(Emulating):
    """It writes into the arrays that it is given."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            for values in inputs.values():
                values.fill(0)


# --- the same again ------------------------------------------------------------------------------


def _with(program: Program, name: str, content: str) -> Program:
    return replace(program, files={**program.files, name: content.encode()})


@broken
class DatesItsFiles(Tinychip):
    """Programs say when they were made."""

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        program = super().emit(network, mapping, target, guidance)
        return _with(program, "made.txt", str(time.time_ns()))


@broken
class OrderOfSets(Tinychip):
    """Files depend on the order of a set of texts, and that on the seed of hashes."""

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        program = super().emit(network, mapping, target, guidance)
        return _with(program, "names.txt", " ".join({f"name{n}" for n in range(20)}))


@broken
class WritesOutside(Tinychip):
    """It leaves a file in the working directory."""

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        Path("log.txt").write_text("emitted")
        return super().emit(network, mapping, target, guidance)


@broken
class Prints(Tinychip):
    """It prints where the results of commands stand."""

    def emulator(self, program: Program, /) -> TinychipEmulator:
        print("emulating")
        return super().emulator(program)


# --- capabilities --------------------------------------------------------------------------------


@broken
class DeclaresTooMuch(Tinychip):
    """It says that projections may learn; nothing of it does."""

    def capabilities(self, target: Any, /) -> Any:
        return replace(super().capabilities(target), learning=True)


@broken
class RefusesWhatItDeclares(Tinychip):
    """It says that signals may come back, and refuses loops."""

    def check(self, network: Any, target: Any, guidance: Any, /) -> list[Diagnostic]:
        return [
            Diagnostic("E0676", "a loop", Place(node=p.name), "no loops", "one")
            for p in network.projections
            if p.source == p.target
        ]


@broken
class ShortensDelays(Tinychip):
    """Delays that are too long are cut, and nobody is told."""

    def legalise(self, network: Any, target: Any, guidance: Any, /) -> Legal:
        most = self.capabilities(target).delays[1]
        cut = tuple(replace(p, delay=min(p.delay, most)) for p in network.projections)
        return super().legalise(replace(network, projections=cut), target, guidance)


@broken
class OneFaultAtATime(Tinychip):
    """It stops at the first thing that is wrong."""

    def legalise(self, network: Any, target: Any, guidance: Any, /) -> Legal:
        for p in (*network.inputs, *network.populations):
            kind = p.kind if hasattr(p, "kind") else p.datapath.output_kind
            if kind != "spike":
                raise SomacError("E0653", f"{p.name} sends a {kind}", place=Place(node=p.name))
        return super().legalise(network, target, guidance)


@broken
class Stumbles(Tinychip):
    """What it cannot do ends in a traceback."""

    def check(self, network: Any, target: Any, guidance: Any, /) -> list[Diagnostic]:
        simple = (OneToOne, Sparse)
        delays = [p.connectivity.delay for p in network.projections if isinstance(p, simple)]
        counts = [i for i in network.inputs if i.kind == "count"]
        return [] if not counts else delays[len(counts)]


@broken
class RefusesEverything(Tinychip):
    """Nothing is good enough for it."""

    def check(self, network: Any, target: Any, guidance: Any, /) -> list[Diagnostic]:
        return [Diagnostic("E0662", "no", have="nothing", need="something")]


# --- resources -----------------------------------------------------------------------------------


class _Shrinking(Demand):
    def demand(self, population: str, start: int, stop: int, /) -> dict[str, int]:
        honest = super().demand(population, start, stop)
        return honest | {"synapses": max(0, 100 - honest["synapses"])}


@broken
class TakesLessForMore(Tinychip):
    """More cells take fewer words."""

    def resources(self, network: Any, target: Any, guidance: Any, /) -> Demand:
        return _Shrinking(network)


class _Half(Demand):
    def demand(self, population: str, start: int, stop: int, /) -> dict[str, int]:
        honest = super().demand(population, start, stop)
        return {"neurons": honest["neurons"], "bytes": 12 * honest["synapses"]}


@broken
class Understates(Tinychip):
    """A word is said to take half of the bytes that the account says it takes."""

    def resources(self, network: Any, target: Any, guidance: Any, /) -> Demand:
        return _Half(network)

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        program = super().emit(network, mapping, target, guidance)
        taken: dict[int, int] = {}
        for number, part in enumerate(json.loads(program.files["chip.json"])["slices"]):
            size = len(program.files[f"slice{number}.bin"])
            taken[part["core"]] = taken.get(part["core"], 0) + size
        name = target.topology.core_name
        cores = tuple(CoreMemory(name(core), "", size) for core, size in taken.items())
        account = replace(Account.of(program), memory=cores)
        return replace(program, files={**program.files, **account.file()})


# --- bundles and inputs --------------------------------------------------------------------------


@broken
class WrongName(Tinychip):
    """Programs say that they are of another chip."""

    def emit(self, network: Any, mapping: Any, target: Any, guidance: Any, /) -> Program:
        return replace(super().emit(network, mapping, target, guidance), target="hugechip")


@broken
class TrustsFiles(Emulating):
    """A damaged file ends in a traceback."""

    class kind(TinychipEmulator):  # noqa: N801
        def __init__(self, program: Program) -> None:
            json.loads(program.files["chip.json"])
            super().__init__(program)


@broken
class VerifiesNothing(Tinychip):
    """Whatever is in the files is right."""

    def verify(self, program: Program, network: Any, /) -> tuple[()]:
        return ()


@broken
class TakesAnyInput(Emulating):
    """Inputs that are out of range are clipped."""

    class kind(TinychipEmulator):  # noqa: N801
        def run(self, inputs: Any, /, **wanted: Any) -> Emulation:
            limits = {i.name: (i.low, i.high) for i in self.inputs}
            fit = {
                name: np.clip(v, *limits[name]) if name in limits and v.dtype.kind in "iu" else v
                for name, v in inputs.items()
            }
            return super().run(fit, **wanted)


@broken
class RecordsAnything(Emulating):
    """Names that are not there are left out."""

    class kind(TinychipEmulator):  # noqa: N801
        def run(self, inputs: Any, /, **wanted: Any) -> Emulation:
            known = {p.name for p in self.parts}
            kept = {key: [n for n in names if n in known] for key, names in wanted.items()}
            return super().run(inputs, **kept)


@broken
class NeedsSteps(Emulating):
    """A run without a step is a division by zero."""

    class kind(Changed):  # noqa: N801
        def change(self, run: dict[str, Any], inputs: Any) -> None:
            for values in run["outputs"].values():
                run["counts"] = {"mean": int(values.sum()) // values.shape[1]}
