"""The answer without an LLM: the sentences that answer, word for word, each with its place."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.agree import counts_it, gives_another_number, says_the_same
from bot.candidates import Candidate, find_candidates, holds_what_is_asked, is_taken_back
from bot.cite import Citer
from bot.confidence import MIN_CONFIDENCE, confidence
from bot.disagree import Side, find_disagreement, say
from bot.extract import lacks_population
from bot.lead import find_lead
from bot.model import Answer, Disagreement, EngineInfo, Label, Sentence, Status, Timings
from bot.orders import is_order
from bot.question import Question, small_talk, understand
from bot.reasons import explain
from bot.stop import checkpoint
from index.lookup import CatalogReader
from index.model import Hit
from index.search import Searcher

MAX_SENTENCES = 3
# Citations of one sentence; the sixth source adds nothing that a reader would look up.
MAX_CITATIONS = 6

# A further sentence is shown when it speaks for itself nearly as loudly as the best one.
_NEARLY = 0.80
# Another figure for what is counted is shown though its sentence speaks less loudly.
_NEARLY_NUMBER = 0.55
# Sentences looked at for further citations; agreement is rarely found lower.
_READ_FOR_AGREEMENT = 40
# Among the news of something, what "he" did tells little to whoever does not know who he is.
_OPEN = re.compile(r"\W*(?:He|She|His|Her)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAnswerer:
    """Answers by quoting.

    Attributes:
        corpus: the folder the files lie in, to tell which have changed since.
        min_confidence: answers below are withheld.
    """

    searcher: Searcher
    reader: CatalogReader
    corpus: Path
    embedder: str
    min_confidence: float = MIN_CONFIDENCE

    def answer(
        self,
        text: str,
        hits: Sequence[Hit],
        *,
        asked_at: date | None = None,
        on_sentence: Callable[[Sentence], None] | None = None,
    ) -> Answer:
        """Choose one to three sentences from the passages found, or say why there is none.

        Args:
            on_sentence: called with each sentence, once all are verified.

        Raises:
            StoreError: the index is damaged.
            EmbeddingError: the model cannot be loaded or run.
        """
        started = time.perf_counter()
        citer = Citer(self.reader, self.corpus)
        reason = small_talk(text)
        sentences: tuple[Sentence, ...] = ()
        disagreements: tuple[Disagreement, ...] = ()
        sure = 0.0
        if reason is None:
            sentences, disagreements, reason, sure = self._choose(text, hits, citer)
        chosen = time.perf_counter()
        checkpoint()
        citer.verify()
        checked = time.perf_counter()
        if on_sentence is not None:
            for sentence in sentences:
                on_sentence(sentence)
        return Answer(
            question=text,
            status=Status.ANSWERED if sentences else Status.NOT_FOUND,
            reason=reason,
            sentences=sentences,
            citations=citer.citations,
            hits=tuple(hits),
            engine=EngineInfo(
                answerer="quote",
                embedder=self.embedder,
                judge="verbatim",
                prompts=(),
                index=self.searcher.digest(),
            ),
            timings=Timings(
                retrieve=0.0,
                answer=(chosen - started) * 1000,
                check=(checked - chosen) * 1000,
                total=(checked - started) * 1000,
            ),
            asked_at=asked_at,
            disagreements=disagreements,
            notes=self.searcher.notes(hits),
            confidence=sure,
        )

    def _choose(
        self, text: str, hits: Sequence[Hit], citer: Citer
    ) -> tuple[tuple[Sentence, ...], tuple[Disagreement, ...], str | None, float]:
        """Return what is to be said, or the reason why nothing is, and how sure that is an answer."""
        question = understand(text)
        evidence = self.searcher.read(text, [hit.passage for hit in hits])
        if not evidence.terms:
            reason = "the question holds no word to look for: ask with the names or things it is about"
            return (), (), reason, 0.0
        checkpoint()
        # What speaks to a machine answers no reader.
        found = find_candidates(question, hits, evidence)
        candidates = [item for item in found if not is_order(item.text)]
        fitting = [
            item
            for item in candidates
            if holds_what_is_asked(item, question) and not lacks_population(item.text, question)
        ]
        checkpoint()
        finding = find_disagreement(question, candidates)
        differing = 0.0 if finding is None else max(map(_confidence_of, finding.sides))
        if differing < self.min_confidence:
            finding = None
        sure = max(differing, confidence(fitting[0].features) if fitting else 0.0)
        if finding is None and (not fitting or sure < self.min_confidence):
            return (), (), explain(question, hits, candidates, fitting, evidence), sure
        sentences: list[Sentence] = []
        disagreements: list[Disagreement] = []
        if finding is not None:
            sentence, disagreement = say(finding, lambda item: citer.cite(item.hit, item.place))
            sentences.append(sentence)
            disagreements += [disagreement] if disagreement else []
            sources = [[item.candidate for item in side.sources] for side in finding.sides]
        else:
            told = [item for item in fitting if not (question.is_broad and self._leaves_open(item))]
            # Of what is left none may be sure enough.
            sources = _agreeing(question, told, self.min_confidence) or _agreeing(
                question, fitting, self.min_confidence
            )
        sentences += [self._say(own, citer) for own in sources[: MAX_SENTENCES - len(sentences)]]
        return tuple(sentences), tuple(disagreements), None, sure

    def _leaves_open(self, item: Candidate) -> bool:
        """Tell whether a sentence opens with "he" or "she", and its article does not surely tell who that is."""
        return _OPEN.match(item.text) is not None and find_lead(item, self.reader) is None

    def _say(self, sources: Sequence[Candidate], citer: Citer) -> Sentence:
        """Quote the first source; cite it, whoever its "he" is, and those that say the same."""
        first = sources[0]
        numbers = [citer.cite(first.hit, first.place)]
        lead = find_lead(first, self.reader)
        text = first.text
        if lead is not None:
            text = f"[{lead.name}] {text}"
            numbers.append(citer.cite(lead.hit, lead.place))
        numbers += [citer.cite(other.hit, other.place) for other in sources[1:MAX_CITATIONS]]
        return Sentence(
            text=" ".join(text.split()),
            citations=tuple(dict.fromkeys(numbers)),
            verdict=Label.SUPPORTED,
            score=1.0,
            lead=lead.name if lead else None,
        )


def _agreeing(
    question: Question, fitting: Sequence[Candidate], min_confidence: float
) -> list[list[Candidate]]:
    """Choose the sentences that speak loudest, each with those of other articles that say the same."""
    said: list[Candidate] = []
    for item in fitting:
        if len(said) == MAX_SENTENCES:
            break
        nearly = _NEARLY_NUMBER if gives_another_number(said, item, question) else _NEARLY
        # A headline or a caption may be all there is, but adds nothing to a sentence.
        if (
            item.score < nearly * fitting[0].score
            or confidence(item.features) < min_confidence
            or (said and (item.features.whole < 1.0 or not counts_it(item, question)))
        ):
            continue
        if not any(says_the_same(earlier, item, question) for earlier in said):
            said.append(item)
    sources: list[list[Candidate]] = [[item] for item in said]
    for item in fitting[:_READ_FOR_AGREEMENT]:
        if is_taken_back(item.text):
            continue
        for own in sources:
            if item is not own[0] and _adds_source(own, item) and says_the_same(own[0], item, question):
                own.append(item)
                break
    return sources


def _confidence_of(side: Side) -> float:
    return max(confidence(source.candidate.features) for source in side.sources)


def _adds_source(sources: Sequence[Candidate], item: Candidate) -> bool:
    """Tell whether a sentence stands in an article that is not cited yet."""
    article = item.hit.passage.article.id
    return len(sources) < MAX_CITATIONS and all(article != own.hit.passage.article.id for own in sources)
