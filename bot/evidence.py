"""Where passages speak to a claim: windows of one to three sentences that hold most of its weighty words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.contrast import differ
from bot.reading import Reading, Token
from index.lexicon import Lexicon

# Sentences of one window: a name in one sentence and "he" in the next make one statement.
_WINDOW = 3
# What each further sentence of a window must bring.
_LENGTH_COST = 0.02
# Windows that a claim may rest on together, and what each further one must bring.
_MAX_WINDOWS = 4
_LEAST_GAIN = 0.04
# Cosine of two words' vectors from which one may stand for the other, and what that counts for: "killed" and
# "murdered" have .69, "fled" and "escaped" .50, "attack" and "bridge" .11.
_NEAR = 0.48
_NEAR_COUNTS = 0.8
# Windows that are read together for whether a claim follows from them.
_READ = 2
# Characters that a small model surely reads whole, of what a claim is held against.
_MOST_READ = 800
# Words of passages that are compared by meaning at most; above it, of long web pages, by letters alone.
_MOST_WORDS = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A content word of a claim.

    Attributes:
        at: its number among the claim's tokens.
        weight: how rare it is, 0.1 to 1.
        near: stems that may stand for it, with what they count for, below 1.
    """

    at: int
    stem: str
    weight: float
    near: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Consecutive sentences of a passage: tokens ``first`` to before ``last``.

    Attributes:
        held: for each term of the claim, how far it stands here, 0 to 1.
        coverage: share of the claim's weight that stands here.
    """

    passage: int
    first: int
    last: int
    start: int
    end: int
    sentences: int
    held: tuple[float, ...]
    coverage: float


def find_terms(claim: Sequence[Token], passages: Sequence[Reading], lexicon: Lexicon) -> tuple[Term, ...]:
    """Weigh the content words of a claim, and find other words of the passages that may stand for them."""
    content = [(at, token) for at, token in enumerate(claim) if token.content]
    known = {token.stem for passage in passages for token in passage.tokens}
    # Names and numbers have no synonyms: another one is another one.
    open_words = [
        token.word for _, token in content
        if token.stem not in known and not token.is_number and (not token.capital or token.opens)
    ]  # fmt: skip
    near = _near_stems(open_words, passages, lexicon) if open_words else {}
    return tuple(
        Term(at=at, stem=token.stem, weight=weigh(token, lexicon), near=near.get(token.word, {}))
        for at, token in content
    )


def weigh(token: Token, lexicon: Lexicon) -> float:
    """Return how much a word counts: its rarity, and for names and numbers at least a half."""
    rarity = lexicon.rarity(token.word)
    return max(rarity, 0.5) if token.is_number or (token.capital and not token.opens) else rarity


def _near_stems(
    words: Sequence[str], passages: Sequence[Reading], lexicon: Lexicon
) -> dict[str, dict[str, float]]:
    if sum(len(passage.words) for passage in passages) > _MOST_WORDS:
        return {}
    stems = {
        token.word: token.stem
        for token in chain.from_iterable(passage.tokens for passage in passages)
        if token.content and not token.is_number and (not token.capital or token.opens)
    }
    found = lexicon.near(words, stems.keys(), floor=_NEAR)
    return {
        word: {
            stems[other]: _NEAR_COUNTS * cosine for other, cosine in near.items() if not differ(word, other)
        }
        for word, near in zip(words, found, strict=True)
    }


def find_windows(terms: Sequence[Term], passages: Sequence[Reading]) -> tuple[Window, ...]:
    """Find the windows that a claim may rest on, the best first.

    The first covers most of the claim's weight; each further one adds most to what is not yet covered.
    """
    total = sum(term.weight for term in terms)
    if not total:
        return ()
    candidates = [
        window
        for index, passage in enumerate(passages)
        for window in _windows_of(index, passage, terms, total)
    ]
    chosen: list[Window] = []
    held = [0.0] * len(terms)
    while candidates and len(chosen) < _MAX_WINDOWS:
        best = max(
            candidates, key=lambda window: (_gain(window, held, terms, total), -window.passage, -window.start)
        )
        if _gain(best, held, terms, total) < (_LEAST_GAIN if chosen else 0.0):
            break
        chosen.append(best)
        held = [max(a, b) for a, b in zip(held, best.held, strict=True)]
        # Windows that overlap a chosen one would show the same words again.
        candidates = [
            w for w in candidates if w.passage != best.passage or w.end <= best.start or w.start >= best.end
        ]
    return tuple(chosen)


def join_best(windows: Sequence[Window], passages: Sequence[Reading]) -> str:
    """Return the text of the best two windows, in the order of the passages; empty where there are none.

    The second is left out where the two are more than the small model reads.
    """
    fitting = _READ if sum(window.end - window.start for window in windows[:_READ]) <= _MOST_READ else 1
    best = sorted(windows[:fitting], key=lambda window: (window.passage, window.start))
    return " ".join(passages[window.passage].text[window.start : window.end] for window in best)


def _gain(window: Window, held: Iterable[float], terms: Sequence[Term], total: float) -> float:
    gain = sum(
        term.weight * (here - before)
        for term, here, before in zip(terms, window.held, held, strict=True)
        if here > before
    )
    return gain / total - _LENGTH_COST * window.sentences


def _windows_of(index: int, passage: Reading, terms: Sequence[Term], total: float) -> Iterable[Window]:
    rows = _held_by_sentence(passage, terms)
    nothing = [0.0] * len(terms)
    for first in sorted(rows):
        held = nothing
        before = -1.0
        for last in range(first, min(first + _WINDOW, len(passage.sentences))):
            row = rows.get(last)
            if row is None:
                continue
            held = [a if a > b else b for a, b in zip(held, row, strict=True)]
            coverage = sum(term.weight * here for term, here in zip(terms, held, strict=True)) / total
            if coverage < before + _LENGTH_COST:
                continue  # a further sentence that adds nothing only blurs the place
            before = coverage
            yield Window(
                passage=index, first=passage.bounds[first].start, last=passage.bounds[last].end,
                start=passage.sentences[first].start, end=passage.sentences[last].end,
                sentences=last - first + 1, held=tuple(held), coverage=coverage,
            )  # fmt: skip


def _held_by_sentence(passage: Reading, terms: Sequence[Term]) -> dict[int, list[float]]:
    """For each sentence that holds a term, how far it holds each of them."""
    rows: dict[int, list[float]] = {}
    for number, term in enumerate(terms):
        for stem, credit in ((term.stem, 1.0), *term.near.items()):
            for sentence in passage.sentences_of.get(stem, ()):
                row = rows.setdefault(sentence, [0.0] * len(terms))
                row[number] = max(row[number], credit)
    return rows
