"""How fast `dateline index` embeds, against the model's own `encode` on the same texts.

Both run in this process, turn by turn, with models that are loaded beforehand.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.material import settings_for
from bot.evals.figures import median
from index.articles import Metadata, read_document
from index.chroma import ChromaStore
from index.embed import Matrix, PassageText, SentenceTransformerEmbedder
from index.errors import ArticleFormatError, ConfigError
from index.folder import scan_folder
from index.model_folder import find_model
from index.passages import split_document
from index.sync import Syncer, passage_tokens, recipe_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class _WatchedEmbedder(SentenceTransformerEmbedder):
    """Keeps what it embedded in this round, and how long the model took."""

    texts: list[str]
    seconds: float

    def begin(self) -> None:
        self.texts, self.seconds = [], 0.0

    def embed_passages(self, passages: Sequence[PassageText]) -> tuple[Matrix, list[Matrix]]:
        started = time.perf_counter()
        vectors = super().embed_passages(passages)
        self.seconds += time.perf_counter() - started
        self.texts += [passage.text for passage in passages]
        return vectors


def measure_embedding(corpus: Path, *, passages: int, rounds: int) -> Iterator[tuple[str, str, str]]:
    """Index a sample of a corpus anew each round, and encode the texts it embedded.

    Args:
        corpus: files are taken in the order of a fixed shuffle until there are enough passages.
        passages: how many, or a few more.
        rounds: of both.

    Yields:
        Rows of the table: what, figure, measured on what.
    """
    settings = settings_for(corpus, corpus / ".unused")
    embedder = _WatchedEmbedder(
        settings.embedder, query_prefix=settings.query_prefix, passage_prefix=settings.passage_prefix
    )
    embedder.embed_query("warm")
    from sentence_transformers import SentenceTransformer  # only now that it was told to stay offline

    bare = SentenceTransformer(str(find_model(settings.embedder)), device="cpu", local_files_only=True)
    bare.encode(["warm"], show_progress_bar=False)
    whole: list[float] = []
    model: list[float] = []
    encode: list[float] = []
    with tempfile.TemporaryDirectory(prefix="dateline-speed-") as folder:
        sample = Path(folder) / "corpus"
        _copy_sample(corpus, sample, embedder, passages)
        for turn in range(rounds):
            print(f"embedding, round {turn + 1} of {rounds}", file=sys.stderr)
            if turn % 2 and embedder.texts:
                encode.append(_time_encode(bare, embedder.texts, settings.passage_prefix))
            embedder.begin()
            whole.append(_time_sync(sample, Path(folder) / f"index{turn}", embedder))
            model.append(embedder.seconds)
            if not turn % 2:
                encode.append(_time_encode(bare, embedder.texts, settings.passage_prefix))
    count = len(embedder.texts)
    on = f"{count:,} passages, medians of {rounds} rounds"
    alone = count / median(encode)
    yield "`SentenceTransformer.encode` alone", f"{alone:.1f} passages/s", on
    for name, spent in (("embedding alone", model), ("with reading, catalog and Chroma", whole)):
        pace = count / median(spent)
        yield f"`dateline index`, {name}", f"{pace:.1f} passages/s ({pace / alone:.2f} of `encode`)", on


def _copy_sample(corpus: Path, sample: Path, embedder: SentenceTransformerEmbedder, passages: int) -> None:
    """Copy files until they hold enough passages, every seventh first: neighbours tell the same story."""
    sample.mkdir()
    files = scan_folder(corpus, max_bytes=2**20).files
    counted = 0
    for found in [file for step in range(7) for file in files[step::7]]:
        if counted >= passages:
            return
        try:
            document = read_document(found.file, found.path.read_bytes(), Metadata())
        except (ArticleFormatError, OSError):
            continue
        recipe, most = recipe_of(embedder), passage_tokens(embedder)
        counted += len(split_document(document, embedder.count_tokens, recipe=recipe, max_tokens=most))
        target = sample / found.file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(found.path, target)
    if not counted:
        raise ConfigError(f"{corpus} holds no article that could be embedded")


def _time_sync(sample: Path, index: Path, embedder: SentenceTransformerEmbedder) -> float:
    store = ChromaStore(index / "chroma", embedder.fingerprint)
    syncer = Syncer(corpus=sample, index=index, embedder=embedder, vectors=store, max_file_mb=20)
    try:
        started = time.perf_counter()
        syncer.run()
        return time.perf_counter() - started
    finally:
        store.close()


def _time_encode(bare: SentenceTransformer, texts: Sequence[str], prefix: str) -> float:
    prefixed = [prefix + text for text in texts]
    started = time.perf_counter()
    bare.encode(prefixed, show_progress_bar=False, normalize_embeddings=True)
    return time.perf_counter() - started
