"""txtai: paragraphs, embedded and kept with their text."""

from __future__ import annotations

from collections.abc import Sequence

from txtai import Embeddings
from txtai.pipeline import Segmentation

from benchmarks.rivals.worker import Job, Piece, serve


class Txtai:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._kept = str(job.index)
        self._embeddings = Embeddings(path=str(job.model), content=True, gpu=False)
        if self._embeddings.exists(self._kept):
            self._embeddings.load(self._kept)
        self._split = Segmentation(paragraphs=True)

    def open(self) -> None:
        """See System."""
        self._embeddings.transform("warm")

    def add(self, new: Sequence[str]) -> int:
        """See System."""
        rows = [
            (f"{file}#{number}", text, None) for file in new for number, text in enumerate(self._read(file))
        ]
        # On an empty index this is `index`.
        self._embeddings.upsert(rows)
        self._embeddings.save(self._kept)
        return int(self._embeddings.count())

    def _read(self, file: str) -> list[str]:
        text = (self._job.corpus / file).read_text(encoding="utf-8")
        return [paragraph for paragraph in self._split(text) if paragraph]

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System. An edited file may have fewer paragraphs, so its old ones are deleted first."""
        for file in (*changed, *removed):
            sql = "SELECT id FROM txtai WHERE id LIKE :id"
            rows = self._embeddings.search(sql, limit=100_000, parameters={"id": f"{file}#%"})
            self._embeddings.delete([row["id"] for row in rows])
        if changed:
            self.add(changed)
        elif removed:
            self._embeddings.save(self._kept)

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        return [str(row["id"]).rpartition("#")[0] for row in self._embeddings.search(question, k)]

    def answer(self, question: str) -> str:
        """See System."""
        raise NotImplementedError("answers need an LLM")

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System."""
        return [Piece(file=file, head="", text=text) for file in files for text in self._read(file)]

    def close(self) -> None:
        """See System."""
        self._embeddings.close()


if __name__ == "__main__":
    serve(Txtai)
