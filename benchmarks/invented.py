"""An archive nobody wrote: any number of articles, out of the words and the vectors of a real index.

It is nothing to read. What counts for speed and recall is kept: how often words occur, how long
passages are, how many names there are, and how near to one another vectors lie.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.articles import Metadata, article_id, digest_of
from index.codes import from_halves
from index.embed import Matrix
from index.model import Article, ArticleRef, Document, Passage, Span
from index.passages import revision_id
from index.snapshot import Snapshot

# Passages whose nearest neighbour is looked for, to see how far apart neighbours are.
_MEASURED = 2000
_WAYS = 4096
# Of the words of a passage, the share that comes from anywhere; the rest is its model's own.
_FOREIGN = 0.3
# Words that stay together: phrases are kept, and no run is as long as what makes two passages copies.
_RUN = (2, 5)
_SENTENCE = (11, 27)
_FILES_A_FOLDER = 1000
_FIRST_DAY, _LAST_DAY = date(2005, 1, 1).toordinal(), date(2024, 12, 31).toordinal()
_SYLLABLES = "ba dor el fin gha ha is jo kal lem mi nur ost pra qa ris sul tam ur vel wen xo yar zin".split()
# Streams of random numbers that never meet: article n is drawn from [seed, n].
_HELD_OUT = 1 << 40


class Drawn(NamedTuple):
    """Vectors drawn around real ones, unit rows of shape (n, dim), and how far each was moved."""

    vectors: Matrix
    moved: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Seedbed:
    """What articles are made from.

    Attributes:
        vectors: of real passages, unit rows of shape (passages, dim).
        tokens: the words of all passages one after the other, as places in ``vocabulary``.
        bounds: where each passage's words begin in ``tokens``, and the end of the last.
        articles: the first passage of each article, and the end of the last.
        titles: the words of each article's title.
        steps: how far to move from a real vector, so that two drawn around one lie as far apart as a
            real passage and the nearest one of another article.
        spread: shape (dim, dim); a row of normal numbers times this points where such neighbours lie.
        ways: unit rows that were drawn so, shape (n, dim).
    """

    vectors: Matrix
    tokens: NDArray[np.int32]
    bounds: NDArray[np.int64]
    articles: NDArray[np.int64]
    vocabulary: tuple[str, ...]
    titles: tuple[tuple[str, ...], ...]
    steps: Matrix
    spread: Matrix
    ways: Matrix

    def draw(self, rng: np.random.Generator, rows: NDArray[np.int64]) -> Drawn:
        """Draw a vector around each of these rows of ``vectors``."""
        return self._move(rng, self.vectors[rows], rng.choice(self.steps, len(rows)))

    def draw_beside(self, rng: np.random.Generator, drawn: Drawn, counts: Sequence[int]) -> list[Matrix]:
        """Draw, around each drawn vector, as many as counted: those of its sentences."""
        rows = np.repeat(np.arange(len(counts)), counts)
        # Drawn from some that were drawn before: there are eight times as many sentences as passages.
        ways = self.ways[rng.integers(len(self.ways), size=len(rows))]
        moved = _unit(drawn.vectors[rows] + ways * drawn.moved[rows][:, np.newaxis])
        return np.split(moved, np.cumsum(counts)[:-1])

    def _move(self, rng: np.random.Generator, vectors: Matrix, steps: Matrix) -> Drawn:
        ways = _unit(rng.standard_normal(vectors.shape, dtype=np.float32) @ self.spread)
        return Drawn(_unit(vectors + ways * steps[:, np.newaxis]), steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invention:
    """An article as its file holds it, its passages, and the vectors of both."""

    document: Document
    data: bytes
    passages: tuple[Passage, ...]
    vectors: Matrix
    sentences: tuple[Matrix, ...]


def read_seedbed(view: Snapshot, *, seed: int = 0) -> Seedbed:
    """Take words and vectors from what is live in an index.

    Raises:
        ValueError: it holds fewer than two articles, so that no passage has a neighbour in another.
    """
    stored = list(view.all_vectors())
    vectors = from_halves([raw for _, raw in stored])
    found = view.rows_of_items([item for item, _ in stored])
    rows = [found[item] for item, _ in stored]
    owners = np.array([row.article for row in rows])
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    if len(first) < 2:
        raise ValueError(f"{len(first)} articles are too few to draw from")
    words: dict[str, int] = {}
    tokens: list[int] = []
    bounds = [0]
    titles: list[tuple[str, ...]] = []
    for start, stop in zip(first, (*first[1:], len(rows)), strict=True):
        own = [row.row for row in rows[start:stop]]
        passages = view.passages(own)
        titles.append(tuple(_plain(passages[own[0]].article.title)) or ("Untitled",))
        for row in own:
            tokens += [words.setdefault(word, len(words)) for word in _plain(passages[row].text)]
            bounds.append(len(tokens))
    rng = np.random.default_rng(seed)
    steps, spread = _measure_neighbours(vectors, owners, rng)
    return Seedbed(
        vectors=vectors,
        tokens=np.array(tokens, dtype=np.int32),
        bounds=np.array(bounds),
        articles=np.append(first, len(rows)),
        vocabulary=tuple(words),
        titles=tuple(titles),
        steps=steps,
        spread=spread,
        ways=_unit(rng.standard_normal((_WAYS, vectors.shape[1]), dtype=np.float32) @ spread),
    )


def _plain(text: str) -> list[str]:
    """Return the words of a text without the marks that would end a sentence or a title."""
    return [word for word in (part.strip(".!?;:\"'()[]“”‘’") for part in text.split()) if word]


def _measure_neighbours(
    vectors: Matrix, owners: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Matrix, Matrix]:
    """Return ``steps`` and ``spread`` of a Seedbed."""
    some = rng.permutation(len(vectors))[:_MEASURED]
    ways = []
    for part in np.array_split(some, max(1, len(some) // 250)):
        cosines = vectors[part] @ vectors.T
        cosines[owners[part][:, np.newaxis] == owners[np.newaxis]] = -1.0
        ways.append(vectors[cosines.argmax(axis=1)] - vectors[part])
    way = np.concatenate(ways)
    length = np.linalg.norm(way, axis=1)
    unit = way / np.maximum(length, 1e-12)[:, np.newaxis]
    values, axes = np.linalg.eigh(unit.T @ unit / len(unit))
    spread = np.sqrt(np.maximum(values, 0.0))[:, np.newaxis] * axes.T
    # Both of two that are drawn around one move, each its own way.
    return (np.sort(length) / np.sqrt(2.0)).astype(np.float32), spread.astype(np.float32)


def invent(bed: Seedbed, number: int, *, recipe: str, seed: int = 0) -> Invention:
    """Make up article ``number``: always the same for one seedbed, seed and number.

    Args:
        recipe: of the index that it is for; part of the passages' ids.
    """
    rng = np.random.default_rng([seed, number])
    model = int(rng.integers(len(bed.titles)))
    rows = np.arange(bed.articles[model], bed.articles[model + 1])
    name = "".join(rng.choice(_SYLLABLES, 3)).capitalize()
    other = bed.titles[int(rng.integers(len(bed.titles)))]
    title = " ".join([name, *bed.titles[model][:4], *other[:3]])
    published = date.fromordinal(int(rng.integers(_FIRST_DAY, _LAST_DAY)))
    file = f"{number // _FILES_A_FOLDER:04d}/{number:07d}.md"
    parts = [f"---\ntitle: {json.dumps(title, ensure_ascii=False)}\npublished: {published}\n---\n"]
    at, line = len(parts[0]), parts[0].count("\n") + 1
    front = at
    placed: list[tuple[str, int, int, tuple[Span, ...]]] = []
    for words in _mix(bed, rng, rows):
        sentences = list(_cut([name, *words], rng))
        at, line = at + 1, line + 1
        spans, start = [], at
        for sentence in sentences:
            spans.append(Span(start, start + len(sentence)))
            start += len(sentence) + 1
        text = " ".join(sentences)
        placed.append((text, at, line, tuple(spans)))
        parts.append(f"\n{text}\n")
        at, line = at + len(text) + 1, line + 1
    whole = "".join(parts)
    data = whole.encode()
    ref = ArticleRef(id=article_id(file), file=file, title=title, published=published)
    document = Document(
        file=file,
        text=whole,
        articles=(Article(ref=ref, span=Span(front, len(whole))),),
        digest=digest_of(data, file, Metadata()),
    )
    prefix = revision_id(document, recipe)
    passages = tuple(
        Passage(
            id=f"{prefix}:{start}-{start + len(text)}",
            article=ref,
            text=text,
            start=start,
            end=start + len(text),
            line_start=line,
            line_end=line,
            sentences=spans,
        )
        for text, start, line, spans in placed
    )
    drawn = bed.draw(rng, rows)
    beside = bed.draw_beside(rng, drawn, [len(passage.sentences) for passage in passages])
    return Invention(
        document=document, data=data, passages=passages, vectors=drawn.vectors, sentences=tuple(beside)
    )


def hold_out(bed: Seedbed, count: int, *, seed: int = 0) -> Matrix:
    """Draw vectors as those of invented passages are drawn, which no article has."""
    rng = np.random.default_rng([seed, _HELD_OUT])
    return bed.draw(rng, rng.integers(len(bed.vectors), size=count)).vectors


def _mix(bed: Seedbed, rng: np.random.Generator, rows: NDArray[np.int64]) -> Iterator[list[str]]:
    """Yield for each passage as many words as it has, in runs from itself and from anywhere."""
    for row in rows:
        start, stop = bed.bounds[row], bed.bounds[row + 1]
        size = max(int(stop - start), _SENTENCE[0])
        lengths = rng.integers(*_RUN, size=size // _RUN[0] + 1)
        lengths = lengths[: int(np.searchsorted(np.cumsum(lengths), size)) + 1]
        anywhere = rng.random(len(lengths)) < _FOREIGN
        begins = np.where(
            anywhere,
            rng.integers(len(bed.tokens), size=len(lengths)),
            start + rng.integers(max(stop - start, 1), size=len(lengths)),
        )
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = np.minimum(np.repeat(begins, lengths) + within, len(bed.tokens) - 1)
        yield [bed.vocabulary[token] for token in bed.tokens[places].tolist()]


def _cut(words: Sequence[str], rng: np.random.Generator) -> Iterator[str]:
    start = 0
    while start < len(words):
        stop = start + int(rng.integers(*_SENTENCE))
        # What would be left is too short to stand alone.
        stop = len(words) if len(words) - stop < _SENTENCE[0] else stop
        text = " ".join(words[start:stop])
        yield f"{text[0].upper()}{text[1:]}."
        start = stop


def _unit(rows: Matrix) -> Matrix:
    result: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return result
