"""Text into vectors: the embedding model, and a small one for tests.

Torch is imported when many passages are first embedded, not when the embedder is made: counting word pieces and
naming the model do not need it, nor do a question and the few passages of an edit where the model is one that
index/bert.py runs.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from index.bert import BertEncoder, Encoded, open_bert
from index.blas import multiply_in_one_thread
from index.errors import EmbeddingError
from index.load_models import load_sentence_transformer
from index.model import Span
from index.model_folder import find_model, fingerprint_of, load_tokenizer, read_dim, read_max_tokens
from index.word_vectors import WordVectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Matrix = NDArray[np.float32]

BUNDLED_MODEL = "all-MiniLM-L6-v2"

# Texts run through the model together. Small batches of like length stay in a CPU's cache: 8 was a little
# faster than 16, and half as fast again as 32 and 64 on two cores.
_BATCH = 8
# So many passages are embedded without torch where it is not loaded yet: numpy takes .06 to .1 s for each, the
# loading of torch 8 s.
_FEW = 24
# Texts sorted by length together.
_WINDOW = 512


class PassageText(NamedTuple):
    """What is embedded for a passage, and where its sentences stand in it."""

    text: str
    sentences: tuple[Span, ...]


class Embedder(Protocol):
    """Turns text into unit-length vectors.

    Attributes:
        name: for people.
        fingerprint: 16 hexadecimal digits; two embedders that share it give the same vectors.
        dim: length of a vector.
        max_tokens: word pieces the model reads, its own marks included.
    """

    name: str
    fingerprint: str
    dim: int
    max_tokens: int

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Count word pieces, without the model's own marks. Empty input gives an empty list."""
        ...

    def shorten(self, text: str, max_tokens: int) -> str:
        """Return the longest beginning of a text that has at most ``max_tokens`` word pieces."""
        ...

    def embed_passages(self, passages: Sequence[PassageText]) -> tuple[Matrix, list[Matrix]]:
        """Embed passages and the sentences in them for storage.

        Returns:
            An array of shape (len(passages), dim), and for each passage one of shape
            (len(sentences), dim); rows of length 1. Empty input gives shape (0, dim) and no more.

        Raises:
            EmbeddingError: the model could not be loaded or run.
        """
        ...

    def embed_sentences(self, texts: Sequence[str]) -> Matrix:
        """Embed sentences on their own; shape (len(texts), dim). Raises EmbeddingError."""
        ...

    def embed_query(self, text: str) -> Matrix:
        """Embed a question; shape (dim,), length 1. Raises EmbeddingError."""
        ...

    def embed_words(self, words: Sequence[str]) -> Matrix:
        """Give single words' vectors by a look-up; shape (len(words), width), rows of length 1 or 0."""
        ...


class SentenceTransformerEmbedder:
    """Any sentence-transformers model, from a local folder, a hub name, or the bundled one.

    A sentence's vector is pooled from the token vectors of its passage where the model pools by the
    mean: it costs nothing beyond the passage's own pass, and "he" is read in its context. Models
    that pool otherwise embed each sentence on its own.
    """

    def __init__(self, model: str = "", *, query_prefix: str = "", passage_prefix: str = "") -> None:
        self._folder = find_model(model)
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._lock = threading.Lock()
        self._tokenizer = load_tokenizer(self._folder)
        self._model: SentenceTransformer | None = None
        self.name = model or BUNDLED_MODEL
        self.max_tokens = read_max_tokens(self._folder) - len(
            self._tokenizer.encode(passage_prefix, add_special_tokens=False).ids
        )
        self.dim = read_dim(self._folder)
        self.fingerprint = fingerprint_of(self._folder, query_prefix, passage_prefix)
        self._words = WordVectors(self._folder)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(item) for item in encoded]

    def shorten(self, text: str, max_tokens: int) -> str:
        """See Embedder."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return text if len(offsets) <= max_tokens else text[: offsets[max_tokens - 1][1]]

    def embed_passages(self, passages: Sequence[PassageText]) -> tuple[Matrix, list[Matrix]]:
        """See Embedder."""
        vectors = np.zeros((len(passages), self.dim), dtype=np.float32)
        sentences: list[Matrix] = [np.zeros((0, self.dim), dtype=np.float32)] * len(passages)
        shift = len(self._passage_prefix)
        texts = [self._passage_prefix + passage.text for passage in passages]
        if self._model is None and len(passages) <= _FEW and self._bert is not None:
            multiply_in_one_thread()
            for index, text in enumerate(texts):
                output = _Output.of_one(self._bert.encode(text))
                vectors[index] = output.vectors[0]
                sentences[index] = output.pool(0, passages[index].sentences, shift)
            return vectors, sentences
        pooled = self._pools_by_mean()
        for batch in _batches_by_length(texts):
            output = self._run([texts[index] for index in batch])
            vectors[batch] = output.vectors
            for row, index in enumerate(batch):
                spans = passages[index].sentences
                if pooled:
                    sentences[index] = output.pool(row, spans, shift)
                else:
                    text = passages[index].text
                    sentences[index] = self.embed_sentences([text[a:b] for a, b in spans])
        return vectors, sentences

    def embed_sentences(self, texts: Sequence[str]) -> Matrix:
        """See Embedder."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        prefixed = [self._passage_prefix + text for text in texts]
        if self._bert is not None:
            for row, text in enumerate(prefixed):
                vectors[row] = self._bert.encode(text).vector
            return vectors
        for batch in _batches_by_length(prefixed):
            vectors[batch] = self._run([prefixed[index] for index in batch]).vectors
        return vectors

    def embed_query(self, text: str) -> Matrix:
        """See Embedder."""
        prefixed = self._query_prefix + text
        if self._bert is not None:
            return self._bert.encode(prefixed).vector
        row: Matrix = self._run([prefixed]).vectors[0]
        return row

    def embed_words(self, words: Sequence[str]) -> Matrix:
        """See Embedder."""
        return self._words.look_up(words)

    @cached_property
    def _bert(self) -> BertEncoder | None:
        return open_bert(self._folder, self._tokenizer, read_max_tokens(self._folder))

    def _pools_by_mean(self) -> bool:
        kinds = [type(module).__name__ for module in self._load()]
        if kinds not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return False
        return bool(self._load()[1].pooling_mode == "mean")

    def _run(self, texts: list[str]) -> _Output:
        """Run the model once on texts of like length."""
        model = self._load()
        import torch

        try:
            with self._lock, torch.inference_mode():
                output = model(model.preprocess(texts))
                vectors = torch.nn.functional.normalize(output["sentence_embedding"], dim=1)
        except (RuntimeError, ValueError, IndexError) as exc:
            raise EmbeddingError(f"the embedding model {self.name} could not be run: {exc}") from exc
        encoded = self._tokenizer.encode_batch(texts)
        return _Output(
            vectors=vectors.numpy(),
            tokens=output["token_embeddings"].numpy(),
            offsets=[np.asarray(item.offsets, dtype=np.int64).reshape(-1, 2) for item in encoded],
        )

    def _load(self) -> SentenceTransformer:
        with self._lock:
            if self._model is None:
                self._model = load_sentence_transformer(self._folder)
            return self._model


class _Output(NamedTuple):
    """What one run of the model gives: text vectors, token vectors, token offsets."""

    vectors: Matrix
    tokens: Matrix
    offsets: list[NDArray[np.int64]]

    @classmethod
    def of_one(cls, encoded: Encoded) -> _Output:
        """Return what was made of a single text."""
        return cls(encoded.vector[np.newaxis], encoded.pieces[np.newaxis], [encoded.offsets])

    def pool(self, row: int, spans: Sequence[Span], shift: int) -> Matrix:
        """Average the token vectors of each span; a span the model did not reach gets the text's."""
        offsets = self.offsets[row][: self.tokens.shape[1]]
        tokens = self.tokens[row][: len(offsets)]
        result = np.empty((len(spans), self.vectors.shape[1]), dtype=np.float32)
        for index, (start, end) in enumerate(spans):
            inside = (
                (offsets[:, 0] >= start + shift)
                & (offsets[:, 1] <= end + shift)
                & (offsets[:, 1] > offsets[:, 0])
            )
            vector = tokens[inside].mean(axis=0) if inside.any() else self.vectors[row]
            result[index] = vector / max(float(np.linalg.norm(vector)), 1e-12)
        return result


class HashEmbedder:
    """Hashed bags of words: instant, deterministic, and near when words are shared."""

    def __init__(self, dim: int = 64, max_tokens: int = 256) -> None:
        self.name = f"hash-{dim}"
        self.fingerprint = hashlib.sha256(self.name.encode()).hexdigest()[:16]
        self.dim = dim
        self.max_tokens = max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder. A word or a mark is one word piece."""
        return [len(re.findall(r"\w+|[^\w\s\ufeff]", text)) for text in texts]

    def shorten(self, text: str, max_tokens: int) -> str:
        """See Embedder."""
        ends = [match.end() for match in re.finditer(r"\w+|[^\w\s\ufeff]", text)]
        return text if len(ends) <= max_tokens else text[: ends[max_tokens - 1]]

    def embed_passages(self, passages: Sequence[PassageText]) -> tuple[Matrix, list[Matrix]]:
        """See Embedder."""
        sentences = [
            self.embed_sentences([passage.text[start:end] for start, end in passage.sentences])
            for passage in passages
        ]
        return self.embed_sentences([passage.text for passage in passages]), sentences

    def embed_sentences(self, texts: Sequence[str]) -> Matrix:
        """See Embedder."""
        vectors = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                digest = hashlib.sha256(word.encode()).digest()
                vectors[row, digest[0] % self.dim] += 1.0 if digest[1] % 2 else -1.0
        vectors[np.linalg.norm(vectors, axis=1) == 0, 0] = 1.0
        normed: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normed

    def embed_query(self, text: str) -> Matrix:
        """See Embedder."""
        row: Matrix = self.embed_sentences([text])[0]
        return row

    def embed_words(self, words: Sequence[str]) -> Matrix:
        """See Embedder. No word is near another."""
        return np.zeros((len(words), self.dim), dtype=np.float32)


def _batches_by_length(texts: Sequence[str]) -> list[list[int]]:
    """Group indices so that texts of like length run together and little is padding."""
    batches: list[list[int]] = []
    for start in range(0, len(texts), _WINDOW):
        window = sorted(range(start, min(start + _WINDOW, len(texts))), key=lambda i: -len(texts[i]))
        batches.extend(window[i : i + _BATCH] for i in range(0, len(window), _BATCH))
    return batches
