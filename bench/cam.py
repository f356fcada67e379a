"""The content-addressable memory beside the published spike tables: `RESULTS.md#plasticity`.

    python -m bench.cam [FOLDER]

FOLDER holds the three tables (by default those of ../shared/data/cam). Each is compiled for
`spinnaker2`; the emulator, the C of the cores on this machine and on a Cortex-M4 under qemu run it
beside the golden model, and the emulated spikes are compared with the table, cell by cell: a cell
of a table is what one population does in one millisecond.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np

import somac
from bench.data import SHARED
from examples.cam.network import cam, sizes
from examples.cam.tables import TABLES, read_table

COLUMNS = (
    "| table | steps | cores | synapses that learn | spikes | cells equal to the table "
    "| emulator | host C | Cortex-M4 | values compared |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def _row(file: Path, cues: int, contents: int, folder: Path) -> tuple[str, int, int]:
    """A line of the table, cells that are equal, and how many there are."""
    cells = sizes(cues, contents)
    table = read_table(file, cells)
    text = folder / f"{file.stem}.snn"
    text.write_text(cam(cues, contents), encoding="utf-8")
    program = somac.compile(text)
    names = list(cells)
    given = {name: table[name][None] for name in names[:2]}
    found = program.run(given, record=names[2:], record_weights=["CueCue_ContCue"])
    equal = sum(int((found.signals[n][0] == table[n]).all(axis=1).sum()) for n in names[2:])
    count = len(names[2:]) * len(table[names[0]])
    with ExitStack() as stack:
        machines = program.machines()
        running = [stack.enter_context(m.open(program.files)) for m in machines.values()]
        agreements = program.agreements(given, running)
    values = sum(d.values for d in (*agreements[0].signals, *agreements[0].states))
    values += sum(d.values for d in agreements[0].weights)
    differing = " | ".join(str(a.differing) for a in agreements)
    learning = 2 * found.weights["CueCue_ContCue"]["w"].shape[1]
    spikes = sum(int(table[n].sum()) for n in names[2:])
    cores = len(program.files.json("experiment.json")["cores"])
    line = (
        f"| {file.stem} | {len(table[names[0]])} | {cores} | {learning} | {spikes:,} "
        f"| {equal:,} of {count:,} | {differing} | {values:,} |"
    )
    return line, equal, count


def main() -> None:
    """Print the table."""
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "cam"
    print(COLUMNS)
    totals = np.zeros(2, dtype=np.int64)
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in TABLES.items():
            line, *counts = _row(source / name, *shape, Path(folder))
            print(line)
            totals += counts
    print(f"\n{totals[0]:,} of {totals[1]:,} cells are those of the tables")


if __name__ == "__main__":
    main()
