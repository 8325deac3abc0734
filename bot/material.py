"""The sentences an LLM may rest on, numbered, and how they are put before it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Sequence
from copy import copy
from dataclasses import dataclass, field

from bot.llm import Sheet
from bot.orders import find_orders, show_plainly
from bot.render import describe
from index.model import Hit, Span
from index.wording import content_stems

# What is read for an answer, with instructions and reply, in some 8,000 tokens: the context that
# small models on one's own machine are run with.
MAX_CHARS = 22_000
# After "too long", once more with this share.
_SHRUNK = 1 / 3

# Fewer words are a by-line or a label, which prove nothing.
_MIN_WORDS = 4
# In an article "[12]" would look like one of our numbers, and an angle bracket like the block's end.
_OUR_NUMBER = re.compile(r"\[(\s*\W?\s*\d[^\]]*)\]")
_BRACKETS = str.maketrans("<>", "‹›")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A sentence of an article.

    Attributes:
        number: from 1, as the LLM sees it.
        place: span of the file's text, inside the hit's passage.
        text: to the letter.
    """

    number: int
    hit: Hit
    place: Span
    text: str
    stems: frozenset[str] = field(repr=False)

    @classmethod
    def of(cls, hit: Hit, place: Span, *, number: int = 0) -> Source:
        """Take a sentence from a passage; without a number where an LLM does not see it."""
        text = hit.passage.text[place.start - hit.passage.start : place.end - hit.passage.start]
        stems = frozenset(content_stems(text))
        return cls(number=number, hit=hit, place=place, text=text, stems=stems)


class Material:
    """Numbered sentences of the passages found."""

    def __init__(self, hits: Sequence[Hit], *, max_chars: int = MAX_CHARS) -> None:
        """Number the sentences, articles in the order in which they were found, passages as they stand.

        Args:
            hits: best first; as many are taken as there is room for, at least one.
            max_chars: room for the text of passages.
        """
        self._hits = tuple(hits)
        self._max_chars = max_chars
        self.sources = tuple(self._number())
        counted = Counter(stem for source in self.sources for stem in source.stems)
        self._weights = {stem: math.log(1 + len(self.sources) / count) for stem, count in counted.items()}

    def _number(self) -> list[Source]:
        taken: list[Hit] = []
        room = self._max_chars
        for hit in self._hits:
            room -= len(hit.passage.text)
            if taken and room < 0:
                break
            taken.append(hit)
        order = {hit.passage.article.id: place for place, hit in reversed(list(enumerate(taken)))}
        taken.sort(key=lambda hit: (order[hit.passage.article.id], hit.passage.start))
        sources: list[Source] = []
        for hit in taken:
            passage = hit.passage
            orders = find_orders(passage)
            for index, place in enumerate(passage.sentences):
                if index not in orders:
                    sources.append(Source.of(hit, place, number=len(sources) + 1))
        return sources

    def shrink(self) -> Material | None:
        """Return the same with fewer passages, for a model that can read less; None where one is left."""
        fewer = Material(self._hits, max_chars=int(min(self._max_chars, self._size()) * _SHRUNK))
        return fewer if len(fewer.sources) < len(self.sources) else None

    def _size(self) -> int:
        return sum(len(hit.passage.text) for hit in self._hits)

    def sheets(self) -> tuple[Sheet, ...]:
        """Lay the sentences out for an LLM, one sheet an article."""
        by_article: dict[str, list[Source]] = {}
        for source in self.sources:
            by_article.setdefault(source.hit.passage.article.id, []).append(source)
        return tuple(
            Sheet(
                heading=_guard(describe(own[0].hit.passage.article)),
                lines=tuple((source.number, _guard(source.text)) for source in own),
            )
            for own in by_article.values()
        )

    def of(self, articles: Container[str]) -> Material:
        """Return the sentences of some articles alone, by the articles' ids; numbers stay."""
        some = copy(self)
        some.sources = tuple(own for own in self.sources if own.hit.passage.article.id in articles)
        return some

    def pick(self, numbers: Sequence[int]) -> tuple[Source, ...]:
        """Return the sentences of these numbers; what is out of range is left out."""
        return tuple(
            self.sources[number - 1] for number in dict.fromkeys(numbers) if 1 <= number <= len(self.sources)
        )

    def nearest(self, claim: str, k: int) -> list[Source]:
        """Return the sentences that share most of a claim's words, weighted by rarity, best first."""
        wanted = frozenset(content_stems(claim))
        scored = [
            (self._weigh(source.stems & wanted), source)
            for source in self.sources
            if len(source.text.split()) >= _MIN_WORDS
        ]
        scored.sort(key=lambda pair: (-pair[0], pair[1].number))
        return [source for score, source in scored[:k] if score > 0]

    def _weigh(self, stems: frozenset[str]) -> float:
        return sum(self._weights.get(stem, 0.0) for stem in stems)


def _guard(text: str) -> str:
    shown = show_plainly(text).translate(_BRACKETS)
    return _OUR_NUMBER.sub(r"(\1)", shown)
