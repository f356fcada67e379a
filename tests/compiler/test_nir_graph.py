"""Importing graphs: every repair, every warning and every refusal, on the smallest graph."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from somac.compiler.nir.load import Loaded
from somac.ir.connectivity import Chain, Convolution, Dense, OneToOne, Pool, Sparse
from somac.ir.errors import Diagnostic, Severity, SomacError
from somac.ir.network import Network
from somac.ir.simulate import reference

LoadGraph = Callable[..., Loaded]

STEP = {"dt": 1e-3}
CHAIN = "input -> fc -> lif -> output"


def lif(cells: int = 2, **more: Any) -> tuple[str, dict[str, Any]]:
    values = {"tau": 0.01, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0}
    return "LIF", {name: np.full(cells, value) for name, value in values.items()} | more


def if_(cells: int | tuple[int, ...] = 2, **more: Any) -> tuple[str, dict[str, Any]]:
    values = {"r": 1.0, "v_threshold": 1.0, "v_reset": 0.0}
    return "IF", {name: np.full(cells, value) for name, value in values.items()} | more


def port(type_: str, *shape: int, **metadata: Any) -> tuple[str, dict[str, Any]]:
    return type_, {"shape": shape, "metadata": metadata}


def linear(out: int, into: int) -> tuple[str, dict[str, Any]]:
    return "Linear", {"weight": np.arange(1.0, out * into + 1).reshape(out, into)}


def small(**changed: Any) -> dict[str, Any]:
    """Three inputs, two neurons."""
    return {
        "input": port("Input", 3),
        "fc": linear(2, 3),
        "lif": lif(),
        "output": port("Output", 2),
    } | changed


def refusals(load_graph: LoadGraph, *arguments: Any, **options: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(SomacError) as caught:
        load_graph(*arguments, **options)
    assert caught.value.exit_code == 2
    assert {d.place.file for d in caught.value.diagnostics} <= {"model.nir"}
    return caught.value.diagnostics


def refusal(load_graph: LoadGraph, *arguments: Any, **options: Any) -> Diagnostic:
    (only,) = refusals(load_graph, *arguments, **options)
    return only


def said(loaded: Loaded) -> dict[str, Severity]:
    """What was found, without the note every import has."""
    return {note.code: note.severity for note in loaded.notes if note.code != "E0180"}


def test_sound_graph_needs_no_comment(load_graph: LoadGraph) -> None:
    loaded = load_graph(small(), CHAIN, STEP)
    assert said(loaded) == {}
    assert loaded.network.name == "model"
    assert loaded.network.dt == 1e-3


# -- repairs ----------------------------------------------------------------------------------


def repaired(load_graph: LoadGraph, code: str, *arguments: Any) -> Network:
    """The network of a graph that needs one repair, which is an error where none is allowed."""
    loaded = load_graph(*arguments)
    assert said(loaded) == {code: Severity.WARNING}
    found = refusals(load_graph, *arguments, repair=False)
    assert {d.code for d in found} == {code}
    return loaded.network


def noted(load_graph: LoadGraph, code: str, *arguments: Any) -> Network:
    """The network of a graph with something to note, which is no error under any options."""
    loaded = load_graph(*arguments, repair=False)
    assert said(loaded) == {code: Severity.NOTE}
    return loaded.network


def test_missing_parameters_get_the_defaults_of_nir(load_graph: LoadGraph) -> None:
    kind, values = lif()
    del values["v_reset"]
    network = noted(load_graph, "E0160", small(lif=(kind, values)), CHAIN, STEP)
    assert network.population("lif").parameters["v_reset"] == 0
    cuba = {
        "tau_syn": np.full(2, 0.01),
        "tau_mem": np.full(2, 0.01),
        "r": np.ones(2),
        "v_leak": np.zeros(2),
    }
    network = noted(load_graph, "E0160", small(lif=("CubaLI", cuba)), CHAIN, STEP)
    assert network.population("lif").parameters["w_in"] == 1


def test_missing_shapes_are_inferred(load_graph: LoadGraph) -> None:
    conv = (
        "Conv2d",
        {
            "weight": np.ones((2, 1, 3, 3)),
            "stride": 1,
            "padding": 0,
            "dilation": 1,
            "groups": 1,
            "bias": np.zeros(2),
        },
    )
    nodes = {
        "input": port("Input", 1, 4, 5),
        "conv": conv,
        "if": if_((2, 2, 3)),
        "output": port("Output", 2, 2, 3),
    }
    network = noted(load_graph, "E0160", nodes, "input -> conv -> if -> output", STEP)
    assert network.population("if").shape == (2, 2, 3)


@pytest.mark.parametrize("shape", [(), (0,)])
def test_unknown_shape_of_a_port_is_inferred(load_graph: LoadGraph, shape: tuple[int]) -> None:
    nodes = small(output=("Output", {"shape": np.zeros(shape or (0,), np.int64)}))
    noted(load_graph, "E0160", nodes, CHAIN, STEP)


def test_edges_to_a_name_that_is_nearly_right(load_graph: LoadGraph) -> None:
    nodes = small(lif1=lif())
    del nodes["lif"]
    network = repaired(load_graph, "E0161", nodes, CHAIN, STEP)
    assert [p.name for p in network.populations] == ["lif1"]


def test_edges_to_a_subgraph_that_was_flattened(load_graph: LoadGraph) -> None:
    nodes = small() | {"rec.input": port("Input", 2), "rec.output": port("Output", 2)}
    nodes["rec.lif"] = nodes.pop("lif")
    edges = "input -> fc -> rec -> output, rec.input -> rec.lif -> rec.output"
    network = repaired(load_graph, "E0161", nodes, edges, STEP)
    assert [p.name for p in network.projections] == ["input->fc->rec.lif"]


def test_edge_listed_twice_counts_once(load_graph: LoadGraph) -> None:
    network = repaired(load_graph, "E0162", small(), f"{CHAIN}, fc -> lif", STEP)
    assert len(network.projections) == 1


def test_missing_ports_are_added(load_graph: LoadGraph) -> None:
    nodes = {"fc": linear(2, 3), "lif": lif()}
    loaded = load_graph(nodes, "fc -> lif", STEP)
    assert [n.code for n in loaded.notes if n.severity is Severity.WARNING] == ["E0163"] * 2
    assert [(i.name, i.shape) for i in loaded.network.inputs] == [("input", (3,))]
    assert [(o.name, o.source) for o in loaded.network.outputs] == [("output", "lif")]
    two = load_graph({**nodes, "fc2": linear(2, 4)}, "fc -> lif, fc2 -> lif", STEP)
    assert [i.name for i in two.network.inputs] == ["input_fc", "input_fc2"]


@pytest.mark.parametrize(
    ("parameter", "value", "profile", "part"),
    [
        ("tau", 1e-310, None, "1 / tau"),
        ("v_threshold", 0.0, "sinabs", "1 / v_threshold"),
    ],
)
def test_parameters_that_make_an_equation_infinite(
    load_graph: LoadGraph, parameter: str, value: float, profile: str | None, part: str
) -> None:
    nodes = small(lif=lif(**{parameter: np.array([1.0, value])}))
    found = refusal(load_graph, nodes, CHAIN, STEP, profile=profile)
    assert (found.code, found.place.node) == ("E0406", "/node/nodes/lif")
    assert part in found.message
    assert f"{parameter} = {value:g}" in (found.have or "")


def test_weights_whose_product_is_infinite(load_graph: LoadGraph) -> None:
    nodes = small(
        fc=("Linear", {"weight": np.full((2, 3), 1e300)}), by=("Scale", {"scale": np.full(2, 1e9)})
    )
    found = refusal(load_graph, nodes, "input -> fc -> by -> lif -> output", STEP)
    assert (found.code, found.place.node) == ("E0406", "input->fc->by->lif")


def test_node_without_edges_is_left_out(load_graph: LoadGraph) -> None:
    network = repaired(load_graph, "E0164", small(dead=lif()), CHAIN, STEP)
    assert [p.name for p in network.populations] == ["lif"]


def test_linear_nodes_that_lead_nowhere_are_left_out(load_graph: LoadGraph) -> None:
    nodes = small(a=linear(5, 2), b=linear(3, 5))
    loaded = load_graph(nodes, f"{CHAIN}, lif -> a -> b", STEP)
    found = [n.message for n in loaded.notes if n.code == "E0164"]
    assert found == [f"{n} leads to no neuron and no output" for n in ("a", "b")]
    assert len(loaded.network.projections) == 1


def test_neuron_that_leads_nowhere_stays(load_graph: LoadGraph) -> None:
    loaded = load_graph(small(other=lif()), f"{CHAIN}, fc -> other", STEP)
    assert said(loaded) == {"E0164": Severity.WARNING}
    assert [p.name for p in loaded.network.populations] == ["lif", "other"]


@pytest.mark.parametrize("shape", [(1, 3), (256, 3), (3, 1, 3)])
def test_axes_of_batch_and_time_are_dropped(load_graph: LoadGraph, shape: tuple[int, ...]) -> None:
    network = repaired(load_graph, "E0165", small(input=port("Input", *shape)), CHAIN, STEP)
    assert network.inputs[0].shape == (3,)
    tail = small(output=port("Output", *shape[:-1], 2))
    assert repaired(load_graph, "E0165", tail, CHAIN, STEP).population("lif").shape == (2,)


def test_one_value_is_spread_over_the_cells(load_graph: LoadGraph) -> None:
    scalar = ("LIF", dict.fromkeys(("tau", "r", "v_leak", "v_threshold", "v_reset"), 0.5))
    network = repaired(load_graph, "E0166", small(lif=scalar), CHAIN, STEP)
    assert network.population("lif").shape == (2,)
    assert network.population("lif").parameters["tau"].shape == ()
    partly = lif(2, tau=np.array(0.5))
    assert repaired(load_graph, "E0166", small(lif=partly), CHAIN, STEP)


def test_one_value_per_channel_is_spread_over_the_grid(load_graph: LoadGraph) -> None:
    thresholds = np.array([1.0, 2.0]).reshape(2, 1, 1)
    nodes = {
        "input": port("Input", 2, 3, 3),
        "if": ("IF", {"r": 1.0, "v_threshold": thresholds, "v_reset": 0.0}),
        "output": port("Output", 2, 3, 3),
    }
    loaded = load_graph(nodes, "input -> if -> output")
    assert {"E0166", "E0182"} == said(loaded).keys()
    (population,) = loaded.network.populations
    np.testing.assert_array_equal(population.parameters["v_threshold"], np.repeat([1.0, 2.0], 9))


def test_shapes_are_joined_in_c_order(load_graph: LoadGraph) -> None:
    nodes = small(input=port("Input", 2, 2, 3), fc=linear(2, 12))
    network = repaired(load_graph, "E0167", nodes, CHAIN, STEP)
    assert network.inputs[0].shape == (2, 2, 3)


def test_integers_are_numbers(load_graph: LoadGraph) -> None:
    network = noted(load_graph, "E0168", small(lif=lif(2, r=np.array([1, 2]))), CHAIN, STEP)
    np.testing.assert_array_equal(network.population("lif").parameters["r"], [1.0, 2.0])


def test_parameters_nobody_uses(load_graph: LoadGraph) -> None:
    loaded = load_graph(small(lif=lif(2, tau_ref=np.ones(2))), CHAIN, STEP)
    assert said(loaded) == {"E0169": Severity.WARNING}
    # Norse ignores r
    loaded = load_graph(small(lif=lif(2, r=np.full(2, 3.0))), CHAIN, STEP, profile="norse")
    assert said(loaded) == {"E0169": Severity.WARNING}


def test_weights_of_zero_make_no_projection_but_their_bias_stays(load_graph: LoadGraph) -> None:
    affine = ("Affine", {"weight": np.zeros((2, 3)), "bias": [1.0, 2.0]})
    network = noted(load_graph, "E0171", small(fc=affine), CHAIN, STEP)
    assert network.projections == ()
    np.testing.assert_array_equal(network.population("lif").bias["i"], [1.0, 2.0])


# -- the time step and what else NIR leaves open ----------------------------------------------


def test_time_step_is_stated_then_metadata_then_convention(load_graph: LoadGraph) -> None:
    assert load_graph(small(), CHAIN, STEP, dt=5e-4).network.dt == 5e-4
    assert load_graph(small(lif=lif(2, metadata={"dt": 2e-3})), CHAIN).network.dt == 2e-3
    loaded = load_graph(small(), CHAIN)
    assert loaded.network.dt == 1e-4
    assert said(loaded) == {"E0181": Severity.WARNING}


def test_without_time_constants_time_is_counted_in_steps(load_graph: LoadGraph) -> None:
    assert noted(load_graph, "E0182", small(lif=if_()), CHAIN).dt == 1.0
    per_second = small(lif=if_(r=np.full(2, 1000.0)))
    assert noted(load_graph, "E0182", per_second, CHAIN).dt == 1e-3
    loaded = load_graph(small(lif=if_(r=np.array([1.0, 2.0]))), CHAIN)
    assert said(loaded) == {"E0181": Severity.WARNING}
    assert loaded.network.dt == 1e-4


def test_time_steps_that_differ_are_refused(load_graph: LoadGraph) -> None:
    nodes = small(lif=lif(2, metadata={"dt": 2e-3}))
    assert refusal(load_graph, nodes, CHAIN, STEP).code == "E0149"
    assert load_graph(nodes, CHAIN, STEP, dt=1e-3).network.dt == 1e-3


@pytest.mark.parametrize("dt", [0.0, -1.0, np.inf, np.nan])
def test_time_step_that_is_none(load_graph: LoadGraph, dt: float) -> None:
    assert refusal(load_graph, small(), CHAIN, dt=dt).code == "E0149"
    (first, *_) = refusals(load_graph, small(), CHAIN, {"dt": dt})
    assert first.code == "E0153"


def test_unlikely_time_constants(load_graph: LoadGraph) -> None:
    slow = small(lif=lif(2, tau=np.full(2, 20.0)))
    assert said(load_graph(slow, CHAIN, STEP)) == {"E0183": Severity.WARNING}
    fast = small(lif=lif(2, tau=np.full(2, 1e-4)))
    assert said(load_graph(fast, CHAIN, STEP)) == {"E0184": Severity.WARNING}
    just = small(lif=lif(2, tau=np.full(2, 1e-3, np.float32)))
    assert said(load_graph(just, CHAIN, STEP)) == {}


def test_options_go_before_metadata_before_profile(load_graph: LoadGraph) -> None:
    def model(metadata: dict[str, Any], **options: Any) -> str:
        nodes = small(lif=lif(2, metadata=metadata))
        return load_graph(nodes, CHAIN, STEP, **options).network.population("lif").model.name

    assert model({}) == "nir_lif"
    assert model({"reset": "zero"}) == "nir_lif"
    assert model({"reset": "subtract"}) == "nir_lif_subtract"
    assert model({"reset": "subtract", "reset_delay": 1}) == "nir_lif_subtract_delayed"
    assert model({"reset": "subtract"}, reset="value") == "nir_lif"
    assert model({"reset": "value"}, profile="norse") == "norse_lif"


def test_profile_and_integrator_of_the_metadata(load_graph: LoadGraph) -> None:
    metadata = {**STEP, "profile": "snntorch", "integrator": "exponential"}
    network = load_graph(small(), CHAIN, metadata).network
    assert network.semantics["profile"] == "snntorch"
    assert network.semantics["integrator"] == "exponential"
    assert load_graph(small(), CHAIN, metadata, profile="norse").network.semantics["profile"] == (
        "norse"
    )


def test_comparison_with_the_threshold(load_graph: LoadGraph) -> None:
    nodes = small(lif=if_(metadata={"threshold_cmp": ">="}), fc=linear(2, 3))
    network = load_graph(nodes, CHAIN).network
    assert network.semantics["compare"] == ">="
    # the first input reaches the threshold of the first cell exactly
    spikes = {
        compare: reference(
            load_graph(nodes, CHAIN, compare=compare).network, {"input": np.array([[[1, 0, 0]]])}
        ).signals["output"]
        for compare in (None, ">=", ">")
    }
    assert {how: row[0, 0].tolist() for how, row in spikes.items()} == {
        None: [1, 1],
        ">=": [1, 1],
        ">": [0, 1],
    }


def test_choices_that_differ_between_nodes_are_named(load_graph: LoadGraph) -> None:
    nodes = small(other=lif(2, metadata={"reset": "subtract"}))
    network = load_graph(nodes, "input -> fc -> lif -> other -> output", STEP).network
    assert network.semantics["reset of lif"] == "value"
    assert network.semantics["reset of other"] == "subtract"


def test_kind_of_input(load_graph: LoadGraph) -> None:
    def kind(metadata: dict[str, Any], **options: Any) -> str:
        nodes = small(input=port("Input", 3, **metadata))
        return load_graph(nodes, CHAIN, STEP, **options).network.inputs[0].kind

    assert kind({}) == "count"
    assert kind({"kind": "value"}) == "value"
    assert kind({"kind": "value"}, input_kind="spike") == "spike"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"reset": "hard"}, "E0153"),
        ({"reset": "subtract", "reset_delay": 2}, "E0153"),
        ({"reset": "subtract", "reset_delay": "late"}, "E0153"),
        ({"threshold_cmp": "=="}, "E0153"),
        ({"dt": "fast"}, "E0153"),
    ],
)
def test_metadata_that_are_no_choice(
    load_graph: LoadGraph, metadata: dict[str, Any], expected: str
) -> None:
    found = refusal(load_graph, small(lif=lif(2, metadata=metadata)), CHAIN, dt=None)
    assert (found.code, found.place.node) == (expected, "/node/nodes/lif")


def test_metadata_of_graph_and_input_that_are_no_choice(load_graph: LoadGraph) -> None:
    assert refusal(load_graph, small(), CHAIN, {**STEP, "profile": 3}).code == "E0153"
    nodes = small(input=port("Input", 3, kind="noise"))
    assert refusal(load_graph, nodes, CHAIN, STEP).code == "E0153"


@pytest.mark.parametrize(
    "options", [{"reset": "never"}, {"profile": "sinabs", "compare": ">="}, {"compare": "=="}]
)
def test_choices_no_profile_has(load_graph: LoadGraph, options: dict[str, Any]) -> None:
    found = refusal(load_graph, small(), CHAIN, STEP, **options)
    assert (found.code, found.place.node) == ("E0150", "/node/nodes/lif")


def test_node_type_a_profile_does_not_know(load_graph: LoadGraph) -> None:
    nodes = small(lif=("Threshold", {"threshold": np.ones(2)}))
    assert refusal(load_graph, nodes, CHAIN, STEP, profile="norse").code == "E0150"


@pytest.mark.parametrize("options", [{"profile": "nrose"}, {"integrator": "euler"}])
def test_profile_or_integrator_nobody_knows(load_graph: LoadGraph, options: dict[str, Any]) -> None:
    found = refusal(load_graph, small(), CHAIN, STEP, **options)
    assert found.code == "E0150"
    assert "norse" in (found.need or "") or "exponential" in (found.need or "")


# -- delays and loops -------------------------------------------------------------------------


def delays(network: Network) -> dict[str, int]:
    return {p.name: p.delay for p in network.projections}


def test_delay_becomes_ticks(load_graph: LoadGraph) -> None:
    nodes = small(wait=("Delay", {"delay": np.full(3, 0.004)}))
    network = load_graph(nodes, "input -> wait -> fc -> lif -> output", STEP).network
    assert delays(network) == {"input->wait->fc->lif": 4}
    assert isinstance(network.projections[0].connectivity, Dense)


def test_delay_that_is_no_multiple_of_the_step_is_rounded(load_graph: LoadGraph) -> None:
    nodes = small(wait=("Delay", {"delay": np.full(3, 0.0044)}))
    loaded = load_graph(nodes, "input -> wait -> fc -> lif -> output", STEP)
    assert said(loaded) == {"E0185": Severity.WARNING}
    assert loaded.network.projections[0].delay == 4


def test_delays_of_single_cells(load_graph: LoadGraph) -> None:
    nodes = small(wait=("Delay", {"delay": [0.002, 0.001, 0.001]}))
    network = load_graph(nodes, "input -> wait -> fc -> lif -> output", STEP).network
    (projection,) = network.projections
    assert projection.delay == 1
    assert projection.connectivity.delays == (0, 1)


def test_neuron_to_neuron_and_to_itself(load_graph: LoadGraph) -> None:
    nodes = small(next=lif())
    network = load_graph(nodes, "input -> fc -> lif -> next -> next -> output", STEP).network
    assert delays(network) == {"input->fc->lif": 0, "lif->next": 0, "next->next": 1}
    assert isinstance(network.projections[1].connectivity, OneToOne)


def test_edges_decide_which_way_of_a_loop_takes_a_tick(load_graph: LoadGraph) -> None:
    nodes = {
        "input": port("Input", 2),
        "a": lif(),
        "b": lif(),
        "output": port("Output", 2),
    }
    loop = "a -> b, b -> a, b -> output"
    first = load_graph(nodes, f"input -> a, input -> b, {loop}", STEP)
    assert delays(first.network) == {"input->a": 0, "input->b": 0, "a->b": 0, "b->a": 1}
    assert said(first) == {"E0186": Severity.NOTE}
    second = load_graph(nodes, f"input -> b, input -> a, {loop}", STEP).network
    assert delays(second) == {"input->b": 0, "input->a": 0, "b->a": 0, "a->b": 1}
    stated = load_graph(nodes, f"input -> a, input -> b, {loop}", STEP, recurrent=(("a", "b"),))
    assert delays(stated.network) == {"input->a": 0, "input->b": 0, "b->a": 0, "a->b": 1}


def test_recurrent_edge_that_is_none(load_graph: LoadGraph) -> None:
    found = refusal(load_graph, small(), CHAIN, STEP, recurrent=(("lif", "fc"),))
    assert found.code == "E0144"
    assert found.need == "input -> fc"


def test_loop_with_a_delay_takes_no_other(load_graph: LoadGraph) -> None:
    nodes = small(wait=("Delay", {"delay": np.full(2, 0.003)}), back=linear(2, 2))
    loaded = load_graph(nodes, f"{CHAIN}, lif -> back -> wait -> lif", STEP)
    assert delays(loaded.network) == {"input->fc->lif": 0, "lif->back->wait->lif": 3}
    assert said(loaded) == {}
    none = small(wait=("Delay", {"delay": np.zeros(2)}), back=linear(2, 2))
    closed = load_graph(none, f"{CHAIN}, lif -> back -> wait -> lif", STEP)
    assert delays(closed.network)["lif->back->wait->lif"] == 1


def test_feedback_into_a_linear_node(load_graph: LoadGraph) -> None:
    nodes = small(input=port("Input", 2), fc=linear(2, 2))
    network = load_graph(nodes, f"{CHAIN}, lif -> fc", STEP).network
    assert delays(network) == {"input->fc->lif": 0, "lif->fc->lif": 1}


def test_loop_without_a_neuron_is_refused(load_graph: LoadGraph) -> None:
    nodes = small(a=linear(2, 2), b=linear(2, 2))
    found = refusal(load_graph, nodes, "input -> fc -> a -> b -> a -> lif -> output", STEP)
    assert found.code == "E0148"
    assert "a -> b -> a" in found.message


# -- biases -----------------------------------------------------------------------------------


def affine(bias: list[float], into: int = 2) -> tuple[str, dict[str, Any]]:
    return "Affine", {"weight": np.ones((len(bias), into)), "bias": bias}


def test_bias_goes_through_what_follows(load_graph: LoadGraph) -> None:
    nodes = small(fc=affine([1.0, 2.0], 3), next=affine([10.0, 20.0]))
    network = load_graph(nodes, "input -> fc -> next -> lif -> output", STEP).network
    np.testing.assert_array_equal(network.population("lif").bias["i"], [13.0, 23.0])


def test_bias_counts_once_however_many_feed_it(load_graph: LoadGraph) -> None:
    nodes = small(more=port("Input", 3), fc=affine([1.0, 2.0], 3))
    network = load_graph(nodes, f"{CHAIN}, more -> fc", STEP).network
    assert len(network.projections) == 2
    np.testing.assert_array_equal(network.population("lif").bias["i"], [1.0, 2.0])


def recurrent(bias: list[float], **more: Any) -> tuple[dict[str, Any], str]:
    nodes = small(back=affine(bias), **more)
    return nodes, f"{CHAIN}, lif -> back -> lif"


def test_recurrent_bias_by_profile(load_graph: LoadGraph) -> None:
    """With nir-euler it is there in the first tick, in Norse it comes with the spikes."""
    nodes, edges = recurrent([2000.0, 0.0])
    still = {"input": np.zeros((1, 3, 3))}
    for profile, expected in (("nir-euler", [1, 1, 1]), ("norse", [0, 1, 1])):
        network = load_graph(nodes, edges, STEP, profile=profile).network
        spikes = reference(network, still).signals["output"]
        np.testing.assert_array_equal(spikes[0, :, 0], expected, err_msg=profile)
        assert not spikes[0, :, 1].any()


def test_bias_before_a_delay_comes_late(load_graph: LoadGraph) -> None:
    nodes = small(fc=affine([2000.0, 0.0], 3), wait=("Delay", {"delay": [0.002, 0.001]}))
    network = load_graph(nodes, "input -> fc -> wait -> lif -> output", STEP).network
    spikes = reference(network, {"input": np.zeros((1, 4, 3))}).signals["output"]
    np.testing.assert_array_equal(spikes[0, :, 0], [0, 0, 1, 1])


# -- outputs ----------------------------------------------------------------------------------


def test_output_of_a_linear_node_is_a_relay(load_graph: LoadGraph) -> None:
    nodes = {"input": port("Input", 3), "fc": affine([1.0, 2.0], 3), "output": port("Output", 2)}
    network = load_graph(nodes, "input -> fc -> output", STEP).network
    assert [(p.name, p.model.name) for p in network.populations] == [("output", "relay")]
    sent = reference(network, {"input": np.array([[[1, 2, 3]]])}).signals["output"]
    np.testing.assert_array_equal(sent, [[[7.0, 8.0]]])


def test_output_of_two_nodes_is_their_sum(load_graph: LoadGraph) -> None:
    nodes = small(other=lif())
    network = load_graph(nodes, "input -> fc -> lif -> output, fc -> other -> output", STEP).network
    assert [p.model.name for p in network.populations] == ["nir_lif", "nir_lif", "relay"]


def test_input_straight_to_output(load_graph: LoadGraph) -> None:
    nodes = {"input": port("Input", 3), "output": port("Output", 3)}
    network = load_graph(nodes, "input -> output").network
    assert [(o.name, o.source) for o in network.outputs] == [("output", "input")]
    assert network.populations == ()


def test_flattened_output_needs_no_relay(load_graph: LoadGraph) -> None:
    nodes = {
        "input": port("Input", 2, 3),
        "if": if_((2, 3)),
        "flat": ("Flatten", {"input_type": [2, 3], "start_dim": 0, "end_dim": -1}),
        "output": port("Output", 6),
    }
    network = load_graph(nodes, "input -> if -> flat -> output").network
    assert [o.source for o in network.outputs] == ["if"]


def test_neurons_that_send_values(load_graph: LoadGraph) -> None:
    for kind, names in (
        ("I", ("r",)),
        ("LI", ("tau", "r", "v_leak")),
        ("CubaLI", ("tau_syn", "tau_mem", "r", "v_leak", "w_in")),
    ):
        nodes = small(lif=(kind, {name: np.full(2, 0.5) for name in names}))
        (population,) = load_graph(nodes, CHAIN, STEP).network.populations
        assert population.model.output.kind == "value"


def test_threshold_has_no_state(load_graph: LoadGraph) -> None:
    nodes = small(lif=("Threshold", {"threshold": np.array([1.0, 4.0])}))
    network = load_graph(nodes, CHAIN).network
    assert network.populations[0].model.states == ()
    sent = reference(network, {"input": np.array([[[1, 0, 0], [0, 1, 0]]])}).signals["output"]
    np.testing.assert_array_equal(sent, [[[0, 0], [1, 1]]])


# -- connectivity -----------------------------------------------------------------------------


def only_wires(load_graph: LoadGraph, shape: tuple[int, ...], *nodes: Any) -> Any:
    """The connectivity of linear nodes between an input and an integrator."""
    named = {f"n{index}": node for index, node in enumerate(nodes)}
    names = " -> ".join(("input", *named, "end", "output"))
    ends = {"input": port("Input", *shape), "end": ("IF", {"r": 1.0, "v_threshold": 1.0})}
    graph = {**ends, **named, "output": ("Output", {})}
    (projection,) = load_graph(graph, names).network.projections
    return projection.connectivity


def conv(weight: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    kind = f"Conv{np.ndim(weight) - 2}d"
    values = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
    return kind, {"weight": weight, "bias": np.zeros(len(weight)), **values, **more}


def test_what_follows_a_map_is_folded_into_it(load_graph: LoadGraph) -> None:
    factors = ("Scale", {"scale": np.array([2.0, 4.0])})
    wires = only_wires(load_graph, (3,), linear(2, 3), factors)
    assert isinstance(wires, Dense)
    np.testing.assert_array_equal(wires.weight, [[2, 4, 6], [16, 20, 24]])
    half = ("Scale", {"scale": np.full((1, 4, 4), 0.5)})
    kernel = np.ones((2, 1, 3, 3))
    for nodes in (
        (half, conv(kernel)),
        (conv(kernel), ("Scale", {"scale": np.full((2, 2, 2), 0.5)})),
    ):
        folded = only_wires(load_graph, (1, 4, 4), *nodes)
        assert isinstance(folded, Convolution)
        np.testing.assert_array_equal(folded.weight, kernel / 2)


def test_matrices_in_a_row_are_multiplied(load_graph: LoadGraph) -> None:
    wires = only_wires(load_graph, (3,), linear(2, 3), linear(4, 2))
    assert isinstance(wires, Dense)
    np.testing.assert_array_equal(
        wires.weight, linear(4, 2)[1]["weight"] @ linear(2, 3)[1]["weight"]
    )


def test_pooling_and_convolution_stay_a_chain(load_graph: LoadGraph) -> None:
    pool = ("AvgPool2d", {"kernel_size": [2, 2], "stride": [2, 2], "padding": [0, 0]})
    wires = only_wires(load_graph, (1, 8, 8), pool, conv(np.ones((2, 1, 3, 3))))
    assert isinstance(wires, Chain)
    assert [type(part) for part in wires.parts] == [Pool, Convolution]
    assert wires.parts[0].weights == 0.25


def test_two_convolutions_are_multiplied_out(load_graph: LoadGraph) -> None:
    wires = only_wires(
        load_graph, (1, 6, 6), conv(np.ones((2, 1, 3, 3))), conv(np.ones((1, 2, 2, 2)))
    )
    assert isinstance(wires, Sparse | Dense)
    assert (wires.source_size, wires.target_size) == (36, 9)


def test_side_by_side_maps_are_blocks(load_graph: LoadGraph) -> None:
    weight = np.arange(1.0, 13.0).reshape(2, 2, 3)
    wires = only_wires(load_graph, (2, 3), ("Linear", {"weight": weight}))
    assert isinstance(wires, Sparse)
    x = np.arange(6.0)
    ((_, operator),) = wires.by_delay()
    expected = np.concatenate([weight[0] @ x[:3], weight[1] @ x[3:]])
    np.testing.assert_array_equal(operator(x[None])[0], expected)


def test_parallel_paths_are_projections_of_their_own(load_graph: LoadGraph) -> None:
    nodes = small(fc2=linear(2, 3))
    network = load_graph(nodes, f"{CHAIN}, input -> fc2 -> lif", STEP).network
    assert [p.name for p in network.projections] == ["input->fc->lif", "input->fc2->lif"]


# -- refusals ---------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once(load_graph: LoadGraph) -> None:
    nodes = small(
        fc=("MaxPool2d", {}),
        lif=("Lif", {}),
        other=("LIF", {"tau": np.ones(2), "r": np.ones(3)}),
        wait=("Delay", {"delay": [-1.0]}),
    )
    found = refusals(load_graph, nodes, f"{CHAIN}, lif -> other -> wait -> nowhere", STEP)
    assert [(d.code, d.place.node) for d in found] == [
        ("E0144", "/node"),
        ("E0140", "/node/nodes/fc"),
        ("E0140", "/node/nodes/lif"),
        ("E0141", "/node/nodes/other"),
        ("E0141", "/node/nodes/other"),
        ("E0142", "/node/nodes/other"),
        ("E0143", "/node/nodes/wait"),
    ]
    assert found[2].hint == "is LIF meant?"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"lif": lif(2, tau=np.array(["slow"]))}, "E0142"),
        ({"lif": lif(2, tau=np.zeros((0,)))}, "E0142"),
        ({"lif": lif(2, tau=np.array([0.01, 0.0]))}, "E0143"),
        ({"fc": ("Linear", {"weight": np.ones(3)})}, "E0142"),
        ({"fc": ("Linear", {})}, "E0141"),
        ({"fc": ("Affine", {"weight": np.ones((2, 3)), "bias": np.ones(3)})}, "E0142"),
        ({"fc": ("Scale", {"scale": np.ones((0,))})}, "E0142"),
        ({"input": port("Input", -3)}, "E0143"),
        ({"input": ("Input", {"shape": [1.5]})}, "E0142"),
        ({"fc": ("Delay", {"delay": 1e12})}, "E0143"),
        ({"fc": linear(2, 4)}, "E0145"),
        ({"input": ("Input", {}), "fc": ("Flatten", {})}, "E0146"),
    ],
)
def test_parameter_that_cannot_be(
    load_graph: LoadGraph, changed: dict[str, Any], expected: str
) -> None:
    assert expected in {d.code for d in refusals(load_graph, small(**changed), CHAIN, STEP)}


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (conv(np.ones((2, 1, 3, 3)), stride=0), "E0143"),
        (conv(np.ones((2, 1, 3, 3)), padding=-1), "E0143"),
        (conv(np.ones((2, 1, 3, 3)), groups=3), "E0142"),
        (conv(np.ones((2, 1, 3, 3)), stride=[1, 1, 1]), "E0142"),
        (conv(np.ones((2, 1, 3, 3)), bias=np.ones(3)), "E0142"),
        (conv(np.ones((2, 1, 3, 3)), padding=np.array("some")), "E0142"),
        (conv(np.ones((2, 1, 3, 3)), padding=np.array("same"), stride=2), "E0151"),
        (conv(np.ones((2, 1, 3, 3)), input_shape=[5, 5]), "E0145"),
        (conv(np.ones((2, 1, 3, 3)), input_shape=[4]), "E0142"),
        (conv(np.ones((2, 1, 5, 5))), "E0145"),
        (conv(np.ones((2, 2, 3, 3))), "E0145"),
        (("SumPool2d", {"kernel_size": [5, 5], "stride": 1, "padding": 0}), "E0145"),
        (("SumPool2d", {"kernel_size": 10**5, "stride": 1, "padding": 10**5}), "E0152"),
        (conv(np.ones((2, 1, 3, 3)), padding=10**6), "E0152"),
    ],
)
def test_map_that_cannot_be(load_graph: LoadGraph, node: Any, expected: str) -> None:
    nodes = {"input": port("Input", 1, 4, 4), "map": node, "end": if_(()), "output": ("Output", {})}
    found = refusals(load_graph, nodes, "input -> map -> end -> output")
    assert {d.code for d in found} == {expected}
    assert {d.place.node for d in found} == {"/node/nodes/map"}


def test_graph_without_beginning_or_end(load_graph: LoadGraph) -> None:
    found = refusals(load_graph, {"a": lif(), "b": lif()}, "a -> b -> a", STEP)
    assert [d.code for d in found] == ["E0147", "E0147"]


# -- subgraphs --------------------------------------------------------------------------------


def sub(nodes: dict[str, Any], edges: str) -> tuple[Any, str]:
    return nodes, edges


def test_nested_graphs_are_flattened(load_graph: LoadGraph) -> None:
    inner = {
        "input": port("Input", 2),
        "lif": lif(),
        "back": linear(2, 2),
        "output": port("Output", 2),
    }
    layer = sub(inner, "input -> lif -> output, lif -> back -> lif")
    deep = sub(
        {"in": port("Input", 2), "layer": layer, "out": port("Output", 2)}, "in -> layer -> out"
    )
    nodes = small(lif=deep)
    network = load_graph(nodes, CHAIN, STEP).network
    assert delays(network) == {
        "input->fc->lif.layer.lif": 0,
        "lif.layer.lif->lif.layer.back->lif.layer.lif": 1,
    }
    assert [o.source for o in network.outputs] == ["lif.layer.lif"]


def test_subgraph_without_ports(load_graph: LoadGraph) -> None:
    loaded = load_graph(small(lif=sub({"a": lif(), "b": lif()}, "a -> b")), CHAIN, STEP)
    assert said(loaded) == {"E0163": Severity.WARNING}
    assert delays(loaded.network) == {"input->fc->lif.a": 0, "lif.a->lif.b": 0}
    closed = small(lif=sub({"a": lif(), "b": lif()}, "a -> b -> a"))
    assert {d.code for d in refusals(load_graph, closed, CHAIN, STEP)} == {"E0147"}


def test_port_of_a_subgraph_must_be_named_if_there_are_several(load_graph: LoadGraph) -> None:
    inner = {"x": port("Input", 2), "y": port("Input", 2), "lif": lif(), "out": port("Output", 2)}
    nodes = small(lif=sub(inner, "x -> lif, y -> lif -> out"))
    assert refusal(load_graph, nodes, CHAIN, STEP).code == "E0154"
    edges = "input -> fc -> lif.x, fc -> lif.y, lif -> output"
    network = load_graph(nodes, edges, STEP).network
    # twice the same way in: the full names tell them apart
    assert [p.name for p in network.projections] == [
        "input->fc->lif.x->lif.lif",
        "input->fc->lif.y->lif.lif",
    ]


def test_what_is_wrong_is_said_once(load_graph: LoadGraph) -> None:
    inner = {f"in{index}": port("Input", 2) for index in range(20)}
    nodes = small(lif=sub(inner, "in0 -> in1")) | {f"n{index}": lif() for index in range(9)}
    edges = ", ".join(f"n{index} -> lif" for index in range(9))
    (found,) = refusals(load_graph, nodes, edges, STEP)
    assert found.code == "E0154"
    assert (found.have or "").endswith("lif.in9, ...")


@pytest.mark.parametrize("length", [12, 199])
def test_many_names_that_do_not_exist(load_graph: LoadGraph, length: int) -> None:
    """Names that are slow to compare: they are refused without being compared."""
    names = [f"{index:09b}".replace("0", "a").replace("1", "b") for index in range(500)]
    nodes = {name.ljust(length, "a"): if_(1) for name in names}
    edges = ", ".join(f"{a.ljust(length, 'b')} -> x{a}" for a in names)
    started = time.process_time()
    found = refusals(load_graph, nodes, edges)
    assert time.process_time() - started < 5.0
    assert {d.code for d in found} == {"E0144"}
    assert len(found) == 11
    assert found[-1].message == "edges name 990 more nodes that do not exist"


def test_name_of_a_flat_node_that_is_taken(load_graph: LoadGraph) -> None:
    inner = {"in": port("Input", 2), "a": lif(), "out": port("Output", 2)}
    nodes = small(lif=sub(inner, "in -> a -> out")) | {"lif.a": lif()}
    assert "E0155" in {d.code for d in refusals(load_graph, nodes, CHAIN, STEP)}


# -- size -------------------------------------------------------------------------------------


def test_too_many_nodes(load_graph: LoadGraph) -> None:
    names = [f"n{index}" for index in range(10_001)]
    nodes = {name: if_(1) for name in names}
    found = refusals(load_graph, nodes, " -> ".join(names))
    assert found[0].code == "E0152"


def test_too_many_cells(load_graph: LoadGraph) -> None:
    nodes = {"input": port("Input", 2**25), "if": if_(()), "output": ("Output", {})}
    assert refusal(load_graph, nodes, "input -> if -> output").code == "E0152"
    half = {"input": port("Input", 2**23)} | {f"if{index}": if_(()) for index in range(3)}
    edges = "input -> if0, input -> if1, input -> if2"
    assert refusal(load_graph, half, edges).code == "E0152"


def test_too_many_parallel_paths(load_graph: LoadGraph) -> None:
    one = ("Scale", {"scale": 1.0})
    nodes = {"input": port("Input", 2), "end": if_(), "output": port("Output", 2)}
    edges = ["input -> m0"]
    for level in range(40):
        nodes |= {f"m{level}": one, f"a{level}": one, f"b{level}": one}
        after = f"m{level + 1}" if level < 39 else "end"
        edges += [f"m{level} -> {side}{level} -> {after}" for side in "ab"]
    found = refusal(load_graph, nodes, ", ".join([*edges, "end -> output"]))
    assert found.code == "E0152"
    assert f"{2**40 + 1:,} paths" in (found.have or "")


def test_products_that_are_too_large(load_graph: LoadGraph) -> None:
    nodes = {
        "input": port("Input", 1, 200, 200),
        "a": conv(np.ones((4, 1, 3, 3))),
        "b": conv(np.ones((4, 4, 15, 15))),
        "end": if_(()),
        "output": ("Output", {}),
    }
    found = refusal(load_graph, nodes, "input -> a -> b -> end -> output")
    assert found.code == "E0152"


# -- loops at large ---------------------------------------------------------------------------


@st.composite
def digraphs(draw: st.DrawFn) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Neurons, linear nodes, and edges of any kind between them, without linear loops.

    The names of projections are all the nodes on the way.
    """
    neurons = [f"v{index}" for index in range(draw(st.integers(1, 4)))]
    maps = [f"w{index}" for index in range(draw(st.integers(0, 4)))]
    names = [*neurons, *maps]
    pairs = [(a, b) for a in names for b in names if a in neurons or b in neurons or a < b]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=12, unique=True))
    return neurons, maps, [("input", draw(st.sampled_from(neurons))), *edges]


@settings(max_examples=60)
@given(graph=digraphs())
@example(graph=(["v0", "v1"], ["w"], [("input", "v0"), ("v0", "w"), ("w", "v0"), ("v1", "w")]))
def test_every_loop_takes_a_tick_and_nothing_else_does(load_graph: LoadGraph, graph: Any) -> None:
    neurons, maps, edges = graph
    nodes = {"input": port("Input", 1), "output": port("Output", 1)}
    nodes |= {name: if_(1) for name in neurons} | {name: linear(1, 1) for name in maps}
    text = ", ".join(f"{a} -> {b}" for a, b in [*edges, (neurons[0], "output")])
    # a `Network` refuses loops without delay
    network = load_graph(nodes, text).network
    assert {p.delay for p in network.projections} <= {0, 1}
    for p in network.projections:
        # other ways may share the late edge of a loop: it is late for them too
        loops = [a in reachable(b, edges) for a, b in pairwise(p.name.split("->"))]
        assert not p.delay or any(loops), f"{p.name} has no edge of a loop"


def reachable(name: str, edges: list[tuple[str, str]]) -> set[str]:
    """The nodes that edges lead to from one, itself included."""
    found = [name]
    for source in found:
        found += {b for a, b in edges if a == source and b not in found}
    return set(found)
