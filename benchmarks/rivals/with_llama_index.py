"""llama-index as its documentation puts it together, over Chroma, with a docstore that knows what is indexed."""

from __future__ import annotations

from collections.abc import Sequence

import chromadb
from llama_index.core import SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.ingestion import DocstoreStrategy, IngestionPipeline
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.query_engine import CitationQueryEngine
from llama_index.core.schema import Document, MetadataMode, QueryBundle
from llama_index.core.storage.docstore import SimpleDocumentStore
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.chroma import ChromaVectorStore

from benchmarks.rivals.worker import Job, Piece, serve


class LlamaIndex:
    """See System."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._kept = job.index / "docstore.json"
        client = chromadb.PersistentClient(path=str(job.index / "chroma"))
        self._collection = client.get_or_create_collection("articles")
        self._vectors = ChromaVectorStore(chroma_collection=self._collection)
        self._embed = HuggingFaceEmbedding(model_name=str(job.model), device="cpu")
        self._docstore = (
            SimpleDocumentStore.from_persist_path(str(self._kept))
            if self._kept.is_file()
            else SimpleDocumentStore()
        )
        self._pipeline = IngestionPipeline(
            transformations=[SentenceSplitter(), self._embed],
            vector_store=self._vectors,
            docstore=self._docstore,
            docstore_strategy=DocstoreStrategy.UPSERTS_AND_DELETE,
            # It would keep every vector once more, as JSON.
            disable_cache=True,
        )

    def open(self) -> None:
        """See System."""
        self._embed.get_query_embedding("warm")

    def add(self, new: Sequence[str]) -> int:
        """See System. The pipeline finds by itself what is new."""
        self.resync(new, ())
        return int(self._collection.count())

    def resync(self, changed: Sequence[str], removed: Sequence[str]) -> None:
        """See System. The docstore tells what changed."""
        self._pipeline.run(documents=self._read())
        self._docstore.persist(str(self._kept))

    def _read(self, files: Sequence[str] = ()) -> list[Document]:
        # Without names as ids every run would take every file for a new one.
        reader = (
            SimpleDirectoryReader(
                input_files=[self._job.corpus / file for file in files], filename_as_id=True
            )
            if files
            else SimpleDirectoryReader(input_dir=self._job.corpus, recursive=True, filename_as_id=True)
        )
        return reader.load_data()

    def search(self, question: str, k: int) -> list[str]:
        """See System."""
        engine = CitationQueryEngine.from_args(self._index(), llm=MockLLM(), similarity_top_k=k)
        found = engine.retrieve(QueryBundle(question))
        return [self._name(str(item.node.metadata["file_path"])) for item in found]

    def answer(self, question: str) -> str:
        """See System. The LLM only repeats its prompt, and takes no time."""
        return str(CitationQueryEngine.from_args(self._index(), llm=MockLLM()).query(question))

    def _index(self) -> VectorStoreIndex:
        return VectorStoreIndex.from_vector_store(self._vectors, embed_model=self._embed)

    def _name(self, path: str) -> str:
        return path.removeprefix(str(self._job.corpus)).lstrip("/\\").replace("\\", "/")

    def pieces(self, files: Sequence[str]) -> list[Piece]:
        """See System."""
        pieces = []
        for node in SentenceSplitter().get_nodes_from_documents(self._read(files)):
            whole, text = node.get_content(MetadataMode.EMBED), node.get_content(MetadataMode.NONE)
            file = self._name(str(node.metadata["file_path"]))
            pieces.append(Piece(file=file, head=whole.removesuffix(text), text=text))
        return pieces

    def close(self) -> None:
        """See System. Chroma writes as it goes."""


if __name__ == "__main__":
    serve(LlamaIndex)
