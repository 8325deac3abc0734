"""Whether two sentences say the same thing, so that one can be a further citation of the other."""

from __future__ import annotations

from collections.abc import Sequence

from bot.candidates import Candidate, same_kind_asked
from bot.quantities import same_quantity
from bot.question import Question
from bot.slots import answering_quantities

# Cosine of two sentences, each read in its own passage. With a number in common less likeness is
# needed than without.
_SAME_NUMBER = 0.45
_SAME_WORDS = 0.70
# Share of the shorter sentence's content words that both hold.
_SHARED = 0.48
# Slot of a number whose noun is the one asked for, or another word for it, vague or not.
_COUNTS_IT = 0.7


def gives_another_number(said: Sequence[Candidate], item: Candidate, question: Question) -> bool:
    """Tell whether a sentence of an article not yet quoted counts the very thing that is asked for."""
    articles = {other.hit.passage.article.id for other in said}
    return (
        same_kind_asked(question)
        and item.features.slot >= _COUNTS_IT
        and item.hit.passage.article.id not in articles
    )


def says_the_same(one: Candidate, other: Candidate, question: Question) -> bool:
    """Tell whether another sentence supports what the first answers the question with.

    Where a number is asked for, the numbers that answer must be the same quantity; otherwise most
    words must be shared and the meaning near.
    """
    cosine = float(one.vector @ other.vector)
    if same_kind_asked(question):
        mine = answering_quantities(one.text, question)[:1]
        theirs = answering_quantities(other.text, question)
        return cosine >= _SAME_NUMBER and any(same_quantity(a, b) for a in mine for b in theirs)
    smaller = min(len(one.stems), len(other.stems))
    shared = len(one.stems & other.stems) / smaller if smaller else 0.0
    return cosine >= _SAME_WORDS and shared >= _SHARED
