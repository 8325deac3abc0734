"""What came before what, what came of what, and which of two things is said of whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from bot.ground import Finding, Ground
from bot.reading import Reading
from bot.roles import BE, contradict_order
from index.model import Span

# What stands between two parts, and which of the two comes first in time or is the cause.
_CAUSED = r"caused|triggered|sparked|prompted|fuell?ed|driven|brought\son|set\soff|touched\soff"
_SECOND_FIRST = (
    r"after|because|(?<!is\s)(?<!are\s)(?<!was\s)(?<!were\s)due\sto|as\sa\sresult\sof|thanks\sto|owing\sto"
    r"|(?:result(?:ed|s|ing)?|stem(?:med|s|ming)?)\sfrom"
)
_FIRST_FIRST = (
    r"before|(?:led|leads?|contribut(?:ed|es?|ing))\sto|leading(?=\s[\w\s]{0,60}\bto\b)|result(?:ed|s|ing)\sin"
    r"|caus(?:e|es|ing)|(?:trigger|spark|prompt)(?:s|ing)|set(?:s|ting)\soff"
)
_BETWEEN = re.compile(
    rf"\b(?:(?P<late>{_SECOND_FIRST})|(?P<caused>{_CAUSED})|(?P<early>{_FIRST_FIRST}))\b", re.IGNORECASE
)
# Words from such a verb to its "by", and back to the "was" that makes it one of suffering.
_BY_WITHIN, _BE_WITHIN = 4, 3
# What may open a sentence: "After A, B".
_MAY_OPEN = frozenset({"after", "before", "because", "due to", "as a result of", "thanks to", "owing to"})
_TIMES = {"before", "after"}
# "Never sold before and", "after which".
_NO_PART = frozenset("and or but which whom that".split())
# Shares of the words of both parts that stand in the other one's place, from which the parts are turned, and how
# many more that must be than stand as they should.
_TURNED, _AGAINST = 0.5, 2
# Content words in front of "after" that only tell how long: "About two weeks after …, they left".
_HOW_LONG = 3
# Content words of a part that count, from the word between them outwards.
_REACH = 14
_PRONOUNS = frozenset("he she it they him her them his its their".split())
_PARALLEL = re.compile(r",?\s(?:while|whereas|but)\s|;\s|,\sand\s")
_OPENING = re.compile(r"\W*(?:While|Whereas)\s[^,]{10,200},\s")


def check_sequence(ground: Ground) -> list[Finding]:
    """Find "A after B" or "A led to B" where the passages have B after A, or B as the cause of A."""
    findings = []
    links = list(_links(ground.claim, Span(0, len(ground.claim.tokens))))
    theirs = _told(ground) if links else []
    for mine in links:
        straight = max((mine.count_straight(link) for _, _, link in theirs), default=0)
        for passage, reading, link in theirs:
            across, back = len(mine.first & link.second), len(mine.second & link.first)
            if (
                across >= _TURNED * min(len(mine.first), len(link.second))
                and back >= _TURNED * min(len(mine.second), len(link.first))
                and across + back >= straight + _AGAINST
            ):
                findings.append(
                    contradict_order(ground, Span(mine.at, mine.at + 1), passage, reading, link.at)
                )
                break
    return findings


def find_in_order(ground: Ground) -> frozenset[int]:
    """Return the statement's "before" where the passages tell the same order by an "after", and the other way round."""
    return frozenset(
        mine.at
        for mine in _links(ground.claim, Span(0, len(ground.claim.tokens)))
        for _, _, link in _told(ground)
        if {mine.word, link.word} == _TIMES
        and len(mine.first & link.first) >= _TURNED * len(mine.first)
        and len(mine.second & link.second) >= _TURNED * len(mine.second)
    )


class _Link(NamedTuple):
    """A word that tells a sequence, with the stems of what came first and of what came then."""

    at: int
    word: str
    first: frozenset[str]
    second: frozenset[str]

    def count_straight(self, other: _Link) -> int:
        """Count the words that stand on the same side of both."""
        return len(self.first & other.first) + len(self.second & other.second)


def _told(ground: Ground) -> list[tuple[int, Reading, _Link]]:
    return [
        (passage, reading, link)
        for passage, reading, span, _ in ground.stretches()
        for link in _links(reading, span)
    ]


def _links(reading: Reading, span: Span) -> Iterator[_Link]:
    tokens = reading.tokens
    for bound in reading.bounds:
        if bound.end <= span.start or bound.start >= span.end:
            continue
        for match in _BETWEEN.finditer(reading.text, tokens[bound.start].start, tokens[bound.end - 1].end):
            at, behind = reading.span_of(*match.span())
            is_late = match["late"] is not None
            if match["caused"]:
                by = next(
                    (i for i in range(behind, min(behind + _BY_WITHIN, bound.end)) if tokens[i].word == "by"),
                    None,
                )
                if by is not None:
                    is_late, behind = True, by + 1
                elif any(tokens[i].word in BE for i in range(max(bound.start, at - _BE_WITHIN), at)):
                    continue  # "was caused when": by what is not said so
            if behind < bound.end and tokens[behind].word in _NO_PART:
                continue
            word = match[0].lower()
            # "B after A", "After A, B", and "Two weeks after A, B".
            end = next((i for i in range(behind, bound.end) if tokens[i].breaks), bound.end)
            before = range(at - 1, bound.start - 1, -1)
            if word in _MAY_OPEN and end < bound.end and len(_stems(reading, before)) <= _HOW_LONG:
                before = range(end, bound.end)
            own, rest = _stems(reading, range(behind, end)), _stems(reading, before)
            if own and rest:
                yield _Link(at, word, own, rest) if is_late else _Link(at, word, rest, own)


def _stems(reading: Reading, places: range) -> frozenset[str]:
    found = (reading.tokens[i].stem for i in places if reading.tokens[i].content)
    return frozenset(islice(found, _REACH))


def check_parallels(ground: Ground) -> list[Finding]:
    """Find "A did this, while B did that" where the passages have it of B and of A."""
    claim = ground.claim
    findings = []
    for one, other in pairwise(_clauses(claim, Span(0, len(claim.tokens)))):
        for passage, reading, span, _ in ground.stretches():
            clauses = [(part, _stems_of(reading, part)) for part in _clauses(reading, span)]
            place = next(
                (
                    place
                    for (a, said_of_a), (b, said_of_b) in _pairs(claim, one, other, clauses)
                    if (place := _exchanged(clauses, a, said_of_a, b, said_of_b)) is not None
                ),
                None,
            )
            if place is not None:
                findings.append(contradict_order(ground, one, passage, reading, place))
                break
    return findings


def _exchanged(
    clauses: list[tuple[Span, frozenset[str]]],
    a: frozenset[str],
    said_of_a: frozenset[str],
    b: frozenset[str],
    said_of_b: frozenset[str],
) -> int | None:
    """Return the token where what is said of two begins to be said of the other one; None where it is not."""
    of_a = [(part, stems) for part, stems in clauses if a & stems and not b & stems]
    of_b = [(part, stems) for part, stems in clauses if b & stems and not a & stems]
    if not of_a or not of_b:
        return None
    straight = max(len(said_of_a & s) for _, s in of_a) + max(len(said_of_b & s) for _, s in of_b)
    turned = max(len(said_of_b & s) for _, s in of_a) + max(len(said_of_a & s) for _, s in of_b)
    return of_a[0][0].start if turned >= max(_AGAINST, straight + _AGAINST) else None


def _stems_of(reading: Reading, part: Span) -> frozenset[str]:
    return frozenset(reading.tokens[i].stem for i in range(*part) if reading.tokens[i].content)


def _clauses(reading: Reading, span: Span) -> Iterator[Span]:
    for bound in reading.bounds:
        if bound.end <= span.start or bound.start >= span.end:
            continue
        start, end = reading.tokens[bound.start].start, reading.tokens[bound.end - 1].end
        opening = _OPENING.match(reading.text, start, end)
        cuts = [opening.end()] if opening else [m.end() for m in _PARALLEL.finditer(reading.text, start, end)]
        for left, right in pairwise([start, *cuts, end]):
            part = reading.span_of(left, right)
            if part.start < part.end:
                yield part


_Said = tuple[frozenset[str], frozenset[str]]


def _pairs(
    reading: Reading, one: Span, other: Span, clauses: list[tuple[Span, frozenset[str]]]
) -> Iterator[tuple[_Said, _Said]]:
    """Yield for two clauses whom they may be about, and what each says that the other does not.

    That is the first content word of each, or the names that the other has not.
    """
    stems = [
        [reading.tokens[i].stem for i in range(*part) if reading.tokens[i].content] for part in (one, other)
    ]
    held_words = [{reading.tokens[i].word for i in range(*part)} for part in (one, other)]
    held = [{reading.tokens[i].stem for i in range(*part)} for part in (one, other)]
    if not all(stems):
        return
    rests = [frozenset(stems[0]) - held[1], frozenset(stems[1]) - held[0]]
    firsts = [frozenset(stems[0][:1]) - held[1], frozenset(stems[1][:1]) - held[0]]
    names = [_rarest(reading, part, rest, clauses) for part, rest in zip((one, other), rests, strict=True)]
    # "Ann left, but Bob says she will be back": of whom a clause with a pronoun speaks is not told by its name.
    for a, b in (firsts, names) if not _PRONOUNS & (held_words[0] | held_words[1]) else (firsts,):
        if a and b and rests[0] - a and rests[1] - b:
            yield (a, rests[0] - a), (b, rests[1] - b)


def _rarest(
    reading: Reading, part: Span, stems: frozenset[str], clauses: list[tuple[Span, frozenset[str]]]
) -> frozenset[str]:
    """Return of the names of a clause those that the fewest clauses of a passage have: "Nielsen said" is beside all."""
    counts = {
        token.stem: sum(token.stem in held for _, held in clauses)
        for token in reading.tokens[part.start : part.end]
        if token.capital and token.content and token.stem in stems
    }
    least = min(filter(None, counts.values()), default=0)
    return frozenset(stem for stem, count in counts.items() if count == least)
