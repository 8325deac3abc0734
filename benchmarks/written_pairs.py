"""Passages with true and wrong claims, written for this project: what the model of index/follows.py learns from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.material import read_json_lines

FOLDER = Path(__file__).with_name("pairs")
# One passage of so many is kept from the training, by its hash, so that more passages change nothing for the others.
_HELD_OUT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPair:
    """A claim beside its passage.

    Attributes:
        label: whether the passage by itself supports the whole claim.
        kind: how it is worded where it is true, what is wrong with it where it is not.
    """

    passage: str
    claim: str
    label: bool
    kind: str

    @property
    def held_out(self) -> bool:
        """Whether it is measured on, and not learned from."""
        return int(hashlib.sha256(self.passage.encode()).hexdigest(), 16) % _HELD_OUT == 0


def read_pairs(folder: Path = FOLDER) -> Iterator[WrittenPair]:
    """Read all pairs, in the order of the files' names; those of a passage one after another."""
    for file in sorted(folder.glob("*.jsonl")):
        for row in read_json_lines(file):
            for said in row["claims"]:
                yield WrittenPair(
                    passage=row["passage"], claim=said["claim"], label=bool(said["label"]), kind=said["kind"]
                )
