"""Follow-ups made self-contained by a language model, its reply checked; the rules where it is odd."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.followup import TURNS_READ, FollowUp, resolve_follow_up
from bot.model import Turn
from bot.question import small_talk
from index.errors import DatelineError
from index.wording import content_stems
from prompts import load

PROMPT = "follow_up"
_LONGEST = 300
# Of an answer, its beginning tells what was spoken of.
_ANSWER_SHOWN = 600
_CAPITAL = re.compile(r"(?<![\w'’-])[A-Z\u00c0-\u00de][\w'’-]*|\d[\d.,]*")
_LABEL = re.compile(r"^(?:(?:last|rewritten|self-contained) )?question\s*:\s*", re.IGNORECASE)
# What begins a question with a capital letter and is no name.
_OPENING = re.compile(
    r"(?:What|Which|Who|Whom|Whose|When|Where|Why|How|Is|Are|Was|Were|Do|Does|Did|Has|Have|Had|Can|Could|Will|Would|Should|And|In"
    r"|On|At|From|By|To|For|Since|After|Before|During|With|Of|The|A|An)$"
)


class Completer(Protocol):
    """A language model, as far as it is needed here."""

    def complete(self, prompt: str) -> str:
        """Return the model's reply. A ``DatelineError`` says that there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFollowUps:
    """Rewrites follow-ups by a model, and by the rules where its reply cannot be used."""

    model: Completer

    def resolve(self, question: str, history: Sequence[Turn]) -> FollowUp:
        """Make a question self-contained; as ``resolve_follow_up``."""
        by_rules = resolve_follow_up(question, history)
        if not history or small_talk(question):
            return by_rules
        turns = history[-TURNS_READ:]
        prompt = load(PROMPT).fill(history=lay_out(turns), question=" ".join(question.split()))
        try:
            written = check_reply(self.model.complete(prompt), question, turns)
        except DatelineError:
            return by_rules
        if written is None:
            return by_rules
        if written == " ".join(question.split()):
            return FollowUp(original=question, rewritten=question)
        return FollowUp(original=question, rewritten=written, turns_back=by_rules.turns_back or 1)


def lay_out(turns: Sequence[Turn]) -> str:
    """Lay turns out for the prompt, a line each."""
    lines = []
    for turn in turns:
        lines.append(f"Reader: {' '.join(turn.question.split())}")
        lines.append(f"Answer: {' '.join(turn.answer.split())[:_ANSWER_SHOWN] or 'The articles do not say.'}")
    return "\n".join(lines)


def check_reply(reply: str, question: str, turns: Sequence[Turn]) -> str | None:
    """Return the question that a model wrote, None where it is anything else than that question completed.

    It must be one question, keep the content words of what was asked, and hold no name and no number that
    neither the question nor the conversation holds.
    """
    written = _LABEL.sub("", " ".join(reply.split())).strip("\"“”'`* ")
    asked = " ".join(question.split())
    if written == asked:
        return asked
    if not written.endswith("?") or written.count("?") != 1 or len(written) > _LONGEST:
        return None
    known = " ".join([asked, *(f"{turn.question} {turn.answer}" for turn in turns)])
    stems = set(content_stems(known))
    new = [
        match[0]
        for match in _CAPITAL.finditer(written)
        if not (match.start() == 0 and _OPENING.match(match[0])) and not set(content_stems(match[0])) <= stems
    ]
    own = set(content_stems(written))
    if new or not own & stems:
        return None
    # "What about Tikrit?" may lose its "about", not its Tikrit.
    kept = set(content_stems(asked)) <= own or all(
        set(content_stems(match[0])) <= own for match in _CAPITAL.finditer(asked) if match.start()
    )
    return written if kept else None
