"""Completion in bash, zsh and fish: the script of each, and the answers that it asks for.

A script calls `somac` with the words so far, the one that is not finished last, and a variable that
says so. It reads a line per answer: what it is (``folder``, ``file`` or ``plain``), its text, and
what is said of it, with tabs between.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from contextlib import suppress

import click
from click.shell_completion import ShellComplete

__all__ = ["SHELLS", "VARIABLE", "answer", "script"]

VARIABLE = "_SOMAC_COMPLETE"
"""Set by the scripts, to how words are given: ``quoted`` as they were typed, or ``plain``."""

_BASH = """\
_somac_completion() {
    local kind text said
    COMPREPLY=()
    while IFS=$'\\t' read -r kind text said; do
        if [[ $kind != plain ]]; then
            compopt -o filenames 2>/dev/null
        fi
        COMPREPLY+=("$text")
    done < <(_SOMAC_COMPLETE=quoted "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o nosort -F _somac_completion somac 2>/dev/null ||
    complete -F _somac_completion somac  # before bash 4.4
"""

_ZSH = """\
#compdef somac
_somac_completion() {
    local kind text said
    local -a folders files described
    while IFS=$'\\t' read -r kind text said; do
        case $kind in
            folder) folders+=("$text") ;;
            file) files+=("$text") ;;
            plain) described+=("${text//:/\\\\:}${said:+:$said}") ;;
        esac
    done < <(_SOMAC_COMPLETE=quoted "${words[1]}" "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( $#folders )) && compadd -f -S / -q -a folders
    (( $#files )) && compadd -f -a files
    (( $#described )) && _describe -V somac described
    (( $#folders + $#files + $#described ))
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _somac_completion "$@"
else
    compdef _somac_completion somac
fi
"""

_FISH = """\
function _somac_completion
    set -l words (commandline -opc)
    set -l word (commandline -ct | string unescape)
    env _SOMAC_COMPLETE=plain $words "$word" 2>/dev/null | while read -l line
        set -l parts (string split \\t -- $line)
        switch $parts[1]
            case folder
                echo $parts[2]/
            case '*'
                printf '%s\\t%s\\n' $parts[2] $parts[3]
        end
    end
end
complete --no-files --command somac --arguments '(_somac_completion)'
"""

_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

SHELLS = tuple(_SCRIPTS)


def script(shell: str) -> str:
    """What the shell is to read once, so that it completes words of `somac`."""
    return _SCRIPTS[shell]


def answer(cli: click.Command, words: Sequence[str], *, quoted: bool) -> str:
    """A line per answer to words, of which the last is not finished."""
    # bash takes --target=NAME for three words
    given = [word for word in words[:-1] if word != "="]
    last = "" if not words or words[-1] == "=" else words[-1]
    if quoted:
        given, last = [_unquoted(word) for word in given], _unquoted(last)
    found = ShellComplete(cli, {}, "somac", VARIABLE).get_completions(given, last)
    # others take it for one, and want it back whole
    option = last.partition("=")[0] + "=" if last.startswith("--") and "=" in last else ""
    lines = []
    for item in found:
        kind = item.type if item.type in {"folder", "file"} else "plain"
        said = " ".join((item.help or "").split())
        lines.append(f"{kind}\t{option}{item.value}\t{said}\n")
    return "".join(lines)


def _unquoted(word: str) -> str:
    """The word without quotes and backslashes, also where a quote is not closed yet."""
    for end in ("", '"', "'"):
        with suppress(ValueError):
            return "".join(shlex.split(word + end)[:1])
    return word
