"""Words near in meaning: an embedding model's own input vectors, read without running the model.

Before its first layer a model looks each word piece up in a table. In all-MiniLM-L6-v2's table "kidnapped" and
"abducted" have a cosine of .73, "fled" and "escaped" .50, "price" and "soldier" .03. A look-up costs
microseconds and needs no torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from index.model_folder import load_tokenizer

# What the families of encoders call their table.
_TABLES = ("word_embeddings.weight", "embed_tokens.weight", "tok_embeddings.weight", "shared.weight")


class WordVectors:
    """The input table of the model in a folder, loaded when it is first asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokenizer = load_tokenizer(folder)
        self._loaded: NDArray[np.float32] | None = None

    def look_up(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the mean of each word's pieces, the mean of all pieces taken off.

        Returns:
            Shape (len(words), width), rows of length 1; rows of zeros for a model without such a table,
            so that no word is near another.
        """
        table = self._table()
        encoded = self._tokenizer.encode_batch_fast(list(words), add_special_tokens=False)
        pieces = [[piece for piece in own.ids if piece < len(table)] for own in encoded]
        result = np.zeros((len(words), table.shape[1]), dtype=np.float32)
        held = [place for place, own in enumerate(pieces) if own]
        if held:
            lengths = np.array([len(own) for own in pieces if own])
            flat = np.array([piece for own in pieces for piece in own], dtype=np.intp)
            starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            rows = np.add.reduceat(table[flat], starts) / lengths[:, np.newaxis].astype(np.float32)
            result[held] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
        return result

    def _table(self) -> NDArray[np.float32]:
        if self._loaded is None:
            self._loaded = self._read_table()
        return self._loaded

    def _read_table(self) -> NDArray[np.float32]:
        for file in sorted(self._folder.rglob("*.safetensors")):
            try:
                with safe_open(file, "np") as tensors:
                    for key in tensors.keys():  # noqa: SIM118  # not a dict
                        if key.endswith(_TABLES):
                            table: NDArray[np.float32] = tensors.get_tensor(key).astype(np.float32)
                            table -= table.mean(axis=0)
                            return table
            except (OSError, SafetensorError, TypeError):
                # A number format that numpy has not, such as bfloat16, or a file that the model itself does
                # not use; a broken model is told of when it is run.
                continue
        return np.zeros((1, 1), dtype=np.float32)
