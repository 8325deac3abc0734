"""The claims of an answer, put to a judge: against what was read, and against what is cited.

Both verdicts are kept as they come. A judge that cannot read a claim, or that fails, is counted apart: neither a
yes nor a no is made up for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.model import Answer, Citation, Judge, Label, Sentence, Verdict
from index.errors import DatelineError

# What a judge said nothing on, since it failed; beside the four labels of a verdict.
FAILED = "failed"
_UNDETERMINED = frozenset({Label.UNREADABLE.value, FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a judge said, or why it said nothing.

    Attributes:
        label: one of ``bot.model.Label``, or ``failed``.
        score: probability, 0 to 1, of support; None where nothing was determined.
        reason: in words.
    """

    label: str
    score: float | None
    reason: str

    @property
    def supported(self) -> bool | None:
        """Whether the claim is supported; None where that was not determined."""
        return None if self.label in _UNDETERMINED else self.label == Label.SUPPORTED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedClaim:
    """One claim of an answer with its rulings.

    Attributes:
        sentence: index of the sentence it stands in.
        text: what was put to the judge.
        citations: numbers of what it is cited to; empty where nothing is.
        read: against all passages that the answer was made from.
        cited: against its citations taken together; None where it has none.
        irrelevant: the citations that alone do not support it and without which the others still do;
            None where that was not determined.
    """

    sentence: int
    text: str
    citations: tuple[int, ...]
    read: Ruling
    cited: Ruling | None
    irrelevant: tuple[int, ...] | None

    def to_json(self) -> dict[str, Any]:
        """Lay the claim out for a run file."""
        return {
            "sentence": self.sentence,
            "text": self.text,
            "citations": list(self.citations),
            "read": _ruling_to_json(self.read),
            "cited": None if self.cited is None else _ruling_to_json(self.cited),
            "irrelevant": None if self.irrelevant is None else list(self.irrelevant),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> JudgedClaim:
        """Read what ``to_json`` wrote."""
        return cls(
            sentence=value["sentence"],
            text=value["text"],
            citations=tuple(value["citations"]),
            read=Ruling(**value["read"]),
            cited=None if value["cited"] is None else Ruling(**value["cited"]),
            irrelevant=None if value["irrelevant"] is None else tuple(value["irrelevant"]),
        )


def _ruling_to_json(ruling: Ruling) -> dict[str, Any]:
    return {"label": ruling.label, "score": ruling.score, "reason": ruling.reason}


def judge_answer(
    answer: Answer,
    judge: Judge,
    report_bug: Callable[[Exception], str],
    *,
    inexact: Collection[int] = (),
) -> tuple[JudgedClaim, ...]:
    """Put every claim of an answer to a judge.

    Args:
        report_bug: keeps a record of an exception that is no ``DatelineError``, and says so in one line.
        inexact: numbers of the citations whose quote does not stand in its file; what was made up was not read.

    Returns:
        In the order of the answer; none for an abstention, which is neither faithful nor unfaithful.
    """
    cited = {citation.number: citation for citation in answer.citations}
    read = [(hit.passage.text, hit.passage.article.published) for hit in answer.hits]
    # Who a "He" is may stand in a passage of the article that was not found, but looked up.
    read += [
        (citation.quote, citation.article.published)
        for citation in answer.citations
        if citation.number not in inexact and not any(citation.quote in text for text, _ in read)
    ]
    passages, days = [text for text, _ in read], [day for _, day in read]
    court = Court(judge=judge, report_bug=report_bug)
    return tuple(
        _judge_claim(court, index, text, [cited[n] for n in numbers if n in cited], passages, days)
        for index, sentence in enumerate(answer.sentences)
        for text, numbers in claims_of(sentence, cited)
    )


def claims_of(sentence: Sentence, cited: Mapping[int, Citation]) -> list[tuple[str, tuple[int, ...]]]:
    """Take a sentence apart into claims, each with the citations that are to prove it.

    A sentence that was put together ("one says 3 [1]; another 4 [2]") claims each of its parts. Where a quote has
    a name put before it, for its "He", the name is a claim of its own, with the citation that gives it.
    """
    if sentence.parts:
        return [(sentence.text[part.start : part.end], part.citations) for part in sentence.parts]
    mark = f"[{sentence.lead}] "
    if not sentence.lead or not sentence.text.startswith(mark):
        return [(sentence.text, sentence.citations)]
    text = sentence.text.removeprefix(mark)
    named = _find_naming(sentence, text, cited)
    rest = tuple(number for number in sentence.citations if number not in named)
    return [(sentence.lead, named), (text, rest)] if named and rest else [(text, sentence.citations)]


def _find_naming(sentence: Sentence, text: str, cited: Mapping[int, Citation]) -> tuple[int, ...]:
    """Find the citations that are there for the name: of the quote's own article, and not the quote."""
    own = [cited[number] for number in sentence.citations if number in cited]
    home = next((citation.article.id for citation in own if " ".join(citation.quote.split()) == text), None)
    return tuple(
        citation.number
        for citation in own
        if citation.article.id == home
        and (sentence.lead or "") in citation.quote
        and " ".join(citation.quote.split()) != text
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Court:
    """A judge whose failures are rulings."""

    judge: Judge
    report_bug: Callable[[Exception], str]

    def rule(self, claim: str, passages: Sequence[str], published: Sequence[date | None]) -> Ruling:
        try:
            verdict: Verdict = self.judge.judge(claim, passages, published=published)
        except DatelineError as exc:
            return Ruling(label=FAILED, score=None, reason=f"{type(exc).__name__}: {exc}")
        except Exception as exc:  # a judge is a model, or somebody else's code; the answer is kept
            return Ruling(label=FAILED, score=None, reason=self.report_bug(exc))
        if verdict.label is Label.UNREADABLE:
            return Ruling(label=verdict.label.value, score=None, reason=verdict.reason)
        return Ruling(label=verdict.label.value, score=float(verdict.score), reason=verdict.reason)

    def rule_on_quotes(self, claim: str, citations: Sequence[Citation]) -> Ruling:
        return self.rule(claim, [c.quote for c in citations], [c.article.published for c in citations])


def _judge_claim(
    court: Court,
    sentence: int,
    text: str,
    citations: Sequence[Citation],
    passages: Sequence[str],
    days: Sequence[date | None],
) -> JudgedClaim:
    together = court.rule_on_quotes(text, citations) if citations else None
    return JudgedClaim(
        sentence=sentence,
        text=text,
        citations=tuple(citation.number for citation in citations),
        read=court.rule(text, passages, days),
        cited=together,
        irrelevant=_find_irrelevant(court, text, citations, together),
    )


def _find_irrelevant(
    court: Court, text: str, citations: Sequence[Citation], together: Ruling | None
) -> tuple[int, ...] | None:
    """Find citations that a claim could do without (ALCE, Gao et al. 2023, section 4).

    Returns:
        None where the judge determined nothing on one of the questions that this takes.
    """
    if together is None or together.supported is not True or len(citations) < 2:
        return ()
    found = []
    for citation in citations:
        alone = court.rule_on_quotes(text, [citation]).supported
        if alone:
            continue
        others = court.rule_on_quotes(text, [other for other in citations if other is not citation]).supported
        if alone is None or others is None:
            return None
        if others:
            found.append(citation.number)
    return tuple(found)
