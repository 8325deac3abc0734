"""Answers: facts found, positions shown, questions refused, and every promise checked.

The cases run through the same engine as ``dateline ask``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import clapnq
from benchmarks.figures import table
from benchmarks.material import DATA, OUT, ROOT, describe_index, open_app
from bot.app import App
from bot.evals.cases import Case, read_cases
from bot.evals.contract import find_faults
from bot.evals.expect import right_files, shows_facts, shows_positions
from bot.render import answer_to_json
from index.errors import ConfigError

# A point that several articles make should be seen to be made by several.
_AGREEING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A case, the answer as ``ask --json`` gives it, and its faults."""

    case: Case
    answer: dict[str, Any]
    faults: tuple[str, ...]

    @property
    def answered(self) -> bool:
        """Whether there is an answer."""
        return bool(self.answer["status"] == "answered")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument(
        "--cases",
        type=Path,
        default=ROOT / "tests" / "golden" / "corpus.jsonl",
        help="cases, one JSON object a line (%(default)s)",
    )
    parser.add_argument(
        "--corpus", type=Path, default=ROOT / "corpus", help="folder of articles (%(default)s)"
    )
    parser.add_argument("--index", type=Path, help="an index over the corpus; else one is built")
    parser.add_argument("--verbose", action="store_true", help="list the cases that failed, with the answers")
    parser.add_argument("--clapnq", action="store_true", help="measure the confidence on CLAPNQ instead")
    parser.add_argument("--data", type=Path, default=DATA, help="folder that holds answerable/ (%(default)s)")


def run(given: argparse.Namespace) -> int:
    """Measure and print. Returns 1 where an answer broke a promise."""
    if given.clapnq:
        return clapnq.run(given.data)
    try:
        cases = read_cases(given.cases).cases
    except OSError as exc:
        raise ConfigError(f"the cases cannot be read: {exc}") from exc
    index = given.index or OUT / f"{given.corpus.resolve().name}.answers.index"
    app = open_app(given.corpus, index, given=given.index is not None)
    try:
        print(f"## Answers, {given.cases.name}, {len(cases)} cases\n\n{describe_index(app)}\n")
        outcomes = [_ask(app, case, given.corpus) for case in cases]
    finally:
        app.close()
    print(report(outcomes))
    if given.verbose:
        print(_list_failures(outcomes))
    return int(any(outcome.faults for outcome in outcomes))


def _ask(app: App, case: Case, corpus: Path) -> Outcome:
    answer = answer_to_json(app.ask(case.question, asked_at=case.asked_at, history=case.history))
    return Outcome(case=case, answer=answer, faults=tuple(find_faults(answer, corpus, app.text_of)))


def report(outcomes: Sequence[Outcome]) -> str:
    """Lay the counts out as a Markdown table; rows without cases are left out."""
    with_facts = [outcome for outcome in outcomes if outcome.case.facts]
    with_positions = [outcome for outcome in outcomes if outcome.case.positions]
    agreeing = [outcome for outcome in outcomes if outcome.case.kind == "agreement"]
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    follow_ups = [outcome for outcome in with_facts if outcome.case.history]
    rows = [
        _row("facts in at most three sentences, with a right file", with_facts, _finds_facts),
        _row("of these, follow-ups", follow_ups, _finds_facts),
        _row("every position shown, each from another file", with_positions, _shows_all_positions),
        _row(f"agreement: at least {_AGREEING} right files cited", agreeing, _cites_several),
        _row("agreement: no disagreement claimed", agreeing, lambda o: not o.answer["disagreements"]),
        _row("answerable: answered at all", answerable, lambda outcome: outcome.answered),
    ]
    for kind in sorted({o.case.kind for o in outcomes if o.case.answerable is False}):
        refusals = [o for o in outcomes if o.case.answerable is False and o.case.kind == kind]
        name = "unanswerable: refused" if kind == "unanswerable" else f"unanswerable, {kind}: refused"
        rows.append(_row(name, refusals, lambda outcome: not outcome.answered))
    rows.append(_row("answers without a contract fault", outcomes, lambda outcome: not outcome.faults))
    return table(("", "right", "of"), [row for row in rows if row[2]])


def _row(name: str, outcomes: Sequence[Outcome], is_right: Callable[[Outcome], bool]) -> tuple[str, int, int]:
    return name, sum(is_right(outcome) for outcome in outcomes), len(outcomes)


def _finds_facts(outcome: Outcome) -> bool:
    return shows_facts(outcome.answer, outcome.case)


def _shows_all_positions(outcome: Outcome) -> bool:
    return outcome.answered and shows_positions(outcome.answer, outcome.case)


def _cites_several(outcome: Outcome) -> bool:
    return len(right_files(outcome.answer, outcome.case)) >= _AGREEING


def _failures(outcome: Outcome) -> list[str]:
    found = list(outcome.faults)
    case = outcome.case
    if case.answerable is False and outcome.answered:
        found.append("answered, though the articles do not say")
    if case.facts and not _finds_facts(outcome):
        found.append(f"facts {list(case.facts)} not shown with a right file")
    if case.positions and not _shows_all_positions(outcome):
        found.append(f"positions {list(case.positions)} not all shown")
    if case.kind == "agreement" and outcome.answer["disagreements"]:
        found.append(f"claims a disagreement: {outcome.answer['disagreements'][0]['positions']}")
    if case.kind == "agreement" and not _cites_several(outcome):
        found.append(f"cites {len(right_files(outcome.answer, case))} right files")
    return found


def _list_failures(outcomes: Sequence[Outcome]) -> str:
    lines = ["\n### What failed\n"]
    for outcome in outcomes:
        found = _failures(outcome)
        if not found:
            continue
        lines.append(f"- `{outcome.case.id}` {outcome.case.question}")
        if outcome.answer["rewritten"]:
            lines.append(f"  - read as: {outcome.answer['rewritten']}")
        lines += [f"  - {fault}" for fault in found]
        said = outcome.answer["text"] if outcome.answered else f"({outcome.answer['reason']})"
        files = ", ".join(dict.fromkeys(cited["file"] for cited in outcome.answer["citations"]))
        lines.append(f"  - said: {said}" + (f" — {files}" if files else ""))
    return "\n".join(lines if len(lines) > 1 else [*lines, "Nothing."])
