"""Every diagnostic code: title, explanation, exit code. One module per area.

| codes | area | module |
|---|---|---|
| E0101 to E0139 | files that cannot be read | `files` |
| E0140 to E0199 | what a NIR file means | `nir` |
| E02xx | the `.snn` language | `language` |
| E03xx | target descriptions | `targets` |
| E04xx | networks: shapes, names, delays | `network` |
| E05xx | integers: formats, quantisation, legalising | `integer` |
| E06xx | partition, placement, routing: what does not fit | `mapping` |
| E0680 to E0689 | models of resistive devices | `crossbar` |
| E0690 to E0699 | random devices | `device` |
| E07xx | bundles: writing, reading, emulating | `bundle` |
| E08xx | checks that failed | `checks` |
| E0861 to E0869 | circuits through synthesis tools | `synthesis` |
| E0871 to E0879 | bundles for arrays of memory cells | `arrays` |
| E0881 to E0889 | budgets of compiled models | `budgets` |
| E09xx | command line, backends, bugs | `tool` |
| E0925 to E0929 | placers | `placers` |
| E0931 to E0939 | what backends declare: options, targets, codes | `declared` |
| E0941 to E0949 | the cache of compiled models | `cache` |
| E0961 to E0969 | reports of compiled models | `report` |
| NAME-E0001 | of a backend of that name, in its package | `BackendInfo.codes` |
"""

from somac.ir.codes import (
    arrays,
    budgets,
    bundle,
    cache,
    checks,
    crossbar,
    declared,
    device,
    files,
    integer,
    language,
    mapping,
    network,
    nir,
    placers,
    report,
    synthesis,
    targets,
    tool,
)
from somac.ir.codes.code import Code

__all__ = ["CODES", "Code"]

_ALL = (
    *files.CODES,
    *nir.CODES,
    *language.CODES,
    *targets.CODES,
    *network.CODES,
    *integer.CODES,
    *mapping.CODES,
    *crossbar.CODES,
    *device.CODES,
    *bundle.CODES,
    *checks.CODES,
    *synthesis.CODES,
    *arrays.CODES,
    *budgets.CODES,
    *tool.CODES,
    *placers.CODES,
    *declared.CODES,
    *cache.CODES,
    *report.CODES,
)

CODES: dict[str, Code] = {code.id: code for code in _ALL}
if len(CODES) != len(_ALL):
    raise AssertionError("two diagnostic codes have one id")
