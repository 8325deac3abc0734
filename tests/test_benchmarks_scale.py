"""The archive nobody wrote, and what is measured on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import __main__ as program
from benchmarks import recall as exact_search
from benchmarks import scale
from benchmarks.invented import Invention, Seedbed, hold_out, invent, read_seedbed
from benchmarks.recall import find_exact, recall
from benchmarks.scale_steps import Archive, Spent, sync, write_articles
from index.articles import Metadata, read_document
from index.embed import HashEmbedder
from index.exact import ExactSearch
from index.lookup import CatalogReader
from index.sync import CATALOG_FILE, Syncer
from index.vectors import MemoryStore, Nearest

SUBJECTS = ("harbour", "orchard", "tram", "lighthouse", "quarry", "ferry", "bakery", "observatory")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index over eight short articles, with vectors as long as those of the bundled model."""
    root = tmp_path_factory.mktemp("source")
    (root / "corpus").mkdir()
    for number, subject in enumerate(SUBJECTS):
        text = " ".join(
            f"The {subject} of Porto{place} opened on day {place} with {number + place} visitors."
            for place in range(40)
        )
        (root / "corpus" / f"{subject}.txt").write_text(
            f"News of the {subject}\n\n{text}\n", encoding="utf-8"
        )
    syncer = Syncer(
        corpus=root / "corpus",
        index=root / "index",
        embedder=HashEmbedder(dim=384),
        vectors=MemoryStore(),
        max_file_mb=1,
    )
    syncer.run()
    return root / "index"


@pytest.fixture(scope="module")
def reader(source: Path) -> Iterator[CatalogReader]:
    reader = CatalogReader(source / CATALOG_FILE)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def bed(reader: CatalogReader) -> Seedbed:
    with reader.snapshot() as view:
        return read_seedbed(view)


def _values(made: Invention) -> tuple[Any, ...]:
    vectors = [made.vectors.tobytes(), *(rows.tobytes() for rows in made.sentences)]
    return made.document, made.data, made.passages, vectors


def test_an_invented_article_is_the_same_for_a_seed_and_another_for_another(bed: Seedbed) -> None:
    assert _values(invent(bed, 3, recipe="r")) == _values(invent(bed, 3, recipe="r"))
    texts = {invent(bed, number, recipe="r", seed=seed).data for number in range(4) for seed in range(3)}
    assert len(texts) == 12
    assert hold_out(bed, 5).tobytes() == hold_out(bed, 5).tobytes() != hold_out(bed, 5, seed=1).tobytes()


def test_an_invented_article_is_what_the_reader_makes_of_its_file(bed: Seedbed) -> None:
    for number in range(5):
        made = invent(bed, number, recipe="r")
        assert read_document(made.document.file, made.data, Metadata()) == made.document
        text = made.document.text
        for passage, sentences in zip(made.passages, made.sentences, strict=True):
            assert text[passage.start : passage.end] == passage.text
            assert text.count("\n", 0, passage.start) + 1 == passage.line_start == passage.line_end
            assert " ".join(text[a:b] for a, b in passage.sentences) == passage.text
            assert sentences.shape == (len(passage.sentences), 384)


def test_words_are_as_frequent_as_in_the_index_they_are_drawn_from(bed: Seedbed) -> None:
    drawn: list[str] = []
    for number in range(80):
        drawn += [
            word.strip(".").lower()
            for p in invent(bed, number, recipe="r").passages
            for word in p.text.split()
        ]
    real = [bed.vocabulary[token].lower() for token in bed.tokens.tolist()]
    for word in ("visitors", "the", "tram"):
        assert drawn.count(word) / len(drawn) == pytest.approx(real.count(word) / len(real), rel=0.25)


def test_two_drawn_around_one_vector_lie_as_far_apart_as_real_neighbours(bed: Seedbed) -> None:
    rng = np.random.default_rng(0)
    bed = replace(bed, steps=np.full(4, 0.3, dtype=np.float32))
    row = np.zeros(400, dtype=np.int64)
    one, other = bed.draw(rng, row).vectors, bed.draw(rng, row).vectors
    assert np.linalg.norm(one, axis=1) == pytest.approx(np.ones(400), abs=1e-5)
    # Each moved by .3, every one its own way; put back on the sphere they are a little nearer.
    assert float(np.median(np.linalg.norm(one - other, axis=1))) == pytest.approx(0.3 * 2**0.5, rel=0.15)


def test_too_few_articles_cannot_be_drawn_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("One sentence stands alone here.\n", encoding="utf-8")
    Syncer(
        corpus=tmp_path / "corpus",
        index=tmp_path / "index",
        embedder=HashEmbedder(),
        vectors=MemoryStore(),
        max_file_mb=1,
    ).run()
    assert program.main(["scale", "10", "--data", str(tmp_path), "--index", str(tmp_path / "index")]) == 1
    assert "1 articles are too few to draw from" in capsys.readouterr().err


NEAR = [
    Nearest(item, cosine) for item, cosine in (("a", 0.9), ("b", 0.8), ("c", 0.7), ("d", 0.7), ("e", 0.1))
]


@pytest.mark.parametrize(
    ("found", "k", "share"),
    [
        (["a", "b", "c"], 3, 1.0),
        (["c", "b", "a"], 3, 1.0),
        (["a", "b", "d"], 3, 1.0),  # as near as the third
        (["a", "b", "d", "c"], 3, 1.0),
        (["a", "e", "b"], 3, 2 / 3),
        (["e", "x", "y", "a"], 3, 0.0),  # what is found too late does not count
        ([], 2, 0.0),
        (["e", "d", "c", "b", "a"], 10, 1.0),  # there are no ten
    ],
)
def test_recall_is_the_share_of_the_nearest_that_were_found(found: list[str], k: int, share: float) -> None:
    assert recall(found, NEAR, k) == pytest.approx(share)


def test_recall_of_nothing_is_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing is near"):
        recall(["a"], [], 10)


@pytest.mark.parametrize("chunk", [3, 7, 1000])
def test_exact_search_in_chunks_finds_what_one_matrix_finds(
    reader: CatalogReader, bed: Seedbed, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(exact_search, "_CHUNK", chunk)
    queries = hold_out(bed, 6)
    with reader.snapshot() as view:
        whole = ExactSearch(view)
        found = find_exact(view, queries, 2)
    for query, near in zip(queries, found, strict=True):
        best = whole.find_nearest(query, len(near))
        assert [each.cosine for each in near] == pytest.approx([each.cosine for each in best], abs=1e-6)
        assert recall([each.item for each in best], near, 2) == 1.0


def test_a_step_runs_in_a_process_of_its_own() -> None:
    assert scale._apart(os.getpid) != os.getpid()


def test_an_archive_grows_by_what_is_missing_and_a_sync_finds_its_files_unchanged(
    bed: Seedbed, tmp_path: Path
) -> None:
    archive = Archive(root=tmp_path)
    first = write_articles(archive, bed, 30, 0)
    before = {file: file.read_bytes() for file in archive.corpus.rglob("*.md")}
    second = write_articles(archive, bed, 60, 0)
    assert first.articles == len(before) < second.articles
    assert 30 <= first.passages < 60 <= second.passages
    assert all(file.read_bytes() == data for file, data in before.items())
    assert sync(archive).on_vectors.clock > 0
    # Nothing is left to be done, and nothing of the folder is new to it.
    assert sync(archive).on_vectors == Spent(clock=0.0, processor=0.0)


def test_a_small_archive_is_measured_in_one_table(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scale, "_apart", lambda step, *arguments: step(*arguments))
    kept = tmp_path / "kept"
    arguments = ["scale", "--data", str(tmp_path), "--index", str(source), "--folder", str(kept)]
    assert program.main([*arguments, "--questions", "4", "300"]) == 0
    out = capsys.readouterr().out
    rows = dict(line[2:-2].split(" | ") for line in out.splitlines() if line.startswith("| "))
    passages, articles = rows["passages; articles"].split("; ")
    assert 300 <= int(passages) < 320
    assert len(list((kept / "corpus").rglob("*.md"))) == int(articles)
    assert rows["recall@10, real questions"] == "1.000 [1.000, 1.000] of 4"
    assert rows["recall@10, drawn vectors"] == "1.000 [1.000, 1.000] of 4"
    assert rows["question to answer, p50; p95"].endswith(" ms")
    assert program.main([*arguments, "60"]) == 1
    assert "is not empty" in capsys.readouterr().err


@pytest.mark.parametrize("sizes", [("300", "60"), ("60", "60"), ("0",)])
def test_sizes_rise(sizes: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["scale", *sizes]) == 1
    assert "rising numbers" in capsys.readouterr().err
