"""Haystack as its documentation puts it together, over Chroma."""

from __future__ import annotations

from collections.abc import Sequence

from haystack import Pipeline
from haystack.components.converters import TextFileToDocument
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.writers import DocumentWriter
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.retrievers.chroma import ChromaEmbeddingRetriever
from haystack_integrations.document_stores.chroma import ChromaDocumentStore

from benchmarks.rivals.worker import Job, Piece, serve


class Haystack:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._store = ChromaDocumentStore(persist_path=str(job.index))
        self._indexing = Pipeline()
        embedder = SentenceTransformersDocumentEmbedder(model=str(job.model), progress_bar=False)
        self._indexing.add_component("read", TextFileToDocument())
        self._indexing.add_component("split", DocumentSplitter())
        self._indexing.add_component("embed", embedder)
        self._indexing.add_component("write", DocumentWriter(self._store, policy=DuplicatePolicy.OVERWRITE))
        for one, next_one in (("read", "split"), ("split", "embed"), ("embed", "write")):
            self._indexing.connect(one, next_one)
        self._querying = Pipeline()
        asker = SentenceTransformersTextEmbedder(model=str(job.model), progress_bar=False)
        self._querying.add_component("embed", asker)
        self._querying.add_component("retrieve", ChromaEmbeddingRetriever(self._store))
        self._querying.connect("embed.embedding", "retrieve.query_embedding")

    def open(self) -> None:
        """See System."""
        self._indexing.warm_up()
        self._querying.warm_up()

    def add(self, new: Sequence[str]) -> int:
        """See System."""
        self._indexing.run({"read": {"sources": [self._job.corpus / file for file in new]}})
        return int(self._store.count_documents())

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System. Passages of an edited file have other ids, so they would stay beside the new ones."""
        for file in (*changed, *removed):
            # Files are kept by their names alone.
            here = {"field": "meta.file_path", "operator": "==", "value": file.rpartition("/")[2]}
            self._store.delete_by_filter(here)
        if changed:
            self.add(changed)

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        found = self._querying.run({"embed": {"text": question}, "retrieve": {"top_k": k}})
        return [str(document.meta["file_path"]) for document in found["retrieve"]["documents"]]

    def answer(self, question: str) -> str:
        """See System."""
        raise NotImplementedError("answers need an LLM")

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System."""
        pieces = []
        for file in files:
            read = TextFileToDocument().run(sources=[self._job.corpus / file])["documents"]
            for document in DocumentSplitter().run(documents=read)["documents"]:
                pieces.append(Piece(file=file, head="", text=document.content))
        return pieces

    def close(self) -> None:
        """See System. Chroma writes as it goes."""


if __name__ == "__main__":
    serve(Haystack)
