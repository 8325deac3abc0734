"""Offices and who holds them: "Mayor Karl Brandt", "the captain, Arvid Holm", "Zebari, the foreign minister"."""

from __future__ import annotations

import re

from index.wording import stem

_HEADS = (
    "director[ -]general|secretary[ -]general|chief executive|minister|president|speaker|leader|governor|mayor|head|chief|director|chairman|chairwoman|chair|ceo|executive"
    r"|spokes(?:man|woman|person)|secretary|author|owner|founder|coach|manager|captain|king|queen|pope|commander"
    "|general|ambassador|consul|senator|judge|editor|prosecutor|engineer|architect|champion|winner|chancellor"
    "|commissioner|superintendent|premier|pm|colonel|lawyer|principal|bishop|sheriff"
)
_RANKS = r"(?:prime|foreign|defen[cs]e|interior|finance|health|vice|deputy|attorney|secretary)"
_OFFICE = rf"(?:{_RANKS}[ -])?(?:{_HEADS})"
_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"^who(?: is|'s|’s| was| are| were) (?:\S+ ){{0,4}}?(?P<office>{_OFFICE})s?\b",
        rf"\bwhat (?:is|was) the names? of (?:\S+ ){{0,4}}?(?P<office>{_OFFICE})s?\b",
        rf"\b(?P<office>{_OFFICE})['’]s name\b",
        rf"\bwhat (?:is|was) (?:\S+ ){{0,4}}?(?P<office>{_OFFICE}) (?:called|named)\b",
    )
)
_LEADS = re.compile(r"^who (?:leads|led|heads|headed|is leading|runs) ", re.IGNORECASE)

# Words for one office. Who only says that somebody "leads" means the first of them.
_SAME = tuple(
    frozenset(line.split(","))
    for line in (
        "leader,head,chief,boss",
        "head,director,chief,ceo,chief executive,director general,secretary general,chair,chairman,chairwoman",
        "spokesman,spokeswoman,spokesperson",
        "founder,owner",
    )
)
_PRIME = frozenset({"prime minister", "premier", "pm"})
_WRITTEN = re.compile(
    rf"\b(?:(?P<rank>{_RANKS})[ -])?(?P<head>{_HEADS}|(?P<verb>leads|led|heads|headed))\b", re.IGNORECASE
)
# A deputy is not the minister, and a former one is no longer.
_NOT_THE = re.compile(r"\b(?:deputy|vice|former|ex|late|acting|assistant|next)[ -]$", re.IGNORECASE)
# "the governor of Nineveh, Atheel al-Nujaifi"; "the consul is called Ozturk Yilmaz"
_NAME_BEHIND = re.compile(
    r"(?:\s(?:of|for|in|at|from|to)\s[^,.;:()]{1,50}?)?(?:,|\s[-–—]|:|\s(?:is|was|called|named|is called|is named|was named"
    r"|by))?\s(?:(?:Mr|Mrs|Ms|Dr)\.?\s)?"
)
# "Zebari, who is Iraq's foreign minister"; words of speech and meeting bring in somebody else.
_NAME_BEFORE = re.compile(
    r"(?:,|\s[-–—]|\s\()?\s?(?:who\s)?(?:(?:is|was|became|as|remains|being)\s)?"
    r"(?:(?!(?:said|says|told|met|meets|and|with|by|urged|called|calls|asked|to|from|against|for|accused)\b)[\w'’-]+\s){0,6}"
)


def asked_office(question: str) -> str:
    """Return the office whose holder is asked for, in small letters; empty where none is.

    Example:
        >>> asked_office("What is the name of the Turkish consul?")
        'consul'
    """
    for pattern in _ASKED:
        if match := pattern.search(question):
            return match["office"].lower().replace("-", " ").replace("defense", "defence")
    return "leader" if _LEADS.search(question) else ""


def is_held(text: str, start: int, end: int, office: str) -> bool:
    """Tell whether a sentence gives the person named in ``text[start:end]`` an office.

    Args:
        office: as ``asked_office`` returns it.
    """
    for match in _WRITTEN.finditer(text):
        if not _is_office(match, office) or _NOT_THE.search(text[: match.start()]):
            continue
        if match.end() <= start and _NAME_BEHIND.fullmatch(text, match.end(), start):
            return True
        if end <= match.start() and _NAME_BEFORE.fullmatch(text, end, match.start()):
            return True
    return False


def _is_office(match: re.Match[str], office: str) -> bool:
    """Tell whether an office as written is the one asked for, perhaps under another word."""
    rank, head = (
        (match["rank"] or "").lower().replace("defense", "defence"),
        match["head"].lower().replace("-", " "),
    )
    if match["verb"]:
        head = "leader" if head in {"leads", "led"} else "head"
    written = f"{rank} {head}" if rank else head
    if written == office or (written in _PRIME and office in _PRIME):
        return True
    if rank in {"deputy", "vice"}:
        return False
    if any({head, office} <= group or {written, office} <= group for group in _SAME):
        return True
    return " " not in office and stem(head) == stem(office)
