"""llama-index's embedding and storing alone: the passages are given, and are Dateline's."""

from __future__ import annotations

from collections.abc import Sequence

import chromadb
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

from benchmarks.rivals.worker import Job, Piece, read_given, serve


class GivenPassages:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        client = chromadb.PersistentClient(path=str(job.index / "chroma"))
        self._collection = client.get_or_create_collection("articles")
        self._embed = HuggingFaceEmbedding(model_name=str(job.model), device="cpu")
        vectors = ChromaVectorStore(chroma_collection=self._collection)
        storage = StorageContext.from_defaults(vector_store=vectors)
        self._index = VectorStoreIndex([], storage_context=storage, embed_model=self._embed)

    def open(self) -> None:
        """See System."""
        self._embed.get_query_embedding("warm")

    def add(self, new: Sequence[str]) -> int:
        """See System."""
        nodes = [
            TextNode(
                text=piece.head + piece.text,
                metadata={"file": piece.file},
                excluded_embed_metadata_keys=["file"],
            )
            for piece in self.pieces(new)
        ]
        self._index.insert_nodes(nodes)
        return int(self._collection.count())

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System."""
        raise NotImplementedError("given passages are not kept in step")

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        found = self._index.as_retriever(similarity_top_k=k).retrieve(question)
        return [str(item.node.metadata["file"]) for item in found]

    def answer(self, question: str) -> str:
        """See System."""
        raise NotImplementedError("nothing answers here")

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System."""
        return read_given(self._job, files)

    def close(self) -> None:
        """See System. Chroma writes as it goes."""


if __name__ == "__main__":
    serve(GivenPassages)
