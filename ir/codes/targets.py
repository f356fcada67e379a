"""E03xx: target descriptions."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0301",
        "the target description cannot be read",
        "The file is missing, is not a file, may not be read, is larger than a description "
        "ever is, or is not UTF-8 text.",
    ),
    Code(
        "E0302",
        "the target description is not YAML",
        "The text does not follow YAML 1.2, or holds more than one document. The place is "
        "where the parser gave up; the mistake is there or shortly before it (often a "
        "missing colon, quote or bracket, or indentation that is not of spaces).",
    ),
    Code(
        "E0303",
        "a key appears twice",
        "A mapping of the description has the same key twice. Neither is dropped silently: "
        "remove or rename one of them.",
    ),
    Code(
        "E0304",
        "YAML that descriptions may not use",
        "Descriptions are plain data. Anchors, aliases and tags are refused, as are nesting "
        "deeper and documents larger than any description needs: this keeps a hostile file "
        "from expanding in memory.",
    ),
    Code(
        "E0305",
        "unknown key",
        "The description has a key that nothing reads; it is probably misspelt. Every key is "
        "checked so that a misspelt limit is never quietly ignored.",
    ),
    Code(
        "E0306",
        "a key is missing",
        "The description lacks something that every target must state.",
    ),
    Code(
        "E0307",
        "a value of the wrong kind",
        "A value is not of the kind that belongs there (text instead of a number, for "
        "example), or lies outside the range that makes sense for it. Numbers are written "
        "without quotes; the unit is in the last words of the key (`_bytes`, `_mhz`, `_ns`).",
    ),
    Code(
        "E0308",
        "a name that is not declared",
        "The description refers to a source, chip, array, part, engine or operation that does not "
        "exist. Sources, chips, arrays, parts and engines are declared in the tables of those "
        "names, in the same file or in the one that comes with somac.",
    ),
    Code(
        "E0309",
        "the description contradicts itself",
        "Each part is well formed, but together they describe no machine: a reserved core "
        "that the floor plan does not have, a host chip outside the board, a plan without a "
        "router, a target of a chip and a part at once, an array whose least conductance is its "
        "largest, and the like.",
    ),
    Code(
        "E0310",
        "unknown target",
        "No description of this name was found. `somac targets` lists the names.",
    ),
)
