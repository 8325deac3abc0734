"""Whether two sentences say the same thing, so that one can be a further citation of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.candidates import Candidate, names_stand_in, same_kind_asked
from bot.extract import find_value
from bot.names import find_names
from bot.quantities import Quantity, same_quantity
from bot.question import Asked, Question
from bot.slots import answering_quantities
from bot.twins import twin_values
from index.wording import content_stems

# Cosine of two sentences, each read in its own passage. With a number in common less likeness is
# needed than without.
_SAME_NUMBER = 0.45
_SAME_WORDS = 0.70
# Share of the shorter sentence's content words that both hold.
_SHARED = 0.48
# Slot of a number whose noun is the one asked for, or another word for it, vague or not.
_COUNTS_IT = 0.7
# How firmly the figure of a further sentence is tied to what is said to have happened.
_TIED = 0.5


def gives_another_number(said: Sequence[Candidate], item: Candidate, question: Question) -> bool:
    """Tell whether a sentence of an article not yet quoted counts the very thing that is asked for."""
    articles = {other.hit.passage.article.id for other in said}
    return (
        same_kind_asked(question)
        and item.features.slot >= _COUNTS_IT
        and item.hit.passage.article.id not in articles
    )


def counts_it(item: Candidate, question: Question) -> bool:
    """Tell whether a count is tied to what is asked; "8,000 died" tells of nobody's flight. True for other kinds."""
    if question.asked is not Asked.COUNT:
        return True
    value = find_value(item, question)
    return value is not None and value.sure >= _TIED


def says_the_same(one: Candidate, other: Candidate, question: Question) -> bool:
    """Tell whether another sentence supports what the first answers the question with.

    Where a number is asked for, the numbers that answer must be the same quantity; otherwise most
    words must be shared and the meaning near.
    """
    # What costs least comes first: most pairs are of different things.
    cosine = float(one.vector @ other.vector)
    if same_kind_asked(question):
        if cosine < _SAME_NUMBER or not _is_of_the_same(one, other, question):
            return False
        mine = _own_quantity(one, question)
        theirs = answering_quantities(other.text, question)
        return any(same_quantity(a, b) for a in mine for b in theirs)
    smaller = min(len(one.stems), len(other.stems))
    shared = len(one.stems & other.stems) / smaller if smaller else 0.0
    if cosine < _SAME_WORDS or shared < _SHARED or not _is_of_the_same(one, other, question):
        return False
    # All words but one are shared by a sentence that says the contrary, too.
    return twin_values(one, other, question) is None


def _own_quantity(item: Candidate, question: Question) -> tuple[Quantity, ...]:
    """Return the quantity by which a sentence answers: of "a city of 2 million, 500,000 of whom left", the 500,000."""
    value = find_value(item, question)
    if value is not None and value.quantity is not None:
        return (value.quantity,)
    return answering_quantities(item.text, question)[:1]


def _is_of_the_same(one: Candidate, other: Candidate, question: Question) -> bool:
    """Tell whether two sentences are about the same event, by the names that tell events apart.

    A name of the question that the first sentence holds must stand around the other one; a fire in
    another town is another fire, however alike the reports. Where a name is the answer, the sentences
    must have one in common that the question does not hold.
    """
    held = tuple(name for name in question.names if name in one.stems and name not in question.sources)
    if not names_stand_in(replace(question, names=held), other.around):
        return False
    if question.asked not in (Asked.WHO, Asked.NAME, Asked.WHERE):
        return True
    mine, theirs = (_fresh_names(item, question) for item in (one, other))
    return not mine or bool(mine & theirs)


def _fresh_names(item: Candidate, question: Question) -> set[str]:
    words = {word for name in find_names(item.text) for word in content_stems(name.text)}
    return words - set(content_stems(question.text))
