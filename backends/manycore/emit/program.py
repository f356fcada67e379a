"""A mapped network to the files that the hardware loads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from somac.backends.api import Guidance
from somac.backends.manycore.emit.cores import core_images
from somac.backends.manycore.emit.costs import cost_data
from somac.backends.manycore.emit.experiment import (
    describe,
    image_name,
    plastic_projections,
    table_name,
    to_json,
)
from somac.backends.manycore.emit.image import CoreImage, encode
from somac.backends.manycore.emit.names import plain, unused
from somac.backends.manycore.emit.report import account
from somac.backends.manycore.emit.rules import collect_rules
from somac.backends.manycore.emit.tables import Entry, encode_table, routing_tables
from somac.backends.manycore.pe import program_source, source_name
from somac.backends.manycore.resources import choices_of
from somac.ir.errors import SomacError
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping as PlacedMapping
from somac.ir.program import Program
from somac.ir.target import Target

__all__ = ["BACKEND", "emit"]

BACKEND = "manycore"


def emit(
    network: IntegerNetwork, mapping: PlacedMapping, target: Target, guidance: Guidance
) -> Program:
    """Write everything: images, routing tables, neuron programs, experiment and report.

    Raises
    ------
    SomacError
        E0606, E0654 if a routing table or a memory image is too large, E0650 if a synapse
        fits no word, E0656 if the mapping is not one of this network on this target.
    """
    if mapping.network != network.digest() or mapping.target != target.digest():
        raise SomacError("E0656", "the mapping was made for another network or target")
    topology = target.topology
    programs = _program_files(network)
    numbers = {name: number for number, name in enumerate(dict.fromkeys(programs.values()))}
    by_population = {name: numbers[file] for name, file in programs.items()}
    choices = choices_of(network, target, guidance)
    forms = {name: choice.form for name, choice in choices.items()}
    rules = collect_rules(network)
    images = core_images(
        network, mapping, target.layouts, by_population, forms, rules.by_projection
    )
    tables = routing_tables(mapping, topology)
    _check_sizes(images, tables, target)
    texts = {programs[p.name]: p.datapath.text() for p in network.populations}
    files = {name: text.encode() for name, text in texts.items()}
    files |= {source_name(name): program_source(text).encode() for name, text in texts.items()}
    files |= {name: text.encode() for name, text in rules.files.items()}
    files |= {image_name(topology, core): encode(image) for core, image in images.items()}
    route_cores = int(topology.core_local.max()) + 1
    for chip, entries in tables.items():
        files[table_name(topology, chip)] = encode_table(entries, route_cores)
    experiment = describe(network, mapping, target, programs, tuple(tables))
    experiment["rules"] = list(rules.described)
    experiment["projections"] = plastic_projections(
        network,
        {name: rule.number for name, rule in rules.by_projection.items()},
        {core: [b.projection for b in image.synapses.blocks] for core, image in images.items()},
    )
    files["experiment.json"] = to_json(experiment)
    files["costs.json"] = to_json(cost_data(mapping, target))
    files |= account(mapping, target, images, tables, tuple(choices.values())).file()
    return Program(BACKEND, target.name, files)


def _program_files(network: IntegerNetwork) -> dict[str, str]:
    """Per population, the file of its datapath: one per distinct text, named after it."""
    by_text: dict[str, str] = {}
    for population in network.populations:
        text = population.datapath.text()
        if text not in by_text:
            stem = f"programs/{plain(population.datapath.name)}"
            by_text[text] = unused(stem, by_text.values(), ".datapath") + ".datapath"
    return {p.name: by_text[p.datapath.text()] for p in network.populations}


def _check_sizes(
    images: Mapping[int, CoreImage], tables: Mapping[int, Sequence[Entry]], target: Target
) -> None:
    capacity = target.resources.get("bytes")
    for core, image in images.items():
        if capacity is not None and image.size > capacity:
            parts = ", ".join(f"{name} {size}" for name, size in image.regions().items() if size)
            raise SomacError(
                "E0654",
                f"the memory image of {target.topology.core_name(core)} is too large",
                have=f"{capacity} bytes",
                need=f"{image.size} bytes ({parts})",
            )
    for chip, entries in tables.items():
        if len(entries) > target.router_entries:
            raise SomacError(
                "E0606",
                f"the routing table of chip {chip} is too long",
                have=f"{target.router_entries} entries",
                need=f"{len(entries)} entries",
            )
