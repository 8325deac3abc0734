"""Words near in meaning: an embedding model's own input vectors, read without running the model.

Before its first layer a model looks each word piece up in a table. In all-MiniLM-L6-v2's table "kidnapped" and
"abducted" have a cosine of .73, "fled" and "escaped" .50, "price" and "soldier" .03. A look-up costs
microseconds and needs no torch.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from index.model_folder import load_tokenizer

# What the families of encoders call their table.
_TABLES = ("word_embeddings.weight", "embed_tokens.weight", "tok_embeddings.weight", "shared.weight")
# About the words of a thousand articles; 60 MB with vectors of 384.
_KEPT = 40_000


class WordVectors:
    """The input table of the model in a folder, loaded when it is first asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tokenizer = load_tokenizer(folder)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._loaded: NDArray[np.float32] | None = None

    def look_up(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return the mean of each word's pieces, the mean of all pieces taken off.

        Returns:
            Shape (len(words), width), rows of length 1; rows of zeros for a model without such a table,
            so that no word is near another.
        """
        with self._lock:
            table = self._table()
            width = int(table.shape[1])
            lacking = [word for word in dict.fromkeys(words) if word not in self._known]
            for word, encoded in zip(
                lacking, self._tokenizer.encode_batch_fast(lacking, add_special_tokens=False), strict=True
            ):
                ids = [piece for piece in encoded.ids if piece < len(table)]
                vector = table[ids].mean(axis=0) if ids else np.zeros(width, dtype=np.float32)
                self._known[word] = vector / max(float(np.linalg.norm(vector)), 1e-12)
            found = np.zeros((len(words), width), dtype=np.float32)
            for row, word in enumerate(words):
                found[row] = self._known[word]
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

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
