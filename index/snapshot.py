"""What can be read of the catalog within one transaction, so that all of it is of one moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.codes import from_halves, from_levels, unpack
from index.database import LIVE_IN_FOLDER, Collection, Connection, FullText, Ranked, bounds, select_many
from index.folder import METADATA_FILE
from index.model import ArticleRef, Passage, Skipped, Span
from index.spelling import same_name, skeleton

_WITH_VECTOR = " JOIN vectors v ON v.key = x.key WHERE"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """What the catalog says of itself.

    Attributes:
        recipe: splitter and embedder it was built with.
        vectors_pending: live passages whose vectors are still to come.
        skipped: an entry a remark; ``in_part`` is how many files in it are used but for what these name.
        digest: 16 hexadecimal digits; equal for equal live content.
    """

    files: int
    articles: int
    passages: int
    vectors_pending: int
    articles_pending: int
    recipe: str
    embedder: str
    digest: str
    skipped: tuple[Skipped, ...]
    in_part: int


class Row(NamedTuple):
    """A live passage with what ranking needs, its text not yet read."""

    row: int
    item: str
    article: int
    published: date | None
    key: bytes


class Snapshot:
    """Queries within one read transaction."""

    def __init__(self, connection: Connection, text: FullText) -> None:
        self._connection = connection
        self._text = text

    def meta(self, key: str) -> str:
        """Return a fact about the index, "" when it was never set."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return "" if row is None else str(row[0])

    def content_digest(self) -> str:
        """Hash which revision of which file is live."""
        digest = hashlib.sha256(self.meta("recipe").encode())
        for row in self._connection.execute("SELECT file, digest FROM revisions WHERE live ORDER BY file"):
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()[:16]

    def state(self, digest: str) -> IndexState:
        """Count what is live and what is still to come."""
        one = self._connection.execute
        live = "JOIN revisions r ON r.id = a.revision AND r.live"
        return IndexState(
            files=int(one("SELECT count(*) FROM revisions WHERE live").fetchone()[0]),
            articles=int(one(f"SELECT count(*) FROM articles a {live}").fetchone()[0]),
            passages=int(
                one(f"SELECT count(*) FROM passages p JOIN articles a ON a.id = p.article {live}").fetchone()[
                    0
                ]
            ),
            vectors_pending=int(
                one(
                    "SELECT count(*) FROM pending n JOIN passages p ON p.item = n.item "
                    f"JOIN articles a ON a.id = p.article {live} "
                    "WHERE n.collection = 'passages' AND n.op = 'upsert'"
                ).fetchone()[0]
            ),
            articles_pending=int(
                one(
                    f"SELECT count(*) FROM pending n JOIN articles a ON a.item = n.item {live} "
                    "WHERE n.collection = 'articles' AND n.op = 'upsert'"
                ).fetchone()[0]
            ),
            recipe=self.meta("recipe"),
            embedder=self.meta("embedder"),
            digest=digest,
            skipped=self.skipped(),
            in_part=int(
                one(
                    "SELECT count(DISTINCT s.file) FROM skipped s WHERE s.file = ? OR "
                    "s.file IN (SELECT file FROM revisions WHERE live)",
                    (METADATA_FILE,),
                ).fetchone()[0]
            ),
        )

    def skipped(self) -> tuple[Skipped, ...]:
        """Return what could not be indexed in the last run, an entry a remark."""
        rows = self._connection.execute("SELECT file, reason FROM skipped ORDER BY file, reason")
        return tuple(Skipped(file=file, reason=reason) for file, reason in rows)

    # -- words

    def document_frequencies(self, terms: Sequence[str]) -> list[int]:
        """Return for each full-text term (stemmed, folded) in how many live passages it occurs."""
        return self._text.document_frequencies(self._connection, terms)

    def count_passages(self) -> int:
        """Return how many passages the full-text table holds."""
        return self._text.count(self._connection)

    def stems(self, words: Sequence[str]) -> list[str]:
        """Return each word as the full-text tokenizer stems it; "" for one it cannot see."""
        return self._text.stems(self._connection, words)

    def spelling_variants(self, term: str, *, max_articles: int) -> list[str]:
        """Return other spellings of a folded name that live articles use.

        A name that more than ``max_articles`` articles spell as asked needs no other spelling.
        """
        row = self._connection.execute("SELECT articles FROM names WHERE term = ?", (term,)).fetchone()
        if row is not None and row[0] > max_articles:
            return []
        candidates = self._connection.execute("SELECT term FROM names WHERE skeleton = ?", (skeleton(term),))
        return same_name(term, (candidate for (candidate,) in candidates))

    def match(
        self,
        query: str,
        k: int,
        title_weight: float,
        *,
        among: str = "",
        folder: str = "",
    ) -> list[Ranked]:
        """Return the k passages that match a full-text query best, of the whole corpus or of a folder in it.

        Args:
            among: another full-text query; only what matches this one as well is scored, since scoring a
                row takes ten times as long as finding it. "" for all.

        Ties stand by id, not by row: rows tell in which order files came, and the same articles are to give
        the same answer however they came.
        """
        ranked = self._text.match(self._connection, query, k, title_weight, among=among, folder=folder)
        items = dict(
            self._select("SELECT id, item FROM passages WHERE id IN ({marks})", [row for row, _ in ranked])
        )
        return sorted(ranked, key=lambda found: (-found.score, items[found.row]))

    # -- rows

    def rows_of_items(self, items: Sequence[str]) -> dict[str, Row]:
        """Return the live passages among ids from Chroma; ghosts are left out."""
        return {row.item: row for row in self._rows("p.item IN ({marks})", items)}

    def rows(self, rows: Sequence[int]) -> dict[int, Row]:
        """Return live passages by their row."""
        return {row.row: row for row in self._rows("p.id IN ({marks})", rows)}

    def rows_of_articles(self, articles: Sequence[int]) -> dict[int, list[Row]]:
        """Return the passages of live articles, in order."""
        result: dict[int, list[Row]] = {article: [] for article in articles}
        for row in self._rows("p.article IN ({marks})", articles):
            result[row.article].append(row)
        return result

    def openings(self, articles: Sequence[int]) -> dict[int, Row]:
        """Return the first passage of each live article that has any."""
        first = "p.id IN (SELECT min(id) FROM passages WHERE article IN ({marks}) GROUP BY article)"
        return {row.article: row for row in self._rows(first, articles)}

    def articles_of_items(self, items: Sequence[str]) -> dict[str, int]:
        """Return the rows of the live articles among ids from Chroma."""
        sql = (
            "SELECT a.item, a.id FROM articles a JOIN revisions r ON r.id = a.revision AND r.live "
            "WHERE a.item IN ({marks})"
        )
        return dict(self._select(sql, items))

    def vectors(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float32]]:
        """Return stored vectors, shape (dim,), of the keys that have one."""
        sql = "SELECT key, vector FROM vectors WHERE key IN ({marks})"
        found = list(self._select(sql, list(dict.fromkeys(keys))))
        return dict(zip([key for key, _ in found], from_halves([raw for _, raw in found]), strict=True))

    def digests(self) -> dict[str, str]:
        """Return of each live file what it was when it was indexed."""
        return dict(self._connection.execute("SELECT file, digest FROM revisions WHERE live"))

    def all_vectors(self, collection: Collection = "passages") -> Iterator[tuple[str, bytes]]:
        """Yield the id and the vector, as ``from_halves`` reads it, of everything live that has one."""
        live = LIVE_IN_FOLDER[collection].partition(" WHERE")[0]
        sql = f"SELECT x.item, v.vector FROM {live} JOIN vectors v ON v.key = x.key ORDER BY x.id"
        yield from self._connection.execute(sql)

    def count_cached(self) -> int:
        """Return how many vectors are stored."""
        return int(self._connection.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def cached_vectors(self, first: int, most: int) -> list[tuple[bytes, bytes, bytes]]:
        """Return some stored vectors, by key, as ``CatalogWriter.put_vectors`` takes them."""
        sql = (
            "SELECT v.key, v.vector, s.codes FROM vectors v JOIN sentence_vectors s ON s.id = v.id "
            "ORDER BY v.key LIMIT ? OFFSET ?"
        )
        return self._connection.execute(sql, (most, first)).fetchall()

    def count_vectors(self, collection: Collection) -> int:
        """Return how many ids have a vector, those included that are on the list to be deleted."""
        sql = (
            f"SELECT (SELECT count(*) FROM {collection} x JOIN vectors v ON v.key = x.key) + "
            "(SELECT count(*) FROM pending WHERE collection = ? AND op = 'delete')"
        )
        return int(self._connection.execute(sql, (collection,)).fetchone()[0])

    def sweep_vectors(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield the key and the vector of all that is stored, live or not, in the order of the disk."""
        yield from self._connection.execute("SELECT key, vector FROM vectors")

    def passages_of_keys(self, keys: Sequence[bytes]) -> list[tuple[str, bytes]]:
        """Return the ids of live passages whose vectors are stored under some keys, each with the key."""
        live = LIVE_IN_FOLDER["passages"].partition(" WHERE")[0]
        return list(self._select(f"SELECT x.item, x.key FROM {live} WHERE x.key IN ({{marks}})", keys))

    def articles_with_keys(self) -> list[tuple[str, bytes]]:
        """Return the ids of all live articles, each with the key that its opening's vector is stored under."""
        live = LIVE_IN_FOLDER["articles"].partition(" WHERE")[0]
        return self._connection.execute(f"SELECT x.item, x.key FROM {live}").fetchall()

    def sentence_vectors(self, passages: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Return, by passage id, unit vectors of its sentences, shape (sentences, dim)."""
        sql = (
            "SELECT p.item, length(v.vector) / 2, s.codes FROM passages p JOIN vectors v ON v.key = p.key "
            "JOIN sentence_vectors s ON s.id = v.id WHERE p.item IN ({marks})"
        )
        found = list(self._select(sql, passages))
        return {item: from_levels(raw, dim) for item, dim, raw in found}

    def vectors_within(self, collection: Collection, folder: str) -> tuple[list[str], NDArray[np.float32]]:
        """Return the ids below a folder of the corpus that have a vector, and the vectors, one a row."""
        sql = f"SELECT x.item, v.vector FROM {LIVE_IN_FOLDER[collection].replace(' WHERE', _WITH_VECTOR)}"
        rows = self._connection.execute(sql, bounds(folder)).fetchall()
        return [item for item, _ in rows], from_halves([vector for _, vector in rows])

    def passages(self, rows: Sequence[int]) -> dict[int, Passage]:
        """Read passages whole: text, place, article, sentences."""
        sentences: dict[int, list[Span]] = {row: [] for row in rows}
        for row, start, stop in self._select(
            "SELECT passage, start, stop FROM sentences WHERE passage IN ({marks}) ORDER BY passage, start",
            rows,
        ):
            sentences[row].append(Span(start, stop))
        sql = (
            "SELECT p.id, p.item, p.start, p.stop, p.line_start, p.line_end, a.id, a.offset, "
            "a.article, r.file, a.title, a.publisher, a.authors, a.url, a.published "
            "FROM passages p JOIN articles a ON a.id = p.article "
            "JOIN revisions r ON r.id = a.revision AND r.live WHERE p.id IN ({marks})"
        )
        found = list(self._select(sql, rows))
        texts = self._texts({owner for _, _, _, _, _, _, owner, *_ in found})
        result = {}
        for row, item, start, stop, line_start, line_end, owner, offset, *article in found:
            result[row] = Passage(
                id=item,
                article=_article(*article),
                text=texts[owner][start - offset : stop - offset],
                start=start,
                end=stop,
                line_start=line_start,
                line_end=line_end,
                sentences=tuple(sentences[row]),
            )
        return result

    def _texts(self, articles: Iterable[int]) -> dict[int, str]:
        """Return the texts of articles by row."""
        sql = "SELECT id, text FROM articles WHERE id IN ({marks})"
        found = list(self._select(sql, list(articles)))
        return {row: unpack(packed) for row, packed in found}

    def sample(self, most: int) -> list[str]:
        """Return the texts of some live passages, spread over the index."""
        rows = [row for (row,) in self._connection.execute("SELECT id FROM passages ORDER BY id")]
        return [passage.text for passage in self.passages(rows[:: max(1, -(-len(rows) // most))]).values()]

    # -- files

    def files(self) -> tuple[str, ...]:
        """Return the live files in order."""
        return tuple(
            row[0] for row in self._connection.execute("SELECT file FROM revisions WHERE live ORDER BY file")
        )

    def articles(self) -> tuple[ArticleRef, ...]:
        """Return the live articles, by file and by their order in it."""
        return tuple(
            _article(*row)
            for row in self._connection.execute(
                "SELECT a.article, r.file, a.title, a.publisher, a.authors, a.url, a.published "
                "FROM articles a JOIN revisions r ON r.id = a.revision AND r.live ORDER BY r.file, a.offset, a.id"
            )
        )

    def titles(self) -> tuple[str, ...]:
        """Return the titles of live articles in order, each once."""
        return tuple(
            row[0]
            for row in self._connection.execute(
                "SELECT DISTINCT a.title FROM articles a JOIN revisions r ON r.id = a.revision AND r.live "
                "ORDER BY a.title"
            )
        )

    def text_of(self, file: str) -> str | None:
        """Return a live file's text as indexed, None when the file is not live."""
        parts = [
            unpack(row[0])
            for row in self._connection.execute(
                "SELECT a.text FROM articles a JOIN revisions r ON r.id = a.revision AND r.live "
                "WHERE r.file = ? ORDER BY a.offset, a.id",
                (file,),
            )
        ]
        return "".join(parts) if parts else None

    def content_of(self, file: str) -> str | None:
        """Return the SHA-256 of a live file's bytes when it was indexed."""
        row = self._connection.execute(
            "SELECT content FROM revisions WHERE file = ? AND live", (file,)
        ).fetchone()
        return None if row is None else str(row[0])

    def sentences_of_article(self, passage: str) -> tuple[Span, ...]:
        """Return the sentences, in order, of the article that a live passage stands in."""
        rows = self._connection.execute(
            "SELECT s.start, s.stop FROM passages q JOIN passages p ON p.article = q.article "
            "JOIN sentences s ON s.passage = p.id WHERE q.item = ? ORDER BY s.start",
            (passage,),
        )
        return tuple(Span(start, stop) for start, stop in rows)

    def passage_at(self, sibling: str, place: Span) -> Passage:
        """Read the passage that holds a sentence of the article that another passage stands in."""
        row = self._connection.execute(
            "SELECT p.id FROM passages q JOIN passages p ON p.article = q.article "
            "WHERE q.item = ? AND p.start <= ? AND p.stop >= ?",
            (sibling, *place),
        ).fetchone()[0]
        return self.passages([row])[row]

    def _rows(self, where: str, values: Sequence[str] | Sequence[int]) -> Iterator[Row]:
        sql = (
            "SELECT p.id, p.item, p.article, a.published, p.key FROM passages p "
            "JOIN articles a ON a.id = p.article JOIN revisions r ON r.id = a.revision AND r.live "
            f"WHERE {where} ORDER BY p.id"
        )
        for row, item, article, published, key in self._select(sql, values):
            yield Row(row, item, article, date.fromisoformat(published) if published else None, key)

    def _select(self, sql: str, values: Sequence[object]) -> Iterator[Any]:
        return select_many(self._connection, sql, values)


def _article(
    article: str,
    file: str,
    title: str,
    publisher: str | None,
    authors: str,
    url: str | None,
    published: str | None,
) -> ArticleRef:
    return ArticleRef(
        id=article,
        file=file,
        title=title,
        publisher=publisher,
        authors=tuple(json.loads(authors)),
        url=url,
        published=date.fromisoformat(published) if published else None,
    )
