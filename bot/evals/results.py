"""What became of one case, as a line of a run file: the answer, the rulings on it, or the error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.evals.judging import JudgedClaim


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a case could not be run: the class of the error and its one line."""

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One case as it ran.

    Attributes:
        id: of the case.
        answer: as ``ask --json`` writes it, without its timings; None where the case failed.
        claims: what the answer says, each with its rulings; empty for an abstention.
        inexact: numbers of the citations whose quote does not stand where it is said to.
        faults: promises of CONTRACT.md that the answer breaks, one line each.
        read: the passages that were read, best first: file, start, end.
        relevant: the indexed files that the case may be answered from.
        vectors: of the passages nearest to the question by exact search, how many the vector index found, and how
            many there are; zeros where that was not measured.
        error: why there is no answer; None where there is one.
        times: milliseconds of each stage; ``judge`` for all rulings of the case.
    """

    id: str
    answer: dict[str, Any] | None
    claims: tuple[JudgedClaim, ...] = ()
    inexact: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()
    read: tuple[dict[str, Any], ...] = ()
    relevant: tuple[str, ...] = ()
    vectors: tuple[float, float] = (0.0, 0.0)
    error: Failure | None = None
    times: Mapping[str, float]

    @property
    def answered(self) -> bool:
        """Whether there is an answer that is no abstention."""
        return self.answer is not None and self.answer["status"] == "answered"

    @property
    def refused(self) -> bool:
        """Whether it was said that the articles do not say."""
        return self.answer is not None and self.answer["status"] == "not_found"

    @property
    def found(self) -> tuple[str, ...]:
        """The files that were read, ranked by their best passage."""
        return tuple(dict.fromkeys(passage["file"] for passage in self.read))

    def to_json(self) -> dict[str, Any]:
        """Lay the result out for a run file."""
        return {
            "id": self.id,
            "answer": self.answer,
            "claims": [claim.to_json() for claim in self.claims],
            "inexact": list(self.inexact),
            "faults": list(self.faults),
            "read": list(self.read),
            "relevant": list(self.relevant),
            "vectors": list(self.vectors),
            "error": None if self.error is None else {"type": self.error.type, "message": self.error.message},
            "times": dict(self.times),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Result:
        """Read what ``to_json`` wrote."""
        return cls(
            id=value["id"],
            answer=value["answer"],
            claims=tuple(map(JudgedClaim.from_json, value["claims"])),
            inexact=tuple(value["inexact"]),
            faults=tuple(value["faults"]),
            read=tuple(value["read"]),
            relevant=tuple(value["relevant"]),
            vectors=(value["vectors"][0], value["vectors"][1]),
            error=None if value["error"] is None else Failure(**value["error"]),
            times=value["times"],
        )
