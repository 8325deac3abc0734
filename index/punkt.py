"""Whether a full stop ends a sentence: Punkt (Kiss and Strunk 2006) over its trained English data.

The data are those bundled with llama-index-core. The algorithm is written out here, with what news
needs besides: importing NLTK brings in scipy and scikit-learn, five seconds before the first word is
read, and asks of every stop what a few comparisons tell.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

# Punkt was trained on a newspaper, but not on these; without them "Gov. Lee" ends a sentence.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof rev hon gov sen sens rep reps pres atty gen lt col sgt capt maj cmdr adm cpl pvt
    brig supt det insp st ste mt ft jr sr inc corp co ltd plc bros dept univ assn ave blvd rd vs
    est approx min max vol jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu
    thurs fri sat sun u.s u.n u.k e.u u.a.e d.c l.a n.y a.m p.m i.e e.g ph.d m.p al-q ca cf jnr snr
    ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev
    okla ore pa tenn tex va vt wash wis wyo
    """.split()
)
# A name follows these, so they never end a sentence, however often the name begins one.
_TITLES = frozenset(
    "mr mrs ms messrs dr prof gov sen sens rep reps gen lt col sgt capt maj cmdr adm brig mt".split()
)
# "No. 2" but "She said no. He left."
_BEFORE_NUMBERS = frozenset("no nos fig figs pp art".split())
# After an initial ("By A. Reporter") a capital is a name, unless it is one of these.
_OPENERS = frozenset(
    """
    a after all an and as at because both but by during for from he her his how i if in is it its last
    many most my no nobody not now on one or our she since so some still such that the their then there
    these they this those to under we what when where while who with yet you
    """.split()
)

# A place where a sentence may end, seen from the last stop or mark of a word.
_CANDIDATE = re.compile(r"(?<!\S)\S*[.?!…][\"'”’»)\]}*_]*(?=\s+(\S+))")
_CLOSERS = "\"'”’»)]}*_"
_OPENERS_OF_WORDS = "\"'“‘”’«»([{*_"
_JOINT = re.compile(r"[\"“”«»(\[{:;–—]|--")
_MARKS = ".?!…"
_NUMBER = re.compile(r"-?[.,]?\d[\d,.\-]*")
_PUNCTUATION = frozenset(";:,.!?")

# Bits of the trained orthographic context: how a word was written where.
_MIDDLE_UPPER = 1 << 2
_UPPER = 1 << 1 | 1 << 2 | 1 << 3
_BEGIN_LOWER = 1 << 4
_LOWER = 1 << 4 | 1 << 5 | 1 << 6


class _Trained(NamedTuple):
    abbreviations: frozenset[str]
    starters: frozenset[str]
    collocations: frozenset[tuple[str, str]]
    orthography: dict[str, int]


@lru_cache(maxsize=1)
def _trained() -> _Trained:
    """Read the trained model. NLTK's own search is not used: it looks at NLTK_DATA first."""
    spec = importlib.util.find_spec("llama_index.core")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("llama-index-core is not installed")
    root = Path(spec.submodule_search_locations[0])
    folder = root / "_static" / "nltk_cache" / "tokenizers" / "punkt_tab" / "english"

    def rows(name: str) -> Iterator[list[str]]:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            yield line.split("\t")

    return _Trained(
        abbreviations=frozenset(row[0] for row in rows("abbrev_types.txt")) | _ABBREVIATIONS,
        starters=frozenset(row[0] for row in rows("sent_starters.txt")),
        collocations=frozenset((row[0], row[1]) for row in rows("collocations.tab")),
        orthography={row[0]: int(row[1]) for row in rows("ortho_context.tab")},
    )


def find_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where in ``text[start:end]`` a sentence ends and white space and another word follow."""
    for match in _CANDIDATE.finditer(text, start, end):
        if _ends(match.group(), match.group(1)):
            yield match.end()


def _ends(word: str, following: str) -> bool:
    word = word.rstrip(_CLOSERS)
    body = word.rstrip(_MARKS)
    marks = word[len(body) :]
    if "?" in marks or "!" in marks:
        return True
    trained = _trained()
    kind = _kind(_JOINT.split(body)[-1].lstrip(_OPENERS_OF_WORDS))
    after = _first_word(following)
    capital = after[:1].isupper()
    after_kind = _kind(after.rstrip("."))
    if len(marks) > 1 or marks == "…":
        return _begins(after, after_kind) is True or (capital and after_kind in trained.starters)
    if (kind, after_kind) in trained.collocations:
        return False
    if kind in _TITLES and capital:
        return False
    if kind in _BEFORE_NUMBERS:
        return not following.lstrip("#")[:1].isdigit()
    initial = len(kind) == 1 and kind.isalpha()
    abbreviation = kind in trained.abbreviations or kind.rsplit("-", 1)[-1] in trained.abbreviations
    if initial:
        # "World War I. After" against "By I. Reporter": the first is as likely.
        return capital and (after_kind in _OPENERS or (kind == "i" and _begins(after, after_kind) is True))
    if abbreviation:
        opens = after_kind in trained.starters or after_kind in _OPENERS
        return _begins(after, after_kind) is True or (capital and opens)
    return kind != "##number##" or _begins(after, after_kind) is not False


def _begins(word: str, kind: str) -> bool | None:
    """Tell from how a word is written whether it begins a sentence; None where that tells nothing."""
    if word in _PUNCTUATION:
        return False
    context = _trained().orthography.get(kind, 0)
    if word[:1].isupper() and context & _LOWER and not context & _MIDDLE_UPPER:
        return True
    if word[:1].islower() and (context & _UPPER or not context & _BEGIN_LOWER):
        return False
    return None


def _first_word(token: str) -> str:
    """Return the word of a token without the quotes and brackets around it."""
    bare = token.lstrip(_OPENERS_OF_WORDS)
    for index, character in enumerate(bare):
        if character in '"”’»)]}*_:;@([{?!' or (character == "," and index == len(bare) - 1):
            return bare[:index]
    return bare


def _kind(word: str) -> str:
    return "##number##" if _NUMBER.fullmatch(word) else word.lower()
