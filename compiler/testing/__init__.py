"""What tests of somac, and of backends made for it, are made of; `somac.testing` hands it on.

It needs pytest and hypothesis, which somac itself does not.
"""

from __future__ import annotations

from importlib.util import find_spec

_absent = [name for name in ("pytest", "hypothesis") if find_spec(name) is None]
if _absent:
    raise ImportError(
        f"somac.testing needs {' and '.join(_absent)}: pip install {' '.join(_absent)}"
    )

import pytest  # noqa: E402

# its assertions say what they compare, as those of tests do; to be said before it is imported
pytest.register_assert_rewrite(
    "somac.compiler.testing.conformance", "somac.compiler.testing.placers"
)

from somac.compiler.testing.conformance import BackendConformance, Subject  # noqa: E402
from somac.compiler.testing.networks import Case, cases  # noqa: E402
from somac.compiler.testing.placers import PlacerConformance  # noqa: E402

__all__ = ["BackendConformance", "Case", "PlacerConformance", "Subject", "cases"]
