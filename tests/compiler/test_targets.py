"""Target descriptions: what the shipped ones say, and what every mistake in one is told."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from somac.compiler.targets import find_target, load_targets
from somac.compiler.targets.describe import build_targets, read_description
from somac.compiler.targets.load import MAX_FILE_BYTES
from somac.compiler.targets.tree import parse_yaml
from somac.compiler.targets.units import UNITS
from somac.ir.datapath import OPCODES
from somac.ir.errors import SomacError
from somac.ir.target import Target

SMALL = Path(__file__).parent.parent / "data" / "small_targets.yaml"
TEXT = SMALL.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped() -> dict[str, Target]:
    return dict(load_targets())


def refusal(tmp_path: Path, text: str | bytes) -> SomacError:
    """What is said of a description with this text."""
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SomacError) as caught:
        load_targets(path)
    assert caught.value.exit_code == 2
    return caught.value


def changed(old: str, new: str) -> str:
    """The small description with one thing changed."""
    assert TEXT.count(old) >= 1
    return TEXT.replace(old, new, 1)


# what the shipped descriptions say


def test_one_chip(shipped: dict[str, Target]) -> None:
    target = shipped["spinnaker2"]
    topology = target.topology
    assert topology.chips == 1
    assert topology.cores == 152
    assert int(topology.core_usable.sum()) == 148
    assert topology.nodes == 38 + 1
    position = {tuple(p) for p in topology.node_position.tolist()}
    plan = {(x, y) for x in range(1, 8) for y in range(1, 7)}
    assert plan - position == {(4, 4), (7, 3), (7, 4)}  # (4, 3) is the router, with (4, 4)
    router = int(topology.chip_router[0])
    assert topology.node_position[router].tolist() == [4, 3]
    ports = topology.link_target[topology.link_source == router]
    assert sorted(map(tuple, topology.node_position[ports].tolist())) == [
        (3, 3),
        (3, 4),
        (4, 2),
        (4, 5),
        (5, 3),
        (5, 4),
    ]
    assert router not in topology.core_node
    assert set(np.bincount(topology.core_node, minlength=39).tolist()) == {0, 4}
    assert target.resources == {"neurons": 256, "bytes": 94_208}
    assert target.router_entries == 16_384
    assert [layout.bits for layout in target.layouts] == [16, 16, 32]
    assert target.capabilities.operations == set(OPCODES)
    assert target.capabilities.max_delay == 127
    assert topology.host_node == router


def test_board_of_48(shipped: dict[str, Target]) -> None:
    topology = shipped["spinnaker2-48"].topology
    assert topology.chips == 48
    assert int(topology.core_usable.sum()) == 7_104
    rows = Counter(topology.chip_position[:, 1].tolist())
    assert [rows[y] for y in range(8)] == [5, 6, 7, 8, 7, 6, 5, 4]
    crossing = topology.node_chip[topology.link_source] != topology.node_chip[topology.link_target]
    steps = (
        topology.chip_position[topology.node_chip[topology.link_target[crossing]]]
        - topology.chip_position[topology.node_chip[topology.link_source[crossing]]]
    )
    assert {tuple(s) for s in steps.tolist()} == {
        (1, 0),
        (1, 1),
        (0, 1),
        (-1, 0),
        (-1, -1),
        (0, -1),
    }
    routers = set(topology.chip_router.tolist())
    assert set(topology.link_source[crossing].tolist()) <= routers
    assert set(topology.link_cost[crossing].tolist()) == {10}
    assert set(topology.link_cost[~crossing].tolist()) == {1}
    assert topology.chip_position[topology.node_chip[topology.host_node]].tolist() == [7, 6]


@pytest.mark.parametrize("name", ["spinnaker2", "spinnaker2-48"])
def test_links_go_both_ways_and_are_single(shipped: dict[str, Target], name: str) -> None:
    topology = shipped[name].topology
    links = list(zip(topology.link_source.tolist(), topology.link_target.tolist(), strict=True))
    assert len(set(links)) == len(links)
    assert {(b, a) for a, b in links} == set(links)


def test_every_figure_has_a_unit_and_a_source(shipped: dict[str, Target]) -> None:
    for target in shipped.values():
        assert len(target.figures) > (50 if target.backend == "manycore" else 15)
        for figure in target.figures.values():
            assert figure.unit in {*UNITS.values(), "s", "1/uS", "1/uS^2"}
            assert len(figure.source) > 40
    chip = shipped["spinnaker2"].figures
    assert chip["core_cycle_low_pj"].status == "derived"
    assert chip["packet_hop_pj"].status == "assumed"
    assert chip["synaptic_event_instructions"].status == "measured"
    assert chip["cycles_per_instruction_ratio"].status == "derived"


def test_derived_figures_follow_from_the_published(shipped: dict[str, Target]) -> None:
    value = {key: figure.value for key, figure in shipped["spinnaker2"].figures.items()}
    for level in ("low", "high"):
        awake = value[f"chip_coremark_{level}_mw"] - value[f"chip_asleep_{level}_mw"]
        cycle = awake / 152 / value[f"core_clock_{level}_mhz"] * 1e3
        assert value[f"core_cycle_{level}_pj"] == pytest.approx(cycle, abs=0.05)
        asleep = (value[f"chip_asleep_{level}_mw"] - value["chip_cores_off_mw"]) / 152
        assert value[f"core_asleep_{level}_mw"] == pytest.approx(asleep, abs=0.005)
        mac = 2 * value[f"chip_matmul_{level}_mw"] / value[f"chip_matmul_{level}_tops"] / 1e3
        assert value[f"mac_{level}_pj"] == pytest.approx(mac, abs=0.005)
    # 12 million synaptic events a second, and our instructions for one of them
    cycles = value["core_clock_high_mhz"] / 12
    assert value["synaptic_event_cycles"] == cycles
    assert value["cycles_per_instruction_ratio"] == pytest.approx(cycles / 15.2, abs=0.005)
    array = value["mac_array_columns"] * value["mac_array_rows"]
    for kind, name in (("vector", "mac_product"), ("convolution", "mac_convolution_product")):
        per_cycle = array * value[f"mac_{kind}_percent"] / 100
        assert value[f"{name}_cycles"] == pytest.approx(1 / per_cycle, abs=5e-5)
    assert value["noc_hop_ns"] == pytest.approx(
        value["noc_hop_cycles"] / value["noc_clock_mhz"] * 1e3, abs=0.001
    )
    assert value["noc_link_gbit_per_s"] == pytest.approx(
        value["noc_flit_bits"] * value["noc_clock_mhz"] / 1e3
    )
    assert value["resources.bytes"] == value["core_data_bytes"] - value["core_heap_and_stack_bytes"]


def test_a_shipped_target_has_every_price(shipped: dict[str, Target]) -> None:
    from somac.backends.manycore.cost.kinds import KINDS
    from somac.backends.manycore.cost.operations import OPERATIONS

    prices = {kind.price for kind in KINDS if kind.price}
    prices |= {f"operation_{kind}_instructions" for kind in OPERATIONS}
    prices.add("plastic_synapse_instructions")
    assert prices <= set(shipped["spinnaker2"].figures)


def test_digest_is_stable_and_tells_targets_apart(shipped: dict[str, Target]) -> None:
    again = load_targets()
    assert {n: t.digest() for n, t in again.items()} == {n: t.digest() for n, t in shipped.items()}
    assert len({t.digest() for t in shipped.values()}) == len(shipped)


def test_a_users_file() -> None:
    small = find_target("small", SMALL)
    assert small.topology.core_name(5) == "chip(0,0) core 5"
    assert int(small.topology.core_usable.sum()) == 7
    board = find_target("small-3", SMALL)
    assert int(board.topology.core_usable.sum()) == 3 * 7 - 1
    assert board.figures["host_link_gbit_per_s"].unit == "Gbit/s"
    assert find_target("spinnaker2-4", SMALL).topology.cores == 4 * 152
    assert find_target("spinnaker2", SMALL).name == "spinnaker2"


def test_importing_the_package_is_light() -> None:
    code = (
        "import sys, somac.compiler.targets as t; "
        "sys.exit(any(m in sys.modules for m in ('pydantic', 'ruamel.yaml')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# what mistakes are told


def test_unknown_target() -> None:
    with pytest.raises(SomacError, match=r"E0310.*'spinaker2'") as caught:
        find_target("spinaker2")
    assert caught.value.diagnostics[0].hint == "did you mean 'spinnaker2'?"
    with pytest.raises(SomacError, match="--targets FILE"):
        find_target("loihi")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SomacError, match=r"E0301.*No such file"):
        load_targets(tmp_path / "none.yaml")
    with pytest.raises(SomacError, match=r"E0301.*[Dd]irectory"):
        load_targets(tmp_path)
    with pytest.raises(SomacError, match="E0301"):
        load_targets(Path("a\0b"))


def test_file_too_large_or_not_text(tmp_path: Path) -> None:
    assert "E0301" in str(refusal(tmp_path, b"#" * (MAX_FILE_BYTES + 1)))
    assert "byte 3" in str(refusal(tmp_path, b"a: \xff"))


@pytest.mark.parametrize(
    "text",
    ["a: [1, 2", "a: b: c", "\tx", "%", "a: 'x", '"\\U00110000"', "- a\nb: 1", "a: 1\n---\nb: 2"],
)
def test_not_yaml(tmp_path: Path, text: str) -> None:
    error = refusal(tmp_path, text)
    assert error.diagnostics[0].code == "E0302"
    assert "mine.yaml" in str(error)


def test_not_a_description(tmp_path: Path) -> None:
    assert "E0306" in str(refusal(tmp_path, "")) or "E0307" in str(refusal(tmp_path, ""))
    assert "E0307" in str(refusal(tmp_path, "just text"))
    assert "E0307" in str(refusal(tmp_path, "[1, 2, 3]"))


def test_duplicate_key(tmp_path: Path) -> None:
    error = refusal(tmp_path, changed("    origin:", "    plan: 1\n    origin:"))
    found = error.diagnostics[0]
    assert found.code == "E0303"
    assert "'plan' is already on line 9" in found.message
    assert (found.place.line, found.place.column) == (15, 5)
    assert found.place.source == "    plan: 1"


def test_aliases_anchors_and_tags(tmp_path: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
    )
    for text in (bomb, "a: *b", "a: !!python/object:os.system x", "? [a, b]\n: 1", "&x a: 1"):
        assert refusal(tmp_path, text).diagnostics[0].code in {"E0304", "E0302"}, text
    assert refusal(tmp_path, bomb).diagnostics[0].code == "E0304"


def test_nesting_and_number_of_parts(tmp_path: Path) -> None:
    start = time.process_time()
    assert "nested deeper" in str(refusal(tmp_path, "[" * 100_000))
    assert "nested deeper" in str(refusal(tmp_path, "{a: " * 50_000))
    assert time.process_time() - start < 5
    assert "parts" in str(refusal(tmp_path, "[" + "1," * 60_000 + "]"))


def test_misspelt_keys_are_all_named(tmp_path: Path) -> None:
    text = changed("router_entries", "router_entrys").replace("host_chip", "host_chop")
    error = refusal(tmp_path, text)
    unknown = {d.message: d for d in error.diagnostics if d.code == "E0305"}
    misspelt = unknown["unknown key 'router_entrys'"]
    assert misspelt.hint == "did you mean 'router_entries'?"
    assert (misspelt.place.line, misspelt.place.column) == (20, 5)
    assert sum(d.code == "E0306" for d in error.diagnostics) == 3
    assert "unknown key 'host_chop'" in unknown


def test_a_misspelt_key_of_every_table(tmp_path: Path) -> None:
    lines = TEXT.splitlines()
    keys = [line.split(":")[0].strip() for line in lines]
    tables = {"chips", "board", "plan", "capabilities", "resources", "layouts", "figures", "schema"}
    tables |= {"title", "backend", "origin", "rows", "word_bits", "status", "source"}
    for key in tables & set(keys):
        at = keys.index(key)
        text = "\n".join([*lines[:at], lines[at].replace(key, key + "x", 1), *lines[at + 1 :]])
        error = refusal(tmp_path, text)
        assert any(
            d.code == "E0305" and d.place.line == at + 1 and d.hint for d in error.diagnostics
        ), key


@pytest.mark.parametrize(
    ("old", "new", "have", "need"),
    [
        ("value: 16,", 'value: "16",', "the text '16'", "a whole number"),
        ("value: 16,", "value: 16.5,", "16.5", "a whole number"),
        ("value: 16,", "value: true,", "True", "a whole number"),
        ("value: 16,", "value: ,", "nothing", "a whole number"),
        ("value: 16,", "value: -16,", "-16", "greater than or equal to 0"),
        ("value: 16,", "value: [16],", "a list of 1", "a whole number"),
        ("value: 100,", "value: fast,", "the text 'fast'", "a number"),
        ("value: 100,", "value: .nan,", "nan", "a finite number"),
        ("value: 100,", "value: 1e400,", "inf", "a finite number"),
        ("value: 100,", "value: -1,", "-1", "greater than or equal to 0"),
        ("[spike]", "[spikes]", "the text 'spikes'", "'spike', 'count' or 'value'"),
        ("schema: 1", "schema: 2", "2", "1"),
        ("backend: manycore", "backend: [x]", "a list of 1", "text"),
        ("weight_bits: 7", "weight_bits: 700", "700", "less than or equal to 64"),
    ],
)
def test_wrong_kind(tmp_path: Path, old: str, new: str, have: str, need: str) -> None:
    error = refusal(tmp_path, changed(old, new))
    assert [d.code for d in error.diagnostics] == ["E0307"]
    found = error.diagnostics[0]
    assert (found.have, found.need) == (have, need)
    assert found.place.line == TEXT[: TEXT.index(old)].count("\n") + 1


def test_unknown_status_and_source(tmp_path: Path) -> None:
    error = refusal(tmp_path, changed("status: assumed", "status: asumed"))
    assert error.diagnostics[0].hint == "did you mean 'assumed'?"
    error = refusal(tmp_path, changed("source: test}", "source: tset}"))
    assert (error.diagnostics[0].code, error.diagnostics[0].hint) == (
        "E0308",
        "did you mean 'test'?",
    )
    error = refusal(
        tmp_path,
        TEXT.replace("8, status: assumed, source: test}", "8, status: assumed, source: nobody}"),
    )
    assert len(error.diagnostics) == 3  # a layout and two capabilities, all at once


def test_unknown_chip_operation_and_unit(tmp_path: Path) -> None:
    error = refusal(tmp_path, changed("chip: small", "chip: smal"))
    assert (error.diagnostics[0].code, error.diagnostics[0].hint) == (
        "E0308",
        "did you mean 'small'?",
    )
    error = refusal(tmp_path, changed("select", "selekt"))
    assert error.diagnostics[0].hint == "did you mean 'select'?"
    error = refusal(tmp_path, changed("clock_mhz", "clock_mhzz"))
    assert error.diagnostics[0].code == "E0307"
    assert "_mhz" in (error.diagnostics[0].need or "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value: [7]", "value: [8]", "core 8 is reserved"),
        ('"@#"', '"##"', "one router"),
        ('"@#"', '"@@"', "one router"),
        ('"@#"', '"@R"', "one router"),
        ('"@#"', '"@##"', "differ in length"),
        ("[1, 0], [0, 1], [1, 1]]", "[1, 0], [0, 1]]", "differs at (1, 1)"),
        ("[1, 0], [0, 1], [1, 1]]", "[1, 0], [0, 1], [1, 1], [1, 1]]", "twice"),
        ("value: [[0, 1], [1, 1]]", "value: [[1, 0], [1, 1]]", "beyond its last"),
        ("host_chip: {value: [1, 0]", "host_chip: {value: [0, 1]", "no chip at (0, 1)"),
        ("value: [[1, 1, 0]]", "value: [[1, 1, 8]]", "no core 8"),
        ("value: [[1, 1, 0]]", "value: [[0, 1, 0]]", "no core 0 on a chip at (0, 1)"),
        ("value: [[0, 1], [1, 1]]", "value: [" + "[0, 127], " * 128 + "]", ""),
        ("max_delay_ticks: {value: 8", "max_delay_ticks: {value: 1", ""),
        ("min_delay_ticks: {value: 1", "min_delay_ticks: {value: 9", "below the shortest"),
    ],
)
def test_contradictions(tmp_path: Path, old: str, new: str, message: str) -> None:
    if not message:  # large or odd, but right
        path = tmp_path / "mine.yaml"
        path.write_text(changed(old, new).replace("[1, 1, 0]", "[0, 0, 0]"), encoding="utf-8")
        assert set(load_targets(path)) == {"small", "small-3", "spinnaker2-4"}
        return
    found = refusal(tmp_path, changed(old, new)).diagnostics[0]
    assert found.code == "E0309"
    assert message in found.message
    assert found.place.line is not None


def test_a_router_in_pieces_and_a_board_too_large(tmp_path: Path) -> None:
    plan = (
        changed('- "##"', '- "R#"')
        .replace('- "@#"', '- "#R"')
        .replace("[[0, 0], [1, 0], [0, 1], [1, 1]]", "[[0, 0], [1, 1]]")
    )
    assert "not side by side" in str(refusal(tmp_path, plan))
    board = TEXT.replace("value: [[0, 1], [0, 1]]", "value: [" + "[0, 127], " * 128 + "]")
    assert "more than 500000 nodes" in str(refusal(tmp_path, board))


def test_scalars_follow_yaml_1_2() -> None:
    text = "[20e-12, 0o17, 0x1F, 1_000, yes, no, on, true, null, ~, .inf, 012, +5, 1., '7', 1:30]"
    assert parse_yaml(text, "x").data == (
        20e-12, 15, 31, "1_000", "yes", "no", "on", True, None, None, float("inf"), 12, 5, 1.0,
        "7", "1:30",
    )  # fmt: skip


# mutations


SHIPPED = (Path(__file__).parent.parent.parent / "targets.yaml").read_text(encoding="utf-8")
SHIPPED_READ = read_description(SHIPPED, "targets.yaml")
PIECES = st.one_of(
    st.sampled_from(
        [
            *"{}[]:,-?&*!|>'\"%@`#\n\t ",
            "&a", "*a", "<<: *a", "!!binary ", "---", "...", "{{", "]]", "\n  ", "1e999", "0x",
            "-1", "99999999999999999999", "null", "true", ".inf", "\x00", "\ufeff", "\u2028", "é",
            "value: ", "status: ", "schema: ", "[" * 50, "{a: " * 50, "R", "@", "#",
        ]
    ),
    st.text(max_size=8),
    st.integers().map(str),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from([TEXT, TEXT, SHIPPED]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        until = min(len(text), at + draw(st.integers(0, 40)))
        match draw(st.sampled_from(["insert", "replace", "delete", "repeat", "cut"])):
            case "insert":
                text = text[:at] + draw(PIECES) + text[at:]
            case "replace":
                text = text[:at] + draw(PIECES) + text[until:]
            case "delete":
                text = text[:at] + text[until:]
            case "repeat":
                text = text[:at] + text[at:until] * draw(st.integers(2, 50)) + text[until:]
            case "cut":
                text = text[: max(at, 1)]
    return text


def survives(text: str) -> None:
    """Targets or a SomacError with code and place, in time."""
    start = time.process_time()
    try:
        build_targets(read_description(text, "mutated.yaml"), SHIPPED_READ)
    except SomacError as error:
        for diagnostic in error.diagnostics:
            assert diagnostic.code.startswith("E03")
            assert diagnostic.place.file is not None
    assert time.process_time() - start < 5


@settings(max_examples=60)
@given(mutated())
def test_mutations(text: str) -> None:
    survives(text)


@pytest.mark.long
def test_two_thousand_mutations() -> None:
    tried = Counter[str]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    @settings(max_examples=2_000)
    @given(mutated())
    def run(text: str) -> None:
        tried["texts"] += 1
        survives(text)

    run()
    assert tried["texts"] >= 2_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 1 << 20  # kilobytes, of which the limit is 1 GB
