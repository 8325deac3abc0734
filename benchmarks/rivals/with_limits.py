"""The limit: the model's own ``encode`` on given passages, and all vectors compared in numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sentence_transformers import SentenceTransformer

from benchmarks.rivals.worker import Job, Piece, read_given, serve


class Limits:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._model = SentenceTransformer(str(job.model), device="cpu", local_files_only=True)
        self._vectors = np.zeros((0, self._model.get_embedding_dimension() or 0), dtype=np.float32)
        self._files: list[str] = []
        self._kept = job.index / "vectors.npz"
        if self._kept.is_file():
            kept = np.load(self._kept)
            self._vectors, self._files = kept["vectors"], kept["files"].tolist()

    def open(self) -> None:
        """See System."""
        self._model.encode(["warm"], show_progress_bar=False)

    def add(self, new: Sequence[str]) -> int:
        """See System."""
        pieces = self.pieces(new)
        texts = [piece.head + piece.text for piece in pieces]
        vectors = self._model.encode(texts, show_progress_bar=False, normalize_embeddings=True)
        self._vectors = np.concatenate([self._vectors, vectors])
        self._files += [piece.file for piece in pieces]
        return len(self._files)

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System."""
        raise NotImplementedError("nothing is kept in step")

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        vector = self._model.encode([question], show_progress_bar=False, normalize_embeddings=True)[0]
        return [self._files[row] for row in np.argsort(-(self._vectors @ vector), kind="stable")[:k]]

    def answer(self, question: str) -> str:
        """See System."""
        raise NotImplementedError("nothing answers here")

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System."""
        return read_given(self._job, files)

    def close(self) -> None:
        """See System."""
        np.savez(self._kept, vectors=self._vectors, files=np.asarray(self._files))


if __name__ == "__main__":
    serve(Limits)
