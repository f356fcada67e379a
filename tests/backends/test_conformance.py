"""The three backends that come with somac pass what every backend must."""

from __future__ import annotations

import pytest

from somac.testing import BackendConformance


class TestManycore(BackendConformance):
    target = "spinnaker2"
    examples = 10


class TestFpga(BackendConformance):
    target = "ulx3s-85f"
    examples = 10


class TestCrossbar(BackendConformance):
    target = "neurram"
    examples = 10


@pytest.mark.long
class TestManycoreLong(BackendConformance):
    target = "spinnaker2"
    examples = 100


@pytest.mark.long
class TestFpgaLong(BackendConformance):
    target = "icebreaker"
    examples = 100


@pytest.mark.long
class TestCrossbarLong(BackendConformance):
    """Converters that round and clip: what they do is in the golden integers."""

    target = "isaac"
    examples = 100
