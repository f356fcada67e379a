"""What every backend must do, as tests that an author runs: `BackendConformance`.

`suite` is the class that pytest collects, a sentence per test. What a test looks at is a module
each: `agree` (bits), `capabilities`, `resources`, `bundles`, `runs`, `processes`, `description`.
`subject` is what is tested, `child` what runs in a process of its own.
"""

from somac.compiler.testing.conformance.subject import Subject
from somac.compiler.testing.conformance.suite import BackendConformance

__all__ = ["BackendConformance", "Subject"]
