"""The small model of index/follows.py: measured on pairs that it has not learned from, and trained anew.

``--fit`` trains it and writes index/follows.onnx, which takes about half an hour; it needs the package onnx. The judge's
weights rest on what it says, so `python -m benchmarks judge --fit` belongs behind it.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Sequence

from benchmarks.figures import table
from benchmarks.written_pairs import WrittenPair, read_pairs
from bot.check import LexicalJudge
from bot.evals.figures import auroc_by_group
from bot.evals.mutations import SEED, make_cases
from bot.evals.stories import Story
from bot.evidence import find_terms, find_windows, join_best
from bot.model import Label
from bot.reading import read
from bot.support import judge_by_quote, supports
from index.follows import MODEL_FILE, read_following
from index.lexicon import load_lexicon

# Sentences of each passage that are changed by rule, and how many of what comes of it are learned from.
_PER_PASSAGE = 2
_CHANGED = 4_000
# Six clauses stand for all that the rule "invented" makes; they would be learned by heart.
_LEFT_OUT = "invented"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this part."""
    parser.add_argument("--fit", action="store_true", help="train the model anew and write it")


def run(arguments: argparse.Namespace) -> int:
    """Measure and print. Returns the exit code."""
    pairs = list(read_pairs())
    if arguments.fit:
        _fit([pair for pair in pairs if not pair.held_out])
    _report([pair for pair in pairs if pair.held_out])
    return 0


def _fit(pairs: Sequence[WrittenPair]) -> None:
    from benchmarks.training import Example, load_quantization, train, write_model

    load_quantization()  # what is missing is told before the half hour, not behind it

    groups: dict[str, list[Example]] = defaultdict(list)
    for pair in pairs:
        given = given_for(pair.claim, pair.passage)
        groups[pair.passage].append(Example(said=pair.claim, given=given, label=pair.label))
    stories = [Story(file=passage[:80], text=passage, published=None) for passage in groups]
    changed = [
        Example(said=case.claim, given=given_for(case.claim, *case.passages), label=case.supported)
        for case in make_cases(stories, per_story=_PER_PASSAGE)
        if case.kind != _LEFT_OUT
    ]
    random.Random(SEED).shuffle(changed)  # the same every time

    def tell(step: int, steps: int, loss: float) -> None:
        print(f"step {step:,} of {steps:,}: loss {loss:.3f}", file=sys.stderr, flush=True)

    write_model(train([*groups.values()], changed[:_CHANGED], tell), MODEL_FILE)


def given_for(claim: str, *passages: str) -> str:
    """Return the sentences that the judge would have the model read beside a claim of one statement."""
    readings = [read(passage) for passage in passages]
    windows = find_windows(find_terms(read(claim).tokens, readings, load_lexicon()), readings)
    return join_best(windows, readings)


def _report(pairs: Sequence[WrittenPair]) -> None:
    judge = LexicalJudge()
    odds = [read_following(given_for(pair.claim, pair.passage), pair.claim) for pair in pairs]
    verdicts = [judge.judge(pair.claim, [pair.passage]) for pair in pairs]
    labels, groups = [pair.label for pair in pairs], [pair.passage for pair in pairs]
    print(f"## Claims written for this project, held out: {len(pairs)} beside {len(set(groups))} passages\n")
    print(f"AUROC: the model alone {auroc_by_group(odds, labels, groups)}, "
          f"the judge {auroc_by_group([verdict.score for verdict in verdicts], labels, groups)}.\n")  # fmt: skip
    kinds: dict[tuple[bool, str], list[tuple[bool, bool, bool]]] = defaultdict(list)
    for pair, own, verdict in zip(pairs, odds, verdicts, strict=True):
        kinds[pair.label, pair.kind].append(
            (
                own > 0,
                verdict.label is Label.SUPPORTED,
                supports(judge_by_quote(pair.claim, pair.passage, None, judge)),
            )
        )
    rows = [
        (
            f"{'true' if label else 'wrong'}: {kind}",
            *(sum(column) for column in zip(*passed, strict=True)),
            len(passed),
        )
        for (label, kind), passed in sorted(kinds.items(), reverse=True)
    ]
    for label in (True, False):
        passed = [row for (own, _), some in kinds.items() if own is label for row in some]
        columns = (sum(column) for column in zip(*passed, strict=True))
        rows.append((f"all that are {'true' if label else 'wrong'}", *columns, len(passed)))
    heads = (
        "",
        "likelier than not, says the model alone",
        "supported, says the judge",
        "shown of an LLM's",
        "of",
    )
    print(table(heads, rows))
