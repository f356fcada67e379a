"""Descriptions of programmable parts: what they give, what the shipped ones say, mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from click.testing import Result

from somac.compiler import advice
from somac.compiler.cli.render.target import described_text, listed_text
from somac.compiler.cli.views.target import described, listed
from somac.compiler.mapping.mapper import MappingRequest, SliceNet, map_slices
from somac.compiler.mapping.partition import Cut
from somac.compiler.targets import find_target, load_targets
from somac.ir.datapath import OPCODES
from somac.ir.errors import SomacError
from somac.ir.network import Network
from somac.ir.target import Memory, Multiplier, Target

SMALL = Path(__file__).parent.parent / "data" / "small_parts.yaml"
TEXT = SMALL.read_text(encoding="utf-8")


def refusal(tmp_path: Path, old: str, new: str) -> SomacError:
    """What is said of the small description with one thing changed."""
    assert old in TEXT
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SomacError) as caught:
        load_targets(path)
    assert caught.value.exit_code == 2
    return caught.value


def test_a_part_of_a_users_file() -> None:
    target = find_target("tiny", SMALL)
    assert (target.backend, target.place, target.places) == ("fpga", "engine", 3)
    assert target.resources == {"neurons": 16}
    assert target.layouts == ()
    assert target.capabilities.min_delay == 0
    topology = target.topology
    assert (topology.chips, topology.nodes, topology.links, topology.cores) == (1, 1, 0, 3)
    part = target.part
    assert part is not None
    assert (part.family, part.device, part.package, part.speed) == ("ecp5", "12k", "CABGA256", "6")
    assert part.pools == {"lut": 1000, "ff": 2000, "bram": 2, "dsp": 5, "pll": 0}
    assert part.memories == {"bram": Memory(2, 1024, (1, 8, 16))}
    assert part.multipliers == {"dsp": Multiplier(5, 18, 9)}
    assert (part.clock_mhz, part.pins) == (12.5, {"clk": "A1", "rst": "35"})
    assert target.figures["clock_tree_mhz"].value == 300
    assert target.figures["kit.clock_mhz"].unit == "MHz"
    mine = find_target("ecp5-of-mine", SMALL)
    assert mine.part is not None
    assert (mine.part.clock_mhz, mine.part.pins) == (50.0, {})
    assert mine.digest() != find_target("ulx3s-25f").digest()


@pytest.mark.parametrize(
    ("name", "lut", "ff", "bram_kbit", "dsp"),
    [
        ("ulx3s-85f", 83_640, 83_640, 3_744, 156),
        ("ulx3s-25f", 24_288, 24_288, 1_008, 28),
        ("icebreaker", 5_280, 5_280, 120, 8),
        ("xcku060", 331_680, 663_360, 38_880, 2_760),
        ("xcku115", 663_360, 1_326_720, 77_760, 5_520),
        ("xcvu9p", 1_182_240, 2_364_480, 77_760, 6_840),
    ],
)
def test_shipped_parts(name: str, lut: int, ff: int, bram_kbit: int, dsp: int) -> None:
    target = find_target(name)
    part = target.part
    assert part is not None
    assert (part.pools["lut"], part.pools["ff"], part.pools["dsp"]) == (lut, ff, dsp)
    assert part.memories["bram"].blocks * part.memories["bram"].bits == bram_kbit * 1024
    assert target.capabilities.operations == set(OPCODES)
    assert target.capabilities.outputs == {"spike", "count", "value"}


def test_slices_map_to_engines() -> None:
    target = find_target("tiny", SMALL)
    cuts = tuple(Cut("p", 8 * i, 8 * i + 8, {"neurons": 8}) for i in range(3))
    nets = (SliceNet(0, (1, 2), 1.0), SliceNet(2, (2,), 0.5))
    mapping = map_slices(MappingRequest("n", cuts, nets), target)
    assert sorted(s.core for s in mapping.slices if s.core is not None) == [0, 1, 2]
    with pytest.raises(SomacError, match="E0602") as caught:
        map_slices(MappingRequest("n", (*cuts, Cut("q", 0, 1, {"neurons": 1})), ()), target)
    found = caught.value.diagnostics[0]
    assert found.have == "3 usable engines"
    assert "one engine has 16 neurons" in found.message


def test_views() -> None:
    target = find_target("tiny", SMALL)
    assert (
        listed_text([listed(target)])
        == """\
target  backend  size                      what
tiny    fpga     1,000 lut, 2 bram, 5 dsp  A part on a table
"""
    )
    text = described_text(described(target))
    assert (
        text[: text.index("figure ")]
        == """\
tiny           A part on a table
backend        fpga
part           12k, package CABGA256, speed 6 (ecp5)
clock          12.5 MHz
LUT            1,000 of 4 inputs
flip-flops     2,000
bram           2 blocks of 1,024 bits, words of 1, 8, 16
dsp            5 of 18 x 9 bits
PLL            0
pins           clk A1, rst 35
an engine has  16 neurons
engines        at most 3, as far as they fit
delays         0 to 8 ticks from engine to engine
integers       weights of 8 bits, accumulators of 16, words of 32
engines send   spike
operations     add, gt, select, sub

"""
    )


@pytest.mark.parametrize(
    ("old", "new", "code", "message", "at"),
    [
        ("family: {value: ecp5", "family: {value: ecp6", "E0307", "family", "family: {value: ecp6"),
        ("    luts:", "    lots:", "E0305", "unknown key 'lots'", "    lots:"),
        ("    plls: {value: 0, status: assumed, source: test}\n", "", "E0306", "'plls'", "  tiny:"),
        (
            "widths: {value: [1, 8, 16]",
            "widths: {value: []",
            "E0307",
            "widths",
            "widths: {value: []",
        ),
        (
            "widths: {value: [1, 8, 16]",
            "widths: {value: [1, 16, 8]",
            "E0309",
            "ascend",
            "widths: {",
        ),
        (
            "widths: {value: [1, 8, 16]",
            "widths: {value: [2048]",
            "E0309",
            "wider than",
            "widths: {",
        ),
        (
            "  bram:",
            "  lut:",
            "E0309",
            "two pools of the part are called 'lut'",
            "blocks: {value: 2",
        ),
        (
            "engine: few",
            "engine: fow",
            "E0308",
            "part 'tiny' is filled with the engines",
            "engine: fow",
        ),
        ("part: tiny", "part: tinny", "E0308", "made of the part 'tinny'", "part: tinny"),
        ("    part: tiny\n", "", "E0306", "targets.tiny lacks the key 'part'", "  tiny:"),
        (
            "clock_mhz: {value: 12.5",
            "clock_mhz: {value: 0",
            "E0307",
            "clock_mhz",
            "clock_mhz: {value: 0",
        ),
        ("clk: {value: A1", "clk$: {value: A1", "E0307", "clk$", "clk$: {"),
        (
            "part: tiny",
            "part: tiny\n    chip: spinnaker2",
            "E0309",
            "a chip and of a part",
            "    part: tiny",
        ),
        ("source: test}\n        b_", "source: tset}\n        b_", "E0308", "'tset'", "a_bits: {"),
        ("clock_tree_mhz", "clock_tree", "E0307", "does not end in a unit", "clock_tree: {"),
        (
            "max_delay_ticks: {value: 8",
            "max_delay_ticks: {value: 0",
            "E0307",
            "max_delay",
            "max_delay_ticks",
        ),
        (
            "min_delay_ticks: {value: 0",
            "min_delay_ticks: {value: 9",
            "E0309",
            "shortest",
            "max_delay_ticks",
        ),
        ("[add,", "[addd,", "E0308", "'addd' is not an operation", "[addd,"),
        (
            "engines: {value: 3,",
            "engines: {value: 70000,",
            "E0307",
            "engines",
            "engines: {value: 70000",
        ),
    ],
)
def test_mistakes(tmp_path: Path, old: str, new: str, code: str, message: str, at: str) -> None:
    error = refusal(tmp_path, old, new)
    found = next(d for d in error.diagnostics if d.code == code)
    assert message in found.message
    assert at in (found.place.source or "")
    assert found.place.column is not None


def test_an_entry_that_is_made_of_nothing(tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("    part: tiny")]
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SomacError, match="E0306") as caught:
        load_targets(path)
    assert "'chip' or the key 'part'" in caught.value.diagnostics[0].message


def test_advice_begins_with_targets_of_the_same_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    network = cast(Network, None)  # nothing looks at it
    monkeypatch.setattr(advice, "check_network", lambda *_: ())
    targets = load_targets()
    error = SomacError("E0602", "too small")
    for backends, name, said in (
        ({"manycore", "fpga"}, "spinnaker2", "spinnaker2-48 (7,104 cores)"),
        ({"manycore", "fpga"}, "icebreaker", "ulx3s-25f (256 engines)"),
        ({"fpga"}, "spinnaker2", "icebreaker (256 engines)"),
        ({"manycore"}, "icebreaker", "spinnaker2 (148 cores)"),
        (set(), "icebreaker", "none of the 0 other targets"),
    ):
        monkeypatch.setattr(advice, "usable", backends.__contains__)
        found = advice.advised(error, network, targets[name], targets.values())
        assert said in found.diagnostics[-1].message


def test_a_mapping_problem_on_a_part(somac: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "problem.json"
    problem = {
        "somac": "mapping-problem",
        "version": 1,
        "machine": {"target": "icebreaker"},
        "slices": {"count": 3, "demand": {"neurons": [40_000, 50_000, 200]}},
        "nets": {"source": [0], "targets": [[1, 2]]},
    }
    path.write_text(json.dumps(problem), encoding="utf-8")
    assert "on 2 of 256 cores" in somac("map", path).stdout


def test_names_that_are_nearly_right(tmp_path: Path) -> None:
    error = refusal(tmp_path, "part: tiny", "part: tinny")
    assert error.diagnostics[0].hint == "did you mean 'tiny'?"
    error = refusal(tmp_path, "engine: few", "engine: fewer")
    assert error.diagnostics[0].hint == "did you mean 'few'?"


def test_engines_are_alike() -> None:
    topology = find_target("ulx3s-85f").topology
    assert topology.cores == 256
    np.testing.assert_array_equal(topology.core_node, 0)
    np.testing.assert_array_equal(topology.core_usable, True)


def test_every_part_has_every_figure() -> None:
    def figures(target: Target) -> set[str]:
        """But those of the kinds of memory, of the package, and of what circuits take."""
        own = ("memories.", "user_ports", "lut_error", "placed_mhz")
        of_family = ("_luts", "_flip_flops")
        return {k for k in target.figures if not k.startswith(own) and not k.endswith(of_family)}

    parts = [target for target in load_targets().values() if target.part is not None]
    assert len(parts) >= 6
    assert all(figures(target) == figures(parts[0]) for target in parts)
