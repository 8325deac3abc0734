"""Reports as one HTML page each: everything in the file, nothing asked of any server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.evals.confidence import describe_confidence
from bot.evals.counts import say_count
from bot.evals.report import STAGES
from bot.evals.score import MEASURES, Measure
from bot.model import Label

TEMPLATES = Path(__file__).parent / "templates"

# What a reader is to see first in a sentence of several claims.
_GRAVITY = (
    Label.CONTRADICTED.value,
    Label.NOT_MENTIONED.value,
    "failed",
    Label.UNREADABLE.value,
    Label.SUPPORTED.value,
)
_WORDS = {
    "supported": "supported",
    "contradicted": "contradicted",
    "not_mentioned": "not mentioned",
    "unreadable": "unreadable",
    "failed": "undetermined",
}
# Cards that are opened at once: the worst, so that nobody has to look for it.
_OPEN = 1


def write_page(report: Mapping[str, Any]) -> str:
    """Write the page of a run."""
    changed = {case["id"]: case for case in (report.get("baseline") or {}).get("cases", ())}
    cards = [lay_out_case(case, changed.get(case["id"])) for case in report["cases"]]
    cards.sort(key=lambda card: (-card["weight"], card["id"]))
    return (
        _templates()
        .get_template("report.html")
        .render(
            report=report,
            confidence=describe_confidence(report["confidence"]),
            measures=MEASURES,
            stages=STAGES,
            words=_WORDS,
            cards=cards,
            opened=_OPEN,
            highest=max([1, *(column["supported"] + column["other"] for column in report["support"])]),
        )
    )


def write_judges_page(results: Sequence[Mapping[str, Any]]) -> str:
    """Write the page of measured judges."""
    return _templates().get_template("judges.html").render(judges=results)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["groupby_in_order"] = _group
    environment.filters["say_count"] = say_count
    return environment


def _group(measures: Sequence[Measure]) -> list[tuple[str, list[Measure]]]:
    """Put measures under the question that they help to answer, in their order."""
    groups: dict[str, list[Measure]] = {}
    for measure in measures:
        groups.setdefault(measure.group, []).append(measure)
    return list(groups.items())


def lay_out_case(case: Mapping[str, Any], changed: Mapping[str, Any] | None) -> dict[str, Any]:
    """Arrange a case of a report for its card: sentences in coloured pieces, each with its quotes beside it."""
    answer = case["answer"]
    quotes = {citation["number"]: citation for citation in answer["citations"]} if answer else {}
    claims = case["claims"]
    sentences = []
    for index, sentence in enumerate(answer["sentences"] if answer else ()):
        own = [claim for claim in claims if claim["sentence"] == index]
        labels = [_label_of(claim) for claim in own]
        irrelevant = {number for claim in own for number in claim["irrelevant"] or ()}
        sentences.append(
            {
                "pieces": _cut(sentence["text"], own),
                "label": min(labels, key=_GRAVITY.index, default="failed"),
                "claims": own,
                "quotes": [
                    {
                        **quotes[number],
                        "exact": number not in case["inexact"],
                        "irrelevant": number in irrelevant,
                    }
                    for number in sentence["citations"]
                    if number in quotes
                ],
            }
        )
    return {
        **case,
        "status": "failed" if case["error"] else answer["status"],
        "sentences": sentences,
        "weight": sum(trouble["weight"] for trouble in case["troubles"]),
        "changed": changed,
    }


def _label_of(claim: Mapping[str, Any]) -> str:
    """The graver of a claim's two rulings; one without a citation has one."""
    labels = [claim["read"]["label"], *([claim["cited"]["label"]] if claim["cited"] else [])]
    return str(min(labels, key=_GRAVITY.index))


def _cut(text: str, claims: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Cut a sentence into pieces with the label of the claim that each makes; empty for words between claims."""
    pieces: list[tuple[str, str]] = []
    done = 0
    for claim in claims:
        at = text.find(claim["text"], done)
        if at < 0:
            continue
        pieces += [(text[done:at], ""), (claim["text"], _label_of(claim))]
        done = at + len(claim["text"])
    pieces.append((text[done:], ""))
    return [piece for piece in pieces if piece[0]]
