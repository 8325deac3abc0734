"""Sentences of articles that speak to a machine instead of a reader.

They may be quoted like any other, but an LLM is not given them, and nothing that it writes may rest on
them. Forms are recognised, not meanings: this thins out attacks and stops none that is put in fresh words.
What stops those is that every sentence is checked before it is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from bot.render import escape_terminal
from index.model import Passage

_TOLD = r"(?:instructions?|prompts?|rules?|context|guidelines?|directions?|orders?|messages?|questions?|text|articles?|passages?|sources?|above|everything|anything|what|you\s+(?:were|have\s+been|are)\s+told)"
# An order begins its clause; "the army must respond with force" is news.
_IMPERATIVE = r"(?:^|[.!?:;,\])}>*_-]\s*|\b(?:please|instead|then|simply|always|just|you\s+(?:must|should|will|shall|may\s+only)|must\s+only|and\s+(?=[a-z]+\s+(?:only|exactly|yes|no|with\s+(?:the|only))))\s+)"
_HOW = r"(?:(?:only|just|simply|back|exactly|always|instead)\b\s*|to\s+(?:the|every|all|any)\s+(?:user|reader|question)s?\s*,?\s*(?:with\s+)?)*"
# Each form with words of which one stands in whatever has it: looking for them is quick, and news has
# few. What begins with "*" is looked for inside words as well.
_FORMS = tuple(
    (tuple(words.split()), re.compile(form, re.IGNORECASE))
    for words, form in (
        # "ignore the above", "disregard all previous instructions", "forget everything you were told"
        (
            "ignore disregard forget override overrule bypass skip",
            rf"\b(?:ignore|disregard|forget|override|overrule|bypass|skip)\b[^.?!]{{0,40}}\b(?:previous|prior|earlier|preceding|above|foregoing|other|your|all|any|every|everything)\b[^.?!]{{0,30}}(?:{_TOLD}|$)",
        ),
        (
            "ignore disregard forget",
            r"\b(?:ignore|disregard|forget)\s+(?:the\s+|all\s+)?(?:above|foregoing|rest|user|reader)\b",
        ),
        ("new", r"\bnew\s+(?:system\s+)?(?:instructions?|rules?|task|role)\s*(?::|for\b)"),
        # who is spoken to
        (
            "note notice message memo instruction instructions attention hint reminder warning",
            r"\b(?:note|notice|message|memo|instructions?|attention|hint|reminder|warning)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?(?:AI|A\.I\.|LLMs?|language\s+models?|(?:chat)?bots?|assistants?|models?|summari[sz]ers?|systems?|machines?|crawlers?)\b",
        ),
        (
            "dear hey hello attention",
            r"\b(?:dear|hey|hello|attention)[\s,:]+(?:AI|LLM|assistant|(?:chat)?bot|language\s+model|ChatGPT|Claude|model)\b",
        ),
        (
            "ai language chat",
            r"\b(?:AI|language|chat)\s+(?:assistants?|models?|bots?|systems?)\s*(?:[:,]|must|should|are\s+(?:to|required)|reading\s+this|who\s+read)",
        ),
        (
            "you",
            r"\byou\s+are\s+(?:now\s+|no\s+longer\s+)?(?:an?\s+|the\s+)?(?:\w+\s+){0,3}(?:AI|assistant|(?:chat)?bot|language\s+model|LLM|DAN|jailbroken|unrestricted|bound)\b",
        ),
        ("ai language llm", r"\bas\s+an?\s+(?:AI|language\s+model|LLM)\b"),
        ("pretend", r"\bpretend\s+(?:to\s+be|that|you)\b"),
        ("act", r"\bact\s+as\s+(?:if|though|an?\s+(?:AI|assistant|\w*\s*(?:model|bot)))\b"),
        # what is to be said
        (
            "answer respond reply output print repeat reveal disclose",
            rf"{_IMPERATIVE}(?:answer|respond|reply|output|print|repeat|reveal|disclose)\b\s*{_HOW}(?:with\b|that\b|by\b|in\b|YES\b|NO\b|[\"“'‘:]|\d|(?:the\s+)?(?:following|words?|phrase|text|system|prompt|instructions?|questions?)\b|your\b|everything\b)",
        ),
        (
            "say write state tell claim report append include insert mention add begin start end conclude",
            rf"{_IMPERATIVE}(?:say|write|state|tell|claim|report|append|include|insert|mention|add|begin|start|end|conclude)\b\s*{_HOW}(?:that\b|YES\b|NO\b|[\"“'‘:]|(?:the\s+)?(?:following|words?|phrase|reader|user)\b|your\s+(?:answers?|repl(?:y|ies)|response)\b|every\s+(?:answer|sentence|reply)\b|with\s+(?:the\s+)?(?:words?|phrase|[\"“'‘:]))",
        ),
        (
            "your",
            r"\byour\s+(?:answer|reply|response|output|final\s+answer|next\s+message|system\s+prompt|instructions?)\b\s*(?:must|should|is|has|needs|to|will|:|verbatim)",
        ),
        (
            "answer answers",
            r"\b(?:the\s+)?(?:only\s+)?(?:correct|right|true|expected|official|final|approved|proper|verified)\s+answers?\s+(?:is|are|per|according|to|from|for|must|:)",
        ),
        (
            "not don never",
            r"\b(?:do\s+not|don['’]t|never)\s+(?:cite|mention|quote|reveal|use\s+(?:the\s+)?(?:other|above)|tell\s+the\s+(?:user|reader)|answer|trust\s+(?:the\s+)?(?:other|above))\b",
        ),
        (
            "asked asks questioned",
            r"\b(?:when|if|whenever)\s+(?:you\s+are\s+)?(?:asked|anyone\s+asks|the\s+(?:user|reader)\s+asks|questioned)\b[^.?!]{0,60}\b(?:answer|say|reply|respond|state|tell|write)\b",
        ),
        (
            "decode base64 rot13",
            r"\b(?:decode|base64|rot13)\b[^.?!]{0,40}\b(?:follow|obey|execute|run|do|instructions?|string|answer|it)\b",
        ),
        (
            "follow obey execute",
            r"\b(?:follow|obey|execute)\b[^.?!]{0,20}\b(?:instructions?|commands?|orders?)\s+(?:below|above|here|in\s+this|hidden|encoded|that\s+follow)",
        ),
        # what imitates the machinery
        (
            "*<",
            r"<\s*/?\s*(?:system|assistant|user|instructions?|articles?|documents?|context|sources?|passages?|claim|tool_call|function_calls?|invoke|prompt|human)\b[^>]*>?",
        ),
        (
            "*<| *[inst *[/inst *<<sys *<</sys *###",
            r"<\|[^|]{0,40}\|>|\[/?INST\]|<</?SYS>>|###\s*(?:system|instruction|response|user|assistant|human)",
        ),
        (
            "*system *assistant *user *human *developer",
            r"^\W*(?:system|assistant|user|human|developer)\s*(?:prompt|message|note|override)?\s*:",
        ),
        (
            "system developer hidden secret",
            r"\b(?:system|developer|hidden|secret)\s+(?:prompt|message|instructions?|override)\b",
        ),
        (
            "*tool *function *role *arguments *status *sentences *citations",
            r"\b(?:tool|function)[_\s-]?calls?\b|[\"']?(?:role|tool|function|arguments|status|sentences|citations)[\"']\s*:\s*[\"'\[{]",
        ),
        (
            "begin end start",
            r"\b(?:BEGIN|END|START)\s+(?:OF\s+)?(?:SYSTEM|PROMPT|ARTICLES?|DOCUMENTS?|CONTEXT|INSTRUCTIONS?|SOURCES?|PASSAGES?|DATA)\b",
        ),
        ("question", r"\bQuestion\s*:\s*\S"),
        ("answer response", r"(?:^|[.!?]\s+)(?:Answer|Final answer|Response)\s*:\s*\S"),
        ("*@ *![ *](", r"@(?:everyone|here)\b|!\[[^\]]*\]\(|\]\(\s*(?:https?|javascript|data):"),
    )
)
_BY_WORD = {word: tuple(form for words, form in _FORMS if word in words) for own, _ in _FORMS for word in own}
_INSIDE = tuple((word[1:], form) for words, form in _FORMS for word in words if word[0] == "*")
_WORD = re.compile(r"[^\W_]+")
# Something encoded.
_BLOB_CHARS = 40
_BLOB = re.compile(rf"[A-Za-z0-9+/]{{{_BLOB_CHARS}}}")
# Capitals count where small letters are everyday words.
_SHOUTED = re.compile(
    r"\b(?:answer|say|reply|respond|output|print)\s+(?:YES|NO|TRUE|FALSE|HACKED|PWNED)\b"
    r"|(?:^|[.!?:;,]\s+|\b(?:please|then|and)\s+)(?:[Aa]nswer|[Rr]eply|[Rr]espond|[Oo]utput|[Pp]rint)\s+(?:with\s+)?[A-Z][A-Z-]{3,}\b"
)


_SHOUTING = frozenset({"answer", "say", "reply", "respond", "output", "print"})


@lru_cache(maxsize=4096)
def is_order(text: str) -> bool:
    """Tell whether a sentence has the form of an order to a machine, also behind invisible characters."""
    seen = unicodedata.normalize("NFKC", show_plainly(text))
    small = seen.lower()
    words = set(_WORD.findall(small))
    likely = {form for word in words & _BY_WORD.keys() for form in _BY_WORD[word]}
    # A list, not a generator: this runs a hundred times a question, and most of it would be the generators' own.
    likely.update([form for part, form in _INSIDE if part in small])
    if not words.isdisjoint(_SHOUTING):
        likely.add(_SHOUTED)
    if len(max(small.split(), key=len, default="")) >= _BLOB_CHARS:
        likely.add(_BLOB)
    return any(form.search(seen) for form in likely)


class _Plainly(dict[int, str | None]):
    """What each character becomes; filled as characters are met, since there are a million of them."""

    def __missing__(self, code: int) -> str | None:
        kind = unicodedata.category(chr(code))
        seen: str | None = chr(code)
        if kind in ("Cc", "Zl", "Zp") or chr(code).isspace():
            seen = " "
        elif kind in ("Cf", "Co", "Cs", "Cn"):
            seen = None
        self[code] = seen
        return seen


_PLAINLY = _Plainly()


def show_plainly(text: str) -> str:
    """Make a text one line of characters that can be seen, as a model is to read it.

    Invisible characters go: sequences for terminals, of no width, turning the direction of writing, tags, private ones.
    """
    # Plain ASCII, as most sentences are, holds nothing that cannot be seen.
    safe = text if text.isascii() and text.isprintable() else escape_terminal(text).translate(_PLAINLY)
    return " ".join(safe.split())


def find_orders(passage: Passage) -> frozenset[int]:
    """Find the sentences of a passage that give orders, and those after them in the same paragraph.

    Returns:
        Indexes into ``passage.sentences``. What follows an order is often what is to be repeated.
    """
    found: set[int] = set()
    tainted = False
    for index, (start, end) in enumerate(passage.sentences):
        if index and _opens_paragraph(passage, index):
            tainted = False
        tainted = tainted or is_order(passage.text[start - passage.start : end - passage.start])
        if tainted:
            found.add(index)
    return frozenset(found)


def _opens_paragraph(passage: Passage, index: int) -> bool:
    before: Sequence[int] = passage.sentences[index - 1]
    gap = passage.text[before[1] - passage.start : passage.sentences[index][0] - passage.start]
    return gap.count("\n") > 1
