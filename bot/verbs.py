"""Irregular verbs of the news, so that "left" is a form of "leave": stemming by rule keeps them apart."""

from __future__ import annotations

from types import MappingProxyType

# The verb first, then its forms that no rule leads to. "Lay", "wound" and "bound" are left out: they are verbs
# of their own as well.
_ROWS = """
arise arose arisen; beat beaten; become became; begin began begun; bend bent; bite bit bitten; blow blew blown;
break broke broken; bring brought; build built; burn burnt; buy bought; catch caught; choose chose chosen;
come came; creep crept; deal dealt; dig dug; draw drew drawn; dream dreamt; drink drank drunk; drive drove driven;
eat ate eaten; fall fell fallen; feed fed; feel felt; fight fought; find found; flee fled; fly flew flown;
forbid forbade forbidden; forget forgot forgotten; forgive forgave forgiven; freeze froze frozen; get got gotten;
give gave given; go went gone; grow grew grown; hang hung; hear heard; hide hid hidden; hold held; keep kept;
know knew known; lead led; learn learnt; leave left; lend lent; lose lost; make made; mean meant; meet met;
pay paid; prove proven; ride rode ridden; ring rang rung; rise rose risen; run ran; say said; see saw seen;
seek sought; sell sold; send sent; shake shook shaken; shine shone; shoot shot; shrink shrank shrunk; sing sang sung;
sink sank sunk; sit sat; sleep slept; slide slid; speak spoke spoken; spend spent; spill spilt; stand stood;
steal stole stolen; stick stuck; strike struck stricken; swear swore sworn; sweep swept; swim swam swum;
swing swung; take took taken; teach taught; tear tore torn; tell told; think thought; throw threw thrown;
understand understood; wake woke woken; wear wore worn; win won; withdraw withdrew withdrawn; write wrote written;
overthrow overthrew overthrown; undergo underwent undergone; undertake undertook undertaken; withstand withstood;
overtake overtook overtaken; overcome overcame; oversee oversaw overseen; foresee foresaw foreseen; retake retook retaken;
rebuild rebuilt; repay repaid; rewrite rewrote rewritten; withhold withheld; uphold upheld; mistake mistook mistaken;
die dying; lie lain lying
"""
_VERB_OF = MappingProxyType(
    {form: verb for row in _ROWS.split(";") for verb, *forms in [row.split()] for form in forms}
)


def verb_of(word: str) -> str:
    """Return the verb that a folded word is an irregular form of, else the word."""
    return _VERB_OF.get(word, word)


def is_irregular(word: str) -> bool:
    """Tell whether a folded word is a form that no rule leads to."""
    return word in _VERB_OF
