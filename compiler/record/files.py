"""The files of a bundle that are the same for every backend, and for people."""

from __future__ import annotations

from somac.backends.api import Parts
from somac.compiler.passes.quantise import Quantised
from somac.compiler.record.mapping import MAPPING, mapping_to
from somac.compiler.record.numbers import NUMBERS, numbers_record, numbers_to
from somac.compiler.record.placed import mapping_record
from somac.compiler.record.target import TARGET, target_record, target_to
from somac.ir.mapping import Mapping
from somac.ir.target import Target

__all__ = ["record_files"]


def record_files(
    mapping: Mapping, target: Target, parts: Parts | None, quantised: Quantised | None
) -> dict[str, bytes]:
    """Contents by name.

    Parameters
    ----------
    parts
        What the backend said shares a core, if it did.
    quantised
        What was compiled, if it was no network in integers from the start.
    """
    numbers = {} if quantised is None else {NUMBERS: numbers_to(numbers_record(quantised))}
    return {
        MAPPING: mapping_to(mapping_record(mapping, target, parts)),
        TARGET: target_to(target_record(target)),
        **numbers,
    }
