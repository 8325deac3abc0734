"""The judge judged: on claims that people have labelled, and on sentences made false by rule."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.batch import read_object
from bot.check import SUPPORTED_FROM
from bot.evals.figures import (
    SEED,
    auroc_by_group,
    balanced_accuracy_by_group,
    calibration_error,
    percentile,
    ratio_with_interval,
    reliability,
)
from bot.evals.judging import Court, Ruling
from bot.evals.mutations import make_cases
from bot.evals.stories import Story
from bot.model import Judge, Label
from index.errors import QueryError

_EXAMPLE = '{"id": "p1", "claim": "…", "passages": ["…"], "label": 1}'
# Of a large folder so many articles are drawn, and of all together about so many sentences.
_MOST_STORIES = 150
_SENTENCES = 600


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    claim: str
    passages: list[str]
    label: bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledPair:
    """A claim, its passages, and whether a person found that they support the whole of it."""

    claim: str
    passages: tuple[str, ...]
    label: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFile:
    """A file of labelled pairs."""

    name: str
    pairs: tuple[LabelledPair, ...]


def read_labelled(file: Path) -> LabelledFile:
    """Read a file of labelled pairs, one JSON object a line: ``claim``, ``passages``, ``label`` (1 or 0).

    Raises:
        QueryError: a line is none; the message names it and its field.
        OSError: the file cannot be read.
    """
    pairs = []
    with file.open("rb") as lines:
        for number, raw in enumerate(lines, start=1):
            if raw.strip():
                pairs.append(_read_pair(raw, number, file))
    if len({pair.label for pair in pairs}) < 2:
        raise QueryError(f"{file} needs claims of both labels, 1 and 0: it has {len(pairs)} of one")
    return LabelledFile(name=file.name, pairs=tuple(pairs))


def _read_pair(raw: bytes, number: int, file: Path) -> LabelledPair:
    try:
        _, value = read_object(raw, number, example=_EXAMPLE)
    except QueryError as exc:
        raise QueryError(f"{file}: {exc}") from exc
    try:
        line = _Line.model_validate(value)
    except ValidationError as exc:
        error = exc.errors(include_url=False)[0]
        said = str(error["msg"]).lower().replace("input should be", "must be")
        raise QueryError(f'{file}: line {number}, field "{error["loc"][0]}": {said}') from exc
    if line.label not in (0, 1):
        raise QueryError(f'{file}: line {number}, field "label": must be 1 or 0, got {line.label}')
    return LabelledPair(claim=line.claim, passages=tuple(line.passages), label=bool(line.label))


def measure_judge(
    judge: Judge,
    files: Sequence[LabelledFile],
    stories: Sequence[Story],
    *,
    report_bug: Callable[[Exception], str],
    on_done: Callable[[str], None] = lambda what: None,
) -> dict[str, Any]:
    """Measure a judge.

    Args:
        stories: indexed articles, of whose sentences the mutations are made; none for none.
        on_done: called with the name of each part that is finished.

    Returns:
        ``sets`` and ``mutations`` as a report has them.
    """
    court = Court(judge=judge, report_bug=report_bug)
    sets = []
    for file in files:
        sets.append(_measure_set(court, file))
        on_done(file.name)
    mutations = _measure_mutations(court, pick_stories(stories)) if stories else None
    return {"judge": judge.name, "sets": sets, "mutations": mutations}


def _measure_set(court: Court, file: LabelledFile) -> dict[str, Any]:
    """Work out AUROC, balanced accuracy and calibration; intervals are over passages, which claims share."""
    rulings = [court.rule(pair.claim, pair.passages, ()) for pair in file.pairs]
    told = [
        (ruling, pair) for ruling, pair in zip(rulings, file.pairs, strict=True) if ruling.score is not None
    ]
    scores = [ruling.score or 0.0 for ruling, _ in told]
    labels = [pair.label for _, pair in told]
    groups = ["\n".join(pair.passages) for _, pair in told]
    both = len(set(labels)) == 2
    accuracy = balanced_accuracy_by_group(scores, labels, groups, SUPPORTED_FROM) if both else None
    area = auroc_by_group(scores, labels, groups) if both else None
    return {
        "file": file.name,
        "claims": len(file.pairs),
        "supported": sum(pair.label for pair in file.pairs),
        "passages": len(set(groups)),
        **_count_rulings(rulings),
        "auroc": None if area is None else _rounded(asdict(area)),
        "balanced_accuracy": None if accuracy is None else _rounded(asdict(accuracy)),
        "confusion": {
            truth: {
                label.value: sum(
                    r.label == label.value and p.label is (truth == "supported") for r, p in told
                )
                for label in Label
            }
            for truth in ("supported", "not_supported")
        },
        "ece": round(calibration_error(scores, labels), 6) if told else None,
        "reliability": [_rounded(asdict(each)) for each in reliability(scores, labels)] if told else [],
    }


def _count_rulings(rulings: Sequence[Ruling]) -> dict[str, int]:
    return {
        "unreadable": sum(ruling.label == Label.UNREADABLE.value for ruling in rulings),
        "failed": sum(ruling.score is None and ruling.label != Label.UNREADABLE.value for ruling in rulings),
    }


def _rounded(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(each, 6) if isinstance(each, float) else each for key, each in value.items()}


def pick_stories(stories: Sequence[Story]) -> list[Story]:
    """Draw the articles of which sentences are taken, the same each time."""
    drawn = sorted(stories, key=lambda story: story.file)
    random.Random(SEED).shuffle(drawn)  # noqa: S311  # the same sentences every time
    return drawn[:_MOST_STORIES]


def _measure_mutations(court: Court, stories: Sequence[Story]) -> dict[str, Any]:
    """Count the sentences judged rightly, by what was done to them."""
    per_story = max(2, _SENTENCES // len(stories))
    rows: dict[tuple[bool, str], list[tuple[str, Ruling]]] = {}
    spent = []
    for case in make_cases(stories, per_story=per_story):
        started = time.perf_counter()
        ruling = court.rule(case.claim, case.passages, [case.published] * len(case.passages))
        spent.append((time.perf_counter() - started) * 1000)
        rows.setdefault((case.supported, case.kind), []).append((case.claim, ruling))
    return {
        "articles": len(stories),
        "kinds": [
            _measure_kind(kind, rulings, supported=supported)
            for (supported, kind), rulings in sorted(rows.items())
        ],
        "times": {
            "p50_ms": round(percentile(spent, 50), 1) if spent else None,
            "p95_ms": round(percentile(spent, 95), 1) if spent else None,
        },
    }


def _measure_kind(kind: str, rulings: Sequence[tuple[str, Ruling]], *, supported: bool) -> dict[str, Any]:
    """Count the rulings that are right; those undetermined count for nothing and are told beside it."""
    told = [
        (claim, ruling.supported is supported) for claim, ruling in rulings if ruling.supported is not None
    ]
    share = ratio_with_interval([(float(right), 1.0) for _, right in told])
    return {
        "kind": kind,
        "supported": supported,
        "right": int(share.right),
        "asked": int(share.asked),
        "undetermined": len(rulings) - len(told),
        "share": _rounded({"value": share.value, "low": share.low, "high": share.high}),
        "missed": [claim for claim, right in told if not right][:3],
    }


def dump_judges(results: Iterable[Mapping[str, Any]]) -> str:
    """Write the measurements of judges as JSON."""
    return json.dumps({"dateline_judges": 1, "judges": list(results)}, ensure_ascii=False, allow_nan=False)
