"""What the benchmarks run on: RealTimeQA's articles and questions, and indexes built over folders."""

from __future__ import annotations

import gzip
import json
import os
import re
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.app import App, build
from bot.screen import sync_progress
from bot.settings import Settings
from index.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
# What is built here can be deleted at any time; git does not see it.
OUT = ROOT / "benchmarks" / "out"
DATA = ROOT.parent / "shared" / "data"

_ARTICLES = "articles_2022.jsonl.gz"
_FRONT_MATTER = re.compile(r"\ufeff?---\r?\n.*?\n---\r?\n", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsQuestion:
    """A question of RealTimeQA.

    Attributes:
        asked_at: its own "now".
        gold_files: the articles that its editors link as proof; empty where they link none.
    """

    id: str
    text: str
    asked_at: date
    gold_files: frozenset[str]


def find_realtimeqa(data: Path) -> Path | None:
    """Return the folder of RealTimeQA, or say on stdout that it is absent and return None."""
    folder = data / "realtimeqa"
    if (folder / "questions.jsonl").is_file() and (folder / _ARTICLES).is_file():
        return folder
    print(f"RealTimeQA is not in {folder}: skipped. Name the folder that holds it with --data.")
    return None


def read_questions(folder: Path) -> tuple[NewsQuestion, ...]:
    """Read the public questions of RealTimeQA."""
    return tuple(
        NewsQuestion(
            id=str(row["id"]),
            text=str(row["question"]),
            asked_at=date.fromisoformat(row["asked_at"]),
            gold_files=frozenset(row.get("gold_files") or ()),
        )
        for row in read_json_lines(folder / "questions.jsonl")
    )


def read_realtimeqa(folder: Path) -> list[tuple[str, str, date | None]]:
    """Read the articles of RealTimeQA: file name, text, day of publication."""
    with gzip.open(folder / _ARTICLES, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        (
            row["file"],
            str(row["text"]).strip(),
            date.fromisoformat(row["published"]) if row["published"] else None,
        )
        for row in rows
    ]


def read_json_lines(file: Path) -> list[dict[str, Any]]:
    """Read one object a line; blank lines count for nothing."""
    with file.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def unpack_articles(folder: Path, corpus: Path) -> Path:
    """Write RealTimeQA's articles as Markdown with front matter, as the ``unpack.py`` beside them does.

    A corpus folder that is there already is taken for complete.
    """
    if corpus.is_dir():
        return corpus
    print(f"unpacking articles into {corpus}", file=sys.stderr)
    part = corpus.with_name(f"{corpus.name}.part{os.getpid()}")
    part.mkdir(parents=True)
    with gzip.open(folder / _ARTICLES, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            (part / row["file"]).write_bytes(_article_text(row).encode("utf-8", "replace"))
    part.rename(corpus)
    return corpus


def _article_text(row: dict[str, Any]) -> str:
    # A JSON string is a YAML string.
    head = ["---", f"title: {_quoted(row['title'] or '')}", f"url: {_quoted(row['url'])}"]
    if row["authors"]:
        head.append(f"authors: {_quoted(row['authors'])}")
    if row["published"]:
        head.append(f"published: {row['published']}")
    return "\n".join([*head, "---", "", str(row["text"]).strip(), ""])


def _quoted(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def front_matter_end(text: str) -> int:
    """Return the character at which an article's own words begin."""
    found = _FRONT_MATTER.match(text)
    return found.end() if found else 0


def settings_for(corpus: Path, index: Path) -> Settings:
    """Return the settings of these folders; the models are those of the environment."""
    return Settings(corpus=corpus, index=index)


def open_app(corpus: Path, index: Path, *, given: bool) -> App:
    """Open an index, and fill it first unless it was given.

    Args:
        given: the index was named by the caller: it is left as it is.

    Raises:
        ConfigError: a given index is empty or still filling.
        DatelineError: the index cannot be used.
    """
    app = build(settings_for(corpus, index))
    if given:
        state = app.status()
        if not state.files or state.filling:
            app.close()
            raise ConfigError(f"the index {index} is empty or still filling: run `dateline index`")
        return app
    print(f"bringing {index} in step with {corpus}; the first time this takes long", file=sys.stderr)
    index.parent.mkdir(parents=True, exist_ok=True)
    with sync_progress(sys.stderr) as progress:
        app.sync((), progress)
    return app


def describe_index(app: App) -> str:
    """Name in one line what could change a figure: the index, its size and its models."""
    state = app.status()
    return (
        f"Index {state.index_state}: {state.files:,} files, {state.passages:,} passages; "
        f"embedder {state.embedder}, reranker {state.reranker or 'none'}."
    )
