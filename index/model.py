"""Values of the index: articles, passages, hits. They hold facts and small arithmetic over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Span(NamedTuple):
    """A range of characters, ``text[start:end]``; the end is exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """What is known about an article.

    Attributes:
        id: 16 hexadecimal digits, from the file's path and the article's place in it.
        file: path below the corpus folder, with ``/``.
        title: as the article says; else its first line or the file's name.
        published: the date it was published; None where the article does not say.
    """

    id: str
    file: str
    title: str
    publisher: str | None = None
    authors: tuple[str, ...] = ()
    url: str | None = None
    published: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article and the range of its file's text that it takes up.

    The range holds what may be quoted: front matter stands outside it.
    """

    ref: ArticleRef
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as the index sees it.

    Attributes:
        file: path below the corpus folder, with ``/``.
        text: for text files the whole file as decoded, newlines and byte order mark kept; for
            other formats the extracted text.
        articles: in order, not overlapping; one for most formats, many for JSON Lines.
        digest: SHA-256 (hexadecimal) of the file's bytes and of what ``metadata.jsonl`` says of it.
        lost: what of the file is not indexed, as a line that is no article, one line each.
        notes: remarks on what is, such as the encoding that was detected, one line each.
    """

    file: str
    text: str
    articles: tuple[Article, ...]
    digest: str
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file that is not indexed, and why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    r"""Whole sentences that stand together in one article.

    ``file_text[start:end] == text``; sentences are spans of the file's text, inside the passage.
    Lines count from 1, by ``\\n`` alone.
    """

    id: str
    article: ArticleRef
    text: str
    start: int
    end: int
    line_start: int
    line_end: int
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found for a query.

    Attributes:
        rank: from 1.
        score: fused score, higher first.
        cosine: of query and passage, -1 to 1; None while the passage has no vector yet.
        copies: other articles that carry nearly the same passage (wire copy).
        found_by: rank in each list that found it, by the list's name.
    """

    rank: int
    passage: Passage
    score: float
    cosine: float | None
    copies: tuple[ArticleRef, ...] = ()
    found_by: tuple[tuple[str, int], ...] = ()
