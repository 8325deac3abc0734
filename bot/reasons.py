"""Why there is no answer, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.candidates import Candidate
from bot.language import is_foreign
from bot.question import HARD_KINDS, Asked, Question
from index.model import Hit
from index.search import Evidence
from index.wording import content_stems, forms_of

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
    Asked.MEASURE: "give no such measure",
    Asked.WHY: "give no reason",
    Asked.WHAT: "do not say what",
}
# Words named in a reason.
_NAMED = 4
# Passages looked through for the question's words.
_READ = 10
# Participles say little of what is missing: "the articles mention “taken”".
_VERB = re.compile(
    r"(?:ed|ing)$|^(?:taken|made|done|gone|went|came|left|held|got|given|lead|leads|led|say|mean|want|wants)$"
)
# Words of any topic: "the articles mention “people”" tells nobody what is missing.
_PLAIN = frozenset(
    """
    get gets win wins won lose lost number numbers people person persons man men woman women thing things way ways
    kind kinds type sort part parts place places happen happens happened cause use take takes took make makes
    come comes find finds found call begin begins began begun start starts become becomes became put set keep keeps
    kept see sees saw seen show shows shown told think thinks thought know knows knew known need needs work works
    year years month months week weeks day days time times hour hours today new first last next latest current
    total amount percent percentage big bigger biggest large larger largest high highest main major good best
    try tries cost costs run runs word words different
    """.split()
)
_FOREIGN = "the question does not look English, and Dateline's model and rules are made for English"
# Below this share of the question's words in the best passage, its topic is another one.
_ON_TOPIC = 0.45


def explain(
    question: Question,
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    fitting: Sequence[Candidate],
    evidence: Evidence,
) -> str:
    """Say what is missing: the topic, a word of the question, or the kind of thing that was asked for.

    Args:
        hits: the passages found.
        candidates: their sentences, best first.
        fitting: those sentences that hold the kind of thing that was asked for.
    """
    said = _say_what_is_missing(question, hits, candidates, fitting, evidence)
    return f"{said}; {_FOREIGN}" if is_foreign(question.text) else said


def _say_what_is_missing(
    question: Question,
    hits: Sequence[Hit],
    candidates: Sequence[Candidate],
    fitting: Sequence[Candidate],
    evidence: Evidence,
) -> str:
    told = [term for term in evidence.terms if not _VERB.search(term.word)]
    told = [term for term in told if term.word.lower() not in _PLAIN] or told
    words = [(term.word, forms_of(term)) for term in told]
    named = [term.word for term in told or evidence.terms]
    if not candidates:
        return f"nothing in the articles is about {_join(named[:_NAMED])}"
    around = frozenset().union(*(_stems(hit) for hit in hits[:_READ]))
    present = [word for word, forms in words if forms & around]
    absent = [word for word, forms in words if not forms & around]
    best = max(item.features.topic for item in candidates[:5])
    # What the articles do mention is never named as missing.
    if not present or (best < _ON_TOPIC and absent):
        return f"nothing in the articles is about {_join((absent or named)[:_NAMED])}"
    mention = f"the articles mention {_join(present[:_NAMED])}"
    if (question.asked in HARD_KINDS or question.office) and not fitting:
        return f"{mention}, but {_MISSING[question.asked]}"
    if absent:
        return f"{mention}, but nothing on {_join(absent[:_NAMED])}"
    return f"{mention}, but {_MISSING[question.asked]}"


def _stems(hit: Hit) -> frozenset[str]:
    return frozenset(content_stems(f"{hit.passage.article.title}\n{hit.passage.text}"))


def _join(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
