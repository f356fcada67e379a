"""E0931 to E0939: what backends declare, and what is asked of it."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0931",
        "an option that the backend does not have",
        "Some options belong to a class of hardware: --circuit to programmable parts, --mac to "
        "cores with arrays of multipliers. `somac compile --help` says of which backend each is. "
        "One that the target's backend does not have is refused, since it would do nothing.",
    ),
    Code(
        "E0932",
        "a value that an option does not take",
        "A backend says what its options may be: some words, or numbers within a range.",
    ),
    Code(
        "E0933",
        "options or steps of backends that contradict each other",
        "Options and steps of backends become options of the command line. They must not have the "
        "name of one that somac has itself, and backends that share a name must mean the same type "
        "of value. Backends of somac keep their options; of others that contradict each other none "
        "is used.",
    ),
    Code(
        "E0934",
        "targets of a backend cannot be used",
        "A backend may bring a file of targets beside its module. This one is not there, or has "
        "mistakes, or a target with a name that somac or another backend has already, or one for "
        "another backend. The other targets are there.",
    ),
)
