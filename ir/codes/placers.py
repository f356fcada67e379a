"""E0925 to E0929: placers and what they give."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0925",
        "no such placer",
        "Placers are found by the entry-point group somac.placers; none that is installed has "
        "this name. `somac placers` lists those that are.",
    ),
    Code(
        "E0926",
        "not what a placer gives",
        "A placer returns a somac.ir.placement.Placement whose cores are an array of integers "
        "with one entry per slice. Everything else about its answer that is of another type or "
        "shape is listed.",
    ),
    Code(
        "E0927",
        "a placer puts slices where they cannot be",
        "Every slice needs a core of its own that is there and is neither dead, reserved nor cut "
        "off from the others, and pinned slices their own. What placers give is checked by code "
        "that shares nothing with them; this one broke a rule, which is its authors' fault.",
    ),
    Code(
        "E0928",
        "a placer claims a bound that is none",
        "A placer may state a cost below which there is no placement, and has just given one that "
        "costs less. Its proofs are not to be trusted.",
    ),
    Code(
        "E0929",
        "a placer ignores the time limit",
        "With --time-limit placers end their search then with the best placement that they have. "
        "This one took more than twice as long and some seconds more. Its placement is used: it "
        "is legal.",
        exit_code=0,
    ),
)
