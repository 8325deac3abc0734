"""A follow-up made self-contained: "And in Tikrit?" becomes a question that needs no conversation around it.

The rules know no topic. What they cannot fill stays as it was asked, and so does every question that says
itself what it means. History is read for who and what was spoken of; nothing of it is evidence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.anaphora import fill_references
from bot.context import Context, read_turn
from bot.ellipsis import fill_ellipsis
from bot.model import Turn
from bot.question import small_talk

# Turns that are read, and characters of each; further back nobody means anything by "it".
TURNS_READ = 6
_QUESTION_READ = 400
_ANSWER_READ = 1500
# A longer question says itself what it means, and a longer result went wrong.
_LONGEST = 300
# A question that begins with a statement of its own: "The captain was hurt. How old is he?"
_PREAMBLE = re.compile(r"^(?:\S+ ){3,}\S*[a-z\d)”\"’]{2}[.!?:]+[\"”’]?\s+[A-Z“\"]")
_MARKS = re.compile(r"\s*\[\d{1,3}\]")
# An answer puts in brackets who its "He" is.
_LEAD = re.compile(r"\[([^\[\]\n]{2,80})\] (?:He|She|It|The \w+)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """A question as asked and as it is read.

    Attributes:
        rewritten: self-contained; ``original``, to the letter, where nothing was open or nothing fitted.
        turns_back: how many turns back what was open is found, 1 for the last; None where nothing changed.
    """

    original: str
    rewritten: str
    turns_back: int | None = None

    @property
    def changed(self) -> bool:
        """Whether the question was rewritten."""
        return self.rewritten != self.original


def resolve_follow_up(question: str, history: Sequence[Turn]) -> FollowUp:
    """Make a question self-contained by rules.

    Args:
        history: the turns before, the latest last; may be empty.

    Example:
        >>> turn = Turn(question="How many people left Mosul?", answer="About half a million people.")
        >>> resolve_follow_up("How far is it from Baghdad?", [turn]).rewritten
        'How far is Mosul from Baghdad?'
    """
    contexts: list[Context] = []
    for turn in history[-TURNS_READ:]:
        asked = " ".join(turn.question.split())[:_QUESTION_READ]
        # Thanks and greetings are no topic.
        if not asked or small_talk(asked):
            continue
        found = _rewrite(asked, contexts) if contexts else None
        contexts.insert(0, read_turn(found[0] if found else asked, _plain(turn.answer)))
    found = _rewrite(question, contexts) if contexts else None
    if found is None:
        return FollowUp(original=question, rewritten=question)
    return FollowUp(original=question, rewritten=found[0], turns_back=found[1])


def _plain(answer: str) -> str:
    text = " ".join(_MARKS.sub("", answer[:_ANSWER_READ]).split())
    return _LEAD.sub(r"\1", text)


def _rewrite(question: str, contexts: Sequence[Context]) -> tuple[str, int] | None:
    """Rewrite a question by as few turns as do: the last, else the last two, and so on."""
    asked = " ".join(question.split())
    if len(asked) > _LONGEST or _PREAMBLE.match(asked) or small_talk(asked):
        return None
    known = "\n".join(f"{context.question}\n{context.answer}" for context in contexts)
    for reach in range(1, len(contexts) + 1):
        near = contexts[:reach]
        written = fill_ellipsis(asked, near, known) if reach == 1 else None
        if written is None and (written := fill_references(asked, near)):
            # "And its prime minister?"
            written = (fill_ellipsis(written, near, known) if reach == 1 else None) or written
        if written and written != asked and len(written) <= _LONGEST:
            return written, reach
    return None
