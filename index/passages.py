"""Passages: whole sentences packed until the embedding model can read no more."""

from __future__ import annotations

import bisect
import hashlib
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.model import Article, Document, Passage, Span
from index.sentences import SPLITTER, split_sentences

# Word pieces. MiniLM reads 256: two are its own marks, and up to 32 go to the title in front.
MAX_TOKENS = 220
MIN_TOKENS = 120
TITLE_TOKENS = 32

PASSAGES = f"{SPLITTER}/{MIN_TOKENS}-{MAX_TOKENS}"

_NEWLINE = re.compile("\n")

CountTokens = Callable[[Sequence[str]], Sequence[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A sentence, its length in word pieces, and whether a paragraph begins with it."""

    span: Span
    tokens: int
    opens_paragraph: bool


def document_id(file: str) -> str:
    """Return 16 hexadecimal digits that stand for a path, however its letters are composed."""
    return hashlib.sha256(unicodedata.normalize("NFC", file).encode()).hexdigest()[:16]


def revision_id(document: Document, recipe: str) -> str:
    """Return 25 characters that stand for a path, its content and the recipe it was cut by.

    The path counts twice, the second time letter for letter: a file whose name is only composed
    otherwise than before is another file, and both are in the catalog for a moment.
    """
    revision = hashlib.sha256(f"{document.file}/{document.digest}/{recipe}".encode()).hexdigest()[:8]
    return f"{document_id(document.file)}:{revision}"


def split_document(
    document: Document, count_tokens: CountTokens, *, recipe: str, max_tokens: int = MAX_TOKENS
) -> tuple[Passage, ...]:
    """Cut a document into passages.

    Args:
        document: the text and the articles in it.
        count_tokens: number of word pieces of each text, without the model's own marks.
        recipe: names all that decides passages and vectors besides the document; part of every id.
        max_tokens: most word pieces in a passage; what the model reads, less marks and title.

    Returns:
        Passages in order, of whole sentences, never across two articles. A sentence longer than
        ``max_tokens`` is cut at white space. A document of blanks gives no passages.
    """
    text = document.text
    newlines = [match.start() for match in _NEWLINE.finditer(text)]
    prefix = revision_id(document, recipe)
    passages: list[Passage] = []
    for article in document.articles:
        pieces = _measure(text, article, count_tokens, max_tokens)
        for group in _pack(pieces, max_tokens):
            start, end = group[0].span.start, group[-1].span.end
            passages.append(
                Passage(
                    id=f"{prefix}:{start}-{end}",
                    article=article.ref,
                    text=text[start:end],
                    start=start,
                    end=end,
                    line_start=bisect.bisect_left(newlines, start) + 1,
                    line_end=bisect.bisect_left(newlines, end - 1) + 1,
                    sentences=tuple(piece.span for piece in group),
                )
            )
    return tuple(passages)


def _measure(text: str, article: Article, count_tokens: CountTokens, max_tokens: int) -> list[_Piece]:
    spans = split_sentences(text, *article.span)
    counts = count_tokens([text[span.start : span.end] for span in spans])
    pieces: list[_Piece] = []
    previous_end = article.span.start
    for span, tokens in zip(spans, counts, strict=True):
        opens = "\n" in text[previous_end : span.start]
        previous_end = span.end
        if tokens <= max_tokens:
            pieces.append(_Piece(span=span, tokens=tokens, opens_paragraph=opens))
        else:
            pieces.extend(_cut_long(text, span, count_tokens, max_tokens, opens))
    return pieces


def _cut_long(text: str, span: Span, count_tokens: CountTokens, max_tokens: int, opens: bool) -> list[_Piece]:
    """Cut a sentence the model cannot read whole, at white space, or anywhere if there is none."""
    words: list[Span] = []
    start = span.start
    while start < span.end:
        while start < span.end and text[start].isspace():
            start += 1
        end = start
        # A character is at most one word piece with most tokenizers; bytes at most four.
        while end < span.end and not text[end].isspace() and end - start < max_tokens // 4:
            end += 1
        if end > start:
            words.append(Span(start, end))
        start = end
    counts = count_tokens([text[word.start : word.end] for word in words])
    pieces: list[_Piece] = []
    first, total = 0, 0
    for index, tokens in enumerate(counts):
        if total and total + tokens > max_tokens:
            pieces.append(
                _Piece(
                    span=Span(words[first].start, words[index - 1].end),
                    tokens=total,
                    opens_paragraph=opens and not pieces,
                )
            )
            first, total = index, 0
        total += tokens
    pieces.append(
        _Piece(
            span=Span(words[first].start, words[-1].end),
            tokens=total,
            opens_paragraph=opens and not pieces,
        )
    )
    return pieces


def _pack(pieces: Sequence[_Piece], max_tokens: int) -> list[list[_Piece]]:
    """Group sentences greedily, so that an edit moves no passage before it.

    A group is closed when the next sentence does not fit, and at the end of a paragraph when it is
    long enough and the next paragraph's first sentence would fill it to the brim.
    """
    enough = min(MIN_TOKENS, max_tokens // 2)
    groups: list[list[_Piece]] = []
    group: list[_Piece] = []
    total = 0
    for piece in pieces:
        full = total + piece.tokens > max_tokens
        brim = piece.opens_paragraph and total >= enough and total + piece.tokens > max_tokens * 0.9
        if group and (full or brim):
            groups.append(group)
            group, total = [], 0
        group.append(piece)
        total += piece.tokens
    if group:
        groups.append(group)
    if len(groups) > 1 and sum(piece.tokens for piece in groups[-1]) < enough:
        groups[-2:] = _balance(groups[-2] + groups[-1], max_tokens)
    return groups


def _balance(pieces: list[_Piece], max_tokens: int) -> list[list[_Piece]]:
    """Split the tail of an article in two halves as even as whole sentences allow."""
    total = sum(piece.tokens for piece in pieces)
    best, best_gap = 1, total
    head = 0
    for index in range(1, len(pieces)):
        head += pieces[index - 1].tokens
        gap = abs(total - 2 * head)
        if max(head, total - head) <= max_tokens and gap < best_gap:
            best, best_gap = index, gap
    return [pieces[:best], pieces[best:]]
