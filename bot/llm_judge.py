"""The judge that asks an LLM, with its reply read as a whole or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot.claims import MAX_CLAIM_CHARS, clean_claim, split_claim
from bot.model import Evidence, Label, Verdict
from prompts import Prompt, load

_FENCE = re.compile(r"```(?:json)?\s*\n(.*)\n\s*```", re.DOTALL)
# What would end the element that an article stands in, or begin another one.
_TAG = re.compile(r"<(?=\s*/?\s*(?:passage|claim|text)\b)", re.IGNORECASE)
_FIGURE = re.compile(r"\d+")
# A statement of at most this many words is not worth a call to split it.
_SHORT = 25
_MOST_STATEMENTS = 30


class Completes(Protocol):
    """An LLM, as far as a judge needs one."""

    def complete(self, prompt: str) -> str:
        """Return the reply to a prompt. Raises a DatelineError when there is none."""
        ...


class _Quote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    passage: int
    text: str


class _Reply(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    label: Literal["supported", "contradicted", "not_mentioned"]
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    quotes: list[_Quote]
    reason: str


_STATEMENTS: TypeAdapter[list[str]] = TypeAdapter(list[str])


class LlmJudge:
    """Implements `bot.model.Judge` by asking an LLM. Its verdict counts only with a quote that stands there."""

    def __init__(self, llm: Completes, *, model: str) -> None:
        self._llm = llm
        self._model = model
        self._judge_prompt = load("judge_claim")
        self._split_prompt = load("split_claims")

    @property
    def name(self) -> str:
        """See Judge."""
        return f"llm:{self._model}"

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """What decides the verdicts besides the model."""
        return self._judge_prompt, self._split_prompt

    def judge(self, claim: str, passages: Sequence[str], *, published: Sequence[date | None] = ()) -> Verdict:
        """See Judge. Raises what the LLM raises."""
        if len(claim) > MAX_CLAIM_CHARS or not split_claim(claim):
            return _unreadable("the claim makes no statement that can be read")
        if not any(passage.strip() for passage in passages):
            return Verdict(label=Label.NOT_MENTIONED, score=0.0, evidence=(), reason="there are no passages")
        verdicts = [self._judge_statement(statement, passages, published) for statement in self._split(claim)]
        # One statement without a readable verdict leaves the whole claim without one.
        return min(verdicts, key=lambda verdict: (verdict.label is not Label.UNREADABLE, verdict.score))

    def _split(self, claim: str) -> Sequence[str]:
        """Split by the model where rules may not be enough, and by rules where its reply cannot be used."""
        by_rule = split_claim(claim)
        if len(by_rule) == 1 and len(claim.split()) <= _SHORT:
            return by_rule
        reply = self._llm.complete(self._split_prompt.fill(text=_as_data(clean_claim(claim))))
        try:
            statements = _STATEMENTS.validate_json(_unfence(reply), strict=True)
        except ValidationError:
            return by_rule
        said = set(_FIGURE.findall(claim))
        is_usable = (
            0 < len(statements) <= _MOST_STATEMENTS
            and all(split_claim(statement) for statement in statements)
            and {figure for statement in statements for figure in _FIGURE.findall(statement)} == said
        )
        return statements if is_usable else by_rule

    def _judge_statement(
        self, statement: str, passages: Sequence[str], published: Sequence[date | None]
    ) -> Verdict:
        prompt = self._judge_prompt.fill(claim=_as_data(statement), passages=_lay_out(passages, published))
        try:
            reply = _Reply.model_validate(json.loads(_unfence(self._llm.complete(prompt))))
        except (ValueError, RecursionError):  # ValidationError and JSONDecodeError are ValueErrors
            return _unreadable("the model's reply could not be read")
        evidence = tuple(
            place for quote in reply.quotes if (place := _find_quote(quote, passages)) is not None
        )
        label = Label(reply.label)
        if label is not Label.NOT_MENTIONED and not evidence:
            return _unreadable(f"the model says “{label.value}”, but what it quotes stands in no passage")
        sure = 0.5 + reply.confidence / 2
        score = sure if label is Label.SUPPORTED else 1 - sure
        reason = " ".join(reply.reason.split()) or "the model gives no reason"
        return Verdict(label=label, score=round(score, 6), evidence=evidence, reason=reason)


def _unreadable(reason: str) -> Verdict:
    return Verdict(label=Label.UNREADABLE, score=0.0, evidence=(), reason=reason)


def _unfence(reply: str) -> str:
    match = _FENCE.fullmatch(reply.strip())
    return match[1] if match else reply.strip()


def _lay_out(passages: Sequence[str], published: Sequence[date | None]) -> str:
    """Write passages as numbered elements, from 1."""
    days = tuple(published) or (None,) * len(passages)
    return "\n\n".join(
        f'<passage number="{number}"'
        + (f' published="{day.isoformat()}"' if day else "")
        + f">\n{_as_data(text)}\n</passage>"
        for number, (text, day) in enumerate(zip(passages, days, strict=True), start=1)
    )


def _as_data(text: str) -> str:
    """Keep a text from closing the element it stands in."""
    return _TAG.sub("‹", text)


def _find_quote(quote: _Quote, passages: Sequence[str]) -> Evidence | None:
    """Find a quote in the passage it names, white space aside."""
    words = quote.text.replace("‹", "<").split()
    if not 1 <= quote.passage <= len(passages) or not words:
        return None
    match = re.search(r"\s+".join(map(re.escape, words)), passages[quote.passage - 1])
    return Evidence(passage=quote.passage - 1, start=match.start(), end=match.end()) if match else None
