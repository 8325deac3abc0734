"""Citations: a verbatim quote, its place, and whether the file still says so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.model import Citation
from bot.told_days import tell_days
from index.errors import StoreError
from index.kinds import is_text_suffix
from index.lookup import CatalogReader
from index.model import Hit, Span


class Citer:
    """Numbers quotes in the order in which they are first used.

    One for each answer: it also remembers which files it has looked at.
    """

    def __init__(self, reader: CatalogReader, corpus: Path) -> None:
        self._reader = reader
        self._corpus = corpus
        self._citations: list[Citation] = []
        self._numbers: dict[tuple[str, Span], int] = {}
        self._changed: dict[str, bool] = {}
        # Of unchanged files that are text, what stands in them.
        self._texts: dict[str, str] = {}
        # By number, the passage that a quote stands in.
        self._passages: dict[int, str] = {}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What was cited so far, by number."""
        return tuple(self._citations)

    def cite(self, hit: Hit, place: Span) -> int:
        """Cite a stretch of a passage; the same stretch keeps its number.

        Args:
            place: span of the file's text, inside the passage.
        """
        passage = hit.passage
        key = (passage.article.file, place)
        if key not in self._numbers:
            head = passage.text[: place.start - passage.start]
            quote = passage.text[place.start - passage.start : place.end - passage.start]
            line = passage.line_start + head.count("\n")
            self._numbers[key] = len(self._citations) + 1
            self._passages[self._numbers[key]] = passage.id
            self._citations.append(
                Citation(
                    number=self._numbers[key],
                    article=passage.article,
                    quote=quote,
                    start=place.start,
                    end=place.end,
                    line_start=line,
                    line_end=line + quote.count("\n"),
                    changed=self._is_changed(passage.article.file),
                    days=tell_days(quote, passage.article.published),
                    copies=hit.copies,
                )
            )
        return self._numbers[key]

    def verify(self) -> None:
        """Compare each quote with the text it is cited from, letter by letter, and with the file where that is plain text.

        A file that was indexed anew since it was read for this answer is no longer what was quoted, and the
        citation is marked so.

        Raises:
            StoreError: a quote does not stand where it is said to; the index is damaged.
        """
        with self._reader.snapshot() as view:
            texts = {file: view.text_of(file) for file in {item.article.file for item in self._citations}}
            live = view.rows_of_items(list(self._passages.values()))
        for index, item in enumerate(self._citations):
            file = item.article.file
            held = [texts[file], self._texts.get(file, texts[file])]
            if self._passages[item.number] not in live:
                self._citations[index] = replace(item, changed=True)
            elif any(text is None or text[item.start : item.end] != item.quote for text in held):
                raise StoreError(
                    f"the index is damaged: {file} does not hold the quote at {item.start}: "
                    "delete the index folder and run `dateline index`"
                )

    def _is_changed(self, file: str) -> bool:
        """Tell whether the file on disk is no longer what was indexed; a file that is gone is."""
        if file not in self._changed:
            with self._reader.snapshot() as view:
                indexed = view.content_of(file)
            try:
                data = (self._corpus / file).read_bytes()
            except OSError:
                data = None
            self._changed[file] = data is None or hashlib.sha256(data).hexdigest() != indexed
            if data is not None and not self._changed[file] and is_text_suffix(file) and b"\0" not in data:
                # In another encoding offsets count what was decoded.
                with suppress(UnicodeDecodeError):
                    self._texts[file] = data.decode("utf-8")
        return self._changed[file]


def cited_hits(hits: Sequence[Hit], citations: Sequence[Citation]) -> list[Hit]:
    """Return the passages that citations stand in, in the order of the hits."""
    places = [(citation.article.file, citation.start, citation.end) for citation in citations]
    return [
        hit
        for hit in hits
        if any(
            file == hit.passage.article.file and hit.passage.start <= start and end <= hit.passage.end
            for file, start, end in places
        )
    ]
