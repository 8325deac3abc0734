"""Who a quote's "He" or "The group" is, or whose words it holds, as the article names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.antecedent import find_antecedent
from bot.speaker import find_speaker
from index.lookup import CatalogReader
from index.model import Hit, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A name and the sentence it is taken from, which stands in the same article."""

    name: str
    hit: Hit
    place: Span


class Placed(Protocol):
    """A sentence in a passage that was found."""

    @property
    def hit(self) -> Hit: ...

    @property
    def place(self) -> Span: ...


def find_lead(candidate: Placed, reader: CatalogReader) -> Lead | None:
    """Find who is meant at the beginning of a quote; None where nothing is open or nothing is sure."""
    with reader.snapshot() as view:
        sentences = view.sentences_of_article(candidate.hit.passage.id)
        if candidate.place not in sentences:
            return None
        index = sentences.index(candidate.place)
        text = view.text_of(candidate.hit.passage.article.file) or ""
        name = find_antecedent(text, sentences, index) or find_speaker(text, sentences, index)
        if name is None:
            return None
        place = next((span for span in sentences if span.start <= name.start and name.end <= span.end), None)
        if place is None or place == candidate.place:
            return None
        passage = view.passage_at(candidate.hit.passage.id, place)
    hit = Hit(rank=candidate.hit.rank, passage=passage, score=candidate.hit.score, cosine=None)
    return Lead(name=name.text, hit=hit, place=place)
