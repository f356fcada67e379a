"""The published spike tables of the memory: Excel sheets, read with the standard library."""

from __future__ import annotations

import ast
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

__all__ = ["TABLES", "read_table"]

TABLES = {
    "results_1_learn_recall_by_cue_and_cont_forget_spikes.xlsx": (5, 10),
    "results_2_tb2_piramidal_sequence_cont_spikes.xlsx": (5, 10),
    "results_3_state_map_app_spikes.xlsx": (16, 6),
}
"""Files of https://github.com/dancasmor/An-aproach-to-a-spike-based-Content-Addressable-Memory-
bio-inspired-in-the-Hippocampus, and the cues and bits of content of each."""

_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_table(file: Path, sizes: Mapping[str, int]) -> dict[str, NDArray[np.int64]]:
    """Spikes of every input and population: (steps, cells) each.

    A row of a table is a millisecond, a column a population, and a cell of it lists those that
    fire. `sizes` are their cells, in the order of the columns.
    """
    rows = [row for row in _rows(file) if row.get("A", "").isdecimal()]
    steps = [int(row["A"]) for row in rows]
    if steps != list(range(len(rows))):
        raise ValueError(f"{file.name}: steps are missing or out of order")
    found = {}
    for column, (name, size) in zip("BCDEFGHIJKLM", sizes.items(), strict=True):
        spikes = np.zeros((len(rows), size), dtype=np.int64)
        for step, row in enumerate(rows):
            text = row.get(column, "-")
            if text != "-":
                spikes[step, list(ast.literal_eval(text))] = 1
        found[name] = spikes
    return found


def _rows(file: Path) -> list[dict[str, str]]:
    """The cells of the first sheet, by the letters of their columns."""
    with zipfile.ZipFile(file) as archive:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{_SPACE}t"))
            for item in ET.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    found = []
    for row in sheet.iter(f"{_SPACE}row"):
        cells = {}
        for cell in row.iter(f"{_SPACE}c"):
            value = cell.find(f"{_SPACE}v")
            letters = re.match("[A-Z]+", cell.get("r", ""))
            if value is not None and value.text is not None and letters is not None:
                text = value.text
                cells[letters[0]] = shared[int(text)] if cell.get("t") == "s" else text
        found.append(cells)
    return found
