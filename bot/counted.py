"""The words beside a number: what it counts, and whether it counts at all.

A number may be a year ("the 2014 elections") or part of a name ("Boeing 737", "phase 2"); otherwise the words
behind it say what is counted, as far as that can be told without a parser.
"""

from __future__ import annotations

import re


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# How far words in front of a number are read, in characters.
_WINDOW = 48
# The number of an item in a list: "3. Close the door."
_ITEM = re.compile(r"[.)](?:\s|$)")
_LAST_WORD = re.compile(r"([A-Za-z][\w.&'’]{0,30})[\s-]\(?$")
_YEAR_LEAD = re.compile(
    r"(?:\b(?:in|since|by|until|till|from|to|before|after|during|of|early|mid|late|the|its|his|her|their|our|and|or|year"
    r"|for|season|circa)|[,(])[\s-]?$",
    re.IGNORECASE,
)
_PLURAL = re.compile(r"\s(?:people|men|women|children|[a-z]{2,}[^\Wsu]s)\b")
# A number behind one of these is a name's, not a count.
_LABELS = _words(
    "boeing airbus windows iphone ipad galaxy android playstation xbox route highway interstate flight article section"
    " chapter title channel no no. nos number nr room page phase level stage type tier category group formula covid ie"
    " g volume episode season series part act scene grade unit apollo mark model day week bowl war line lines gate terminal"
    " figure table step item question platform rule resolution protocol psalm verse version firefox chrome ios"
)
_WORD_LABELS = _words("number chapter phase level stage tier part episode season day week war grade category")
_LEADS = _words(
    "in on at for with and or but of from by to the a about some only just over under nearly almost around at least more than"
    " as many another all when while after before since between if that these those its their his her our monday tuesday"
    " wednesday thursday friday saturday sunday january february march april may june july august september october"
    " november december there they we he she it who killed roughly up"
)
_WORD = re.compile(r"(?:[ \t\u00a0-]{1,2}|[ \t]?\r?\n)((?:[A-Z]\.){2,4}|[A-Za-zÀ-ÿ][\w’'-]{0,30})")
# "30 other countries", "12 more people"
_MORE = re.compile(r"\s(?:other|others|more|additional|further|such)(?=\s)")
_OF = re.compile(
    r"\sof\s(?=[A-Za-z])(?:(?:the|these|those|its|their|his|her|our|my|some|all|such)\s)?(?:\w{1,20}['’]s\s)?",
    re.IGNORECASE,
)
_STOP = _words(
    "a about above across after again against ago all along already also always although am among an and another any are"
    " around as at away back be became because been before began behind being below between both but by came can could"
    " did do does down during each either else even every few following for from had has have he her here him his how"
    " however i if in including into is it its just last later left less like made may me might more most much must my"
    " near nearly never next no nor not now of off on once one only or other our out over overseas past per perhaps"
    " plus said say says she should since so some such than that the their them then there these they this those though"
    " through times to together too took toward towards under until up us was we well went were what when where whether"
    " which while who whom whose why will with within without would yet you your"
)
_IRREGULAR_PLURALS = _words("people men women children police troops staff personnel cattle feet mice fish")
_ATTRIBUTIVE = _words(
    "staff police troops sports arms sales rights news women's men's children's people's goods savings systems customs"
    " communications operations services drugs weapons parks elections relations affairs human securities airlines"
)
# Words on "-ed" and "-ing" that may stand for those who are counted: "46 wounded".
_FATES = _words("dead killed wounded injured missing displaced arrested detained infected homeless")


def noun_after(text: str, at: int, *, single: bool = False) -> str | None:
    """Read what is counted from the words behind a number.

    Args:
        text: what the number stands in.
        at: where the number ends.
        single: the number is one or an ordinal, so the noun stands in the singular.

    Returns:
        The words up to the first plural ("staff members"), at most five; without a plural the first word, or
        for a single thing the words up to the verb. None where the next words are no noun.
    """
    if match := _OF.match(text, at):
        at = match.end() - 1  # the gap in front of the word is part of its pattern
    elif match := _MORE.match(text, at):
        at = match.end()
    start = end = -1
    counted = 0
    while counted < 5 and (match := _WORD.match(text, at)):
        word = match[1].lower()
        if word in _STOP or (counted and single and word.endswith(("ed", "s"))):
            break
        is_plural = _is_plural(word)
        if not counted:
            start, end = match.span(1)
            if word.endswith(("ing", "ed", "ly")) and word not in _FATES and not _plural_ahead(text, at):
                return None
        elif single or is_plural:
            end = match.end(1)
        counted += 1
        at = match.end()
        # A plural ends the noun, but for those that stand before another: "sports clubs".
        if is_plural and not single and word not in _ATTRIBUTIVE:
            break
    return text[start:end] if counted else None


def is_year(text: str, start: int, end: int) -> bool:
    """Whether four bare digits are a year: in the likely centuries, and not plainly counting something."""
    digits = text[start:end]
    if len(digits) != 4 or not digits.isdigit() or not "1600" <= digits <= "2099":
        return False
    if _YEAR_LEAD.search(text[max(0, start - _WINDOW) : start]):
        return True
    return digits >= "1900" and not _PLURAL.match(text, end)


def is_label(text: str, start: int, end: int) -> bool:
    """Whether a bare number belongs to a name or a heading in front of it ("Boeing 737", "phase two")."""
    before = text[max(0, start - _WINDOW) : start]
    if _ITEM.match(text, end) and (not before or before[-1] == "\n"):
        return True
    match = _LAST_WORD.search(before)
    if match is None:
        return False
    word, spoken = match[1], not text[start].isdigit()
    if word.lower() in (_WORD_LABELS if spoken else _LABELS):
        return True
    if spoken or not word[0].isupper() or word.lower() in _LEADS or word.lower().endswith(("s", "ed", "ing")):
        return False
    # "In Mosul 24 people": a place in front of a count, which a plural behind it tells from "the Falcon 9".
    return not _PLURAL.match(text, end)


def _is_plural(word: str) -> bool:
    if word in _IRREGULAR_PLURALS:
        return True
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "’s"))


def _plural_ahead(text: str, at: int) -> bool:
    """Whether a plural follows a word on "-ed" or "-ing": "12 armed men", not "31 and wounding"."""
    match = _WORD.match(text, at)
    for _ in range(2):
        match = _WORD.match(text, match.end()) if match else None
        if match is None or match[1].lower() in _STOP:
            return False
        if _is_plural(match[1].lower()):
            return True
    return False
