"""How well the confidence tells questions that a passage answers from those that it does not.

CLAPNQ gives each question one passage. All passages are indexed as one folder, so that words have the
rarity they have there, and each question is then judged against the sentences of its own passage alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import table
from benchmarks.material import OUT, describe_index, open_app, read_json_lines, settings_for
from bot.candidates import find_candidates, holds_what_is_asked
from bot.confidence import MIN_CONFIDENCE, confidence
from bot.evals.figures import auroc_with_interval, mean_with_interval
from bot.question import understand
from index.articles import Metadata, read_document
from index.embed import SentenceTransformerEmbedder
from index.lookup import CatalogReader
from index.model import Hit
from index.passages import split_document
from index.search import Searcher
from index.sync import CATALOG_FILE, passage_tokens, recipe_of
from index.vectors import MemoryStore


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A question, the file of its passage, and whether that passage answers it."""

    question: str
    file: str
    answerable: bool


def run(data: Path) -> int:
    """Measure and print. Returns the exit code."""
    source = data / "answerable" / "clapnq.jsonl"
    if not source.is_file():
        print(f"CLAPNQ is not at {source}: skipped. Name the folder that holds answerable/ with --data.")
        return 0
    corpus, index = OUT / "clapnq", OUT / "clapnq.index"
    items = _write_corpus(source, corpus)
    app = open_app(corpus, index, given=False)
    about = describe_index(app)
    app.close()
    scores = _score(items, corpus, index)
    labels = [item.answerable for item in items]
    answered = [float(s >= MIN_CONFIDENCE) for s, label in zip(scores, labels, strict=True) if label]
    refused = [float(s < MIN_CONFIDENCE) for s, label in zip(scores, labels, strict=True) if not label]
    rows = [
        ("AUROC of the confidence", auroc_with_interval(scores, labels), len(items)),
        (f"answerable: confidence at least {MIN_CONFIDENCE}", mean_with_interval(answered), len(answered)),
        (f"unanswerable: confidence below {MIN_CONFIDENCE}", mean_with_interval(refused), len(refused)),
    ]
    print(f"## Answerable or not, CLAPNQ, {len(items)} questions\n\n{about}")
    print("In brackets: 95 % bootstrap interval over questions.\n")
    print(table(("", "figure", "questions"), rows))
    return 0


def _write_corpus(source: Path, corpus: Path) -> list[_Item]:
    corpus.mkdir(parents=True, exist_ok=True)
    items = []
    for number, row in enumerate(read_json_lines(source)):
        file = f"{number:04}.md"
        head = f"---\ntitle: {json.dumps(row['title'], ensure_ascii=False)}\n---\n\n"
        (corpus / file).write_text(head + row["passage"].strip() + "\n", encoding="utf-8", newline="")
        items.append(_Item(question=row["question"], file=file, answerable=bool(row["answerable"])))
    return items


def _score(items: list[_Item], corpus: Path, index: Path) -> list[float]:
    settings = settings_for(corpus, index)
    embedder = SentenceTransformerEmbedder(
        settings.embedder, query_prefix=settings.query_prefix, passage_prefix=settings.passage_prefix
    )
    reader = CatalogReader(index / CATALOG_FILE)
    # The passages are given, so nothing is searched for and the vector index is not opened.
    searcher = Searcher(reader=reader, vectors=MemoryStore(), embedder=embedder)
    try:
        return [
            judge(item.question, _read_hits(corpus, item.file, embedder), searcher=searcher) for item in items
        ]
    finally:
        reader.close()


def _read_hits(corpus: Path, file: str, embedder: SentenceTransformerEmbedder) -> list[Hit]:
    """Cut a file as the index does, so that its passages have the ids under which their vectors are kept."""
    document = read_document(file, (corpus / file).read_bytes(), Metadata())
    passages = split_document(
        document, embedder.count_tokens, recipe=recipe_of(embedder), max_tokens=passage_tokens(embedder)
    )
    return [Hit(rank=r, passage=passage, score=1.0, cosine=None) for r, passage in enumerate(passages, 1)]


def judge(question: str, hits: list[Hit], *, searcher: Searcher) -> float:
    """Return the confidence of the sentence that would be said; 0 where none would."""
    understood = understand(question)
    evidence = searcher.read(question, [hit.passage for hit in hits])
    candidates = find_candidates(understood, hits, evidence)
    fitting = [item for item in candidates if holds_what_is_asked(item, understood)]
    return confidence(fitting[0].features) if fitting else 0.0
