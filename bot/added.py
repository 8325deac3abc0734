"""What an LLM's sentence has that its quote has not, or has in another place.

Beside the judge, which weighs a whole sentence: here single words decide. An article that is copied but for
one clause is still mostly copied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.wording import content_stems

# Words in a row that stand in no quote, and so many are a fact of their own.
_IN_A_ROW = 2
# Of so many words one may be another one for what the quote says.
_WORDS_A_SYNONYM = 6
# Words that begin alike are forms of one: "bomber", "bombing".
_KIN = 5
# How a sentence is joined to the one before it; who did it comes after.
_OPENING = re.compile(
    r"^(?:(?:\w+ly|later|meanwhile|however|afterwards?|instead|overall|in (?:total|all|addition|response|turn|fact)"
    r"|moreover|furthermore|thus|therefore|still|also|then|so|at the (?:same )?time|as a result),? )+",
    re.IGNORECASE,
)
# How a report is told of adds nothing to it.
_REPORTING = frozenset(
    content_stems("said says told reported report reports according article articles stated")
)
_CAPITALISED = re.compile(
    r"[A-Z][\w’'-]*(?:\s+(?:of|for|the|and|on|in)\s+(?:the\s+)?[A-Z][\w’'-]*|\s+[A-Z][\w’'-]*)+"
)
_ACRONYM = re.compile(r"\b(?:[A-Z]\.?){2,}(?![a-z])")
_CLAUSE = re.compile(r"[,;:—–]\s|\s(?:and|but|while|whereas|or)\s", re.IGNORECASE)
_NUMBER = re.compile(r"\d")


def find_added(claim: str, quote: str) -> str:
    """Find words of a claim that a quote does not hold, where they make another statement of it.

    Two in a row are a fact put in beside what is true. Single words may be others for the same, but not many of them.

    Returns:
        The words' stems; empty where there are none of these.
    """
    stems = content_stems(_OPENING.sub("", claim))
    open_stems = set(find_open(claim, quote))
    other: list[str] = []
    run: list[str] = []
    for stem in stems:
        if stem not in open_stems:
            run = []
            continue
        run.append(stem)
        other.append(stem)
        if len(run) == _IN_A_ROW:
            return " ".join(run)
    return " … ".join(other) if len(other) > max(1, len(stems) // _WORDS_A_SYNONYM) else ""


def find_other_doer(claim: str, quote: str) -> str:
    """Return the stem of a claim's first content word if the quote does not hold it; else an empty text.

    It is mostly who did it: "The guards would not pay" of a quote in which the town would not. Names are for the judge.
    """
    claim = _OPENING.sub("", claim)
    stems = content_stems(claim)
    if not stems or _begins_with_name(claim):
        return ""
    return stems[0] if stems[0] in find_open(claim, quote) else ""


def find_open(claim: str, quote: str) -> list[str]:
    """Return the stems of a claim's content words that a quote holds in no form."""
    held = set(content_stems(quote)) | _short_and_long(claim, quote)
    kin = {stem[:_KIN] for stem in held if len(stem) >= _KIN}
    return [
        stem
        for stem in content_stems(claim)
        if stem not in held and stem[:_KIN] not in kin and stem not in _REPORTING
    ]


def find_swapped(claim: str, quote: str) -> str:
    """Find a number that a claim gives to what the quote gives another number to.

    Returns:
        The number as the claim has it; empty where there is none.

    Example:
        "It killed 46 and wounded 31." of a quote that says "killing 31 and wounding 46" gives "46".
    """
    theirs = _clauses(quote)
    for own in _clauses(claim):
        mine = set(own)
        for number in filter(_NUMBER.search, own):
            beside = [set(clause) for clause in theirs if number in clause]
            if not beside:
                continue
            best = max(len(mine & clause - {number}) for clause in beside)
            for clause in theirs:
                others = [stem for stem in clause if _NUMBER.search(stem)]
                if number not in clause and others and len(mine & set(clause)) > best:
                    return number
    return ""


def _clauses(text: str) -> list[Sequence[str]]:
    # A comma between digits is none between clauses.
    return [content_stems(part) for part in _CLAUSE.split(text)]


def _begins_with_name(claim: str) -> bool:
    words = claim.split()
    return len(words) > 1 and words[0][:1].isupper() and (words[1][:1].isupper() or words[0].isupper())


def _short_and_long(claim: str, quote: str) -> set[str]:
    """Return the stems of names that one text has in full and the other by their first letters."""
    found: set[str] = set()
    for text, other in ((claim, quote), (quote, claim)):
        short = {match[0].replace(".", ""): match[0] for match in _ACRONYM.finditer(other)}
        for full in _CAPITALISED.finditer(text):
            words = re.findall(r"[A-Z][\w’'-]*", full[0])
            for start in range(len(words)):
                for end in range(start + 2, len(words) + 1):
                    letters = "".join(word[0] for word in words[start:end])
                    if letters in short:
                        found.update(content_stems(f"{' '.join(words[start:end])} {short[letters]}"))
    return found
