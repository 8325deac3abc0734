"""Whether sentences of different articles tell of one event: figures of two events are no disagreement."""

from __future__ import annotations

from bot.candidates import Candidate
from bot.gazetteer import fold, gazetteer
from bot.names import Name, NameKind, find_names
from bot.question import HARD_KINDS, Question
from index.spelling import same_name, skeleton
from index.wording import content_stems


def is_elsewhere(item: Candidate, question: Question) -> bool:
    """Tell whether a sentence names another place than the question, and nothing that the question names.

    Asked when Mosul fell, "Five months ago ISIL took Fallujah" tells of another fall. A country named there may
    be the one that the place asked about lies in.
    """
    if question.asked not in HARD_KINDS or not any(map(_is_town, find_names(question.text))):
        return False
    if any(_stands_in(name, item.stems) for name in question.names):
        return False
    known = set(content_stems(question.text))
    return any(_is_town(name) and not known & set(content_stems(name.text)) for name in find_names(item.text))


def _is_town(name: Name) -> bool:
    return name.kind is NameKind.PLACE and fold(name.text) not in gazetteer().country


def is_same_story(one: Candidate, other: Candidate, question: Question) -> bool:
    """Tell whether two passages share a name, where the question holds none that would tell events apart."""
    if question.names:
        return True
    return bool(_names_around(one) & _names_around(other))


def _names_around(item: Candidate) -> set[str]:
    passage = item.hit.passage
    return {
        word
        for name in find_names(f"{passage.article.title}\n{passage.text}")
        for word in content_stems(name.text)
    }


def _stands_in(name: str, stems: frozenset[str]) -> bool:
    return name in stems or any(
        skeleton(name) == skeleton(other) and same_name(name, [other]) for other in stems
    )
