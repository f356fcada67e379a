"""The cost model: its counts against the emulator's, its formulas against sums by hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plastic_cases import PlasticCase, plastic_cases

from somac.backends.api import Guidance
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.cost.kinds import KINDS
from somac.backends.manycore.cost.operations import OPERATIONS, operations
from somac.backends.manycore.cost.reading import read_cost_data
from somac.backends.manycore.cost.sheet import FACTS, evaluate
from somac.backends.manycore.cost.work import work
from somac.backends.manycore.machines.bundle import read_bundle
from somac.ir.datapath import Datapath, Instruction, Table
from somac.ir.errors import SomacError
from somac.ir.fixed import Format
from somac.ir.integer import IntegerNetwork
from somac.ir.mapping import Mapping
from somac.ir.program import Program
from somac.ir.target import Figure, Status, Target

FIGURES = {
    "tick_ms": 1.0,
    "core_clock_low_mhz": 100.0,
    "core_clock_high_mhz": 200.0,
    "core_cycle_low_pj": 10.0,
    "core_cycle_high_pj": 20.0,
    "core_asleep_low_mw": 1.0,
    "core_asleep_high_mw": 2.0,
    "chip_cores_off_mw": 50.0,
    "noc_flit_bits": 200.0,
    "noc_link_gbit_per_s": 50.0,
    "noc_hop_ns": 10.0,
    "link_packet_ns": 20.0,
    "packet_hop_pj": 1000.0,
    "mac_low_pj": 1.0,
    "mac_high_pj": 2.0,
    "cycles_per_instruction_ratio": 2.0,
}


def figures(**status: Status) -> dict[str, Figure]:
    names = {k.price for k in KINDS if k.price}
    names |= {f"operation_{kind}_instructions" for kind in OPERATIONS}
    names.add("plastic_synapse_instructions")
    values = FIGURES | dict.fromkeys(names, 3.0)
    return {n: Figure(v, "", status.get(n, "published"), "test") for n, v in values.items()}


def with_figures(program: Program, found: dict[str, Figure]) -> Program:
    data = program.json("costs.json")
    data["sources"] = ["test"]
    data["figures"] = {
        n: {"value": f.value, "unit": f.unit, "status": f.status, "source": 0}
        for n, f in found.items()
    }
    return replace(program, files={**program.files, "costs.json": json.dumps(data).encode()})


# counts


@given(data=st.data())
@settings(max_examples=40)
def test_counts_are_the_emulators(
    data: st.DataObject,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    random_inputs: Callable[..., dict[str, Any]],
) -> None:
    """Per core: from what each cell has sent, the population tables and the routes."""
    chips = data.draw(st.sampled_from([(1, 1), (3, 2)]))
    target = make_target(chips=chips, max_delay=data.draw(st.sampled_from([1, 9, 40])))
    network = data.draw(random_networks(target.capabilities.max_delay))
    moved = [p for p in network.populations if data.draw(st.booleans())]
    order = {p.name: np.array(data.draw(st.permutations(range(p.size)))) for p in moved}
    largest = data.draw(st.sampled_from([3, 100]))
    arrays = data.draw(st.sampled_from(["never", "always"]))
    program = plain_program(
        network, target, order=order, largest=largest, spread=True, arrays=arrays
    )
    inputs = random_inputs(data.draw, network, 2, 8)
    steps = 2 * 8
    emulated = (
        ManycoreBackend()
        .emulator(program)
        .run(inputs, record=[p.name for p in network.populations])
    )
    for name, values in {**inputs, **emulated.signals}.items():
        np.testing.assert_array_equal(emulated.sent[name], (values != 0).sum(axis=(0, 1)))
    costs = read_cost_data(program)
    assert costs is not None
    sent = {name: often.astype(np.float64) for name, often in emulated.sent.items()}
    done = work(read_bundle(program), costs, {"run": sent})["run"]
    events = done.events["synaptic_events"] + done.events["delayed_events"]
    np.testing.assert_array_equal(events, emulated.per_core["words"])
    for kind in ("passes", "products"):
        on_array = done.events[f"mac_{kind}"] + done.events[f"convolution_{kind}"]
        np.testing.assert_array_equal(on_array * steps, emulated.per_core[f"mac_{kind}"])
    np.testing.assert_array_equal(done.events["packets"], emulated.per_core["packets"])
    np.testing.assert_array_equal(done.events["updates"] * steps, emulated.per_core["updates"])
    assert done.between.total == emulated.counts["link_crossings"]


@given(data=st.data(), case=plastic_cases())
@settings(max_examples=20)
def test_counts_of_learning_are_the_emulators(
    data: st.DataObject,
    case: PlasticCase,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
) -> None:
    backend = ManycoreBackend()
    target = make_target(chips=data.draw(st.sampled_from([(1, 1), (3, 2)])), max_delay=200)
    network = backend.legalise(case.network, target, Guidance()).network
    largest = data.draw(st.sampled_from([1, 3, 100]))
    program = plain_program(network, target, largest=largest, spread=True)
    emulated = backend.emulator(program).run(case.inputs)
    samples, steps = next(iter(case.inputs.values())).shape[:2]
    costs = read_cost_data(program)
    assert costs is not None
    sent = {name: often.astype(np.float64) for name, often in emulated.sent.items()}
    done = work(read_bundle(program), costs, {"run": sent})["run"]
    for kind, often in (
        ("on_pre", 1), ("on_post", 1), ("each_step", samples * steps),
        ("trace_updates", samples * steps),
    ):  # fmt: skip
        # a network in which nothing learns may be drawn too
        meant = emulated.per_core.get(kind, 0 * done.events[kind])
        np.testing.assert_array_equal(done.events[kind] * often, meant)


def test_links(
    example: IntegerNetwork, example_target: Target, plain_mapping: Callable[..., Mapping]
) -> None:
    """Loads of links are those of the routes of the mapping."""
    mapping = plain_mapping(example, example_target, largest=8, spread=True)
    program = ManycoreBackend().emit(example, mapping, example_target, Guidance())
    costs = read_cost_data(program)
    assert costs is not None
    everything = {n: np.ones(s) for n, s in _sizes(example).items()}
    done = work(read_bundle(program), costs, {"all": everything})["all"]
    loads = {False: Counter[int](), True: Counter[int]()}
    crosses = example_target.topology.link_crosses
    for route in mapping.routes:
        for link in route.links:
            loads[bool(crosses[link])][link] += mapping.slices[route.source].size
    for traffic, load in ((done.inside, loads[False]), (done.between, loads[True])):
        assert traffic.total == sum(load.values())
        assert traffic.busiest == max(load.values(), default=0)


def _sizes(network: IntegerNetwork) -> dict[str, int]:
    return {i.name: i.size for i in network.inputs} | {p.name: p.size for p in network.populations}


def test_a_network_that_is_quiet(example: IntegerNetwork, example_program: Program) -> None:
    program = with_figures(example_program, figures())
    (quiet,) = ManycoreBackend().costs(program, {"quiet": {}}).values()
    found = {event.name: event.total for event in quiet.events}
    assert {name for name, total in found.items() if total} <= {"ticks", "updates", "cleared"}
    assert found["updates"] == sum(p.size for p in example.populations)
    assert quiet.amounts["inside_packets"].value == quiet.amounts["farthest_ns"].value == 0
    assert quiet.amounts["energy_links_nj"].value == 0


def test_more_packets_cost_more(example: IntegerNetwork, example_program: Program) -> None:
    program = with_figures(example_program, figures())
    some = {n: np.full(s, 0.1) for n, s in _sizes(example).items()}
    every = {n: np.ones(s) for n, s in _sizes(example).items()}
    costs = ManycoreBackend().costs(program, {"quiet": {}, "some": some, "all": every})
    for name in ("busiest_core_cycles", "tick_high_us", "energy_low_uj"):
        low, middle, high = (c.amounts[name].value for c in costs.values())
        assert low < middle < high
    assert costs["all"].busiest.startswith("core ")
    cycles = costs["all"].cycles
    assert len(cycles) == len(program.json("experiment.json")["cores"])
    assert max(cycles) == costs["all"].amounts["busiest_core_cycles"].value
    assert np.mean(cycles) == pytest.approx(
        costs["all"].amounts["mean_core_cycles"].value, rel=1e-4
    )


# formulas


def test_formulas_by_hand() -> None:
    facts = dict.fromkeys(FACTS, 0.0) | {
        "busiest_instructions": 5_000.0,
        "all_instructions": 8_000.0,
        "cores": 4.0,
        "chips": 2.0,
        "dt_us": 1_000.0,
        "period": 2.0,
        "inside_packets": 10.0,
        "inside_hops": 30.0,
        "between_packets": 6_000.0,
        "between_hops": 7_000.0,
        "farthest_inside": 3.0,
        "farthest_between": 1.0,
        "mac_products": 4_000.0,
    }
    found = evaluate(facts, figures(), ["tick_instructions"])
    values = {name: amount.value for name, amount in found.items()}
    assert values == {
        "busiest_core_instructions": 5_000,
        "mean_core_instructions": 2_000,
        "busiest_core_cycles": 10_000,
        "mean_core_cycles": 4_000,
        "inside_packets": 10,
        "inside_hops": 30,
        "between_packets": 6_000,
        "between_hops": 7_000,
        "inside_ns": 40,
        "between_ns": 120_000,
        "farthest_ns": 50,
        "energy_links_nj": 7_030,
        # 10,000 cycles at 100 MHz; the link between chips takes longer
        "core_time_low_us": 100,
        "tick_low_us": 120,
        "tick_low_percent": 12,
        "speed_low_ratio": pytest.approx(1_000 / 240, rel=1e-5),
        # two ticks of 1 ms
        "step_low_us": 2_000,
        "energy_cores_low_nj": 160,
        "energy_idle_low_nj": 2_000 * (2 * 50 + 4 * 1),
        "energy_arrays_low_nj": 4,
        "energy_low_uj": pytest.approx((160 + 4 + 208_000 + 7_030) / 1e3),
        "core_time_high_us": 50,
        "tick_high_us": 120,
        "tick_high_percent": 12,
        "speed_high_ratio": pytest.approx(1_000 / 240, rel=1e-5),
        "step_high_us": 2_000,
        "energy_cores_high_nj": 320,
        "energy_idle_high_nj": 2_000 * (2 * 50 + 4 * 2),
        "energy_arrays_high_nj": 8,
        "energy_high_uj": pytest.approx((320 + 8 + 216_000 + 7_030) / 1e3),
    }
    # a step lasts longer where a core needs more than the tick of the target
    slow = evaluate(facts | {"busiest_instructions": 1e6}, figures(), [])
    assert slow["step_low_us"].value == 2 * 20_000


def test_status_is_that_of_the_weakest() -> None:
    facts = dict.fromkeys(FACTS, 1.0)
    found = evaluate(facts, figures(packet_hop_pj="assumed", tick_ms="measured"), [])
    assert found["inside_ns"].status == "derived"
    assert found["energy_links_nj"].status == found["energy_high_uj"].status == "assumed"
    assert found["tick_low_percent"].status == "derived"
    assert found["inside_ns"].of == ("noc_flit_bits", "noc_link_gbit_per_s")
    assert "packet_hop_pj" in found["energy_low_uj"].of
    assert found["tick_low_us"].title == "shortest tick at 100 MHz"


def test_what_is_not_known_is_left_out(example_program: Program) -> None:
    """A target need not have any of these figures."""
    (costs,) = ManycoreBackend().costs(example_program, {"quiet": {}}).values()
    assert set(costs.amounts) == {
        "inside_packets", "inside_hops", "between_packets", "between_hops",
    }  # fmt: skip
    known = figures()
    del known["operation_neuron_instructions"]
    program = with_figures(example_program, known)
    (costs,) = ManycoreBackend().costs(program, {"quiet": {}}).values()
    assert "busiest_core_instructions" not in costs.amounts
    assert costs.cycles == ()
    assert "energy_high_uj" not in costs.amounts
    assert costs.amounts["farthest_ns"].value == 0


# operations


def test_operations_of_a_neuron() -> None:
    word = Format(16, 16)
    datapath = Datapath(
        "some",
        (
            Instruction("input", Format(16, 16), name="x"),
            Instruction("state", word, name="s"),
            Instruction("state", Format(40, 40), name="w"),
            Instruction("param", word, name="p"),
            Instruction("add", Format(17, 17), (1, 3)),
            Instruction("mul", Format(32, 32), (3, 1)),
            Instruction("table", word, (0,), "t"),
            Instruction("add", word, (6, 0)),
        ),
        {"s": 1, "w": 2},
        7,
        "value",
        {"t": Table(-2, np.array([-5, -1, 0, 7, 5]))},
    )
    own, shared = operations(datapath, [True]), operations(datapath, [False])
    assert own - shared == Counter(parameter=1)
    assert shared["neuron"] == 1
    assert shared["state"] == 3
    assert shared["table"] == 1
    # the sum with a parameter and the product lead to nothing
    assert shared["narrow_product"] == shared["wide_product"] == 0
    assert set(own) <= set(OPERATIONS)


# files


def test_a_bundle_without_the_file(example_program: Program) -> None:
    files = {n: c for n, c in example_program.files.items() if n != "costs.json"}
    assert ManycoreBackend().costs(replace(example_program, files=files), {"quiet": {}}) == {}


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"format": 2}', b'{"format": 1, "figures": {}, "routes": [{"key": "x"}]}',
     b'{"format": 1, "sources": [], "figures": {"a": {"value": 1, "unit": "", "status": "derived",'
     b' "source": 3}}, "routes": []}',
     b'{"format": 1, "sources": {"s": ""}, "figures": {"a": {"value": 1, "unit": "", "source": "s",'
     b' "status": "hearsay"}}, "routes": []}'],
)  # fmt: skip
def test_a_damaged_file(example_program: Program, content: bytes) -> None:
    program = replace(example_program, files={**example_program.files, "costs.json": content})
    with pytest.raises(SomacError, match=r"E0704.*costs\.json|costs\.json"):
        ManycoreBackend().costs(program, {"quiet": {}})


@pytest.mark.parametrize("dt", [None, "fast", 0, -1e-3, float("inf")])
def test_a_description_without_a_time_step(example_program: Program, dt: object) -> None:
    description = {**example_program.json("experiment.json"), "dt": dt}
    files = {**example_program.files, "experiment.json": json.dumps(description).encode()}
    with pytest.raises(SomacError, match=r"E0710.*dt is no time step"):
        ManycoreBackend().costs(replace(example_program, files=files), {"quiet": {}})
