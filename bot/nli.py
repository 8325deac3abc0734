"""The judge that asks an NLI model, on windows found by words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.claims import MAX_CLAIM_CHARS, split_claim
from bot.evidence import Window, find_terms, find_windows
from bot.model import Evidence, Label, Verdict
from bot.reading import read
from index.entail import Entailer, Entailment
from index.lexicon import load_lexicon

# From here on a claim follows, or its contrary does.
_LIKELY = 0.5


class NliJudge:
    """Implements `bot.model.Judge` with a model that tells whether one text follows from another.

    The model reads a few sentences at a time, so it is given the windows that hold the claim's words, one by one
    and joined; the best counts. It knows nothing of dates of publication.
    """

    def __init__(self, entailer: Entailer) -> None:
        self._entailer = entailer

    @property
    def name(self) -> str:
        """See Judge."""
        return f"nli:{self._entailer.name}"

    def judge(self, claim: str, passages: Sequence[str], *, published: Sequence[date | None] = ()) -> Verdict:
        """See Judge. Raises EmbeddingError."""
        statements = split_claim(claim) if len(claim) <= MAX_CLAIM_CHARS else ()
        if not statements:
            reason = "the claim makes no statement that can be read"
            return Verdict(label=Label.UNREADABLE, score=0.0, evidence=(), reason=reason)
        verdicts = [self._judge_statement(statement, passages) for statement in statements]
        return min(verdicts, key=lambda verdict: (verdict.score, verdict.label is not Label.CONTRADICTED))

    def _judge_statement(self, statement: str, passages: Sequence[str]) -> Verdict:
        readings = [read(passage) for passage in passages]
        windows = find_windows(find_terms(read(statement).tokens, readings, load_lexicon()), readings)
        if not windows:
            reason = f"no passage has a word of “{statement}”"
            return Verdict(label=Label.NOT_MENTIONED, score=0.0, evidence=(), reason=reason)
        texts = [passages[w.passage][w.start : w.end] for w in windows]
        given: list[tuple[str, tuple[Window, ...]]] = [
            (text, (window,)) for text, window in zip(texts, windows, strict=True)
        ]
        if len(windows) > 1:
            given.append((" ".join(texts), windows))
        results = self._entailer.entail([(text, statement) for text, _ in given])
        follows = max(range(len(results)), key=lambda i: results[i].follows)
        excluded = max(range(len(results)), key=lambda i: results[i].excluded)
        score = round(results[follows].follows, 6)
        if score >= _LIKELY:
            return _verdict(Label.SUPPORTED, score, given[follows][1], statement, results[follows])
        if results[excluded].excluded >= _LIKELY:
            return _verdict(Label.CONTRADICTED, score, given[excluded][1], statement, results[excluded])
        return _verdict(Label.NOT_MENTIONED, score, given[follows][1], statement, results[follows])


def _verdict(
    label: Label, score: float, windows: Sequence[Window], statement: str, result: Entailment
) -> Verdict:
    evidence = tuple(Evidence(passage=w.passage, start=w.start, end=w.end) for w in windows)
    reason = f"the model finds that “{statement}” follows with {result.follows:.2f}, its contrary with {result.excluded:.2f}"
    return Verdict(label=label, score=score, evidence=evidence, reason=reason)
