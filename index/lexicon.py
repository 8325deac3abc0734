"""How rare a word is and which words mean nearly the same, read from the embedding model's own tables.

The bundled model's vocabulary is ordered by frequency, and its first layer holds a vector a word. Both are
read without running the model, so that comparing words costs microseconds and needs no torch.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingError
from index.model_folder import find_model

# Entries of BERT's uncased vocabulary before this one are marks, unused slots and single characters.
_FIRST_WORD = 1996
# Rank at which words stop being everyday ones: rarity grows with the logarithm of rank / this.
_EVERYDAY = 40.0
_TABLE = "embeddings.word_embeddings.weight"


class Lexicon:
    """Words of a BERT vocabulary with their rank and their vector."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            lines = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        except OSError as exc:
            raise EmbeddingError(f"{folder / 'vocab.txt'} cannot be read: install Dateline anew") from exc
        self._rank = {word: rank for rank, word in enumerate(lines) if word}
        self._most = math.log(1 + len(lines) / _EVERYDAY)
        self._table: NDArray[np.float32] | None = None
        self._rows: dict[str, NDArray[np.float32]] = {}

    def rarity(self, word: str) -> float:
        """Return how rare a folded word is, from 0.1 ("the") to 1 (not in the vocabulary as a whole word)."""
        rank = self._rank.get(word)
        if rank is None:
            return 1.0
        return max(0.1, math.log(1 + max(0, rank - _FIRST_WORD) / _EVERYDAY) / self._most)

    def near(self, words: Sequence[str], among: Collection[str], *, floor: float) -> list[dict[str, float]]:
        """Find, for each folded word, those of other words that mean nearly the same.

        Args:
            floor: the least cosine that counts.

        Returns:
            For each word the near ones with their cosine; nothing for words outside the vocabulary.
        """
        known = sorted(word for word in among if word in self._rank)
        asked = [word for word in words if word in self._rank]
        if not known or not asked:
            return [{} for _ in words]
        cosines = self._vectors(asked) @ self._vectors(known).T
        rows = dict(zip(asked, cosines, strict=True))
        return [
            {known[i]: float(rows[word][i]) for i in np.flatnonzero(rows[word] >= floor)}
            if word in rows
            else {}
            for word in words
        ]

    def _vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        table = self._load()
        for word in words:
            if word not in self._rows:
                row = np.array(table[self._rank[word]], dtype=np.float32)
                self._rows[word] = row / np.float32(max(float(np.linalg.norm(row)), 1e-12))
        return np.stack([self._rows[word] for word in words])

    def _load(self) -> NDArray[np.float32]:
        """Map the first layer of the weights; only the rows that are asked for are read from disk."""
        if self._table is None:
            file = self._folder / "model.safetensors"
            try:
                # The format: eight bytes with the header's length, the header as JSON, the numbers.
                with file.open("rb") as stream:
                    (length,) = struct.unpack("<Q", stream.read(8))
                    entry = json.loads(stream.read(length))[_TABLE]
                start = 8 + length + entry["data_offsets"][0]
                self._table = np.memmap(
                    file, dtype="<f4", mode="r", offset=start, shape=tuple(entry["shape"])
                )
            except (OSError, ValueError, KeyError, struct.error) as exc:
                raise EmbeddingError(f"{file} cannot be read ({exc}): install Dateline anew") from exc
        return self._table


@cache
def load_lexicon() -> Lexicon:
    """Load the lexicon of the bundled model, whichever embedder is set, so that scores stay comparable."""
    return Lexicon(find_model(""))
