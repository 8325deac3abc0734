"""Full text in SQLite: an FTS5 table without content of its own, beside the passages that it finds."""

from __future__ import annotations

from collections.abc import Sequence

from index.database import LIVE_IN_FOLDER, Connection, Ranked, bounds

TOKENIZER = "porter unicode61 remove_diacritics 2"


class Fts5:
    """See FullText."""

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """See FullText."""
        connection.executemany("INSERT INTO passages_fts (rowid, title, text) VALUES (?, ?, ?)", rows)

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """See FullText. FTS5 must be given the very words that went in."""
        sql = "INSERT INTO passages_fts (passages_fts, rowid, title, text) VALUES ('delete', ?, ?, ?)"
        connection.executemany(sql, rows)

    def rows(self, connection: Connection) -> set[int]:
        """See FullText."""
        return {row for (row,) in connection.execute("SELECT id FROM passages_fts_docsize")}

    def count(self, connection: Connection) -> int:
        """See FullText."""
        return int(connection.execute("SELECT count(*) FROM passages_fts_docsize").fetchone()[0])

    def document_frequencies(self, connection: Connection, terms: Sequence[str]) -> list[int]:
        """See FullText."""
        sql = "SELECT doc FROM passages_vocab WHERE term = ?"
        rows = [connection.execute(sql, (term,)).fetchone() for term in terms]
        return [0 if row is None else int(row[0]) for row in rows]

    def stems(self, connection: Connection, words: Sequence[str]) -> list[str]:
        """See FullText."""
        run = connection.execute
        run(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stemmer USING fts5 "
            f"(word, content='', tokenize='{TOKENIZER}')"
        )
        run("CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab (temp, 'stemmer', 'instance')")
        run("INSERT INTO temp.stemmer (stemmer) VALUES ('delete-all')")
        connection.executemany("INSERT INTO temp.stemmer (rowid, word) VALUES (?, ?)", list(enumerate(words)))
        found = dict(run("SELECT doc, term FROM temp.stems WHERE offset = 0"))
        return [found.get(index, "") for index in range(len(words))]

    def match(
        self,
        connection: Connection,
        query: str,
        k: int,
        title_weight: float,
        *,
        among: str,
        folder: str,
    ) -> list[Ranked]:
        """See FullText. SQLite's bm25 is negative: flipped here."""
        within = f"AND rowid IN (SELECT x.id FROM {LIVE_IN_FOLDER['passages']}) " if folder else ""
        # The plus keeps SQLite from running the whole query once for each of these rows.
        within += (
            "AND +rowid IN (SELECT rowid FROM passages_fts WHERE passages_fts MATCH ?) " if among else ""
        )
        rows = connection.execute(
            "SELECT rowid, -bm25(passages_fts, ?, 1.0) AS score FROM passages_fts "
            f"WHERE passages_fts MATCH ? {within}"
            "ORDER BY score DESC, rowid LIMIT ?",
            (title_weight, query, *(bounds(folder) if folder else ()), *([among] if among else ()), k),
        )
        return [Ranked(row, score) for row, score in rows if score > 0]
