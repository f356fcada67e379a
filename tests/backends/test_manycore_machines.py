"""The C of the cores, on this machine and on a Cortex-M4, against emulator and golden model."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.backends.api import Emulation, Emulator
from somac.backends.manycore.backend import ManycoreBackend
from somac.backends.manycore.machines import CORTEX_M4, HOST_C, cortex_m4, host
from somac.backends.manycore.machines.cortex_m4 import cortex_cores
from somac.backends.manycore.machines.counts import count_instructions
from somac.backends.manycore.machines.host import host_cores
from somac.backends.manycore.machines.replay import Packets
from somac.backends.manycore.options import UseOfArrays
from somac.ir.connectivity import Dense
from somac.ir.datapath import Datapath, Instruction, Table
from somac.ir.errors import SomacError
from somac.ir.fixed import Format
from somac.ir.integer import IntegerInput, IntegerNetwork, IntegerPopulation, IntegerProjection
from somac.ir.network import Output
from somac.ir.program import Program
from somac.ir.simulate import golden
from somac.ir.target import Target

WARNINGS = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror")
STRICT = ("-O0", *WARNINGS, "-fsanitize=undefined", "-fno-sanitize-recover=undefined")


def assert_same(seen: Emulation, meant: Emulation, network: IntegerNetwork) -> None:
    for output in network.outputs:
        np.testing.assert_array_equal(seen.outputs[output.name], meant.outputs[output.name])
    for p in network.populations:
        np.testing.assert_array_equal(seen.signals[p.name], meant.signals[p.name])
        assert set(seen.states[p.name]) == set(meant.states[p.name])
        for state, values in meant.states[p.name].items():
            np.testing.assert_array_equal(seen.states[p.name][state], values)


def assert_equal_to_golden(
    machine: Emulator, program: Program, network: IntegerNetwork, inputs: Mapping[str, Any]
) -> None:
    """Of every population, signals and states of machine, emulator and golden model."""
    names = [p.name for p in network.populations]
    ran = machine.run(inputs, record=names, record_states=names)
    emulated = ManycoreBackend().emulator(program).run(inputs, record=names, record_states=names)
    assert_same(ran, emulated, network)
    expected = golden(network, inputs, record=names, record_states=names)
    for name in names:
        np.testing.assert_array_equal(ran.signals[name], expected.signals[name])
        for state, values in expected.states[name].items():
            np.testing.assert_array_equal(ran.states[name][state], values)


def some_and_many(some: int, many: int) -> Any:
    """So many networks, or more in the long run."""
    longer = pytest.param(many, id="many", marks=pytest.mark.long)
    return pytest.mark.parametrize("count", [pytest.param(some, id="some"), longer])


# this machine


@some_and_many(15, 200)
def test_host_c_equals_emulator_and_golden(
    c_compiler: None,
    count: int,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    random_inputs: Callable[..., dict[str, Any]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    """Without a warning, and without anything undefined when it runs."""

    @given(data=st.data())
    @settings(max_examples=count)
    def check(data: st.DataObject) -> None:
        chips = data.draw(st.sampled_from([(1, 1), (3, 2)]))
        max_delay = data.draw(st.sampled_from([1, 9, 40]))
        target = make_target(chips=chips, max_delay=max_delay, array=True)
        network = data.draw(random_networks(target.capabilities.max_delay))
        largest = data.draw(st.sampled_from([3, 100]))
        arrays = data.draw(uses_of_arrays)
        program = plain_program(network, target, arrays=arrays, largest=largest, spread=True)
        inputs = random_inputs(data.draw, network, 2, 8)
        with host_cores(program, STRICT) as machine:
            assert_equal_to_golden(machine, program, network, inputs)

    check()


def test_example_on_this_machine(
    c_compiler: None, example: IntegerNetwork, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    with host_cores(example_program, STRICT) as machine:
        assert_equal_to_golden(machine, example_program, example, busy_inputs)
        for shape in ((0, 4), (2, 0), (1, 1)):
            few = {name: x[: shape[0], : shape[1]] for name, x in busy_inputs.items()}
            ran = machine.run(few, record=["lif"])
            assert ran.signals["lif"].shape == (*shape, 40)
            assert ran.outputs["out"].shape == (*shape, 6)


def widest(format: Format) -> Datapath:
    """A state and a parameter of `format`, a table, an input and a parameter without effect."""
    return Datapath(
        "widest",
        (
            Instruction("input", Format(32, 32), name="x"),
            Instruction("input", Format(8, 8), name="unused"),
            Instruction("state", format, name="s"),
            Instruction("param", format, name="p"),
            Instruction("param", Format(8, 8), name="idle"),
            Instruction("add", format, (2, 3)),
            Instruction("add", format, (5, 0)),
            Instruction("table", Format(20, 20), (0,), "t"),
            Instruction("state", Format(4, 4), name="kept"),
        ),
        {"s": 6, "kept": 8},
        7,
        "value",
        {"t": Table(-2, np.array([-500_000, -1, 0, 7, 500_000]))},
    )


def one_population(datapath: Datapath, size: int, **values: Any) -> IntegerNetwork:
    """A population of some datapath, its port x fed by as many numbers."""
    rng = np.random.default_rng(3)
    return IntegerNetwork(
        "one",
        1.0,
        (IntegerInput("in", (size,), "value", Format(6, 6)),),
        (IntegerPopulation("p", (size,), datapath, **values, start=1),),
        (
            IntegerProjection(
                "w", "in", "p", "x", Dense(rng.integers(-9, 10, (size, size)).astype(np.int32)), 1
            ),
        ),
        (Output("out", "p"),),
    )


@pytest.mark.parametrize("width", [8, 16, 32, 40, 62])
def test_values_of_every_width(
    c_compiler: None,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    width: int,
) -> None:
    format = Format(width, width)
    rng = np.random.default_rng(width)
    network = one_population(
        widest(format),
        5,
        parameters={"p": rng.integers(0, format.maximum, 5), "idle": np.int64(3)},
        initial={"s": rng.integers(format.minimum, format.maximum, 5), "kept": np.int64(-8)},
    )
    program = plain_program(network, make_target())
    inputs = {"in": rng.integers(-32, 32, (2, 9, 5))}
    with host_cores(program, STRICT) as machine:
        assert_equal_to_golden(machine, program, network, inputs)


def test_parameters_stored_in_two_ways(
    c_compiler: None, example: IntegerNetwork, example_target: Target,
    plain_program: Callable[..., Program], busy_inputs: dict[str, Any],
) -> None:  # fmt: skip
    """One neuron program, of which two populations store a parameter differently."""
    lif = example.population("lif")
    twin = replace(lif, name="twin", parameters={**lif.parameters, "bias": np.int64(700)})
    projection = replace(example.projections[0], name="w9", target="twin")
    network = replace(
        example,
        populations=(*example.populations, twin),
        projections=(*example.projections, projection),
    )
    program = plain_program(network, example_target, largest=50)
    with host_cores(program) as machine:
        assert len(machine.variants) == 4
        assert_equal_to_golden(machine, program, network, busy_inputs)


def test_nothing_is_left_behind(
    c_compiler: None, example_program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with host_cores(example_program):
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), host_cores(example_program):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


# Cortex-M4


@some_and_many(2, 20)
def test_cortex_m4_equals_emulator_and_golden(
    arm_tools: None,
    count: int,
    make_target: Callable[..., Target],
    plain_program: Callable[..., Program],
    random_networks: Callable[[int], st.SearchStrategy[IntegerNetwork]],
    random_inputs: Callable[..., dict[str, Any]],
    uses_of_arrays: st.SearchStrategy[UseOfArrays],
) -> None:
    @given(data=st.data())
    @settings(max_examples=count)
    def check(data: st.DataObject) -> None:
        target = make_target(chips=(3, 2), max_delay=9, array=True)
        network = data.draw(random_networks(9))
        arrays = data.draw(uses_of_arrays)
        program = plain_program(network, target, arrays=arrays, largest=20, spread=True)
        inputs = random_inputs(data.draw, network, 2, 8)
        with cortex_cores(program, WARNINGS) as machine:
            assert_equal_to_golden(machine, program, network, inputs)

    check()


def test_example_on_a_cortex_m4(
    arm_tools: None, example: IntegerNetwork, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    with cortex_cores(example_program, WARNINGS) as machine:
        assert_equal_to_golden(machine, example_program, example, busy_inputs)
        assert list(machine.figures) == [
            "bytes of code in lif.c (lif)",
            "bytes of code in cuba.c (cuba)",
            "bytes of code in integrator.c (value)",
        ]
        # the model of the MAC array, 1.2 kB, is code of the simulation alone
        assert 0 < max(machine.figures.values()) < 4096


def test_instructions_are_counted(
    arm_tools: None, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    costs = count_instructions(example_program, busy_inputs)
    emulated = ManycoreBackend().emulator(example_program).run(busy_inputs).counts
    assert costs.packets == emulated["deliveries"]
    assert costs.events == emulated["synaptic_events"]
    assert {name: cost.updates for name, cost in costs.programs.items()} == {
        "lif.c (lif)": 2 * 20 * 40,
        "cuba.c (cuba)": 2 * 20 * 10,
        "integrator.c (value)": 2 * 20 * 6,
    }
    assert all(10 < cost.instructions < 400 for cost in costs.programs.values())
    assert 0 < costs.of_event < costs.per_event
    assert costs.of_packet > 0
    assert costs == count_instructions(example_program, busy_inputs)


def test_code_that_is_too_large(
    arm_tools: None, make_target: Callable[..., Target], plain_program: Callable[..., Program]
) -> None:
    entries = np.arange(20_000) * 7 % 30_000
    datapath = Datapath(
        "large",
        (
            Instruction("input", Format(32, 32), name="x"),
            Instruction("table", Format(16, 16), (0,), "t"),
        ),
        {},
        1,
        "value",
        {"t": Table(0, entries)},
    )
    program = plain_program(one_population(datapath, 2, parameters={}, initial={}), make_target())
    with pytest.raises(SomacError, match=r"E0842.*large\.c and the runtime") as caught:
        CORTEX_M4.open(program).__enter__()
    (d,) = caught.value.diagnostics
    assert d.have == "32768 bytes"
    assert int((d.need or "").split()[0]) > 40_000
    assert caught.value.exit_code == 3


def test_another_packet_is_an_error() -> None:
    host_sent = Packets(np.array([[0, 1, 256, 1], [0, 3, 257, -5]]))
    cortex_m4._check_sent("core 3", host_sent, Packets(host_sent.rows.copy()))
    changed = host_sent.rows.copy()
    changed[1, 3] = 5
    with pytest.raises(SomacError, match="E0822") as caught:
        cortex_m4._check_sent("core 3", host_sent, Packets(changed))
    (d,) = caught.value.diagnostics
    assert (d.have, d.need) == (
        "key 0x00000101 payload 5 in tick 3 of sample 0",
        "key 0x00000101 payload -5 in tick 3 of sample 0",
    )
    with pytest.raises(SomacError, match="no more packets"):
        cortex_m4._check_sent("core 3", host_sent, Packets(host_sent.rows[:1]))


# tools


def fake_tools(folder: Path, script: str, *names: str) -> str:
    """A path on which these programs are shell scripts."""
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(stat.S_IRWXU)
    return str(folder)


def test_tools_that_are_missing(
    example_program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [d.code for d in HOST_C.missing()] == ["E0840"]
    absent = CORTEX_M4.missing()
    assert [d.message for d in absent] == [
        f"{name} is not on this machine"
        for name in ("cc", "arm-none-eabi-gcc", "arm-none-eabi-size", "qemu-system-arm")
    ]
    assert absent[1].hint == "install the Arm compiler (Debian: gcc-arm-none-eabi)"
    for machine in (HOST_C, CORTEX_M4):
        with pytest.raises(SomacError, match="E0840"):
            machine.open(example_program).__enter__()


def test_a_compiler_that_fails(
    example_program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake_tools(tmp_path, "echo internal error >&2; exit 4", "cc")
    monkeypatch.setenv("PATH", path)
    with pytest.raises(SomacError, match=r"E0841.*cc does not build .*internal error"):
        HOST_C.open(example_program).__enter__()


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ("echo broken >&2; exit 3", r"failed \(exit code 3\): broken"),
        ("exec /bin/sleep 60", "has not ended"),
    ],
)
def test_a_run_that_fails(
    example_program: Program, busy_inputs: dict[str, Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, made: str, problem: str,
) -> None:  # fmt: skip
    """The compiler writes a program that does not do its work."""
    made = f"printf '#!/bin/sh\\n{made}\\n' > lockstep; /bin/chmod +x lockstep"
    monkeypatch.setenv("PATH", fake_tools(tmp_path, made, "cc"))
    monkeypatch.setattr(host, "RUN_SECONDS", 0.5)
    with HOST_C.open(example_program) as machine, pytest.raises(SomacError, match=problem) as e:
        machine.run(busy_inputs)
    assert e.value.diagnostics[0].code == "E0843"


def test_an_image_of_another_program(
    c_compiler: None, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    """A core that finds something else in its memory does not start."""
    image = example_program.json("experiment.json")["cores"][0]["image"]
    content = bytearray(example_program.files[image])
    content[4] = 9
    changed = replace(example_program, files={**example_program.files, image: bytes(content)})
    with (
        host_cores(changed) as machine,
        pytest.raises(SomacError, match=r"E0843.*core 1 of chip \d does not start: error 1"),
    ):
        machine.run(busy_inputs)


def test_inputs_that_do_not_fit(
    c_compiler: None, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    with host_cores(example_program) as machine, pytest.raises(SomacError, match="E0715") as caught:
        machine.run({"spikes": busy_inputs["spikes"][:, :, :5]})
    assert len(caught.value.diagnostics) == 2


def test_names_that_are_not_there(
    c_compiler: None, example_program: Program, busy_inputs: dict[str, Any]
) -> None:
    with host_cores(example_program) as machine:
        assert machine.run(busy_inputs, record=["spikes"]).signals["spikes"].shape == (2, 20, 900)
        with pytest.raises(SomacError, match=r"E0716.*'who'") as caught:
            machine.run(busy_inputs, record=["who"], record_states=["lif", "spikes"])
    assert len(caught.value.diagnostics) == 2


def test_a_bundle_without_structure(example_program: Program) -> None:
    changed = replace(example_program, files={**example_program.files, "experiment.json": b"{}"})
    with pytest.raises(SomacError, match="E0812"):
        HOST_C.open(changed).__enter__()
