"""Words that different desks have for the same event: a city falls, is taken, is overrun."""

from __future__ import annotations

from functools import lru_cache

from bot.question import Question
from index.wording import content_stems, stem

# One event under the verbs and nouns that different desks have for it.
_DEEDS = tuple(
    frozenset(stem(word) for word in line.split())
    for line in (
        "fall fell fallen captured seized took taken takes taking overran overrun overrunning conquered wrested control lost"
        " takeover capture seizure stormed",
        "start started began begun begin beginning launched erupted outbreak commenced",
        "established founded created formed opened incorporated inaugurated organized organised instituted introduced"
        " foundation creation opening formation established raised",
        "built build constructed construction completed erected building dating dates",
        "released release published issued publication date",
        "opened opening open opens inaugurated",
        "died die death dead killed",
        "located location situated lies lie based base headquartered",
        "ended end ends ending finished concluded",
        "debut debuted début first",
        "artist album band single singer recorded song released performed by",
        "director directed film directs directors",
        "author written wrote novel book writer creator created composer composed",
        "wife husband married spouse",
        "father son daughter mother",
        "architect designed built",
        "happen happened occurred held",
        "killed dead died deaths toll fatalities casualties victims death die dies",
        "left fled flee fleeing displaced displacing displacement exodus escaped escaping exiting leave leaving gone go evacuated"
        " refugees abandoned road homeless",
        "freed free freeing released release escaped walked liberated",
        "injured wounded hurt injuries injuring wounding",
        "cost costs price priced budget budgeted worth",
        "kidnapped abducted seized hostage taken hostages abduction kidnapping captive",
        "pay pays paid charge charged charges fee fare",
        "arrested detained arrests custody",
        "declared declare declares declaration imposed impose ordered order orders proclaimed",
        "control controlled controls hands hold holds captured taken seized overran overrun fell fallen entered advanced"
        " advance repelled driven took take",
        "destroyed burned burnt gutted razed destroys damaged",
    )
)

# Those who did it, and what it was: no verb that a day or a figure could belong to.
_THINGS = tuple(
    frozenset(stem(word) for word in line.split())
    for line in (
        "militants fighters gunmen insurgents rebels jihadists extremists",
        "battle fighting clashes violence offensive assault attack siege fight combat",
    )
)


@lru_cache(maxsize=1024)
def kin_of(word: str) -> frozenset[str]:
    """Return the stems that may stand for a stem, itself among them."""
    return frozenset({word}).union(*(kin for kin in (*_DEEDS, *_THINGS) if word in kin))


@lru_cache(maxsize=64)
def actions_of(question: Question) -> frozenset[str]:
    """Return stems of what is said to have happened, in the question's words and in those of other desks.

    Where no word of the question is a known deed, all its words but names and what is counted.
    """
    apart = {*question.asking, *question.names, *question.noun}
    words = content_stems(question.text)
    deeds = [word for word in words if word not in apart and any(word in kin for kin in _DEEDS)]
    own = deeds or [word for word in words if word not in apart]
    return frozenset().union(*(kin_of(word) for word in own)) - set(question.names)


def verbs_of(question: Question) -> frozenset[str]:
    """Return stems of the last word of a question that says what happened: "begin" of "When did the battle begin?"."""
    apart = {*question.asking, *question.names}
    own = [word for word in content_stems(question.text) if word not in apart]
    known = [word for word in own if any(word in kin for kin in _DEEDS)]
    return kin_of((known or own)[-1]) if own else frozenset()
