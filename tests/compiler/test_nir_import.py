"""NIR files in the wild: what they become, and that their spikes are the framework's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from somac.compiler.nir.load import Loaded, load_nir
from somac.compiler.nir.options import NirOptions
from somac.ir.connectivity import Chain, Convolution, Dense, Pool
from somac.ir.errors import Severity, SomacError
from somac.ir.expr import Precision
from somac.ir.network import Network
from somac.ir.simulate import Trace, reference

pytestmark = pytest.mark.usefixtures("forks")

Load = Callable[..., Network]

BRAILLE = "braille_noDelay_bias_zero.nir"
SUBGRAPH = "braille_noDelay_bias_zero_subgraph.nir"
L2MU = "l2mu_braille7.nir"
CNN = "cnn_sinabs.nir"
CNN_LAYERS = ("1", "3", "6", "10", "12")

OLDER = {
    "braille__047410e9": ("E0160", "E0181", "E0180", "E0186"),
    "braille__82d89d42": ("E0160", "E0181", "E0180", "E0186"),
    "braille_flattened__19004303": (
        *("E0160", "E0160", "E0181", "E0183", "E0183", "E0183", "E0183"),
        *("E0166", "E0166", "E0180", "E0186"),
    ),
    "braille_noDelay_bias_zero_subgraph__24057376": ("E0161", "E0160", "E0181", "E0180", "E0186"),
    "braille_v2__50b2fc28": ("E0161", "E0160", "E0160", "E0181", "E0165", "E0180", "E0186"),
    "braille_v2a__64a0b954": ("E0160", "E0160", "E0181", "E0180", "E0186"),
    "braille_zero_subgraph__c5db44fe": ("E0161", "E0160", "E0181", "E0180", "E0186"),
    "lif_norse__2b0feb3d": ("E0160", "E0181", "E0180"),
    "lif_norse__ce5f8e1c": ("E0160", "E0181", "E0180"),
    "scnn_mnist__232ebad8": ("E0160", "E0182", "E0160", "E0180"),
    "scnn_mnist__e5ac8325": ("E0160", "E0182", "E0167", "E0180"),
    "two_lif_neurons__b23438d4": ("E0160", "E0181", "E0180"),
}
"""What is said of each file of an older version that can be read."""

REFUSED = {
    # an exporter that confused sizes: 63 cells into a neuron of 16
    "braille__c381ba29": {
        "lif1: it cannot read what lif1r sends",
        "fc2: it cannot read what lif1 sends",
    },
    # pooling was exported with stride 1
    "scnn_mnist__ac9b3878": {
        "6: it cannot read what 5 sends",
        "9: it cannot read what 8 sends",
    },
}
"""Files of older versions that contradict themselves, and why they are refused."""


def codes(loaded: Loaded) -> tuple[str, ...]:
    return tuple(note.code for note in loaded.notes)


@pytest.fixture
def load(shared: Path) -> Load:
    """Import a file of the shared folder."""
    return lambda name, **options: load_nir(shared / "nir" / name, NirOptions(**options)).network


@pytest.fixture
def recordings(shared: Path) -> Callable[[str], dict[str, NDArray[Any]]]:
    """Arrays of a file of recordings, packed bits unpacked to their shape."""

    def read(name: str) -> dict[str, NDArray[Any]]:
        with np.load(shared / name) as file:
            arrays = dict(file)
        if "bits" in arrays:
            samples, steps, cells = arrays.pop("shape")
            bits = np.unpackbits(arrays.pop("bits"), axis=1)[:, : steps * cells]
            arrays["x"] = bits.reshape(samples, steps, cells)
        return arrays

    return read


# -- what files become ------------------------------------------------------------------------


@pytest.mark.parametrize("name", OLDER)
def test_older_file_is_read_and_repairs_are_reported(shared: Path, name: str) -> None:
    assert codes(load_nir(shared / "nir" / "older" / f"{name}.nir")) == OLDER[name]


@pytest.mark.parametrize("name", REFUSED)
def test_older_file_that_contradicts_itself_is_refused_with_every_reason(
    shared: Path, name: str
) -> None:
    with pytest.raises(SomacError) as caught:
        load_nir(shared / "nir" / "older" / f"{name}.nir")
    assert {d.message for d in caught.value.diagnostics} == REFUSED[name]
    assert {d.code for d in caught.value.diagnostics} == {"E0145"}
    assert all(d.place.file and d.place.node for d in caught.value.diagnostics)
    assert caught.value.exit_code == 2


def test_every_older_file_is_accounted_for(shared: Path) -> None:
    found = {path.stem for path in (shared / "nir" / "older").glob("*.nir")}
    assert found == OLDER.keys() | REFUSED.keys()


def test_braille(load: Load) -> None:
    network = load(BRAILLE)
    assert network.dt == 1e-4
    assert [(p.name, p.model.name, p.shape) for p in network.populations] == [
        ("lif1.lif", "nir_cuba_lif", (38,)),
        ("lif2", "nir_cuba_lif", (7,)),
    ]
    assert [(p.name, p.delay) for p in network.projections] == [
        ("input->fc1->lif1.lif", 0),
        ("lif1.lif->lif1.w_rec->lif1.lif", 1),
        ("lif1.lif->fc2->lif2", 0),
    ]
    assert [(o.name, o.source) for o in network.outputs] == [("output", "lif2")]
    assert [(i.name, i.shape, i.kind) for i in network.inputs] == [("input", (12,), "count")]
    # all cells have one value: one is stored, as float64 of the file's float32
    assert network.populations[0].parameters["w_in"].shape == ()
    assert network.semantics == {
        "profile": "nir-euler",
        "integrator": "euler_sequential",
        "recurrent_bias": "always",
        "reset": "value",
        "compare": ">",
    }


def test_biases_of_all_ways_meet_at_the_population(load: Load, shared: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(shared / "nir" / BRAILLE) as file:
        nodes = file["node/nodes"]
        expected = sum(nodes[n]["bias"][()].astype(np.float64) for n in ("fc1", "lif1.w_rec"))
    np.testing.assert_array_equal(load(BRAILLE).population("lif1.lif").bias["s"], expected)


def test_subgraph_is_the_flat_file_but_for_a_name(load: Load) -> None:
    flat, nested = load(BRAILLE), load(SUBGRAPH)
    text = nested.text().replace("lif1.lif1", "lif1.lif").replace("lif1.lin", "lif1.w_rec")
    assert text == flat.text().replace(flat.name, nested.name, 1)


def test_cnn_stays_symbolic(load: Load) -> None:
    network = load(CNN)
    assert network.dt == 1.0
    assert tuple(p.name for p in network.populations) == CNN_LAYERS
    kinds = [type(p.connectivity) for p in network.projections]
    assert kinds == [Convolution, Convolution, Chain, Chain, Dense]
    third, fourth = (network.projections[i].connectivity for i in (2, 3))
    assert isinstance(third, Chain)
    assert [type(part) for part in third.parts] == [Pool, Convolution]
    assert isinstance(fourth, Chain)
    assert [type(part) for part in fourth.parts] == [Pool, Dense]
    assert sum(p.connectivity.weights.size for p in network.projections) == 39_584


def test_l2mu_takes_a_tick_where_its_loops_close(load: Load) -> None:
    network = load(L2MU)
    assert {p.name: p.delay for p in network.projections} == {
        "input->e_x->spk_u": 0,
        "input->W_x->spk_h": 0,
        "spk_u->B->spk_m": 0,
        "spk_m->e_m->spk_u": 1,
        "spk_m->A->spk_m": 1,
        "spk_m->W_m->spk_h": 0,
        "spk_h->e_h->spk_u": 1,
        "spk_h->W_h->spk_h": 1,
        "spk_h->W_o->spk_out": 0,
    }
    assert {p.model.name for p in network.populations} == {"nir_lif_subtract_delayed"}
    assert network.semantics["reset"] == "subtract_delayed"


def test_missing_semantics_are_said(shared: Path) -> None:
    loaded = load_nir(shared / "nir" / L2MU)
    (note,) = (n for n in loaded.notes if n.code == "E0180")
    assert note.severity is Severity.NOTE
    for choice in (
        "time step 0.0001 s (metadata)",
        "profile nir-euler",
        "integrator euler_sequential",
        "reset subtract_delayed",
        "compare >",
        "input carries counts",
    ):
        assert choice in note.message


# -- fidelity: the frameworks' own spikes -----------------------------------------------------


def test_lif_in_three_frameworks(load: Load, recordings: Callable[..., Any]) -> None:
    recorded = recordings("reference/sim_lif.npz")
    stimulus = {"input": recorded["x"][None, :, None]}
    for profile, key in (
        ("norse", "norse_dt=1e-4"),
        ("snntorch", "snntorch"),
        ("spikingjelly", "spikingjelly"),
        ("nir-euler", "gold_euler_zero_dt_tau"),
    ):
        spikes = reference(load("lif_norse.nir", profile=profile), stimulus).signals["output"]
        np.testing.assert_array_equal(spikes[0, :, 0], recorded[key], err_msg=profile)


@pytest.mark.parametrize("profile", ["norse", "spikingjelly"])
@pytest.mark.parametrize("name", [BRAILLE, SUBGRAPH])
def test_braille_spikes_of_frameworks(
    load: Load, recordings: Callable[..., Any], profile: str, name: str
) -> None:
    recorded = recordings(f"reference/braille_zero_{profile}.npz")
    network = load(name, profile=profile)
    hidden = network.populations[0].name
    trace = reference(network, {"input": recorded["x"]}, record=[hidden])
    np.testing.assert_array_equal(trace.signals[hidden], recorded["hidden"])
    np.testing.assert_array_equal(trace.signals["output"], recorded["out"])


def test_braille_spikes_with_a_bias_from_the_start(
    load: Load, recordings: Callable[..., Any]
) -> None:
    given = recordings("inputs/braille7.npz")
    expected = recordings("reference/float_braille_zero_hidden.npz")["x"]
    trace = reference(load(BRAILLE), {"input": given["x"]}, record=["lif1.lif"])
    np.testing.assert_array_equal(trace.signals["lif1.lif"], expected)
    assert accuracy(trace, given["label"]) > 0.96


def accuracy(trace: Trace, label: NDArray[Any]) -> float:
    """Share of samples whose class sends the most spikes."""
    return float((trace.signals["output"].sum(axis=1).argmax(axis=1) == label).mean())


def cnn_spikes(
    load: Load,
    recordings: Callable[..., Any],
    profile: str,
    recording: str,
    precision: Precision = np.float64,
) -> tuple[Trace, list[NDArray[Any]]]:
    """Signals of all layers on the ten digits, and those recorded."""
    given = recordings("inputs/cnn_numbers_rebuilt.npz")
    stimulus = {"input": given["x"].swapaxes(0, 1).reshape(10, 300, -1)}
    network = load(CNN, profile=profile)
    trace = reference(network, stimulus, record=CNN_LAYERS, precision=precision)
    recorded = recordings(f"reference/sim_cnn_numbers_{recording}.npz")
    return trace, [recorded[f"L{index}"].swapaxes(0, 1) for index in range(len(CNN_LAYERS))]


@pytest.mark.parametrize(
    ("profile", "recording"), [("norse", "norse"), ("spikingjelly", "spikingjelly_patched")]
)
def test_cnn_spikes_of_frameworks(
    load: Load, recordings: Callable[..., Any], profile: str, recording: str
) -> None:
    trace, recorded = cnn_spikes(load, recordings, profile, recording)
    for layer, packed in zip(CNN_LAYERS, recorded, strict=True):
        found = trace.signals[layer]
        expected = np.unpackbits(packed, axis=2)[..., : found.shape[2]]
        np.testing.assert_array_equal(found, expected, err_msg=layer)


def test_cnn_counts_of_sinabs(load: Load, recordings: Callable[..., Any]) -> None:
    """In float32, as Sinabs: in float64, a membrane that it rounds below 1 is 1 + 3e-6."""
    trace, recorded = cnn_spikes(load, recordings, "sinabs", "sinabs", np.float32)
    for layer, expected in zip(CNN_LAYERS, recorded, strict=True):
        np.testing.assert_array_equal(trace.signals[layer], expected, err_msg=layer)


@pytest.mark.parametrize(
    ("samples", "least"),
    [(40, 0.95), pytest.param(579, 0.98, marks=pytest.mark.long)],
)
def test_l2mu_knows_its_letters(
    load: Load, recordings: Callable[..., Any], samples: int, least: float
) -> None:
    given = recordings("inputs/braille7.npz")
    trace = reference(load(L2MU), {"input": given["x"][:samples]})
    assert accuracy(trace, given["label"][:samples]) >= least
