"""Capitalised words of a text, and what ties them together: the raw material of names.

A capital proves nothing at the beginning of a sentence or in a headline, so each word is marked with both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.gazetteer import fold, words


class Tie(Enum):
    """What holds a capitalised word to the one in front."""

    NONE = auto()
    SPACE = auto()
    JOINT = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A capitalised word, without possessive and compound tail ("US-trained").

    Attributes:
        plain: folded.
        initial: it opens a sentence or a quotation.
        headline: it stands in a line of capitalised words.
        tie: what holds it to the word in front in its chain.
    """

    start: int
    end: int
    plain: str
    initial: bool
    headline: bool
    tie: Tie = Tie.NONE


_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽ"
# A capitalised word: initials, an abbreviated title with its stop, or a word with inner hyphens and apostrophes.
_CAPITAL = re.compile(
    rf"""(?<![\w@#/\\])(?<!\w[’'`-])(?:
      (?:[A-Z]\.){{1,4}}(?![A-Za-z])
    | (?:Mr|Mrs|Ms|Dr|St|Gov|Sen|Rep|Gen|Col|Lt|Sgt|Capt|Prof|Rev|Hon|Jr|Sr|Adm|Cmdr|Maj|Brig|Supt)\.(?=\s)
    | (?:[ae][lnrstdz]h?-|(?:al|el)\s(?=[{_UPPER}])|[dDOL]['’](?=[{_UPPER}]))?[{_UPPER}][\w&]{{0,40}}+(?:[-'’`][\w]{{1,30}}+){{0,5}}
    )""",
    re.VERBOSE,
)
# "US-trained", "Al-Qaeda-Linked": the name ends before the hyphen. "Ban Ki-moon" goes on.
_TAIL = re.compile(
    r"-(?:[a-z]\w{1,30}(?:ed|ing)|(?i:inspired|linked|led|backed|based|trained|related|style|era|wide|like|free|born|made"
    r"|run|held|friendly|only|bound|area))$"
)
_POSSESSIVE = re.compile(r"['’`]s$")
_OWN_APOSTROPHES = words(
    "mcdonald's lloyd's sotheby's macy's kohl's wendy's levi's sainsbury's children's women's st christie's"
)
_PARTICLE = re.compile(
    r"\s(?:(?:bin|bint|ibn|abu|de|del|della|der|den|van|von|di|da|dos|das|du|la|le|ter|ten|y)\s){1,2}$"
)
_JOINT = re.compile(r"\s(?:of|for|in|and|&)(?:\sthe)?\s$")
# What may stand between a sentence's beginning and its first word.
_BEGINNING = re.compile(r"(?:^|[.!?:;…]|\n|[\"“‘(\[•*|>])[\s\"“”‘’'(\[\]—–*•|>-]*$")
# The share of capitals among longer words that makes a line a headline.
_HEADLINE_SHARE = 0.8
# Characters in front of a word that are looked at.
_WINDOW = 32
# No name is longer than this many words; the bound keeps the search linear.
_LONGEST_CHAIN = 14


def find_words(text: str) -> list[Word]:
    """The capitalised words of a text, with what their place tells of them."""
    tokens: list[Word] = []
    line_end, headline = -1, False
    for match in _CAPITAL.finditer(text):
        start = match.start()
        if start > line_end:
            line_start = text.rfind("\n", 0, start) + 1
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
            headline = _is_headline(text[line_start:line_end])
        word = match[0]
        if "-" in word and (tail := _TAIL.search(word)):
            word = word[: tail.start()]
        if word[-1] == "s" and (tail := _POSSESSIVE.search(word)) and fold(word) not in _OWN_APOSTROPHES:
            word = word[: tail.start()]
        word = word.rstrip("'’`")
        # Most stand behind a word and a blank.
        inside = start > 1 and text[start - 1] == " " and text[start - 2].isalnum()
        initial = not inside and _BEGINNING.search(text[max(0, start - _WINDOW) : start]) is not None
        tokens.append(
            Word(start=start, end=start + len(word), plain=fold(word), initial=initial, headline=headline)
        )
    return tokens


def _is_headline(line: str) -> bool:
    """Whether nearly every longer word of a line is capitalised, and it does not end like a sentence."""
    line = line.strip()
    if len(line) > 200 or line.endswith((".", "?", "!", '"', "”")):
        return False
    if line.isupper() and " " in line:
        return True
    longer = [word for word in line.split() if len(word) > 3 and word[0].isalpha()]
    return len(longer) >= 4 and sum(word[0].isupper() for word in longer) >= _HEADLINE_SHARE * len(longer)


def find_chains(text: str, tokens: list[Word]) -> Iterator[list[Word]]:
    """Group the words that a space, a particle ("bin") or a joint ("of the") ties together."""
    chain: list[Word] = []
    for token in tokens:
        gap = text[chain[-1].end : token.start] if chain and token.start - chain[-1].end <= _WINDOW else None
        if gap is not None and gap.isspace() and "\n" in gap:
            # A wrapped line goes on, a short one (a heading, a byline) does not.
            wrapped = gap.count("\n") == 1 and chain[-1].end - text.rfind("\n", 0, chain[-1].end) > 60
            gap = " " if wrapped else None
        if gap is None:
            tied = None
        elif gap in {" ", "\u00a0"} or _PARTICLE.match(gap):
            tied = Tie.SPACE
        else:
            tied = Tie.JOINT if _JOINT.match(gap) else None
        if tied is None or len(chain) == _LONGEST_CHAIN:
            if chain:
                yield chain
            chain = [token]
        else:
            chain.append(replace(token, tie=tied))
    if chain:
        yield chain
