"""The arithmetic: intervals that are the same each time, and no NaN anywhere."""

from __future__ import annotations

import math

import pytest

from bot.evals.figures import (
    balanced_accuracy_by_group,
    calibration_error,
    difference_with_interval,
    percentile_with_interval,
    ratio_with_interval,
    refused_where_answered,
    reliability,
)


def test_a_ratio_is_of_sums_and_its_interval_draws_cases() -> None:
    parts = [(1.0, 1.0), (0.0, 1.0), (3.0, 4.0)] * 20
    found = ratio_with_interval(parts)
    assert (found.right, found.asked, found.cases) == (80.0, 120.0, 60)
    assert found.value == pytest.approx(2 / 3)
    assert found.low is not None and found.high is not None
    assert found.low < 2 / 3 < found.high
    assert found == ratio_with_interval(parts)


def test_cases_of_which_nothing_is_asked_do_not_count() -> None:
    assert ratio_with_interval([(1.0, 2.0), (0.0, 0.0)]) == ratio_with_interval([(1.0, 2.0)])


def test_nothing_asked_gives_no_value_and_no_nan() -> None:
    for parts in ([], [(0.0, 0.0)]):
        found = ratio_with_interval(parts)
        assert (found.value, found.low, found.high, found.asked, found.cases) == (None, None, None, 0.0, 0)


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    # 200 runs of 60 cases, each right with .8, by a small generator of our own so that nothing hangs on numpy's.
    state, covered = 12345, 0
    for _ in range(200):
        parts = []
        for _ in range(60):
            state = (1103515245 * state + 12345) % 2**31
            parts.append((float(state / 2**31 < 0.8), 1.0))
        found = ratio_with_interval(parts)
        assert found.low is not None and found.high is not None
        covered += found.low <= 0.8 <= found.high
    assert 0.88 <= covered / 200 <= 0.99


def test_a_difference_is_paired() -> None:
    before = [(1.0, 1.0), (0.0, 1.0)] * 30
    assert difference_with_interval(before, before) == (0.0, 0.0, 0.0)
    better = [(1.0, 1.0)] * 60
    found = difference_with_interval(before, better)
    assert found is not None
    assert found[0] == 0.5 and found[1] > 0
    assert difference_with_interval(before, [(0.0, 0.0)] * 60) is None


def test_percentiles_have_intervals() -> None:
    low, high = percentile_with_interval([float(n) for n in range(100)], 50)
    assert 30 < low < 49.5 < high < 70
    with pytest.raises(ValueError, match="no values"):
        percentile_with_interval([], 50)


def test_reliability_leaves_empty_bins_out() -> None:
    bins = reliability([0.05, 0.05, 0.95, 1.0], [False, True, True, True])
    assert [(found.count, found.share_true) for found in bins] == [(2, 0.5), (2, 1.0)]
    assert calibration_error([0.05, 0.05, 0.95, 1.0], [False, True, True, True]) == pytest.approx(0.2375)
    assert calibration_error([], []) == 0


def test_balanced_accuracy_is_the_mean_of_both_rates() -> None:
    scores, labels = [0.9, 0.4, 0.1, 0.2, 0.6, 0.3], [True, True, False, False, False, False]
    found = balanced_accuracy_by_group(scores, labels, list("aabbcc"), 0.5)
    assert found.value == pytest.approx((0.5 + 0.75) / 2)
    assert found.low <= found.value <= found.high
    assert not math.isnan(found.low)
    with pytest.raises(ValueError, match="both"):
        balanced_accuracy_by_group([0.1], [True], ["a"], 0.5)


def test_the_threshold_keeps_so_large_a_share_of_the_positives() -> None:
    scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.3, 0.2, 0.1, 0.15, 0.25, 0.05, 0.2]
    labels = [True] * 10 + [False] * 4
    found, threshold = refused_where_answered(scores, labels, 0.9)
    # Nine of ten are kept from .2 on, which keeps two of the four others.
    assert (found.value, found.count, threshold) == (0.5, 4, 0.2)
    assert 0.0 <= found.low <= 0.5 <= found.high <= 1.0
    assert refused_where_answered(scores, labels, 1.0)[1] == 0.1
