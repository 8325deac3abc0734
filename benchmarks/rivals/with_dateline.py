"""Dateline, as ``dateline index``, ``search`` and ``ask`` run it."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.rivals.worker import Job, Piece, serve
from bot.app import build
from bot.render import answer_to_json
from bot.settings import Settings
from index.articles import read_document, read_metadata
from index.embed import SentenceTransformerEmbedder
from index.filling import VectorFiller
from index.passages import split_document
from index.recipe import passage_tokens, recipe_of
from index.vectors import MemoryStore


class Dateline:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._app = build(Settings(corpus=job.corpus, index=job.index, embedder=str(job.model)))

    def open(self) -> None:
        """See System."""
        self._app.warm_up()

    def add(self, new: Sequence[str]) -> int:
        """See System. The folder is compared with the index."""
        return self._app.sync().passages

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System. The folder is compared with the index."""
        self._app.sync()

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        return [hit.passage.article.file for hit in self._app.search(question, k)]

    def answer(self, question: str) -> str:
        """See System. The quotations are checked."""
        return str(answer_to_json(self._app.ask(question))["text"])

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System. A passage is embedded behind its title."""
        embedder = SentenceTransformerEmbedder(str(self._job.model))
        filler = VectorFiller(embedder, MemoryStore())
        metadata = read_metadata(self._job.corpus)
        pieces = []
        for file in files:
            document = read_document(file, (self._job.corpus / file).read_bytes(), metadata)
            recipe, most = recipe_of(embedder), passage_tokens(embedder)
            for passage in split_document(document, embedder.count_tokens, recipe=recipe, max_tokens=most):
                whole, shift = filler.embedded_text(passage.article.title, file, passage.text)
                pieces.append(Piece(file=file, head=whole[:shift], text=whole[shift:]))
        return pieces

    def close(self) -> None:
        """See System."""
        self._app.close()


if __name__ == "__main__":
    serve(Dateline)
