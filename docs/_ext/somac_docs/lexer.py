"""Colours for the `.snn` language."""

from __future__ import annotations

from pygments.lexer import RegexLexer, words
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text

__all__ = ["SnnLexer"]

_STATEMENTS = (
    *("bias", "delay", "dt", "every", "input", "integrator", "network", "neuron", "on", "output"),
    *("population", "post", "pre", "profile", "projection", "recurrent_bias", "reset", "rule"),
    *("semantics", "send", "spike", "state", "step", "table", "when"),
)
_WORDS = ("and", "as", "count", "counts", "from", "learns", "not", "or", "spikes", "to", "values")


class SnnLexer(RegexLexer):
    """Words of `grammar/network.lark`; nothing of its structure."""

    name = "snn"
    aliases = ("snn",)
    filenames = ("*.snn",)
    tokens = {  # noqa: RUF012 - Pygments reads it from the class
        "root": [
            (r"#.*$", Comment.Single),
            (r'"[^"\n]*"', String),
            (r"\bd\w+/dt\b", Name.Variable),
            (words(_STATEMENTS, prefix=r"\b", suffix=r"\b"), Keyword),
            (words(_WORDS, prefix=r"\b", suffix=r"\b"), Keyword.Pseudo),
            (r"\d+(\.\d+)?([eE][+-]?\d+)?", Number),
            (r"[A-Za-z_]\w*(?=\()", Name.Function),
            (r"[A-Za-z_]\w*", Name),
            (r"->|[-+*/=<>!^@]+", Operator),
            (r"[\[\](){}:;,.|]", Punctuation),
            (r"\s+", Text),
        ]
    }
