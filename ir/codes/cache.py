"""E0941 to E0949: the cache of compiled models."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0941",
        "not a size of the cache",
        "SOMAC_CACHE_SIZE, and --size of `somac cache prune`, is a number of bytes, which may end "
        "in K, M, G or T for powers of 1024. 0 keeps nothing.",
    ),
    Code(
        "E0942",
        "the cache cannot be used",
        "Compiled models are kept in a folder of the user's (docs/reference/cache.md), which "
        "cannot be read or written, or may be written by everybody. Nothing depends on it: the "
        "model is compiled as it would be without a cache.",
    ),
    Code(
        "E0943",
        "a damaged entry of the cache",
        "Every entry of the cache holds a digest of its content. This one did not agree, was "
        "removed, and the model was compiled again.",
    ),
)
