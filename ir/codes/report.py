"""E0961 to E0969: reports of compiled models."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0961",
        "a file is there already",
        "A report and its pictures replace files only with --force. All of them are there whole or "
        "none is, and what was there stays until then.",
    ),
    Code(
        "E0962",
        "no such picture",
        "Pictures have names, and a file of its name is what is asked for: placement.svg, or "
        "placement=figure1.svg for another file. They are SVG.",
    ),
    Code(
        "E0963",
        "the report has no such picture",
        "Which pictures there are depends on the hardware, and on what the report was given: "
        "signals and states need data, errors against floats the model too.",
    ),
)
