"""Which judge the settings ask for, and its work on JSON Lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.batch import LineError, parse_day, read_object
from bot.model import Judge, Verdict
from index.errors import QueryError

_EXAMPLE = '{"id": "p1", "claim": "…", "passages": ["…"]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim and the passages it is held against.

    Attributes:
        published: the day of each passage's article; empty where the line does not say.
    """

    id: str | float
    claim: str
    passages: tuple[str, ...]
    published: tuple[date | None, ...] = ()


def build_judge(model: str = "") -> Judge:
    """Build the judge of the settings.

    Args:
        model: an NLI cross-encoder, as a local folder or a hub name; it is loaded when it is first asked.
            Empty for Dateline's own.
    """
    if model:
        from bot.nli import NliJudge
        from index.entail import CrossEncoderEntailer

        return NliJudge(CrossEncoderEntailer(model))
    from bot.check import LexicalJudge

    return LexicalJudge()


def read_pair(raw: bytes, number: int) -> Pair:
    """Read one line of claims and passages.

    Raises:
        LineError: naming the line and what is wrong with it.
    """
    where = f"line {number}"
    id, value = read_object(raw, number, example=_EXAMPLE)
    claim, passages = value.get("claim"), value.get("passages")
    if not isinstance(claim, str):
        raise LineError(f'{where}: "claim" must be text', id)
    if not isinstance(passages, list) or not all(isinstance(passage, str) for passage in passages):
        raise LineError(f'{where}: "passages" must be a list of texts', id)
    days = value.get("published") or []
    if not isinstance(days, list) or len(days) not in {0, len(passages)}:
        raise LineError(f'{where}: "published" must be a list of dates, one for each passage', id)
    try:
        published = tuple(None if day is None else parse_day(day, "published") for day in days)
    except QueryError as exc:
        raise LineError(f"{where}: {exc}", id) from exc
    return Pair(id=id, claim=claim, passages=tuple(passages), published=published)


def judge_pair(judge: Judge, pair: Pair) -> dict[str, Any]:
    """Judge one pair and give the verdict as JSON has it."""
    return verdict_to_json(judge.judge(pair.claim, pair.passages, published=pair.published))


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Write a verdict as `dateline judge` promises it."""
    return {
        "label": verdict.label.value,
        "score": verdict.score,
        "evidence": [
            {"passage": place.passage, "start": place.start, "end": place.end} for place in verdict.evidence
        ],
        "reason": verdict.reason,
    }
