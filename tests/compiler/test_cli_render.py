"""What is shown: values to text and to JSON, held against the text itself."""

from __future__ import annotations

import json
from enum import Enum
from pathlib import Path

import pytest

from somac.backends.api import Amount, Costs, EventCost
from somac.compiler.cli.render.account import account_pairs
from somac.compiler.cli.render.compared import compared_text
from somac.compiler.cli.render.compiled import compiled_text
from somac.compiler.cli.render.costs import cases_text, measured_text
from somac.compiler.cli.render.diagnostics import diagnostic_text
from somac.compiler.cli.render.document import document, plain
from somac.compiler.cli.render.formatted import diff_text, formatted_text
from somac.compiler.cli.render.inspected import arrays_text, bundle_text, model_text
from somac.compiler.cli.render.layout import count, fields, number, printable, table
from somac.compiler.cli.render.run import run_text
from somac.compiler.cli.render.target import described_text, listed_text
from somac.compiler.cli.render.verified import verified_text
from somac.compiler.cli.views.arrays import ArrayView
from somac.compiler.cli.views.bundle import BundleView, IntegerPopulationView
from somac.compiler.cli.views.compared import ComparedView
from somac.compiler.cli.views.compiled import (
    CompiledView,
    LearningView,
    PopulationView,
    PortView,
    PrunedView,
    StateView,
)
from somac.compiler.cli.views.formatted import Formatted
from somac.compiler.cli.views.model import (
    InputView,
    LoopView,
    ModelView,
    OutputView,
    ProjectionView,
    Range,
)
from somac.compiler.cli.views.model import PopulationView as ModelPopulation
from somac.compiler.cli.views.report import (
    AccountView,
    CoreMemoryView,
    TableView,
    account_of,
    memory_of,
    tables_of,
)
from somac.compiler.cli.views.run import RunView, SignalView, WeightsView
from somac.compiler.cli.views.target import FigureView, LayoutView, TargetLine, TargetView
from somac.compiler.cli.views.verified import MachineView, VerifiedView
from somac.compiler.differences import Difference, First
from somac.ir.errors import Diagnostic, Place, Severity
from somac.ir.program import Program
from somac.ir.random_device import RandomDevice

ACCOUNT = AccountView(
    total={"cores": 3, "bytes": 123456, "largest_core_bytes": 23456, "capacity_bytes": 94208},
    tables={"tables": 1, "most_entries": 4, "capacity": 16384},
    placement={
        "cost": 1200, "bound": 1100, "gap": 1 / 12, "status": "feasible", "solver": "cp-sat",
    },
)  # fmt: skip
DIGEST = "0123456789abcdef" * 4


# layout


def test_table_and_fields() -> None:
    assert table(("a", "count"), [("long name", "1"), ("x", "1,000")], right=(1,)) == (
        "a          count\nlong name      1\nx          1,000\n"
    )
    assert table(("a", "b"), []) == "a  b\n"
    assert fields([("a", "1"), ("bcd", "2"), ("", "3")]) == "a    1\nbcd  2\n     3\n"
    assert fields([]) == ""


def test_numbers() -> None:
    assert [count(n, "core") for n in (0, 1, 1234)] == ["0 cores", "1 core", "1,234 cores"]
    assert count(2, "entry", "entries") == "2 entries"
    assert [number(v) for v in (0.0, 1.0, 0.012345678, 1e-9, 123456.0)] == [
        "0", "1", "0.01235", "1e-09", "1.235e+05",
    ]  # fmt: skip


def test_nothing_commands_the_terminal() -> None:
    assert printable("näive\n\ttext") == "näive\n\ttext"
    assert printable("\x1b[31mred\x07\u202e\udcff") == "\\x1b[31mred\\x07\\u202e\\udcff"
    assert "\x1b" not in table(("a",), [("\x1b[2J",)])
    assert "\x1b" not in fields([("a", "\x1b[2J")])


# diagnostics


def test_diagnostics() -> None:
    d = Diagnostic(
        "E0401",
        "the time step is \x1b[0m -1",
        Place("model.snn", 3, 5, source="dt = -1"),
        have="-1",
        need="a positive number",
        hint="state it with --dt",
    )
    assert diagnostic_text(d) == (
        "error[E0401]: the time step is \\x1b[0m -1\n"
        "  --> model.snn:3:5\n"
        "   |\n"
        " 3 | dt = -1\n"
        "   |     ^\n"
        "  have: -1\n"
        "  need: a positive number\n"
        "  help: state it with --dt"
    )
    assert diagnostic_text(d, explain=True).splitlines()[-2:] == [
        "  = Time is counted in ticks of dt seconds. State it with --dt, or in the .snn",
        "    text.",
    ]
    for severity, colour in (
        (Severity.ERROR, 31),
        (Severity.WARNING, 33),
        (Severity.NOTE, 36),
    ):
        shown = diagnostic_text(Diagnostic("E0401", "x: y", severity=severity), colour=True)
        assert shown == f"\x1b[{colour}m\x1b[1m{severity.value}[E0401]\x1b[0m: x: y"


# JSON


def test_plain() -> None:
    class Colour(Enum):
        RED = "red"

    value = {1: (True, 2, 0.5, None), "x": [float("nan"), float("inf")], "e": Colour.RED}
    assert plain(value) == {"1": [True, 2, 0.5, None], "x": [None, None], "e": "red"}
    assert plain(Range(0.0, 1.0, "s")) == {"low": 0.0, "high": 1.0, "unit": "s"}
    assert plain(Path("a") / "b") == "a/b"
    with pytest.raises(TypeError, match="set is no plain data"):
        plain({1, 2})


def test_document() -> None:
    told = [Diagnostic("E0401", "no", Place("f\udcff", node="lif"), severity=Severity.NOTE)]
    found = json.loads(document("run", {"a": 1}, told, 1))
    assert found["result"] == {"a": 1}
    assert found["diagnostics"][0]["file"] == "f\udcff"
    assert found["diagnostics"][0]["title"] == "the time step is not a positive number"


# the account of a bundle


def test_account() -> None:
    assert account_pairs(AccountView()) == []
    assert account_pairs(AccountView(total={"cores": 1})) == [("in all", "1 core")]
    assert account_pairs(AccountView(total={"largest_core_bytes": 5})) == [
        ("memory", "at most 5 bytes on a core")
    ]
    assert account_pairs(AccountView(placement={"cost": 0, "status": "optimal"})) == [
        ("placement", "cost 0 (optimal)")
    ]


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{}", b'{"total": [1], "routing_tables": {"a": 1}, "placement": null}',
     b'{"routing_tables": [1, {"entries": "x"}, {}], "total": {"a": [1]}}'],
)  # fmt: skip
def test_an_account_that_says_nothing(content: bytes) -> None:
    assert account_of(Program("b", "t", {"report.json": content})) == AccountView()
    assert account_of(Program("b", "t", {})) == AccountView()


def test_an_account_is_read() -> None:
    content = json.dumps(
        {
            "cores": [{"core": "chip(0,0) core 1"}],
            "total": {"cores": 3, "regions": {"header": 96}, "bytes": 12},
            "routing_tables": [
                {"chip": 0, "entries": 4, "capacity": 16},
                {"chip": 1, "entries": 7, "capacity": 16},
            ],
            "placement": {"cost": 1, "solver": "greedy"},
        }
    ).encode()
    assert account_of(Program("b", "t", {"report.json": content})) == AccountView(
        {"cores": 3, "bytes": 12},
        {"tables": 2, "most_entries": 7, "capacity": 16},
        {"cost": 1, "solver": "greedy"},
    )


def test_memory_is_read_in_the_order_of_addresses() -> None:
    core = {"core": "core 1", "slice": "p[0:2]", "bytes": 12, "free_bytes": 88, "code_bytes": 5}
    report = {
        "regions": ["header", "states"],
        "cores": [{**core, "regions": {"states": 4, "header": 8}}, {"core": "no regions"}, 1],
    }
    program = Program("b", "t", {"report.json": json.dumps(report).encode()})
    (found,) = memory_of(program)
    assert found == CoreMemoryView("core 1", "p[0:2]", {"header": 8, "states": 4}, 12, 88, 5)
    assert list(found.regions) == ["header", "states"]
    assert memory_of(Program("b", "t", {})) == ()
    assert memory_of(Program("b", "t", {"report.json": b"[]"})) == ()


def test_tables_of_a_backend_are_read_as_far_as_they_are_any() -> None:
    tables = [
        {"columns": ["array", "in use"], "rows": [[0, "9 %"], [1], [2, None, 3], "no row"]},
        {"columns": [], "rows": []},
        {"columns": ["x"], "rows": 3},
        "no table",
    ]
    program = Program("b", "t", {"report.json": json.dumps({"tables": tables}).encode()})
    assert tables_of(program) == (
        TableView(("array", "in use"), ((0, "9 %"), (1, ""), (2, ""), ("", ""))),
    )
    for content in (b"[]", b"{}", b'{"tables": 3}'):
        assert tables_of(Program("b", "t", {"report.json": content})) == ()
    assert tables_of(Program("b", "t", {})) == ()


# costs


def costs(cycles: float, us: float, speed: float | None, uj: float) -> Costs:
    amounts = {
        "busiest": Amount(cycles, "cycles", "derived", (), "cycles of the busiest core"),
        "hidden": Amount(1.0, "ns", "derived"),
        "tick": Amount(us, "us", "derived", (), "shortest tick at 150 MHz"),
    }
    if speed is not None:
        title = "times as fast as the model"
        amounts["speed"] = Amount(speed, "1", "derived", (), title)
    amounts["energy"] = Amount(uj, "uJ", "assumed", (), "energy in all", adds=True)
    return Costs(amounts, (EventCost("ticks", "ticks", 2, 1, 60.5),), "core 1 of chip 0 (hidden)")


QUIET = costs(120, 0.8, None, 1230.0)
EXPECTED = costs(4321, 28.8067, 34.714, 1240.0)


def test_costs() -> None:
    assert cases_text({}) == cases_text({"quiet": Costs({})}) == ""
    assert measured_text(None, 3) == measured_text(Costs({}), 3) == ""
    assert measured_text(EXPECTED, 32).splitlines()[-1] == (
        "energy in all                1.24 mJ  39.68 mJ  assumed"
    )
    assert plain(QUIET)["events"][0]["price"] == 60.5
    assert plain(QUIET)["amounts"]["energy"]["status"] == "assumed"


# one value each, against its text


def test_compiled() -> None:
    v = StateView("v", "fixed<24,3,RND_CONV,SAT>", 2**-21, 1.5, False, None, 1.4)
    i = StateView("i", "fixed<24,5>", 2**-19, 1.5, True, None, 2.4)
    w = PortView("s", 8, 0.0123456, 0.005, 21, True)
    rec = PortView("rec", 0, 1.0, 0.0, 1, False)
    view = CompiledView(
        model="digits",
        target="spinnaker2",
        dt=1e-3,
        cores_used=3,
        cores_usable=148,
        populations=(
            PopulationView("hidden", 1128, 2, "lif", (w,), (v, i)),
            PopulationView("out", 10, 1, "lif", (w, rec), (v,)),
            PopulationView("gate", 10, 1, "step", (w,), ()),
        ),
        learning=(LearningView("in->hidden", "pair_stdp", 9024, 0.001, (v, i)),),
        pruned=(PrunedView("hidden->out", 11280, 1128, 0.1, 32, 0.875),),
        period=2,
        latency={"out": 3, "gate": 4},
        account=ACCOUNT,
        costs={"quiet": QUIET, "expected": EXPECTED},
        calibrated=False,
        folder="out/digits",
        files=12,
        bytes=234567,
        digest=DIGEST,
    )
    assert (
        compiled_text(view)
        == """\
digits for spinnaker2: 3 of 148 cores

population  cells  cores  neuron  weights                     state  format       headroom
hidden      1,128      2  lif     8 bit, steps to 0.01235     v      fixed<24,3>  1.4 bit, saturates
                                                              i      fixed<24,5>  2.4 bit, proven
out            10      1  lif     s: 8 bit, steps to 0.01235  v      fixed<24,3>  1.4 bit, saturates
                                  rec: none
gate           10      1  step    8 bit, steps to 0.01235

projection  synapses  learns     state  format       headroom
in->hidden     9,024  pair_stdp  v      fixed<24,3>  1.4 bit, saturates
                                 i      fixed<24,5>  2.4 bit, proven

projection   weights   kept  density  lanes  balance
hidden->out   11,280  1,128   10.0 %     32   87.5 %

cost of a step                quiet  expected  status
cycles of the busiest core      120     4,321  derived
shortest tick at 150 MHz     0.8 us  28.81 us  derived
times as fast as the model              34.71  derived
energy in all               1.23 mJ   1.24 mJ  assumed
(expected: a rate that is assumed; --calibrate takes it from data)

placement  cost 1,200, bound 1,100, gap 8.3 % (feasible by cp-sat)
memory     at most 23,456 of 94,208 bytes on a core
in all     3 cores, 123,456 bytes
routing    at most 4 of 16,384 table entries on a chip
time       2 ticks per step, outputs 3 to 4 ticks after their inputs; a step is 0.001 s of the model
written    out/digits: 12 files, 234,567 bytes, digest 0123456789abcdef
"""
    )
    assert json.loads(json.dumps(plain(view)))["populations"][0]["states"][1]["name"] == "i"


def test_run() -> None:
    view = RunView(
        device=None,
        bundle="out/digits",
        target="spinnaker2",
        samples=450,
        steps=1,
        signals=(
            SignalView("out", "spike", 10, 1234.0, 0.01371),
            SignalView("u", "value", 1, -0.25, -0.25),
        ),
        weights=(WeightsView("in->out", 640, 0.0, 0.3, 1.0),),
        counts={"spikes": 12345, "packets": 7},
        costs=EXPECTED,
        right=437,
        accuracy=437 / 450,
        derived={"out.classes": [3, 1], "out.rates": [[0.0, 0.5], [1.0, 0.25]]},
        written="run.npz",
        arrays=("out", "u"),
    )
    assert (
        run_text(view)
        == """\
450 samples of 1 step, emulated on spinnaker2 from out/digits

signal  kind   cells    sum     mean
out     spike     10  1,234  0.01371
u       value      1  -0.25    -0.25

weights of  synapses  least  mean  most
in->out          640      0   0.3     1

cost                          a step   1 step  status
cycles of the busiest core     4,321           derived
shortest tick at 150 MHz    28.81 us           derived
times as fast as the model     34.71           derived
energy in all                1.24 mJ  1.24 mJ  assumed

accuracy  97.1 % (437 of 450)
events    12,345 spikes, 7 packets
written   run.npz: out, u

out.classes
3
1

out.rates
0 0.5
1 0.25
"""
    )


def test_verified() -> None:
    same = Difference("hidden", 1000, 12.0, 12.0, 0, 0.0, None)
    view = VerifiedView(
        sound=True,
        bundle="out/digits",
        target="spinnaker2",
        digest=DIGEST,
        populations=2,
        neurons=138,
        projections=1,
        findings=0,
        inputs="random, seed 0",
        samples=8,
        steps=50,
        spikes=1234,
        mismatching_spikes=0,
        mismatching_values=0,
        signals=(same,),
        states=(same, same),
        weights=(),
        machines=(
            MachineView("host-c", "C of the cores on this machine", 3000, 0, {}),
            MachineView("slow", "a simulator", 1, 1, {"bytes of code in lif.c (hidden)": 2600}),
        ),
    )
    assert (
        verified_text(view)
        == """\
out/digits for spinnaker2, digest 0123456789abcdef
checker   138 neurons of 2 populations and 1 projection, from the files alone: 0 findings
emulator  8 samples of 50 steps (random, seed 0): 3,000 values of 1 signal and 2 states compared
          0 mismatching spikes of 1,234, 0 mismatching numbers of states and graded signals
host-c    C of the cores on this machine: 3,000 values compared, 0 mismatching
slow      a simulator: 1 value compared, 1 mismatching
          2,600 bytes of code in lif.c (hidden)
"""
    )


def test_compared() -> None:
    view = ComparedView(
        a="m.nir, floating point, profile norse",
        b="m.nir, floating point, profile sinabs",
        differing=12,
        earliest="hidden",
        signals=(
            Difference("hidden", 1000, 120.0, 130.0, 12, 1.0, First(3, 0, 17, 1.0, 0.0)),
            Difference("out", 500, 2.5, 2.5, 0, 0.0, None),
        ),
        only_a=("x",),
        only_b=(),
        accuracy_a=0.5,
        accuracy_b=None,
    )
    assert (
        compared_text(view)
        == """\
a  m.nir, floating point, profile norse
b  m.nir, floating point, profile sinabs

signal  values  sum of a  sum of b  differ  by at most  first
hidden   1,000       120       130      12           1  step 3, sample 0, cell 17: 1 and 0
out        500       2.5       2.5       0

verdict    12 values differ, first in hidden
only in a  x
accuracy   a 50.0 %
"""
    )


def test_model() -> None:
    view = ModelView(
        name="braille",
        dt=1e-4,
        digest=DIGEST,
        semantics={"reset": "value", "profile": "norse"},
        cells=45,
        synapses=2166,
        inputs=(InputView("in", "count", (2, 6)),),
        populations=(
            ModelPopulation(
                "lif", "nir_lif", (5, 9), 45, "spike",
                {"tau": Range(0.001, 0.002, "s"), "r": Range(1.0, 1.0)}, {"s": Range(-1.0, 1.0)},
            ),
        ),
        projections=(
            ProjectionView(
                "in->lif", "pool then dense", "in", "lif", "s", 12, 45, 540, (0, 3),
                Range(-0.5, 0.5), "pair_stdp", {"tau_plus": Range(0.02, 0.02, "s")},
            ),
            ProjectionView(
                "lif->lif", "dense", "lif", "lif", "s", 45, 45, 2025, (1, 1), Range(-1.5, 1.25),
                None, {}, RandomDevice(0.0, 6.5, 0.07, 3),
            ),
        ),
        outputs=(OutputView("out", "lif"),),
        loops=(LoopView(("lif", "m")),),
    )  # fmt: skip
    assert (
        model_text(view)
        == """\
network  braille
size     45 cells, 2,166 synapses, a step is 0.0001 s
input    in: 2x6, counts
output   out: what lif sends
loop     lif <-> m
read as  profile norse, reset value
digest   0123456789abcdef

population  neuron   shape  cells  sends  parameters
lif         nir_lif  5x9       45  spike  tau 0.001 to 0.002 s, r 1, bias s -1 to 1

projection  kind             from      to          synapses   delay  weights
in->lif     pool then dense  in (12)   lif.s (45)       540  0 to 3  -0.5 to 0.5
lif->lif    random device 3  lif (45)  lif.s (45)     2,025       1  -1.5 to 1.25

projection  learns     parameters
in->lif     pair_stdp  tau_plus 0.02 s
"""
    )


def test_bundle() -> None:
    view = BundleView(
        backend="manycore",
        target="spinnaker2",
        digest=DIGEST,
        name="",
        dt=1.0,
        period=1,
        inputs=(InputView("in", "spike", (3,)),),
        populations=(
            IntegerPopulationView(
                "lif", "lif", (2,), 2, "spike", {"v": "fixed<24,3>", "i": "fixed<8,1>"}, 1
            ),
        ),
        learning=(),
        outputs=(OutputView("out", "lif"),),
        account=ACCOUNT,
        memory=(
            CoreMemoryView(
                "chip(0,0) core 4",
                "lif[0:2]",
                {"header": 128, "keys": 0, "ring_buffers": 1600},
                1728,
                92480,
                None,
            ),
            CoreMemoryView(
                "chip(0,0) core 5",
                "lif[2:3]",
                {"header": 128, "keys": 0, "ring_buffers": 16},
                144,
                None,
                4068,
            ),
        ),
        folders={"": (2, 1000), "images": (1, 96)},
    )
    assert (
        bundle_text(view)
        == """\
network    without a name
target     spinnaker2, by the backend manycore
time       1 tick per step of 1 s
input      in: 3, spikes
output     out: what lif sends
placement  cost 1,200, bound 1,100, gap 8.3 % (feasible by cp-sat)
memory     at most 23,456 of 94,208 bytes on a core
in all     3 cores, 123,456 bytes
routing    at most 4 of 16,384 table entries on a chip
digest     0123456789abcdef

population  neuron  shape  cells  sends  first tick  states
lif         lif     2          2  spike           1  v fixed<24,3>, i fixed<8,1>

bytes of          slice     header  ring buffers  in all    free       code
chip(0,0) core 4  lif[0:2]     128         1,600   1,728  92,480  not built
chip(0,0) core 5  lif[2:3]     128            16     144              4,068

folder  files  bytes
.           2  1,000
images      1     96
"""
    )


def test_arrays() -> None:
    views = (
        ArrayView("x", "uint8", (2, 3, 4), 0.0, 1.0, 7),
        ArrayView("empty", "float64", (0, 3), None, None, 0),
        ArrayView("dt", "float64", (), 1e-4, 1e-4, 1),
    )
    assert (
        arrays_text(views)
        == """\
array  dtype    shape       least    most  not zero
x      uint8    2 x 3 x 4       0       1         7
empty  float64  0 x 3                             0
dt     float64  one value  0.0001  0.0001         1
"""
    )


def test_targets() -> None:
    line = TargetLine("small", "Two cores", "manycore", 1, 3, 2)
    assert (
        listed_text([line])
        == """\
target  backend   size             what
small   manycore  1 chip, 2 cores  Two cores
"""
    )
    view = TargetView(
        line=line,
        core={"neurons": 16, "bytes": 4096},
        router_entries=32,
        min_delay=1,
        max_delay=8,
        word_bits=32,
        accumulator_bits=16,
        weight_bits=8,
        outputs=("spike",),
        operations=("add", "gt"),
        layouts=(LayoutView("7/0/1/8", 7, 0, 1, 8),),
        figures=(
            FigureView("clock_mhz", 1500.0, "MHz", "published", "a paper"),
            FigureView("hop_ns", 0.5, "ns", "derived", "a paper"),
            FigureView("hops", 3.0, "hops", "assumed", "a guess"),
        ),
    )
    assert (
        described_text(view)
        == """\
small           Two cores
backend         manycore
cores           2 usable of 3 on 1 chip
a core has      16 neurons, 4,096 bytes
a chip routes   32 entries
delays          1 to 8 ticks from core to core
integers        weights of 8 bits, accumulators of 16, words of 32
synaptic words  7/0/1/8 (weight/delay/type/target bits)
cores send      spike
operations      add, gt

figure     value  unit  status     source
clock_mhz  1,500  MHz   published  [1]
hop_ns       0.5  ns    derived    [1]
hops           3  hops  assumed    [2]

[1] a paper
[2] a guess
"""
    )


def test_formatted() -> None:
    one = Formatted(Path("a.snn"), "x  = 1\n", "x = 1\n")
    two = Formatted(Path("b.snn"), "y = 1\n", "y = 1\n")
    assert formatted_text([one, two], wrote=True) == ("a.snn: formatted\n1 file as it should be\n")
    assert formatted_text([two, two], wrote=False) == "2 files as they should be\n"
    assert formatted_text([one], wrote=False) == "a.snn: would be formatted\n"
    assert diff_text(one) == ("--- a.snn\n+++ a.snn (formatted)\n@@ -1 +1 @@\n-x  = 1\n+x = 1\n")
    assert diff_text(Formatted(Path("c"), "x", "x\n")).splitlines()[-2:] == ["-x", "+x"]
