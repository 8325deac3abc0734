"""What the tests of evaluations share: answers put together by hand, and desks and judges that go wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from desk_fake import FakeDesk

from bot.evals.judging import JudgedClaim, Ruling
from bot.evals.results import Result
from bot.model import Answer, Label, Turn, Verdict

YES = Ruling(label="supported", score=0.9, reason="stands there")
NO = Ruling(label="not_mentioned", score=0.2, reason="nothing of it")
AGAINST = Ruling(label="contradicted", score=0.1, reason="another number")
UNREADABLE = Ruling(label="unreadable", score=None, reason="cannot be read")
FAILED = Ruling(label="failed", score=None, reason="the judge failed")


def claim(
    read: Ruling = YES,
    cited: Ruling | None = YES,
    *,
    citations: tuple[int, ...] = (1,),
    irrelevant: tuple[int, ...] | None = (),
    text: str = "It sank.",
    sentence: int = 0,
) -> JudgedClaim:
    return JudgedClaim(
        sentence=sentence,
        text=text,
        citations=citations if cited else (),
        read=read,
        cited=cited,
        irrelevant=irrelevant,
    )


def answer_json(text: str = "It sank.", *, files: Sequence[str] = ("a.md",), **more: Any) -> dict[str, Any]:
    """An answer of one sentence as ``ask --json`` has it, without timings."""
    citations = [
        {
            "number": number, "file": file, "title": "T", "publisher": "P", "published": None, "quote": text,
            "start": 0, "end": len(text), "line_start": 1, "line_end": 1, "changed": False, "copies": [],
        }
        for number, file in enumerate(files, start=1)
    ]  # fmt: skip
    numbers = [citation["number"] for citation in citations]
    return {
        "question": "?", "status": "answered", "reason": None, "text": f"{text} {numbers}",
        "sentences": [{"text": text, "citations": numbers, "verdict": "supported", "score": 1.0, "lead": None, "parts": []}],
        "citations": citations, "disagreements": [], "dropped": [],
        "engine": {"answerer": "quote", "embedder": "e", "judge": "verbatim", "prompts": {}, "index": "i", "llm": None},
        "asked_at": None, "rewritten": None, "notes": [], "usage": None, **more,
    }  # fmt: skip


def refusal_json(reason: str = "nothing on it") -> dict[str, Any]:
    return answer_json(files=()) | {
        "status": "not_found",
        "reason": reason,
        "sentences": [],
        "text": "The articles do not say.",
    }


def differing(*values: str) -> list[dict[str, Any]]:
    return [
        {
            "about": "the dead",
            "positions": [
                {"value": value, "citations": [number]} for number, value in enumerate(values, start=1)
            ],
        }
    ]


def result(id: str = "a", answer: dict[str, Any] | None = None, **more: Any) -> Result:
    return Result(
        id=id, answer=answer or answer_json(), **{"claims": (claim(),), "times": {"total": 5.0}, **more}
    )


@dataclass
class BrokenDesk(FakeDesk):
    """Raises what it is told to, by the number of the question, from 1; else answers as the fake does."""

    trouble: Callable[[int], BaseException | None] = lambda number: None
    change: Callable[[Answer], Answer] = lambda answer: answer

    def ask(
        self,
        question: str,
        *,
        asked_at: date | None = None,
        history: Sequence[Turn] = (),
        on_read: Any = None,
        on_sentence: Any = None,
    ) -> Answer:
        raised = self.trouble(len(self.asked) + 1)
        if raised is not None:
            self.asked.append((question, asked_at))
            raise raised
        # The fake's times are always the same; those of a real one are not.
        answer = super().ask(question, asked_at=asked_at, history=history)
        return self.change(replace(answer, timings=replace(answer.timings, total=38.2 + len(self.asked))))


@dataclass
class ScriptedJudge:
    """Answers from a list, or by a function; remembers what it was asked."""

    says: Callable[[str, Sequence[str]], Verdict | Exception]
    name: str = "scripted"
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def judge(self, claim: str, passages: Sequence[str], *, published: Sequence[date | None] = ()) -> Verdict:
        self.asked.append((claim, tuple(passages)))
        said = self.says(claim, passages)
        if isinstance(said, Exception):
            raise said
        return said


def verdict(label: Label = Label.SUPPORTED, score: float = 0.9) -> Verdict:
    return Verdict(label=label, score=score, evidence=(), reason="scripted")
