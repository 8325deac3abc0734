"""Why there is no answer, in words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.candidates import Candidate
from bot.question import HARD_KINDS, Asked, Question
from bot.wording import content_stems, stem
from index.search import Evidence

# What is missing, by the kind of answer that was asked for.
_MISSING: dict[Asked, str] = {
    Asked.NAME: "give no name",
    Asked.WHO: "do not say who",
    Asked.WHEN: "give no date or time",
    Asked.WHERE: "do not say where",
    Asked.COUNT: "give no number",
    Asked.AMOUNT: "give no amount",
    Asked.DISTANCE: "give no distance or size",
    Asked.DURATION: "give no length of time",
    Asked.AGE: "give no age",
    Asked.SHARE: "give no percentage",
    Asked.WHY: "give no reason",
    Asked.WHAT: "do not say",
}
# Words named in a reason.
_NAMED = 4
# Below this share of the question's words in the best passage, its topic is another one.
_ON_TOPIC = 0.45


def explain(
    question: Question, candidates: Sequence[Candidate], fitting: Sequence[Candidate], evidence: Evidence
) -> str:
    """Say what is missing: the topic, a name, or the kind of thing that was asked for.

    Args:
        candidates: sentences of the passages found, best first.
        fitting: those of them that hold the kind of thing that was asked for.
    """
    words = [
        (term.word, frozenset(s for form in (term.word, *term.variants) for s in content_stems(form)))
        for term in evidence.terms
    ]
    if not words:
        return "the question holds no word to look for: ask with the names or things it is about"
    if not candidates:
        return f"nothing in the articles is about {_join([word for word, _ in words[:_NAMED]])}"
    nearest = max(candidates[:5], key=lambda item: item.features.topic)
    around = _stems_around(nearest)
    present = [word for word, forms in words if forms & around]
    absent = [word for word, forms in words if not forms & around]
    if nearest.features.topic < _ON_TOPIC or not present:
        return f"nothing in the articles is about {_join(absent[:_NAMED] or [word for word, _ in words[:_NAMED]])}"
    mention = f"the articles mention {_join(present[:_NAMED])}"
    names = [word for word in absent if stem(word) in question.names]
    if names:
        return f"{mention}, but not in connection with {_join(names)}"
    if question.asked in HARD_KINDS and not fitting:
        return f"{mention}, but {_MISSING[question.asked]}"
    if absent:
        return f"{mention}, but nothing on {_join(absent[:_NAMED])}"
    return f"{mention}, but {_MISSING[question.asked]}"


def _stems_around(candidate: Candidate) -> frozenset[str]:
    passage = candidate.hit.passage
    return frozenset(content_stems(f"{passage.article.title}\n{passage.text}"))


def _join(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
