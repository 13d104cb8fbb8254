"""What is broken in C, C++ or CUDA whatever its macros are: brackets, quotes, comments, conditionals, operators.

A parser without a preprocessor cannot call such a text broken: an identifier may stand for anything. But
brackets outside macro definitions must balance in whatever the preprocessor hands on. A text is cut
into tokens (phases 2 and 3 of [lex.phases] in the C++ standard: line splices, comments, raw strings, digit
separators), directives are left out, and each conditional is read branch by branch. Branches that leave the
same brackets open count as one; where they differ, conditions with the same text are taken to hold
together, and all combinations are tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from itertools import product
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?<!\w)(?:u8|[uUL])?R"(?P<delimiter>[^()\\\s"]{0,16})\([\s\S]*?\)(?P=delimiter)"
  | ^[ \t]*+(?:/\*[^*]*\*+(?:[^/*][^*]*\*+)*/[ \t]*+)*\#[ \t]*(?P<directive>\w*)(?P<rest>
      (?:"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | /\*[\s\S]*?\*/ | //(?:[^\\\n]|\\(?:\r?\n|.|\Z))*
       | \\[ \t]*\r?\n | (?!/\*)[^\n])*)
  | //(?:[^\\\n]|\\(?:\r?\n|.|\Z))*
  | /\*(?:[\s\S]*?\*/|(?P<comment>))
  | "(?:[^"\\\n]|\\(?:\r?\n|.))*(?:"|(?P<string>))
  | (?<![\w.])\.?\d(?:'?\w|\.|(?<=[eEpP])[+-])*
    (?P<unended>(?=\s+(?:for|while|if|return|switch|break|continue|goto)\b))?
  | '(?:[^'\\\n]|\\(?:\r?\n|.))*(?:'|(?P<character>))
  | (?P<bracket>[()\[\]{}])
  | (?P<operator>\boperator\s*)?(?P<sign>(?:(?!//|/\*)[^\s\w()\[\]{};"'\#]){1,4})\s*;
    """,
    re.VERBOSE | re.MULTILINE,
)
_PROSE = re.compile(r"[A-Za-z]'[a-z]")
_LONE = {"string": "a string", "character": "a character"}
_BINARY = frozenset({
    "=", "==", "!=", "<=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", "+", "-", "/", "%", "|",
    "||", "!", "~", "?", ".",
})  # fmt: skip
"""Operators that something must follow; ``*``, ``&`` and ``>`` may end a type."""
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_CONSTANTS = {"0": False, "false": False, "1": True, "true": True}
_STOP = "#error"
_NOISE = re.compile(r"/\*[\s\S]*?\*/|//.*|\\\r?\n|\s+")
_DEFINED = re.compile(r"defined(?:\((\w+)\)|(\w+))")
_OPENING = frozenset(("BEGIN", "OPEN", "START", "ENTER", "PROLOGUE", "PREFIX", "PUSH"))
_CLOSING = frozenset(("END", "CLOSE", "STOP", "LEAVE", "EXIT", "EPILOGUE", "SUFFIX", "POP", "FINISH"))
_ALONE = re.compile(r"^[ \t]*([A-Z][A-Z0-9_]*)(?:[ \t]*\([^;{}\n]*\))?[ \t]*(?://.*)?$", re.MULTILINE)
_DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:\\[ \t]*\r?\n|[^\n])*)", re.MULTILINE)
_TEMPLATE = re.compile(
    r"\{%|<%|\$\{|\{\{ *(?:if|for|else|endif|endfor|py|def|end)\b|^[ \t]*% *(?:if|for|endif|endfor)\b",
    re.MULTILINE,
)
_ASSEMBLER = re.compile(r"\b_?_asm\b(?!\s*(?:volatile\b|goto\b)?\s*\()")
_PART = re.compile(r"begin|end|open|close|head|tail|prefix|suffix|prolog|epilog|push|pop|start|stop")
_PIECE = re.compile(r"(?P<name>\w*)\s*\(|[)\[\]{}]")
_UNDEFINED = re.compile(r"^[ \t]*#[ \t]*undef[ \t]+(\w+)", re.MULTILINE)
_MOST = 8
"""Conditions whose combinations are tried: at most 256."""


class Fault(NamedTuple):
    """What no reading of a text's macros makes whole; ``line`` counts from 1."""

    line: int
    message: str
    braces: bool = False
    """Whether only braces are missing or left over, which a macro may hold."""
    partly: bool = False
    """Whether it stands in one branch of a conditional, and the text is whole by another."""


class Undecided(Exception):
    """A text of which it cannot be said whether it is whole; the message says why."""


class _Bracket(NamedTuple):
    """A bracket and its offset in the text, or the directive ``#error``, behind which nothing is read."""

    sign: str
    offset: int


class _Flaw(NamedTuple):
    """What no other code can make whole, and its offset in the text."""

    offset: int
    message: str
    braces: bool = False


class _Condition(NamedTuple):
    text: str
    wanted: bool


class _Branch(NamedTuple):
    """``condition`` is ``None`` for ``#else``, and for the nothing that is read where there is none."""

    condition: _Condition | None
    items: list[_Item]
    empty: bool = True
    """Whether it has no bracket at all."""


class _Conditional(NamedTuple):
    branches: list[_Branch]


_Item = _Bracket | _Flaw | _Conditional


class _Broken(Exception):
    def __init__(self, flaw: _Flaw, partly: bool = False) -> None:
        self.flaw, self.partly = flaw, partly


class _Level:
    """A conditional that is being read."""

    def __init__(self, offset: int, unread: bool) -> None:
        self.offset = offset
        self.branches: list[_Branch] = []
        self.unread = unread
        """Whether the whole stands in a branch that is never read."""
        self.decided = unread
        """Whether a branch was always read, so that none after it ever is."""
        self.dead = unread
        """Whether the branch that is being read never is."""
        self.ended = False
        """Whether its ``#else`` was there."""


def find_fault(data: bytes) -> Fault | None:
    """The first thing that is broken under any reading of the macros. Raises :class:`Undecided`."""
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    try:
        items = _read(text)
        left = _settled(items)
        names = {name for condition in _conditions(left) for name in re.findall(r"\w+", condition)}
        if not names.isdisjoint(_UNDEFINED.findall(text)):
            raise Undecided("a condition of an #if that splits brackets changes on the way")
        _check(left, all(isinstance(item, _Conditional) for item in items))
    except RecursionError:
        raise Undecided("conditionals are too deeply nested") from None
    except _Broken as broken:
        flaw = broken.flaw
        return Fault(text.count("\n", 0, flaw.offset) + 1, flaw.message, flaw.braces, broken.partly)
    return None


def _read(text: str) -> list[_Item]:
    """The brackets and conditionals of a text. Raises :class:`_Broken`."""
    root: list[_Item] = []
    items, levels = root, list[_Level]()
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "bracket":
            items.append(_Bracket(token[0], token.start()))
        elif token["directive"] is not None:
            items = _directive(token, items, levels, root)
        elif kind == "comment":
            raise _Broken(_Flaw(token.start(), "a comment is not closed"))
        elif kind == "unended":
            items.append(_Flaw(token.start(), f"no `;` ends the statement after `{token[0]}`"))
        elif kind in _LONE:
            around = text[max(token.start() - 1, 0) : token.start() + 2]
            if not levels or not _PROSE.fullmatch(around):  # what is left out may be prose
                items.append(_Flaw(token.start(), f"{_LONE[kind]} is not closed"))
        elif (
            kind == "sign"
            and not token["operator"]
            and _needs_more(token["sign"], text[max(token.start() - 20, 0) : token.start()])
        ):
            items.append(_Flaw(token.start(), f"nothing follows `{token['sign']}`"))
    if levels:
        raise _Broken(_Flaw(levels[-1].offset, "#if without #endif"))
    return root


def _needs_more(sign: str, before: str) -> bool:
    if sign == "*":  # after an index it is no part of a type
        return re.search(r"[^\]\s]\s*\]\s*$", before) is not None
    return sign in _BINARY


def _directive(
    token: re.Match[str], items: list[_Item], levels: list[_Level], root: list[_Item]
) -> list[_Item]:
    """Follow a directive; what comes after it goes into the list that is returned."""
    word, offset = token["directive"], token.start()
    if word in ("if", "ifdef", "ifndef"):
        level = _Level(offset, bool(levels) and levels[-1].dead)
        levels.append(level)
        if not level.unread:
            items.append(_Conditional(level.branches))
        return _begin(level, _condition(word, token["rest"]))
    if word == "error" and levels:
        items.append(_Bracket(_STOP, offset))
    if word not in ("elif", "elifdef", "elifndef", "else", "endif"):
        return items
    if not levels or (levels[-1].ended and word != "endif"):
        raise _Broken(_Flaw(offset, f"#{word} without #if"))
    level = levels[-1]
    if word == "endif":
        levels.pop()
        if not level.ended and not level.decided:
            level.branches.append(_Branch(None, []))
        return _current(levels, root)
    level.ended = word == "else"
    return _begin(level, None if level.ended else _condition(word, token["rest"]))


def _begin(level: _Level, condition: _Condition | None) -> list[_Item]:
    """A branch begins; its items. Those of one that is never read go nowhere."""
    constant = _CONSTANTS.get(condition.text) if condition is not None else None
    if condition is not None and constant is not None:
        constant = constant == condition.wanted
    level.dead = level.decided or constant is False
    branch = _Branch(None if constant else condition, [])
    if not level.dead:
        level.branches.append(branch)
        level.decided = condition is None or constant is True
    return branch.items


def _current(levels: list[_Level], root: list[_Item]) -> list[_Item]:
    if not levels:
        return root
    return [] if levels[-1].dead else levels[-1].branches[-1].items


def _condition(word: str, rest: str) -> _Condition:
    text = _NOISE.sub("", rest)
    if word.endswith("def"):
        return _Condition(f"defined({text})", not word.endswith("ndef"))
    text = _DEFINED.sub(lambda found: f"defined({found[1] or found[2]})", text)
    wanted = True
    while bare := re.fullmatch(r"(!?)\(([^()]*(?:\([^()]*\)[^()]*)*)\)|(!)([\w()]+)", text):
        wanted ^= bool(bare[1] or bare[3])
        text = bare[2] if bare[4] is None else bare[4]
    return _Condition(text, wanted)


def _push(items: list[_Item], bracket: _Bracket) -> None:
    """Put a bracket behind others, or take it out with the one that it closes; another kind is a flaw."""
    last = items[-1] if items else None
    if bracket.sign in _CLOSES or not isinstance(last, _Bracket) or last.sign not in _CLOSES:
        items.append(bracket)
        return
    items.pop()
    if _CLOSES[last.sign] != bracket.sign:
        items.append(_Flaw(last.offset, f"`{last.sign}` is not closed before `{bracket.sign}`"))


def _is_empty(items: list[_Item]) -> bool:
    return all(
        isinstance(item, _Conditional) and all(_is_empty(branch.items) for branch in item.branches)
        for item in items
    )


def _settled(items: list[_Item]) -> list[_Item]:
    """Flaws, the brackets that are left when pairs are taken out, and the conditionals whose branches differ in theirs."""
    left: list[_Item] = []
    for item in items:
        if isinstance(item, _Bracket) and item.sign != _STOP:
            _push(left, item)
        elif not isinstance(item, _Conditional):
            left.append(item)
        else:
            branches = [
                branch._replace(items=_settled(branch.items), empty=_is_empty(branch.items))
                for branch in item.branches
            ]
            going_on = [branch.items for branch in branches if not _stops(branch)]
            forms = [
                [part.sign if isinstance(part, _Bracket) else "" for part in parts] for parts in going_on
            ]
            if any("" in form for form in forms) or any(form != forms[0] for form in forms):
                left.append(_Conditional(branches))
            else:
                for part in going_on[0] if going_on else ():
                    assert isinstance(part, _Bracket)
                    _push(left, part)
    return left


def _stops(branch: _Branch) -> bool:
    return any(isinstance(item, _Bracket) and item.sign == _STOP for item in branch.items)


def _check(items: list[_Item], empty: bool) -> None:
    """Read what is left in all ways. Raises :class:`_Broken` where none is whole, or none by one of the branches.

    A reading without a bracket (``empty``: there is none outside conditionals) shows nothing: so reads a header
    that was read before.
    """
    for item in items:
        if isinstance(item, _Flaw):
            raise _Broken(item)
    conditions = list(dict.fromkeys(_conditions(items)))
    if len(conditions) > _MOST:
        raise Undecided("too many conditionals that split brackets")
    flaws: dict[int, _Flaw | None] = {}  # by branch (0: all); None where a reading is whole
    for truth in product((True, False), repeat=len(conditions)):
        left: list[_Item] = []
        taken: list[_Branch] = []
        if not _take(items, dict(zip(conditions, truth, strict=True)), left, taken):
            continue
        flaw = _left_over(left)
        if flaw is not None or not empty or not all(branch.empty for branch in taken):
            for branch in (0, *(id(branch) for branch in taken if branch.condition or branch.items)):
                flaws[branch] = None if flaw is None else flaws.get(branch, flaw)
    found = [flaw for flaw in flaws.values() if flaw is not None]
    if found:
        raise _Broken(found[0], partly=flaws[0] is None)


def _conditions(items: list[_Item]) -> Iterator[str]:
    for item in items:
        if isinstance(item, _Conditional):
            for branch in item.branches:
                if branch.condition is not None:
                    yield branch.condition.text
                yield from _conditions(branch.items)


def _take(items: list[_Item], truth: dict[str, bool], left: list[_Item], taken: list[_Branch]) -> bool:
    """Read one way: the brackets go to ``left``, the branches to ``taken``. False where it ends at an ``#error``."""
    for item in items:
        if isinstance(item, _Bracket):
            if item.sign == _STOP:
                return False
            _push(left, item)
            continue
        if isinstance(item, _Flaw):
            left.append(item)
            continue
        for branch in item.branches:
            condition = branch.condition
            if condition is None or truth[condition.text] == condition.wanted:
                taken.append(branch)
                if not _take(branch.items, truth, left, taken):
                    return False
                break
    return True


def _left_over(items: list[_Item]) -> _Flaw | None:
    """What a reading that leaves these brackets lacks; ``None`` where it is whole."""
    flaw = next((item for item in items if isinstance(item, _Flaw)), None)
    if flaw is not None or not items:
        return flaw
    signs = [(item.sign, item.offset) for item in items if isinstance(item, _Bracket)]
    sign, offset = signs[0]
    what = "is never closed" if sign in _CLOSES else "closes nothing"
    return _Flaw(offset, f"`{sign}` {what}", all(sign in "{}" for sign, _ in signs))


def find_new_fault(path: str, base: bytes | None, patched: bytes) -> Fault | None:
    """What a patch broke under any reading of the macros (``base``: the file before, if any).

    Raises :class:`Undecided` where the base is broken itself, and where what is missing may be elsewhere.
    """
    fault = find_fault(patched)
    if fault is None:
        return None
    before = None if base is None else find_fault(base)
    if before is not None and not before.partly:
        raise Undecided(f"the base has an error itself, at line {before.line}: {before.message}")
    where = f"line {fault.line}: {fault.message}, but"
    if fault.partly:
        raise Undecided(f"{where} only one branch of an #if is read so")
    text = _code(patched)
    if "\0" in text:
        raise Undecided(f"{where} it is no text")
    if _TEMPLATE.search(text):
        raise Undecided(f"{where} it may be a template")
    if _ASSEMBLER.search(text):
        raise Undecided(f"{where} there is assembler in it, which has rules of its own")
    if fault.braces and base is None and _PART.search(path.rpartition("/")[2].lower()):
        raise Undecided(f"{where} by its name it is a part that is included")
    macro = _holding_a_bracket(base or b"", patched, fault.braces)
    if macro is not None:
        raise Undecided(f"{where} the macro {macro} may hold it")
    if _stands_in_arguments(
        text, frozenset(found[1] for found in _DEFINE.finditer(patched.decode("latin-1")))
    ):
        raise Undecided(f"{where} a macro is given it, whose arguments need round brackets in pairs only")
    return fault


def _stands_in_arguments(text: str, macros: Set[str]) -> bool:
    """Whether brackets pair off but for braces that macros are given, some one and some the other ([cpp.replace]).

    ``macros`` are known; another is one where its name has capitals only.
    """
    calls: list[
        tuple[bool, int]
    ] = []  # for each round bracket, whether a macro is given it, and the braces open before
    braces, parted = 0, set[bool]()
    for piece in _PIECE.finditer(text):
        sign, name = piece[0][-1], piece["name"] or ""
        if sign == "(":
            calls.append((name.isupper() or name in macros or bool(calls and calls[-1][0]), braces))
        elif sign == ")":
            is_macro, before = calls.pop() if calls else (False, braces)
            if braces != before and not is_macro:
                return False
            parted |= {braces > before} if braces != before else set()
            braces = before
        else:
            braces += {"{": 1, "}": -1}.get(sign, 0)
    return len(parted) == 2 and not calls and braces == 0 and text.count("[") == text.count("]")


def _code(data: bytes) -> str:
    """A text without its comments, directives and what is in its quotes."""
    return _TOKEN.sub(
        lambda token: token[0] if token["bracket"] or token["sign"] or token[0][0] in ".0123456789" else " ",
        data.decode("latin-1"),
    )


def _holding_a_bracket(before: bytes, after: bytes, brace: bool) -> str | None:
    """A macro that a patch uses more or less often, and whose brackets do not balance, or a brace of it by its name."""
    bodies: dict[str, str] = {
        found[1]: _code(found[2].encode("latin-1"))
        for data in (before, after)
        for found in _DEFINE.finditer(data.decode("latin-1"))
    }
    texts = (_code(before), _code(after))
    for name, body in bodies.items():
        if any(body.count(opening) != body.count(closing) for opening, closing in _CLOSES.items()):
            uses = [len(re.findall(rf"\b{name}\b", text)) for text in texts]
            if uses[0] != uses[1]:
                return name
    balance, last = 0, ""
    for text, sign in zip(texts, (-1, 1), strict=True):
        for name in _ALONE.findall(text) if brace else ():
            words = frozenset(name.split("_"))
            step = bool(words & _OPENING) - bool(words & _CLOSING)
            if step and name not in bodies:
                balance, last = balance + sign * step, name
    return last if balance else None
