"""`somac diff`: what differs between two bundles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st

import somac as package
from somac.backends.api import Account
from somac.compiler.cli.render.diffed import MAX_COMMENT, diffed_markdown, diffed_text
from somac.compiler.diff import BundleDiff, diff
from somac.compiler.diff.account import Cost
from somac.compiler.diff.files import files
from somac.compiler.diff.network import NetworkDiff, Weights, networks, weights_between
from somac.compiler.diff.placement import Home, moves
from somac.compiler.diff.tree import differing
from somac.compiler.diff.values import Change, Numbers
from somac.compiler.record.mapping import LinkRow, mapping_from, mapping_to
from somac.compiler.record.target import target_from, target_to
from somac.ir.connectivity import AllToAll, Convolution, Dense, OneToOne, Sparse
from somac.ir.errors import Severity
from somac.ir.integer import IntegerNetwork
from somac.ir.program import Program, read_program, write_program
from somac.ir.serial import GOLDEN, integer_from_files, integer_to_files

Somac = Callable[..., Result]

TEXT = """\
network small:
    dt 1 ms
    profile nir-euler

input x[3]: spikes
population hidden[4]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = {v}, v_reset = 0)
population out[2]: nir_lif(tau = 5 ms, r = 1, v_leak = 0, v_threshold = 0.13, v_reset = 0)
projection x -> hidden: dense(uniform(-0.2, 1), seed = 1)
projection hidden -> out: dense(uniform(-1, 1), seed = 2)
output out
"""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """One network and its variants, on several targets."""
    folder = tmp_path_factory.mktemp("bundles")
    made = {}
    for name, v, target in (
        ("plain", 0.13, "spinnaker2"),
        ("threshold", 0.12, "spinnaker2"),
        ("board", 0.13, "spinnaker2-48"),
        ("arrays", 0.13, "neurram"),
        ("circuit", 0.13, "ulx3s-85f"),
    ):
        (folder / "small.snn").write_text(TEXT.format(v=v))
        package.compile(folder / "small.snn", target=target).save(folder / name)
        made[name] = folder / name
    return made


@pytest.fixture
def plain(bundles: Mapping[str, Path]) -> Program:
    return read_program(bundles["plain"])


def changed(program: Program, **contents: bytes | None) -> Program:
    """With other files, by name with ``__`` for the slash; None takes one away."""
    named = {n.replace("__", "/"): c for n, c in contents.items()}
    every = {**program.files, **named}
    return replace(program, files={n: c for n, c in every.items() if c is not None})


def compared(a: Program, b: Program) -> BundleDiff:
    found, notes = diff(a, b, ("a", "b"))
    assert notes == ()
    return found


def with_golden(program: Program, network: IntegerNetwork) -> Program:
    rest = {n: c for n, c in program.files.items() if not n.startswith("golden/")}
    return replace(program, files={**rest, **integer_to_files(network, GOLDEN)})


# the command


def test_the_same(somac: Somac, bundles: Mapping[str, Path], tmp_path: Path) -> None:
    write_program(read_program(bundles["plain"]), tmp_path / "copy")
    done = somac("diff", bundles["plain"], tmp_path / "copy", "--markdown", tmp_path / "d.md")
    assert done.stdout.count("\n") == 1
    assert f"{bundles['plain']} and {tmp_path / 'copy'} are the same: small" in done.stdout
    assert (tmp_path / "d.md").read_text().startswith("### somac diff: the same\n")
    result = json.loads(somac("diff", bundles["plain"], bundles["plain"], "--json").stdout)
    assert result["exit_code"] == 0
    assert result["result"]["files"] == []


def test_what_differs(somac: Somac, bundles: Mapping[str, Path], tmp_path: Path) -> None:
    pair = bundles["plain"], bundles["threshold"]
    done = somac("diff", *pair, "--markdown", tmp_path / "d.md", exit_code=1)
    head, *tables = done.stdout.split("\n\n")[1:]
    assert re.search(r"^network +numbers of 1 array$", head, re.MULTILINE)
    assert re.search(r"^files +\d+ changed; \+0 bytes$", head, re.MULTILINE)
    assert "the same: target, placement, routing, memory, totals, remarks, costs" in head
    assert [t.split()[0] for t in tables] == ["network", "files"]
    assert "population.hidden.parameters.threshold" in tables[0]
    markdown = (tmp_path / "d.md").read_text()
    assert markdown.startswith("### somac diff: 2 of 9 sections differ\n")
    assert markdown.count("<details>") == markdown.count("</details>") == 2
    result = json.loads(somac("diff", *pair, "--json", "--exit-zero").stdout)["result"]
    assert [n["what"] for n in result["network"]["numbers"]] == [
        "population.hidden.parameters.threshold"
    ]
    assert {"a", "b", "name", "what", "fields"} == set(result["files"][0])


@pytest.mark.parametrize("other", ["board", "arrays", "circuit"])
def test_other_targets_are_compared_as_far_as_can_be(
    somac: Somac, bundles: Mapping[str, Path], other: str
) -> None:
    for pair in ((bundles["plain"], bundles[other]), (bundles[other], bundles["plain"])):
        done = somac("diff", *pair, "-v", exit_code=1)
        assert re.search(r"^target +", done.stdout, re.MULTILINE)
        assert "more (-v shows them)" not in done.stdout
        assert json.loads(somac("diff", *pair, "--json", exit_code=1).stdout)["exit_code"] == 1


def test_what_is_no_bundle(somac: Somac, bundles: Mapping[str, Path], tmp_path: Path) -> None:
    write_program(read_program(bundles["plain"]), tmp_path / "damaged")
    (tmp_path / "damaged" / "report.json").write_text("{}")
    done = somac("diff", tmp_path / "missing", tmp_path / "damaged", exit_code=2)
    assert "error[E0703]" in done.stderr
    assert "error[E0704]" in done.stderr
    (tmp_path / "model.snn").write_text(TEXT.format(v=1))
    assert "E0703" in somac("diff", tmp_path / "model.snn", bundles["plain"], exit_code=2).stderr


def test_bundles_whose_network_cannot_be_read(
    somac: Somac, bundles: Mapping[str, Path], plain: Program, tmp_path: Path
) -> None:
    network = json.loads(plain.files["golden/network.json"])
    network["semantics"] = 1
    other = changed(plain, golden__network__json=None)
    other = replace(
        other, files={**other.files, "golden/network.json": json.dumps(network).encode()}
    )
    write_program(other, tmp_path / "old")
    done = somac("diff", bundles["plain"], tmp_path / "old", exit_code=1)
    assert "warning[E0705]" in done.stderr
    assert f"{tmp_path / 'old'}/golden/network.json" in done.stderr
    assert "not known of both: network" in done.stdout


# networks


def test_every_population_and_projection_is_matched_by_name(plain: Program) -> None:
    golden = integer_from_files(plain.files, GOLDEN)
    assert networks(golden, golden) == NetworkDiff((), (), ())
    turned = replace(golden, projections=golden.projections[::-1])
    found = networks(golden, turned)
    assert [c.what for c in found.fields] == ["projection.order"]
    renamed = replace(golden, outputs=tuple(replace(o, name="other") for o in golden.outputs))
    found = networks(golden, renamed)
    assert [(c.what, c.a, c.b) for c in found.fields] == [
        ("output.out", "out", None),
        ("output.other", None, "other"),
    ]


def test_weights_are_counted_and_measured(plain: Program) -> None:
    golden = integer_from_files(plain.files, GOLDEN)
    first, *rest = golden.projections
    weights = first.connectivity.weights.copy()
    weights[0, 0] += 5
    weights[1, 2] -= 7
    other = replace(first, connectivity=first.connectivity.with_weights(weights))
    found = compared(plain, with_golden(plain, replace(golden, projections=(other, *rest))))
    assert found.network is not None
    assert found.network.weights == (Weights(first.name, 12, 12, 2, 0, 0, 7),)
    assert "2 changed, by at most 7 steps" in diffed_text(found)


def compared_weights(a: Any, b: Any, golden: IntegerNetwork) -> Weights:
    first, *rest = golden.projections
    sides = (replace(golden, projections=(replace(first, connectivity=c), *rest)) for c in (a, b))
    (found,) = networks(*sides).weights
    return found


def test_synapses_are_matched_whatever_holds_them(plain: Program) -> None:
    golden = integer_from_files(plain.files, GOLDEN)
    weights = np.arange(1, 13, dtype=np.int32).reshape(
        golden.projections[0].connectivity.weights.shape
    )
    dense = Dense(weights)
    thin = weights.copy()
    thin[0, 0] = 0
    thin[1, 1] += 3
    found = compared_weights(dense, sparse_of(Dense(thin)), golden)
    assert (found.a, found.b) == (12, 11)
    assert (found.changed, found.added, found.removed, found.largest) == (1, 0, 1, 3)
    found = compared_weights(AllToAll(np.int32(2), 3, 4), dense, golden)
    assert (found.changed, found.added, found.removed, found.largest) == (11, 0, 0, 10)


def sparse_of(dense: Dense) -> Sparse:
    rows = dense.rows(0, dense.source_size)
    return Sparse(rows.indptr, rows.target, rows.weight, None, dense.target_size)


@given(st.data())
def test_every_changed_weight_is_found(data: st.DataObject) -> None:
    shape = data.draw(st.tuples(st.integers(1, 4), st.integers(1, 4)))
    numbers = st.lists(
        st.integers(-3, 3), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]
    )
    a, b = (np.array(data.draw(numbers), np.int32).reshape(shape) for _ in range(2))
    found = weights_between("p", sparse_of(Dense(a)), sparse_of(Dense(b)))
    both = (a != 0) & (b != 0)
    apart = np.abs(a - b)[both]
    want = (
        int(np.count_nonzero(apart)),
        int(np.count_nonzero((a == 0) & (b != 0))),
        int(np.count_nonzero((a != 0) & (b == 0))),
        int(apart.max(initial=0)),
    )
    assert (found.changed, found.added, found.removed, found.largest) == want


def test_weights_of_other_forms_are_counted_only() -> None:
    shared = Convolution(
        np.ones((1, 1, 1, 1), np.int32), (1, 2, 2), (1, 1), ((0, 0), (0, 0)), (1, 1)
    )
    one = OneToOne(np.ones(4, np.int32), 4)
    assert weights_between("p", shared, one) == Weights("p", 1, 4)
    assert weights_between("p", one, OneToOne(np.ones(3, np.int32), 3)) == Weights("p", 4, 3)


# trees

LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2)
TREES = st.recursive(
    LEAVES,
    lambda t: st.lists(t, max_size=3) | st.dictionaries(st.sampled_from(["name", "x"]), t),
    max_leaves=8,
)


@given(TREES, TREES)
def test_trees_differ_exactly_if_something_is_found(a: Any, b: Any) -> None:
    def plain(tree: Any) -> Any:
        """As JSON tells it, without what is absent: None says nothing."""
        if isinstance(tree, dict):
            return {k: v for k, v in ((k, plain(v)) for k, v in tree.items()) if v is not None}
        return [plain(item) for item in tree] if isinstance(tree, list) else tree

    same = json.dumps(plain(a), sort_keys=True) == json.dumps(plain(b), sort_keys=True)
    assert (not list(differing(a, b))) == same


def test_leaves_have_their_paths() -> None:
    a = {"cores": [{"core": 1, "bytes": 2}, {"core": 2, "bytes": 3}], "x": [1, 2], "n": 1}
    b = {"cores": [{"core": 2, "bytes": 4}], "x": [1, 3], "n": 1.0}
    assert list(differing(a, b)) == [
        Change("cores.1", "2 values", None),
        Change("cores.2.bytes", 3, 4),
        Change("x.1", 2, 3),
    ]
    pair = np.array([1.0, np.nan, 3.0]), np.array([1.0, np.nan, 5.0])
    assert list(differing({"w": pair[0]}, {"w": pair[1]})) == [Numbers("w", 3, 1, 2.0)]
    assert list(differing(np.array([1.0]), np.array([np.nan]))) == [Numbers("", 1, 1, None)]
    assert list(differing(np.zeros(2), np.zeros(3))) == [Change("", "2 numbers", "3 numbers")]


# placement, account, files


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (None, [(0, 4, "x")], "is new: 4 cells on 1 core"),
        ([(0, 4, "x"), (4, 6, "y")], None, "is gone: it had 6 cells on 2 cores"),
        ([(0, 4, "x")], [(0, 4, "y")], "moved from x to y"),
        ([(0, 4, "x")], [(0, 2, "x"), (2, 4, "y")], "is split over 2 cores, not 1"),
        ([(0, 2, "x"), (2, 4, "y")], [(0, 4, "x")], "is gathered on 1 core, not 2"),
        ([(0, 4, "x")], [(0, 5, "x")], "grew from 4 to 5 cells"),
        ([(0, 5, "x")], [(0, 4, "y")], "shrank from 5 to 4 cells; moved from x to y"),
        (
            [(0, 2, "x"), (2, 4, "y")],
            [(0, 3, "x"), (3, 4, "y")],
            "is cut otherwise on the same 2 cores",
        ),
        (
            [(0, 2, "x"), (2, 4, "y")],
            [(0, 2, "x"), (2, 4, "z")],
            "moved: 1 of 2 cores are others",
        ),
    ],
)
def test_moves_in_words(a: Any, b: Any, words: str) -> None:
    left, right = ({} if s is None else {"p": Home(tuple(s))} for s in (a, b))
    (move,) = moves(left, right)
    assert (move.population, move.words) == ("p", words)
    assert moves(left, left) == ()


def test_a_population_that_moved_is_named(plain: Program) -> None:
    record = mapping_from(plain)
    assert record is not None
    first = record.cores[0]
    renamed = replace(record, cores=(first._replace(name="another"), *record.cores[1:]))
    found = compared(plain, changed(plain, **{"mapping.json": mapping_to(renamed)}))
    assert found.moves is not None
    assert [m.words for m in found.moves] == [f"moved from {first.name} to another"]
    assert "placement  1 population" in diffed_text(found)


def test_bundles_that_do_not_record_their_mapping(plain: Program) -> None:
    old = changed(plain, **{"mapping.json": None, "target.json": None})
    report = json.loads(old.files["report.json"])
    report["cores"][0]["core"] = "another"
    other = changed(old, **{"report.json": json.dumps(report).encode()})
    grown = changed(plain, x=b"")
    for sides in ((old, other), (plain, other), (old, grown)):
        found = compared(*sides)
        assert found.moves is not None
        assert [m.words for m in found.moves] == (
            ["moved from chip(0,0) core 100 to another"] if sides[1] is other else []
        )
    nothing = changed(old, **{"report.json": None})
    assert compared(old, nothing).moves is None
    found = compared(nothing, changed(nothing, x=b""))
    assert "not known of both: placement" in diffed_text(found)


def test_what_goes_over_links_is_compared(plain: Program) -> None:
    record = mapping_from(plain)
    assert record is not None
    busier = replace(record, links=(LinkRow(record.nodes[0].node, record.nodes[1].node, 9.5),))
    found = compared(plain, changed(plain, **{"mapping.json": mapping_to(busier)}))
    assert ("packets on the busiest link", 9.5) in {(c.what, c.b) for c in found.account.routing}


def test_a_record_that_cannot_be_read_is_a_warning(plain: Program) -> None:
    found, notes = diff(plain, changed(plain, **{"mapping.json": b"{"}), ("a", "b"))
    assert [(n.code, n.severity, n.place.file) for n in notes] == [
        ("E0704", Severity.WARNING, "b/mapping.json")
    ]
    assert found.moves == ()


def test_figures_of_a_target_are_compared(plain: Program) -> None:
    record = target_from(plain)
    assert record is not None
    first = record.figures[0]
    other = replace(
        record,
        figures=(first._replace(value=7.0, source=len(record.sources)), *record.figures[1:]),
        sources=(*record.sources, "somebody else"),
    )
    found = compared(plain, changed(plain, **{"target.json": target_to(other)}))
    assert [(c.what, c.b) for c in found.account.figures] == [
        (first.name, f"7 {first.unit} ({first.status})"),
        (f"{first.name}.source", "somebody else"),
    ]
    assert "target  2 figures" in diffed_text(found)


def test_accounts_are_compared_by_name(plain: Program) -> None:
    report = json.loads(plain.files["report.json"])
    before = report["total"]["bytes"]
    report["total"]["bytes"] += 10
    report["cores"][0]["bytes"] += 10
    report["routing_tables"][0]["entries"] += 1
    report["placement"]["cost"] += 1
    speed = report["costs"]["expected"]["amounts"]["speed_low_ratio"]
    speed["value"] /= 2
    found = compared(plain, changed(plain, **{"report.json": json.dumps(report).encode()}))
    account = found.account
    assert [(c.what, c.a, c.b, c.by) for c in account.totals] == [
        ("bytes", before, before + 10, 10)
    ]
    assert [c.by for c in account.memory] == [10]
    assert [(c.what, c.by) for c in account.routing] == [
        ("longest", 1),
        ("in all", 1),
        ("chip 0", 1),
    ]
    assert [c.what for c in account.placement] == ["cost"]
    (cost,) = account.costs
    assert (cost.case, cost.name, cost.worse, cost.change.share) == (
        "expected",
        "speed_low_ratio",
        True,
        -0.5,
    )
    text = diffed_text(found)
    assert "-50.0 %  worse" in text
    assert "1 worse" in text
    speed["value"] *= 2 * (1 - 1e-4)
    found = compared(plain, changed(plain, **{"report.json": json.dumps(report).encode()}))
    assert "-0.01 %  worse" in diffed_text(found)


def test_long_texts_begin_where_they_differ(plain: Program) -> None:
    account = Account.of(plain)
    name, text = next(iter(account.remarks.items()))
    sides = (
        replace(plain, files={**plain.files, **replace(account, remarks={name: r}).file()})
        for r in (text + " and so on" * 9 + " x", text + " and so on" * 9 + " y")
    )
    shown = diffed_text(compared(*sides))
    assert re.search(r"\.\.\.n and so on x +\.\.\.n and so on y", shown)


def test_worse_is_more_but_of_speed() -> None:
    def worse(unit: str, a: float | None, b: float | None) -> bool | None:
        return Cost("expected", "x", "", unit, a, b).worse

    assert (worse("nJ", 1, 2), worse("nJ", 2, 1), worse("1", 1, 2)) == (True, False, False)
    assert worse("nJ", None, 1) is None


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"[]", ()),
        (b"3", ()),
        (b"{", ("E0704",)),
        (b'{"total": 3, "cores": [1, {}], "costs": []}', ("E0710",)),
    ],
)
def test_accounts_of_another_form_are_not_understood(
    plain: Program, content: bytes, codes: tuple[str, ...]
) -> None:
    found, notes = diff(plain, changed(plain, **{"report.json": content}), ("a", "b"))
    assert tuple(n.code for n in notes) == codes
    assert [f.name for f in found.files] == ["report.json"]
    assert diffed_text(found)


def test_remarks_and_tables_are_compared(bundles: Mapping[str, Path]) -> None:
    arrays = read_program(bundles["arrays"])
    account = Account.of(arrays)
    table = account.tables[0]
    rows = ((*table.rows[0][:-1], "something else"), *table.rows[1:])
    remarks = {**account.remarks, "packing": "otherwise"}
    other = replace(account, tables=(replace(table, rows=rows),), remarks=remarks)
    found = compared(arrays, replace(arrays, files={**arrays.files, **other.file()}))
    assert [(c.what, c.b) for c in found.account.remarks] == [
        ("packing", "otherwise"),
        (f"{table.title or table.columns[0]} {rows[0][0]}: {table.columns[-1]}", "something else"),
    ]


@pytest.mark.parametrize(
    ("name", "a", "b", "what"),
    [
        ("x.json", b'{"a": 1, "b": 2}', b'{"a": 3}', "2 fields"),
        ("x.json", b"{", b"{}", "+1 -1 lines"),
        ("x.sv", b"a\nb\nc\n", b"a\nc\nd\ne\n", "+2 -1 lines"),
        ("x.bin", b"\0ab", b"\0xb", "1 of 3 bytes, from 0x1 on"),
        ("x.bin", b"\0ab", b"\0a", ""),
        ("x.npy", b"\0", b"\1", "1 of 1 byte, from 0x0 on"),
    ],
)
def test_files_say_how_much_differs(name: str, a: bytes, b: bytes, what: str) -> None:
    left, right = (Program("b", "t", {name: c, "same": b"1"}) for c in (a, b))
    (found,) = files(left, right)
    assert (found.name, found.what) == (name, what)
    assert found.a is not None
    assert found.a.bytes == len(a)


def test_files_of_one_side(plain: Program) -> None:
    found = compared(plain, changed(plain, **{"new.txt": b"x", "costs.json": None}))
    assert [(f.name, f.a is None, f.b is None) for f in found.files] == [
        ("costs.json", False, True),
        ("new.txt", True, False),
    ]
    assert "1 new, 1 gone" in diffed_text(found)


def test_names_command_neither_terminals_nor_markdown(plain: Program) -> None:
    report = json.loads(plain.files["report.json"])
    report["total"]["<b>|\x1b[31m`"] = "\n# x"
    found = compared(plain, changed(plain, **{"report.json": json.dumps(report).encode()}))
    assert "\x1b" not in diffed_text(found)
    markdown = diffed_markdown(found)
    assert "<b>" not in markdown
    assert "\x1b" not in markdown
    assert not re.search(r"^# x", markdown, re.MULTILINE)


def test_a_comment_is_never_too_long(plain: Program) -> None:
    report = json.loads(plain.files["report.json"])
    report["total"] |= {f"figure number {n} of a great many": n for n in range(2_000)}
    found = compared(plain, changed(plain, **{"report.json": json.dumps(report).encode()}))
    markdown = diffed_markdown(found)
    assert len(markdown) <= MAX_COMMENT
    assert "And 1 table without room here." in markdown
    assert markdown.count("<details>") == markdown.count("</details>") == 1
