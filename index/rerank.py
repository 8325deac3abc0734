"""Passages ranked anew by a model that reads them beside the question."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbeddingError
from index.load_models import load_cross_encoder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Reranker(Protocol):
    """Scores how well passages answer a query."""

    name: str

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one number a text, higher is better. Empty input gives shape (0,)."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder, from a local folder or a hub name."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._lock = threading.Lock()
        self._model: CrossEncoder | None = None

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Reranker. Raises EmbeddingError."""
        if not texts:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            if self._model is None:
                self._model = self._load()
            pairs = [(query, text) for text in texts]
            try:
                scores = self._model.predict(pairs, show_progress_bar=False, convert_to_numpy=True)
            except (RuntimeError, ValueError, IndexError) as exc:
                raise EmbeddingError(f"the re-ranking model {self.name} could not be run: {exc}") from exc
        array = np.asarray(scores, dtype=np.float32)
        if array.ndim != 1:
            raise EmbeddingError(
                f"the re-ranking model {self.name} gives {array.shape[1]} numbers a pair; "
                "DATELINE_RERANKER needs a model that gives one"
            )
        return array

    def _load(self) -> CrossEncoder:
        return load_cross_encoder(self.name, what="re-ranking", setting="DATELINE_RERANKER")
