"""All files of a program that the emulator uses, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from somac.backends.codegen.rule import RuleProgram, parse_rule
from somac.backends.manycore.emulator.decode import (
    CoreMemory,
    RouterTable,
    decode_image,
    decode_table,
)
from somac.backends.manycore.emulator.learning import check_learning
from somac.backends.manycore.emulator.reading import (
    FILE,
    Experiment,
    RulePlan,
    read_experiment,
)
from somac.ir.datapath import Datapath, parse
from somac.ir.errors import Place, SomacError
from somac.ir.program import Program

__all__ = ["Files", "read_files"]

_KINDS = ("spike", "count", "value")


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """What the files say: per core its memory, programs and rules by number, tables by chip."""

    experiment: Experiment
    memories: tuple[CoreMemory, ...]
    datapaths: tuple[Datapath, ...]
    tables: Mapping[int, RouterTable]
    rules: tuple[RuleProgram, ...]


def read_files(program: Program) -> Files:
    """Decode every file.

    Raises
    ------
    SomacError
        E0703 to E0705 and E0710 to E0713.
    """
    experiment = read_experiment(program)
    datapaths = tuple(_datapath(program, name) for name in experiment.programs)
    memories = tuple(decode_image(_file(program, c.image), c.image) for c in experiment.cores)
    tables = {
        number: decode_table(_file(program, chip.table), chip.table)
        for number, chip in enumerate(experiment.chips)
        if chip.table is not None
    }
    rules = tuple(_rule(program, plan) for plan in experiment.rules)
    files = Files(experiment, memories, datapaths, tables, rules)
    _check_cores(files)
    check_learning(files.experiment, memories, rules)
    return files


def _file(program: Program, name: str) -> bytes:
    if name not in program.files:
        raise SomacError("E0703", f"the bundle has no file {name}", place=Place(file=name))
    return program.files[name]


def _datapath(program: Program, name: str) -> Datapath:
    try:
        return parse(_file(program, name).decode())
    except ValueError as error:
        raise SomacError("E0713", str(error), place=Place(file=name)) from None


def _rule(program: Program, plan: RulePlan) -> RuleProgram:
    texts = {
        name: None if file is None else _file(program, file).decode(errors="replace")
        for name, file in plan.updates.items()
    }
    try:
        return parse_rule(texts, plan.post, plan.weight)
    except ValueError as error:
        place = Place(file=plan.updates["on_pre"] or FILE)
        raise SomacError("E0713", str(error), place=place) from None


def _check_cores(files: Files) -> None:
    """Images, programs and the description must tell one story."""
    experiment = files.experiment
    spans = {s.core: s for p in experiment.populations for s in p.spans}
    for number, (plan, memory) in enumerate(zip(experiment.cores, files.memories, strict=True)):
        datapath = files.datapaths[plan.program]
        span = spans[number]
        shape = (len(datapath.names("param")), len(datapath.names("state")))
        for problem, wrong in (
            ("the image is for another program", memory.program != plan.program),
            ("it has other parameters", len(memory.parameters) != shape[0]),
            ("it has other states", len(memory.states) != shape[1]),
            ("it has other ports", memory.ports != len(datapath.names("input"))),
            ("it sends another kind of signal", _KINDS[memory.kind] != datapath.output_kind),
        ):
            if wrong:
                raise SomacError("E0713", problem, place=Place(file=plan.image))
        if memory.neurons != span.stop - span.start:
            raise SomacError(
                "E0710",
                f"{plan.image} has {memory.neurons} neurons, its slice {span.stop - span.start}",
                place=Place(file=FILE),
            )
        _check_values(plan.image, memory, datapath)
    for population in experiment.populations:
        schedules = {
            (m.program, m.start, m.period)
            for m in (files.memories[s.core] for s in population.spans)
        }
        if len(schedules) > 1:
            raise SomacError(
                "E0710",
                f"the cores of population {population.name} have different programs or schedules",
                place=Place(file=FILE, node=population.name),
            )


def _check_values(name: str, memory: CoreMemory, datapath: Datapath) -> None:
    """Kernels rely on formats: what is stored must keep to them."""
    for opcode, stored in (("param", memory.parameters), ("state", memory.states)):
        for label, values in zip(datapath.names(opcode), stored, strict=True):
            format = datapath.format_of(opcode, label)
            if not format.minimum <= values.min() <= values.max() <= format.maximum:
                raise SomacError("E0711", f"{label} is not within {format}", place=Place(file=name))
