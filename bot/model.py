"""Values of an answer: sentences, citations, verdicts, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from bot.told_days import ToldDay
from index.model import ArticleRef, Hit, Skipped


class Status(StrEnum):
    """Whether the articles answer the question."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"


class Label(StrEnum):
    """What a check says of a sentence and its cited passages."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_MENTIONED = "not_mentioned"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a passage speaks to a claim: ``passages[passage][start:end]``."""

    passage: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge says of one claim.

    Attributes:
        score: probability, 0 to 1, that the passages support the whole claim; never NaN.
        evidence: what the label rests on, best first; empty where nothing was found.
        reason: in words, why; names the slot that failed.
    """

    label: Label
    score: float
    evidence: tuple[Evidence, ...]
    reason: str


class Judge(Protocol):
    """Says whether passages support a claim."""

    @property
    def name(self) -> str:
        """What the judge is, as told in ``engine.judge``."""
        ...

    def judge(self, claim: str, passages: Sequence[str], *, published: Sequence[date | None] = ()) -> Verdict:
        """Judge a claim of one or more sentences; it is as good as its weakest.

        Args:
            claim: without citation marks.
            passages: in the caller's order; may be empty.
            published: the day of each passage's article, by which "yesterday" is read; empty for none.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An earlier question of a conversation and the text of its answer, without citation marks."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A verbatim quote and its exact place.

    Attributes:
        number: as printed, from 1.
        quote: ``text_of(article.file)[start:end]``, to the letter.
        changed: the file on disk is no longer what was indexed.
        days: which days "Tuesday" or "yesterday" in the quote are, told from the article's date.
        copies: other articles that carry the same passage, counted as one source.
    """

    number: int
    article: ArticleRef
    quote: str
    start: int
    end: int
    line_start: int
    line_end: int
    changed: bool = False
    days: tuple[ToldDay, ...] = ()
    copies: tuple[ArticleRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch ``text[start:end]`` of a sentence of ours that stands in the quotes of its citations.

    Word for word, but for a capital at its beginning and for white space.
    """

    start: int
    end: int
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an answer.

    Attributes:
        text: what is shown, without citation marks.
        citations: numbers of the citations it rests on, at least one.
        lead: who a "He" or "The group" at its beginning is, as the article names them; part of
            ``text``, in square brackets before the quote. None where nothing had to be added.
        score: probability that the citations support it, 0 to 1.
        parts: of a sentence that was put together ("one says 3 [1]; another 4 [2]") the stretches that are
            taken from quotes, in order, each with its own marks behind it. Empty for a quotation.
    """

    text: str
    citations: tuple[int, ...]
    verdict: Label
    score: float
    lead: str | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One side of a disagreement."""

    value: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Values for the same thing that cannot all be true."""

    about: str
    positions: tuple[Position, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """A sentence that was not shown, and why."""

    text: str
    reason: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What could change an answer: the parts that made it.

    Attributes:
        answerer: ``quote`` or ``llm``, by whom the sentences shown were made; ``llm+quote`` for both.
        llm: the model that was asked, as ``openai/gpt-4o``; None where none is set.
    """

    answerer: str
    embedder: str
    judge: str
    prompts: tuple[tuple[str, str], ...]
    index: str
    llm: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an LLM read and wrote for an answer, as its provider counts; repeated tries add up.

    Attributes:
        cost: in US dollars; None where the provider does not tell.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = None

    def __add__(self, other: Usage) -> Usage:
        told = [each.cost for each in (self, other) if each.cost is not None]
        return Usage(
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            cost=sum(told) if told else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds spent on each stage."""

    retrieve: float
    answer: float
    check: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer, its proof, and what it was made from.

    Attributes:
        reason: in words, why there is no answer; None when there is one.
        hits: the passages that were looked at, best first.
        asked_at: what "now" was taken to be; None when the caller gave none.
        asked: the question as it was read, where the turns before had to complete it; else None.
        notes: remarks for the reader, such as that the index is still filling.
        usage: tokens and cost of the LLM; None where none was asked, or its provider does not tell.
        confidence: probability, 0 to 1, that the best sentence found answers the question; from
            `Settings.min_confidence` on it is quoted. None where an answerer does not tell.
    """

    question: str
    status: Status
    reason: str | None
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    engine: EngineInfo
    timings: Timings
    asked_at: date | None = None
    asked: str | None = None
    disagreements: tuple[Disagreement, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    usage: Usage | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexStatus:
    """What the index holds and what is amiss.

    Attributes:
        vectors_pending: passages that are found by their words alone so far.
        embedder: what the settings ask for; ``found_embedder`` is what the index was built with.
        llm: the model that writes answers, as ``ollama/llama3.1``; empty for none.
        vectors_on: the server that holds the vectors, and whether it answers; empty where they are in the
            folder of the index.
        filling: vectors are still to come; ``syncing``: a process is at it.
        index_state: digest of what is live; empty where there is no index.
        skipped: an entry a remark; ``in_part`` is how many files in it are used but for what these name.
        read_only: the index may not be written.
        trouble: of the mends, the first of those without which the articles cannot be indexed or asked as
            they should be; "" for none.
        size_bytes: what the index takes up on disk, here and on the server that holds the catalog.
        catalog: the server's address, without a password; "" where the catalog lies in the index folder.
        mends: one line for each trouble, naming the mend.
    """

    files: int = 0
    articles: int = 0
    passages: int = 0
    vectors_pending: int = 0
    articles_pending: int = 0
    embedder: str
    found_embedder: str = ""
    reranker: str
    llm: str = ""
    vectors_on: str = ""
    skipped: tuple[Skipped, ...] = ()
    in_part: int = 0
    read_only: bool = False
    trouble: str = ""
    filling: bool = False
    syncing: bool
    index_state: str = ""
    size_bytes: int = 0
    catalog: str = ""
    mends: tuple[str, ...]
