"""How well the right files are found: ir-measures over what the engine read for each case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.evals.cases import Case
from bot.evals.expect import is_right_file
from bot.evals.results import Result

# As ir-measures writes them. "Success" is what others call a hit.
_MEASURES = {"hit_at_1": "Success@1", "hit_at_4": "Success@4", "mrr_at_10": "RR@10", "ndcg_at_10": "nDCG@10"}


def relevant_files(case: Case, files: Iterable[str]) -> tuple[str, ...]:
    """Return the files that a case may be answered from; none where it names none."""
    return tuple(file for file in files if is_right_file(file, case)) if case.files else ()


def measure_retrieval(results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Measure each result that has relevant files.

    Files are ranked by their best passage among those that the engine read, as it read them. A file of
    which only a copy was read counts as not found.

    Returns:
        By the id of the case, the value of each measure, 0 to 1.
    """
    import ir_measures  # with its providers it takes a moment to import, and most commands need none of it

    asked = [result for result in results if result.relevant and result.answer is not None]
    if not asked:
        return {}
    by_measure: dict[Any, str] = {ir_measures.parse_measure(text): name for name, text in _MEASURES.items()}
    qrels = [ir_measures.Qrel(result.id, file, 1) for result in asked for file in result.relevant]
    run = [
        ir_measures.ScoredDoc(result.id, file, 1.0 / rank)
        for result in asked
        for rank, file in enumerate(result.found, start=1)
    ]
    values = {result.id: dict.fromkeys(_MEASURES, 0.0) for result in asked}
    for metric in ir_measures.iter_calc(list(by_measure), qrels, run):
        values[metric.query_id][by_measure[metric.measure]] = float(metric.value)
    return values
