"""Facts in which nearly equal texts differ, and what is no change of a fact."""

from __future__ import annotations

import numpy as np
import pytest

from index.changes import alike, find_changes
from index.fusion import find_copies

TEXT = (
    "Gunmen drove into Norwick before dawn on Monday 9 June and freed 300 prisoners, the mayor, Karl Brandt, said. "
    "Nobody was hurt, and the guards were found asleep in the yard of the school across the street."
)


@pytest.mark.parametrize(
    ("old", "new"),
    [("300", "480"), ("9 June", "19 June"), ("Karl Brandt", "Ines Halloran"), ("Norwick", "Marrowby"), ("Monday", "Friday")],
)  # fmt: skip
def test_another_number_day_name_or_place_is_a_change(old: str, new: str) -> None:
    changed = TEXT.replace(old, new)
    changes = find_changes(TEXT, changed)
    assert len(changes) == 1
    mine, theirs = TEXT[slice(*changes[0].mine)], changed[slice(*changes[0].theirs)]
    assert mine in old and theirs in new
    assert alike(TEXT, changed) > 0.8


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("said", "told reporters"),
        (" and freed", ", freeing"),
        ("Norwick", "Norwyck"),
        ("Nobody was hurt", "No one was hurt"),
        ("300 prisoners", "300 prisoners and 12 others"),
        (" on Monday 9 June", ""),
    ],
)
def test_other_words_and_further_facts_are_no_change(old: str, new: str) -> None:
    assert find_changes(TEXT, TEXT.replace(old, new)) == ()


def test_an_altered_report_is_no_copy_and_a_reworded_one_is() -> None:
    texts = [TEXT, TEXT.replace("300", "480"), TEXT.replace("said", "told reporters")]
    same = np.ones(4, dtype=np.float32) / 2
    assert find_copies(texts, [same, same, same]) == [None, None, 0]
