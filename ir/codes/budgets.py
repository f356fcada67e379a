"""E0880 to E0889: budgets of compiled models, and baselines."""

from somac.ir.codes.code import Code

__all__ = ["CODES"]

CODES: tuple[Code, ...] = (
    Code(
        "E0880",
        "a budget without its model",
        "An entry of the budget file names a model that does not exist. Its limits hold nothing, "
        "and a model of nearly that name has those of a later entry, or none. As a warning: what "
        "was given is checked all the same.",
    ),
    Code(
        "E0881",
        "the budget file cannot be read",
        "The file is missing, is not a file, may not be read, is larger than a budget ever is, or "
        "is not UTF-8 text.",
    ),
    Code(
        "E0882",
        "the budget file is not YAML that budgets use",
        "A budget follows YAML 1.2 in one document, without anchors, aliases, tags and keys that "
        "appear twice.",
    ),
    Code(
        "E0883",
        "a budget with an unknown key or measure",
        "Every key is checked, so that a misspelt limit is never quietly ignored. "
        "docs/reference/checks.md lists the measures.",
    ),
    Code(
        "E0884",
        "a budget that lacks something, or has a wrong value",
        "Every budget has limits, and every limit at least one of max, min and regress: numbers, "
        "and a percentage such as 5%. A target that a budget is for is one that there is.",
    ),
    Code(
        "E0885",
        "a model without a budget",
        "No entry of the budget file is for this model and this target. A check that checks "
        "nothing does not pass.",
    ),
    Code(
        "E0886",
        "a measure that cannot be taken",
        "The backend of the target says nothing of that name, or the measure needs recorded "
        "inputs, perhaps with labels, and the budget names none.",
    ),
    Code(
        "E0887",
        "the baseline cannot be read",
        "The file of --baseline is missing or is not what `somac check --update-baseline` writes. "
        "With --update-baseline a missing file is made.",
    ),
    Code(
        "E0888",
        "nothing to compare with",
        "A limit `regress` holds a measure against the baseline, and there is none, or it does not "
        "have this measure of this model and target. As a warning: the limit was not checked.",
    ),
    Code(
        "E0889",
        "a broken budget",
        "A measure of the compiled model is beyond a limit of its budget, or worse than in the "
        "baseline by more than the budget allows. If that is wanted, change the limit, or accept "
        "the new figures with --update-baseline.",
        exit_code=1,
    ),
)
