"""Completion in shells: click's own, with what bash and fish lack there; imported when a shell asks."""

import os
import re

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from reviewer.cli.common import COMPLETE

# click's script offers either words or files, and does not know words that hold a colon or a sign of equality.
_BASH = r"""
%(complete_func)s() {
    local line="${COMP_LINE:0:COMP_POINT}" type value
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            file|dir)
                compopt -o filenames
                [[ $type == file ]] && type=-f || type=-d
                mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen $type -- "$value") ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(env COMP_WORDS="$line" COMP_BREAKS="$COMP_WORDBREAKS" %(complete_var)s=bash_complete "$1" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[:=] ]] && compopt -o nospace
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_FISH = r"""
function %(complete_func)s
    for completion in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) COMP_CWORD=(commandline -t) %(prog_name)s 2>/dev/null)
        set -l parts (string split --max 1 "," -- $completion)
        switch $parts[1]
            case dir
                __fish_complete_directories $parts[2]
            case file
                __fish_complete_path $parts[2]
            case plain
                echo $parts[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class BashWords(BashComplete):
    """Words and files at once, and of a word that readline parts at ``:`` or ``=`` only what stands after them."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one that it is in."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)
        if not words or re.search(r"(?<!\\)\s\Z", line):
            words.append("")
        self._incomplete = words[-1]
        self._quoted = re.search(r"(?:^|\s)(['\"])[^'\"]*\Z", line) is not None
        return words[1:-1], words[-1]

    def format_completion(self, item: CompletionItem) -> str:
        """Kind and text of one completion."""
        text = str(item.value)
        if item.type != "plain":
            return f"{item.type},{text}"
        breaks = set(":=") & set(os.environ.get("COMP_BREAKS", ""))
        if not self._quoted:
            begun = self._incomplete
            text = (
                text[max((begun.rfind(sign) for sign in breaks), default=-1) + 1 :]
                if text.startswith(begun)
                else text
            )
            text = re.sub(r"([^\w@%+=:,./~-])", r"\\\1", text)
        return f"plain,{text}"


class FishWords(FishComplete):
    """Values with commas, whole."""

    source_template = _FISH

    def format_completion(self, item: CompletionItem) -> str:
        """Kind, text and meaning of one completion."""
        text = f"{item.type},{item.value}"
        return f"{text}\t{' '.join(item.help.split())}" if item.help else text


def script(program: click.Command, shell: str) -> str:
    """The lines that make a shell complete this program's commands, options and values."""
    completes = get_completion_class(shell)
    assert completes is not None
    return completes(program, {}, "reviewer", COMPLETE).source().strip() + "\n"


add_completion_class(BashWords)
add_completion_class(FishWords)
