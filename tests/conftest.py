"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

# examples come from hypothesis; the seed is printed on a failure and fixed in CI
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
