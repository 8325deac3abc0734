"""The answer by an LLM: it writes, and what the articles do not prove is not shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from bot.cite import Citer
from bot.draft import Draft, OnSentence
from bot.llm import LLM
from bot.material import Material
from bot.model import Answer, Citation, EngineInfo, Judge, Status, Timings, Usage
from bot.patience import Patience
from bot.question import small_talk
from bot.quote import QuoteAnswerer
from index.lookup import CatalogReader
from index.model import Hit

# Where fewer of a model's sentences hold than this, it has lost the thread: what holds may be true and
# yet beside the question. It is shown, having been proved, and the quotes that answer are added.
_HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingAnswerer:
    """Answers by an LLM, sentence by checked sentence; by quoting where the LLM fails.

    Attributes:
        quoter: answers where the LLM cannot, or says nothing that holds.
        timeout_s: for the LLM, all tries together.
    """

    llm: LLM
    judge: Judge
    quoter: QuoteAnswerer
    reader: CatalogReader
    corpus: Path
    timeout_s: float

    def answer(
        self,
        text: str,
        hits: Sequence[Hit],
        *,
        asked_at: date | None = None,
        on_sentence: OnSentence | None = None,
    ) -> Answer:
        """Have the LLM answer from the passages found, or quote.

        Args:
            on_sentence: called with each sentence as soon as it has been checked. What was handed out
                stands in the answer, in this order, with the same numbers.

        Raises:
            StoreError: the index is damaged.
            EmbeddingError: the model cannot be loaded or run.
        """
        material = Material(hits)
        if small_talk(text) is not None or not material.sources:
            return self.quoter.answer(text, hits, asked_at=asked_at, on_sentence=on_sentence)
        started = time.perf_counter()
        citer = Citer(self.reader, self.corpus)
        draft = Draft(
            llm=self.llm, judge=self.judge, reader=self.reader, citer=citer, on_sentence=on_sentence
        )
        draft.write(text, material, Patience(self.timeout_s))
        spent = (time.perf_counter() - started) * 1000
        if draft.sentences:
            answer = self._written(text, hits, asked_at, draft, citer)
            little_holds = len(draft.sentences) < _HALF * (len(draft.sentences) + draft.unproved)
            answer = self._add_quotes(answer, on_sentence, little_holds=little_holds)
        else:
            answer = self.quoter.answer(text, hits, asked_at=asked_at, on_sentence=on_sentence)
        engine = replace(answer.engine, llm=self.llm.name, prompts=((draft.prompt.name, draft.prompt.hash),))
        return replace(
            answer,
            engine=engine,
            dropped=tuple(draft.dropped),
            notes=(*answer.notes, *self._remarks(draft, answer)),
            usage=draft.usage if draft.usage != Usage() else None,
            timings=_add(answer.timings, answer=spent - draft.checking_ms, check=draft.checking_ms),
        )

    def _written(
        self, text: str, hits: Sequence[Hit], asked_at: date | None, draft: Draft, citer: Citer
    ) -> Answer:
        return Answer(
            question=text,
            status=Status.ANSWERED,
            reason=None,
            sentences=tuple(draft.sentences),
            citations=citer.citations,
            hits=tuple(hits),
            engine=EngineInfo(
                answerer="llm",
                embedder=self.quoter.embedder,
                judge=self.judge.name,
                prompts=(),
                index=self.quoter.searcher.digest(),
            ),
            timings=Timings(retrieve=0.0, answer=0.0, check=0.0, total=0.0),
            asked_at=asked_at,
            notes=self.quoter.searcher.notes(hits),
        )

    def _add_quotes(self, answer: Answer, on_sentence: OnSentence | None, *, little_holds: bool) -> Answer:
        """Append what the LLM left out: that articles differ; where little holds, the quotes that answer."""
        quoted = self.quoter.answer(answer.question, answer.hits, asked_at=answer.asked_at)
        own = {citation.number: citation for citation in quoted.citations}
        citations = list(answer.citations)
        known = {_place(citation): citation.number for citation in citations}

        def renumber(numbers: Sequence[int]) -> tuple[int, ...]:
            for number in numbers:
                place = _place(own[number])
                if place not in known:
                    known[place] = len(citations) + 1
                    citations.append(replace(own[number], number=known[place]))
            return tuple(dict.fromkeys(known[_place(own[number])] for number in numbers))

        sentences = list(answer.sentences)
        for sentence in quoted.sentences:
            is_new = sentence.parts or _place(own[sentence.citations[0]]) not in known
            if not is_new or not (sentence.parts or little_holds):
                continue
            sentences.append(
                replace(
                    sentence,
                    citations=renumber(sentence.citations),
                    parts=tuple(replace(part, citations=renumber(part.citations)) for part in sentence.parts),
                )
            )
            if on_sentence is not None:
                on_sentence(sentences[-1])
        disagreements = tuple(
            replace(
                item,
                positions=tuple(
                    replace(position, citations=renumber(position.citations)) for position in item.positions
                ),
            )
            for item in quoted.disagreements
        )
        added = len(sentences) > len(answer.sentences)
        return replace(
            answer,
            sentences=tuple(sentences),
            citations=tuple(citations),
            disagreements=disagreements,
            confidence=quoted.confidence,
            engine=replace(answer.engine, answerer="llm+quote") if added else answer.engine,
            timings=_add(answer.timings, answer=quoted.timings.answer, check=quoted.timings.check),
        )

    def _remarks(self, draft: Draft, answer: Answer) -> list[str]:
        """Say in a line or two what became of what the LLM wrote."""
        name = self.llm.name
        left_out = f"{draft.unproved} sentence{'' if draft.unproved == 1 else 's'}"
        quoted = answer.engine.answerer == "quote"
        instead = "; quoted instead" if answer.status is Status.ANSWERED else ""
        remarks = []
        if draft.failure is not None:
            remarks.append(f"{draft.failure}{instead if quoted else '; the answer may be incomplete'}")
        elif quoted and draft.unproved:
            remarks.append(f"no article proves what {name} wrote ({left_out} left out){instead}")
        elif quoted and answer.status is Status.ANSWERED:
            remarks.append(f"{name} found no answer{instead}")
        if draft.unproved and not quoted:
            more = "; quotes were added" if answer.engine.answerer == "llm+quote" else ""
            remarks.append(f"{left_out} by {name} left out, which no article proves{more}")
        return remarks


def _place(citation: Citation) -> tuple[str, int, int]:
    return (citation.article.file, citation.start, citation.end)


def _add(timings: Timings, *, answer: float, check: float) -> Timings:
    return replace(
        timings,
        answer=timings.answer + answer,
        check=timings.check + check,
        total=timings.total + answer + check,
    )
