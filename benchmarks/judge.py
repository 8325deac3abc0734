"""The judge: against human labels, cross-validated, and against sentences made false by rule.

``--fit`` writes the weights that the program uses; without it the weights as they are get measured.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np

from benchmarks.figures import table
from benchmarks.logistic import Sample, fit, folds
from benchmarks.material import DATA, ROOT, find_realtimeqa, read_json_lines, read_realtimeqa
from benchmarks.written_pairs import read_pairs
from bot.check import SUPPORTED_FROM, LexicalJudge
from bot.claims import split_claim
from bot.evals.figures import auroc, auroc_by_group, calibration_error, percentile
from bot.evals.mutations import SEED, make_cases
from bot.evals.stories import Story, read_stories
from bot.examine import Signs, examine
from bot.model import Label
from bot.reading import read
from bot.weigh import NAMES, WEIGHTS_FILE, Weights, load_weights
from index.lexicon import load_lexicon

_SETS = ("begin_dev", "cliff_cnndm_val", "cliff_xsum_val", "summedits_news_evaluation", "wice_dev")
# What more of each figure does to the score, known before any fit.
_DIRECTIONS = (1, 1, -1, -1, -1, -1)
# What is tried for the weight of the small model, which comes last; it speaks for a statement.
_SHARES = (0.0, 0.8, 1.6, 2.4, 3.2, 4.0, 4.8, 5.6, 6.4)
# Differences of the mean AUROC that tell nothing.
_AS_GOOD = 0.004
_MADE = "made of corpus/"
_WRITTEN = "benchmarks/pairs, held out"
# What a claim gets in which no statement can be read.
_NOTHING = Signs(words=0, pairs=0, missing=1, gap=1, absent=1, contradicted=0, follows=0)
# Share of the made inventions that must be refused.
_REFUSED = 0.93
_FOLDS = 5
_SHIFTS = (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
# Articles of RealTimeQA for the mutation suite, and sentences of each.
_STORIES = 150
_PER_STORY = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Set:
    name: str
    samples: tuple[Sample, ...]

    @property
    def labels(self) -> list[bool]:
        return [sample.label for sample in self.samples]

    @property
    def groups(self) -> list[str]:
        return [sample.group for sample in self.samples]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the material")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew and write them")
    parser.add_argument("--sets", action="store_true", help="only the labelled sets, no mutations")
    parser.add_argument("--mutations", action="store_true", help="only the mutations, no labelled sets")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    if not arguments.mutations:
        folder = arguments.data / "judge"
        if all((folder / f"{name}.jsonl").is_file() for name in _SETS):
            sets = [*(_read_set(folder / f"{name}.jsonl") for name in _SETS), _made_set(), _written_set()]
            _report_sets(sets, write=arguments.fit)
        else:
            print(
                f"The labelled claims are not in {folder}: skipped. Name the folder that holds judge/ with --data."
            )
    if not arguments.sets:
        _report_mutations("corpus", read_stories(ROOT / "corpus"), per_story=1_000)
        source = find_realtimeqa(arguments.data)
        if source is not None:
            stories = [
                Story(file=file, text=text, published=day) for file, text, day in read_realtimeqa(source)
            ]
            random.Random(SEED).shuffle(stories)
            _report_mutations("RealTimeQA", stories[:_STORIES], per_story=_PER_STORY)
    return 0


def _read_set(file: Path) -> _Set:
    """Read labelled claims and work out their signs, which is what takes the time."""
    lexicon = load_lexicon()
    samples = []
    for row in read_json_lines(file):
        passages = [read(passage) for passage in row["passages"]]
        rows = [
            examine(statement, passages, [None] * len(passages), lexicon).signs.values()
            for statement in split_claim(row["claim"])
        ]
        samples.append(
            Sample(
                rows=np.array(rows or [_NOTHING.values()]),
                label=bool(row["label"]),
                group="\n".join(row["passages"]),
            )
        )
    return _Set(name=file.stem, samples=tuple(samples))


def _made_set() -> _Set:
    """Make a set of the project's own articles: sentences as they are or rewritten, against such with an invention.

    The labelled sets hold few sentences that are true but for a clause, and an LLM writes those.
    """
    lexicon = load_lexicon()
    samples = []
    for case in make_cases(read_stories(ROOT / "corpus"), per_story=1_000):
        if case.supported or case.kind == "invented":
            passages = [read(passage) for passage in case.passages]
            days = [case.published] * len(passages)
            rows = [examine(part, passages, days, lexicon).signs.values() for part in split_claim(case.claim)]
            samples.append(Sample(rows=np.array(rows), label=case.supported, group="\n".join(case.passages)))
    return _Set(name=_MADE, samples=tuple(samples))


def _written_set() -> _Set:
    """Return the claims of benchmarks/pairs that the small model has not learned from."""
    lexicon = load_lexicon()
    samples = []
    for pair in read_pairs():
        if pair.held_out:
            rows = [
                examine(part, [read(pair.passage)], [None], lexicon).signs.values()
                for part in split_claim(pair.claim)
            ]
            samples.append(Sample(rows=np.array(rows), label=pair.label, group=pair.passage))
    return _Set(name=_WRITTEN, samples=tuple(samples))


def _score(sample: Sample, weights: Weights) -> float:
    """The score of a claim: that of its weakest statement, as the judge has it."""
    return min(weights.score(Signs(**dict(zip(NAMES, map(float, row), strict=True)))) for row in sample.rows)


def _fit(sets: Sequence[_Set]) -> Weights:
    """Fit the weights, then that of the small model, then move the bias to where the one threshold does best.

    The first fit leaves out the small model, and the claims written for it, whose wrong ones share their words with the
    passage on purpose. The small model then gets the least weight with which the AUROC over all sets is as good as
    with any; fitted along with the others it comes out too small, since the fit knows nothing of the score being
    halved where something must not differ and does. Only such moves of the bias count that still refuse nearly every
    invention: an invented clause that is shown does more harm than a true sentence that is not.
    """
    labelled = [one for one in sets if one.name != _WRITTEN]
    bias, fitted = fit([[_without_last(sample) for sample in one.samples] for one in labelled], _DIRECTIONS)
    plain = tuple(round(float(w), 3) for w in fitted)
    # The model's sign is one half where it cannot tell.
    tried = [Weights(bias=bias - share / 2, weights=(*plain, share)) for share in _SHARES]
    aurocs = [mean(_auroc_of(one, weights) for one in sets) for weights in tried]
    best = next(
        weights for weights, area in zip(tried, aurocs, strict=True) if area >= max(aurocs) - _AS_GOOD
    )
    moved = [Weights(bias=round(best.bias + shift, 3), weights=best.weights) for shift in _SHIFTS]
    made = [one for one in sets if one.name == _MADE]
    strict = [w for w in moved if all(_rates_of(one, w)[1] >= _REFUSED for one in made)]
    return max(strict or moved[:1], key=lambda weights: sum(sum(_rates_of(one, weights)) for one in sets))


def _without_last(sample: Sample) -> Sample:
    return Sample(rows=sample.rows[:, :-1], label=sample.label, group=sample.group)


def _auroc_of(one: _Set, weights: Weights) -> float:
    return auroc([_score(sample, weights) for sample in one.samples], one.labels)


def _rates_of(one: _Set, weights: Weights) -> tuple[float, float]:
    return _rates([_score(sample, weights) for sample in one.samples], one.labels)


def _report_sets(sets: Sequence[_Set], *, write: bool) -> None:
    if write:
        fitted = _fit(sets)
        content = {
            "made by": "python -m benchmarks judge --fit",
            "from": {one.name: len(one.samples) for one in sets},
            "bias": fitted.bias,
            "weights": dict(zip(NAMES, fitted.weights, strict=True)),
        }
        WEIGHTS_FILE.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        load_weights.cache_clear()
    weights = load_weights()
    print(f"## The judge against human labels, threshold {SUPPORTED_FROM}\n")
    print(f"Weights: bias {weights.bias}, {dict(zip(NAMES, weights.weights, strict=True))}.")
    print("Held out: weights fitted on other passages of all sets. Unseen: fitted on the other sets alone.")
    print("In brackets: 95 % bootstrap interval over passages.\n")
    held_out = _held_out(sets)
    rows = []
    for index, one in enumerate(sets):
        others = _fit([other for other in sets if other is not one])
        unseen = [_score(sample, others) for sample in one.samples]
        said = held_out[index]
        true, false = _rates(said, one.labels)
        rows.append(
            (
                f"{one.name} ({len(one.samples)}, {sum(one.labels)} supported, {len(set(one.groups))} passages)",
                auroc_by_group([_score(sample, weights) for sample in one.samples], one.labels, one.groups),
                auroc_by_group(said, one.labels, one.groups),
                auroc_by_group(unseen, one.labels, one.groups),
                f"{(true + false) / 2:.3f}",
                f"{true:.3f}",
                f"{false:.3f}",
            )
        )
    print(
        table(
            ("", "AUROC as fitted", "held out", "unseen", "balanced accuracy", "true kept", "false refused"),
            rows,
        )
    )
    scores = [score for scores in held_out for score in scores]
    labels = [label for one in sets for label in one.labels]
    print(
        f"\nExpected calibration error over all {len(labels)}, held out: {calibration_error(scores, labels):.3f}\n"
    )


def _held_out(sets: Sequence[_Set]) -> list[list[float]]:
    """Score every claim with weights that were fitted without its passage."""
    parts = [folds(one.samples, _FOLDS) for one in sets]
    scores = [[0.0] * len(one.samples) for one in sets]
    for fold in range(_FOLDS):
        left_out = [set(part[fold]) if fold < len(part) else set() for part in parts]
        kept = [
            _Set(name=one.name, samples=tuple(s for i, s in enumerate(one.samples) if i not in out))
            for one, out in zip(sets, left_out, strict=True)
        ]
        weights = _fit(kept)
        for one, out, row in zip(sets, left_out, scores, strict=True):
            for index in out:
                row[index] = _score(one.samples[index], weights)
    return scores


def _rates(scores: Sequence[float], labels: Sequence[bool]) -> tuple[float, float]:
    """Return the shares of supported claims that are kept and of others that are refused."""
    kept = [score >= SUPPORTED_FROM for score, label in zip(scores, labels, strict=True) if label]
    refused = [score < SUPPORTED_FROM for score, label in zip(scores, labels, strict=True) if not label]
    return sum(kept) / len(kept), sum(refused) / len(refused)


def _report_mutations(name: str, stories: Sequence[Story], *, per_story: int) -> None:
    judge = LexicalJudge()
    results: dict[tuple[bool, str], list[Label]] = defaultdict(list)
    spent = []
    for case in make_cases(stories, per_story=per_story):
        started = time.perf_counter()
        verdict = judge.judge(case.claim, case.passages, published=[case.published] * len(case.passages))
        spent.append((time.perf_counter() - started) * 1000)
        results[case.supported, case.kind].append(verdict.label)
    print(f"## True sentences, rewritten and made false: {name}, {len(stories)} articles\n")
    rows = [
        (
            f"{'true' if supported else 'false'}: {kind}",
            sum((label is Label.SUPPORTED) is supported for label in labels),
            len(labels),
            f"{sum((label is Label.SUPPORTED) is supported for label in labels) / len(labels):.3f}",
        )
        for (supported, kind), labels in sorted(results.items(), reverse=True)
    ]
    print(table(("", "judged rightly", "of", "share"), rows))
    print(
        f"\nOne sentence against up to five passages: p50 {percentile(spent, 50):.1f} ms, p95 {percentile(spent, 95):.1f} ms.\n"
    )
