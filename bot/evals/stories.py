"""Articles of an indexed folder as plain texts, for those who make something of their sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index.articles import read_document, read_metadata
from index.errors import ArticleFormatError


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article's body and the day it was published."""

    file: str
    text: str
    published: date | None


def read_stories(folder: Path, files: Iterable[str] | None = None) -> list[Story]:
    """Read the articles of a folder, by name; a file may hold several.

    Args:
        files: paths below the folder, as the index has them; None for the Markdown files in it. Those that
            are gone, or that cannot be read any more, are passed over.
    """
    named = [path.relative_to(folder).as_posix() for path in folder.rglob("*.md")] if files is None else files
    metadata = read_metadata(folder)
    stories = []
    for file in sorted(named):
        try:
            document = read_document(file, (folder / file).read_bytes(), metadata)
        except (ArticleFormatError, OSError):
            continue
        stories += [
            Story(
                file=article.ref.file,
                text=document.text[article.span.start : article.span.end],
                published=article.ref.published,
            )
            for article in document.articles
        ]
    return stories
