"""The raw reader: what it reads, and one test for each refusal."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from somac.compiler.nir import sandbox
from somac.compiler.nir.limits import Limits
from somac.compiler.nir.raw import RawNode
from somac.compiler.nir.reader import read_raw
from somac.ir.errors import Diagnostic, Severity

NirFile = Callable[..., Path]
Refusal = Callable[..., Diagnostic]
Refusals = Callable[..., tuple[Diagnostic, ...]]

LIF = "/node/nodes/lif"
WEIGHT = "/node/nodes/fc/weight"


@pytest.fixture(autouse=True)
def _in_forks(request: pytest.FixtureRequest) -> None:
    """Read in forks, except where the time of a fresh process is asked for."""
    if request.function is not test_small_model_is_quick:
        request.getfixturevalue("forks")


def replace(file: h5py.File, path: str, **dataset: Any) -> None:
    """Put another dataset at a path."""
    if path in file:
        del file[path]
    file.create_dataset(path, **dataset)


# -- what is read -----------------------------------------------------------------------------


def compare(node: RawNode, group: h5py.Group) -> None:
    """A node holds exactly what h5py reads."""
    assert node.path == group.name
    assert node.type == group["type"][()].decode()
    assert list(node.parameters) == [
        k for k in group if k not in ("type", "metadata", "nodes", "edges")
    ]
    for name, array in node.parameters.items():
        expected = group[name][()]
        np.testing.assert_array_equal(array, expected)
        assert array.dtype == expected.dtype
        assert array.shape == np.shape(expected)
        assert not array.flags.writeable
    metadata = {
        k: v.decode() if isinstance(v := d[()], bytes) else v.item()
        for k, d in group.get("metadata", {}).items()
    }
    assert node.metadata == metadata
    assert (node.graph is None) == (node.type != "NIRGraph")
    if node.graph is not None:
        assert list(node.graph.nodes) == list(group["nodes"])
        assert [list(e) for e in node.graph.edges] == group["edges"].asstr()[()].tolist()
        for name, inner in node.graph.nodes.items():
            compare(inner, group["nodes"][name])


def test_every_public_file_reads_as_h5py_reads_it(shared: Path) -> None:
    paths = sorted((shared / "nir").rglob("*.nir"))
    assert len(paths) >= 20
    for path in paths:
        raw = read_raw(path)
        with h5py.File(path) as file:
            compare(raw.root, file["node"])
            assert raw.version == file["version"][()].decode()
        assert raw.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert raw.notes == ()


def test_small_model(nir_file: NirFile) -> None:
    raw = read_raw(nir_file())
    assert raw.version == "1.0.8"
    assert list(raw.graph.nodes) == ["fc", "input", "lif", "output"]
    assert raw.graph.edges == (("input", "fc"), ("fc", "lif"), ("lif", "output"))
    tau = raw.graph.nodes["lif"].parameters["tau"]
    assert (tau.shape, tau.dtype, tau.item()) == ((), np.dtype("<f4"), 0.5)
    with pytest.raises(ValueError, match="read-only"):
        raw.graph.nodes["fc"].parameters["weight"][0, 0] = 1
    with pytest.raises(TypeError):
        raw.graph.nodes["lif"].parameters["tau"] = tau  # type: ignore[index]


def test_small_model_is_quick(nir_file: NirFile) -> None:
    path = nir_file()

    def seconds() -> float:
        start = time.perf_counter()
        read_raw(path)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 1.0  # 0.25 s where nothing else runs


@pytest.mark.parametrize(
    "values",
    [
        np.array([True, False]),
        *(np.array([1, 2], dtype=t) for t in "i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8".split()),  # noqa: SIM905
        *(np.array([1, 2], dtype=t) for t in (">i2", ">i8", ">u4", ">f2", ">f4", ">f8")),
        np.empty((0, 3)),
        np.full((3, 2, 1, 2), 7),
    ],
    ids=lambda v: f"{v.dtype.str}{v.shape}",
)
def test_every_type_of_numbers(nir_file: NirFile, values: np.ndarray) -> None:
    path = nir_file(lambda file: replace(file, WEIGHT, data=values))
    weight = read_raw(path).graph.nodes["fc"].parameters["weight"]
    np.testing.assert_array_equal(weight, values)
    assert weight.dtype == values.dtype.newbyteorder("<")


@pytest.mark.parametrize(
    "packing",
    [
        {"compression": "gzip"},
        {"compression": "lzf", "shuffle": True},
        {"compression": "gzip", "shuffle": True, "fletcher32": True},
        {"chunks": (7, 5)},
    ],
    ids=str,
)
def test_every_packing(nir_file: NirFile, packing: dict[str, Any]) -> None:
    values = np.random.default_rng(1).normal(size=(40, 30))
    path = nir_file(lambda file: replace(file, WEIGHT, data=values, **packing))
    weight = read_raw(path).graph.nodes["fc"].parameters["weight"]
    np.testing.assert_array_equal(weight, values)


def test_compact_layout_and_fixed_length_strings(nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        del file[WEIGHT]
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((4,))
        made = h5py.h5d.create(file["node/nodes/fc"].id, b"weight", h5py.h5t.STD_I32LE, space, plan)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="i4"))
        replace(file, f"{LIF}/type", data=np.bytes_(b"CubaLIF"))
        replace(file, "node/edges", data=np.array([["input", "fc"], ["fc", "lif"]], dtype="S"))

    raw = read_raw(nir_file(change))
    np.testing.assert_array_equal(raw.graph.nodes["fc"].parameters["weight"], np.arange(4))
    assert raw.graph.nodes["lif"].type == "CubaLIF"
    assert raw.graph.edges == (("input", "fc"), ("fc", "lif"))


def test_text_parameters_and_metadata(nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        file["node/nodes/fc/padding"] = "same"
        file["node/metadata/dt"] = 1e-4
        for name, value in {
            "steps": 3,
            "learned": True,
            "note": "näive\n\ttext",
            "tags": ["a", "bcd"],
            "range": [0.5, 1.5],
            "inner/deep": 2,
        }.items():
            file[f"{LIF}/metadata/{name}"] = value

    raw = read_raw(nir_file(change))
    padding = raw.graph.nodes["fc"].parameters["padding"]
    assert (padding.shape, padding.item()) == ((), "same")
    assert raw.root.metadata == {"dt": 1e-4}
    found = dict(raw.graph.nodes["lif"].metadata)
    np.testing.assert_array_equal(found.pop("tags"), ["a", "bcd"])
    np.testing.assert_array_equal(found.pop("range"), [0.5, 1.5])
    assert found == {"steps": 3, "learned": True, "note": "näive\n\ttext", "inner/deep": 2}
    assert [type(found[k]) for k in ("steps", "learned")] == [int, bool]


def test_subgraph_unknown_type_and_many_edges(nir_file: NirFile) -> None:
    names = [f"node number {i}" for i in range(5000)]

    def change(file: h5py.File) -> None:
        file["node/nodes/sub/type"] = "NIRGraph"
        file["node/nodes/sub/edges"] = list(pairwise(names))
        file["node/nodes/sub/nodes/x/type"] = "NoSuchType"

    sub = read_raw(nir_file(change)).graph.nodes["sub"].graph
    assert sub is not None
    assert sub.nodes["x"].type == "NoSuchType"
    assert sub.nodes["x"].path == "/node/nodes/sub/nodes/x"
    assert sub.edges == tuple(pairwise(names))


def test_creation_order_is_kept_where_it_is_tracked(nir_file: NirFile) -> None:
    raw = read_raw(nir_file(track_order=True))
    assert list(raw.graph.nodes) == ["input", "fc", "lif", "output"]


@pytest.mark.parametrize("edges", [np.array([]), h5py.Empty("f4"), np.empty((0, 2), "i4")])
def test_no_edges(nir_file: NirFile, edges: Any) -> None:
    assert read_raw(nir_file(lambda f: replace(f, "node/edges", data=edges))).graph.edges == ()


def test_oddities_are_noted_and_do_not_stop(nir_file: NirFile) -> None:
    def change(file: h5py.File) -> None:
        del file["node/edges"], file["version"]
        file[f"{LIF}/v_reset"] = h5py.Empty("f4")
        file[f"{LIF}/extra/thing"] = 1
        replace(file, WEIGHT, shape=(2, 3), dtype="f4", fillvalue=2)

    raw = read_raw(nir_file(change))
    assert raw.version is None
    assert "v_reset" not in raw.graph.nodes["lif"].parameters
    np.testing.assert_array_equal(
        raw.graph.nodes["fc"].parameters["weight"], np.full((2, 3), 2, "f4")
    )
    assert [(n.code, n.place.node, n.severity) for n in raw.notes] == [
        ("E0130", WEIGHT, Severity.WARNING),
        ("E0129", f"{LIF}/extra", Severity.WARNING),
        ("E0129", f"{LIF}/v_reset", Severity.NOTE),
        ("E0129", "/node", Severity.WARNING),
    ]


# -- files that are none ----------------------------------------------------------------------


def test_missing_file(nir_file: NirFile, tmp_path: Path, refusal: Refusal) -> None:
    nir_file(name="braille.nir")
    wrong = tmp_path / "brialle.nir"
    assert "braille.nir" in str(refusal(wrong, "E0101").hint)
    refusal(tmp_path / "no" / "such" / "folder.nir", "E0101")


def test_folder_and_pipe(tmp_path: Path, refusal: Refusal) -> None:
    refusal(tmp_path, "E0102")
    os.mkfifo(tmp_path / "pipe.nir")
    refusal(tmp_path / "pipe.nir", "E0102")


def test_unreadable_file(
    nir_file: NirFile, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    path = nir_file()

    def refuse(*args: Any) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert "Permission denied" in refusal(path, "E0103").message


def test_impossible_path(refusal: Refusal) -> None:
    refusal("a\0b.nir", "E0103")


def test_file_that_shrinks_while_it_is_read(
    nir_file: NirFile, monkeypatch: pytest.MonkeyPatch, refusal: Refusal
) -> None:
    path = nir_file()
    begin = sandbox.start

    def shrink(entry: str) -> sandbox.Process:
        os.truncate(path, 1000)
        return begin(entry)

    monkeypatch.setattr(sandbox, "start", shrink)
    refusal(path, "E0103")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"population lif:\n", "snn"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "git lfs"),
        (b"PK\x03\x04....", "nir.write"),
        (b"\x00\x01\x02" * 100, None),
    ],
)
def test_other_files_called_nir(
    tmp_path: Path, content: bytes, hint: str | None, refusal: Refusal
) -> None:
    path = tmp_path / "model.nir"
    path.write_bytes(content)
    found = refusal(path, "E0105").hint
    assert found is None if hint is None else hint in str(found)


def test_empty_and_truncated(nir_file: NirFile, refusal: Refusal) -> None:
    whole = nir_file().read_bytes()
    path = nir_file()
    for size in (3, 8, 20, 100, 2048, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert f"{size:,} bytes" in str(refusal(path, "E0106").have)
    path.write_bytes(b"")
    refusal(path, "E0104")


def test_damage(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file()
    whole = path.read_bytes()
    path.write_bytes(whole[:9] + b"\xff" * 8 + whole[17:])
    refusal(path, "E0107")
    # the first chunk of packed weights
    path = nir_file(
        lambda f: replace(f, WEIGHT, data=np.arange(99.0), compression="gzip", fletcher32=True)
    )
    with h5py.File(path) as file:
        at = file[WEIGHT].id.get_chunk_info(0).byte_offset
    whole = path.read_bytes()
    path.write_bytes(whole[: at + 5] + b"\xff\xff" + whole[at + 7 :])
    refusal(path, "E0107", WEIGHT)


# -- HDF5 that is no NIR ----------------------------------------------------------------------


def test_no_node(nir_file: NirFile, refusal: Refusal) -> None:
    refusal(nir_file(lambda f: f.pop("node")), "E0108", "/")


def test_single_node(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: replace(f, "node/type", data="LIF"))
    assert "from_list" in str(refusal(path, "E0108", "/node").hint)


def test_graph_without_nodes(nir_file: NirFile, refusal: Refusal) -> None:
    refusal(nir_file(lambda f: f["node"].pop("nodes")), "E0108", "/node")


def test_node_without_type(nir_file: NirFile, refusal: Refusal) -> None:
    found = refusal(nir_file(lambda f: f[LIF].pop("type")), "E0109", LIF)
    assert found.have == "r, tau, v_leak, v_threshold"
    refusal(nir_file(lambda f: replace(f, f"{LIF}/type", data="")), "E0109", LIF)


def test_objects_of_the_wrong_kind(nir_file: NirFile, refusal: Refusal) -> None:
    refusal(nir_file(lambda f: replace(f, LIF, data=1.0)), "E0122", LIF)

    def grouped(file: h5py.File) -> None:
        del file[f"{LIF}/type"]
        file.create_group(f"{LIF}/type")

    refusal(nir_file(grouped), "E0122", f"{LIF}/type")

    def named(file: h5py.File) -> None:
        file[f"{LIF}/kind"] = np.dtype("f4")

    refusal(nir_file(named), "E0122", f"{LIF}/kind")


@pytest.mark.parametrize(
    "edges",
    [np.zeros((3, 2)), np.array(["a", "b"], "S"), np.array([["a", "b", "c"]], "S")],
    ids=["numbers", "one axis", "triples"],
)
def test_edges_that_are_no_pairs(nir_file: NirFile, edges: np.ndarray, refusal: Refusal) -> None:
    found = refusal(
        nir_file(lambda f: replace(f, "node/edges", data=edges)), "E0110", "/node/edges"
    )
    assert str(edges.shape) in str(found.have)


@pytest.mark.parametrize(
    "type_",
    [1.0, np.array(["LIF", "LIF"], "S"), np.bytes_(b"LI\xffF"), np.bytes_(b"L\x1b[31mIF")],
    ids=["number", "two", "not UTF-8", "control"],
)
def test_type_that_is_no_text(nir_file: NirFile, type_: Any, refusal: Refusal) -> None:
    refusal(nir_file(lambda f: replace(f, f"{LIF}/type", data=type_)), "E0111", f"{LIF}/type")


def test_variable_length_text_that_is_no_text(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: replace(f, "version", data=b"\xff\xfe", dtype=h5py.string_dtype()))
    refusal(path, "E0111", "/version")


@pytest.mark.parametrize("name", [b"a\nb", b"a\xffb", "a\u202eb".encode(), b"x" * 2000], ids=repr)
def test_names(nir_file: NirFile, name: bytes, refusal: Refusal) -> None:
    def change(file: h5py.File) -> None:
        h5py.h5g.create(file["node/nodes"].id, name)

    refusal(nir_file(change), "E0112", "/node/nodes")


@pytest.mark.parametrize("name", [b"+/+/+", b".\0\0\0\0"])
def test_names_that_are_paths(nir_file: NirFile, name: bytes, refusal: Refusal) -> None:
    path = nir_file(lambda f: f.create_group("node/nodes/+++++"))
    path.write_bytes(path.read_bytes().replace(b"+++++", name))
    assert "is a path" in refusal(path, "E0112", "/node/nodes").message


def test_long_name_in_an_edge(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: replace(f, "node/edges", data=[["a" * 2000, "b"]]))
    refusal(path, "E0112", "/node/edges")


# -- other files, links, cycles ---------------------------------------------------------------


def test_links_are_not_followed(nir_file: NirFile, refusals: Refusals) -> None:
    other = nir_file(name="other.nir")

    def change(file: h5py.File) -> None:
        del file[WEIGHT], file["node/nodes/fc/bias"]
        file[WEIGHT] = h5py.ExternalLink(str(other), WEIGHT)
        file["node/nodes/fc/bias"] = h5py.SoftLink(f"{LIF}/tau")

    found = refusals(nir_file(change))
    assert [(d.code, d.place.node, d.have) for d in found] == [
        ("E0113", "/node/nodes/fc/bias", "soft link"),
        ("E0113", WEIGHT, "external link"),
    ]


@pytest.mark.parametrize("link", [h5py.SoftLink("/other"), h5py.ExternalLink("x.h5", "/node")])
def test_node_is_a_link(nir_file: NirFile, link: Any, refusal: Refusal) -> None:
    def change(file: h5py.File) -> None:
        file.move("node", "other")
        file["node"] = link

    refusal(nir_file(change), "E0113", "/node")


def test_external_storage(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(
        lambda f: replace(f, WEIGHT, shape=(4,), dtype="u1", external=[("/etc/hostname", 0, 4)])
    )
    assert refusal(path, "E0114", WEIGHT).have == "external storage"


def test_virtual_dataset(nir_file: NirFile, refusal: Refusal) -> None:
    other = nir_file(name="other.nir")

    def change(file: h5py.File) -> None:
        del file[WEIGHT]
        layout = h5py.VirtualLayout((2, 3), "f4")
        layout[:] = h5py.VirtualSource(str(other), WEIGHT, (2, 3))
        file.create_virtual_dataset(WEIGHT, layout)

    assert refusal(nir_file(change), "E0114", WEIGHT).have == "a virtual dataset"


def test_cycle_and_shared_object(nir_file: NirFile, refusal: Refusal, refusals: Refusals) -> None:
    def cycle(file: h5py.File) -> None:
        file["node/nodes/sub/type"] = "NIRGraph"
        file["node/nodes/sub/nodes"] = file["node/nodes"]

    found = refusals(nir_file(cycle))
    assert [(d.code, d.place.node) for d in found] == [
        ("E0115", "/node/nodes/sub/nodes"),
        ("E0108", "/node/nodes/sub"),
    ]
    assert "cycle" in found[0].message

    def share(file: h5py.File) -> None:
        file[f"{LIF}/v_reset"] = file[f"{LIF}/v_leak"]

    found = (refusal(nir_file(share), "E0115", f"{LIF}/v_reset"),)
    assert "one object" in found[0].message


def test_600_nested_groups(nir_file: NirFile, refusal: Refusal, refusals: Refusals) -> None:
    def graphs(file: h5py.File) -> None:
        group = file["node"]
        for _ in range(300):
            group = group.require_group("nodes").create_group("sub")
            group["type"] = "NIRGraph"

    assert "33 groups" in str(refusals(nir_file(graphs))[0].have)
    assert refusals(nir_file(graphs))[0].code == "E0116"

    path = nir_file(lambda f: f.create_group(f"{LIF}/metadata" + "/x" * 600))
    refusal(path, "E0116", f"{LIF}/metadata" + "/x" * 29)


# -- counts and sizes -------------------------------------------------------------------------


def test_counts(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file()
    refusal(path, "E0117", "/node/nodes", limits=Limits(objects=8))
    refusal(path, "E0117", "/node/edges", limits=Limits(edges=2))
    refusal(path, "E0117", "/node/edges", limits=Limits(text_bytes=100))
    path = nir_file(lambda f: replace(f, WEIGHT, data=np.zeros((40, 40)), chunks=(1, 1)))
    refusal(path, "E0117", WEIGHT, limits=Limits(chunks=1000))
    path = nir_file(lambda f: f.create_dataset(f"{LIF}/tags", data=["x"] * 50 + ["y" * 5000]))
    refusal(path, "E0117", f"{LIF}/tags", limits=Limits(text_bytes=100_000))


def test_many_refusals_are_cut_off(nir_file: NirFile, refusals: Refusals) -> None:
    def change(file: h5py.File) -> None:
        for i in range(100):
            file.create_group(f"node/nodes/n{i:03}")

    found = refusals(nir_file(change))
    assert len(found) == Limits().reports
    assert {d.code for d in found} == {"E0109"}


def test_huge_declared_dataset(nir_file: NirFile, refusal: Refusal) -> None:
    for extra in ({}, {"chunks": (1000, 1000)}):
        path = nir_file(
            lambda f, e=extra: replace(f, WEIGHT, shape=(10**6, 10**6), dtype="f4", **e)
        )
        found = refusal(path, "E0118", WEIGHT)
        assert "4,000,000,000,0" in str(found.have)
    path = nir_file(lambda f: f.create_dataset(f"{LIF}/t", (10**12,), h5py.string_dtype()))
    refusal(path, "E0117", f"{LIF}/t")


def test_thousandfold_expansion(nir_file: NirFile, refusal: Refusal) -> None:
    def change(file: h5py.File) -> None:
        replace(file, WEIGHT, shape=(5000, 5000), dtype="f4", compression="gzip",
                chunks=(1000, 5000), compression_opts=9)  # fmt: skip
        file[WEIGHT][:1000] = 0

    path = nir_file(change)
    assert "times the file" in str(refusal(path, "E0119", WEIGHT).need)
    # the same numbers pass where the file may grow so much
    wide = Limits(expansion=10**6)
    assert not read_raw(path, wide).graph.nodes["fc"].parameters["weight"].any()
    # and small files may be as hollow as they like
    path = nir_file(lambda f: replace(f, WEIGHT, shape=(500, 500), dtype="f4"))
    assert read_raw(path).notes[0].code == "E0130"


def test_growth_beyond_the_file_is_bounded(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: replace(f, WEIGHT, data=np.zeros(10**6), compression="gzip"))
    refusal(path, "E0119", WEIGHT, limits=Limits(expanded_bytes=10**6))


def test_large_file_and_large_chunk(nir_file: NirFile, refusal: Refusal) -> None:
    refusal(nir_file(), "E0118", limits=Limits(file_bytes=1000))
    path = nir_file(lambda f: replace(f, WEIGHT, data=np.zeros(10**4), chunks=(10**4,)))
    refusal(path, "E0118", WEIGHT, limits=Limits(chunk_bytes=10**4))


# -- types, filters, numbers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "kind"),
    [
        (np.dtype([("a", "f4"), ("b", "i4")]), "compound"),
        (np.dtype("c8"), "compound"),
        (h5py.ref_dtype, "reference"),
        (h5py.regionref_dtype, "reference"),
        (h5py.vlen_dtype("f4"), "variable-length sequence"),
        (h5py.opaque_dtype(np.dtype("M8[s]")), "opaque"),
        (np.dtype(("f4", (3,))), "array"),
        (h5py.enum_dtype({"A": 0, "B": 1, "C": 2}), "enumeration"),
        (np.dtype("longdouble"), "float"),
    ],
    ids=str,
)
def test_types(nir_file: NirFile, dtype: np.dtype, kind: str, refusal: Refusal) -> None:
    def change(file: h5py.File) -> None:
        del file[WEIGHT]
        type_ = h5py.h5t.py_create(dtype, logical=True)
        h5py.h5d.create(file["node/nodes/fc"].id, b"weight", type_, h5py.h5s.create_simple((2,)))

    assert kind in str(refusal(nir_file(change), "E0120", WEIGHT).have)


def test_booleans_that_are_none(nir_file: NirFile, refusal: Refusal) -> None:
    def change(file: h5py.File) -> None:
        replace(file, WEIGHT, shape=(3,), dtype="?")
        file[WEIGHT].id.write(
            h5py.h5s.ALL, h5py.h5s.ALL, np.array([0, 1, 7], "u1"), file[WEIGHT].id.get_type()
        )

    assert refusal(nir_file(change), "E0120", WEIGHT).have == "7"


def test_filter(nir_file: NirFile, refusal: Refusal) -> None:
    path = nir_file(lambda f: replace(f, WEIGHT, data=np.arange(9), scaleoffset=True))
    assert refusal(path, "E0121", WEIGHT).have == "scaleoffset"


@pytest.mark.parametrize(("value", "said"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_numbers_that_are_not_finite(
    nir_file: NirFile, value: float, said: str, refusals: Refusals
) -> None:
    def change(file: h5py.File) -> None:
        file[WEIGHT][1, 2] = value
        file[WEIGHT][1, 1] = value
        file[f"{LIF}/tau"][...] = value

    first, second = refusals(nir_file(change))
    assert (first.code, first.place.node) == ("E0123", WEIGHT)
    assert f"holds {said} at index [1, 1]" in first.message
    assert str(first.have).startswith("2 of 6 values")
    assert (second.code, second.place.node) == ("E0123", f"{LIF}/tau")
    assert second.message == f"{LIF}/tau holds {said}"


def test_everything_wrong_at_once(nir_file: NirFile, refusals: Refusals) -> None:
    def change(file: h5py.File) -> None:
        del file[f"{LIF}/type"]
        file["node/nodes/fc/bias2"] = h5py.SoftLink("/version")
        replace(file, WEIGHT, data=np.zeros(2, "c8"))
        replace(file, "node/edges", data=np.zeros((3, 3)))

    assert sorted(d.code for d in refusals(nir_file(change))) == [
        "E0109",
        "E0110",
        "E0113",
        "E0120",
    ]
