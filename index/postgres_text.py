"""Full text on PostgreSQL: tsvectors of FTS5's own terms, found through GIN, ranked by BM25 as FTS5 ranks.

PostgreSQL's ts_rank_cd knows neither rare words nor long texts. But of a single word or phrase it returns the
sum of the weights of its places, which is all that BM25 asks of a text.
"""

from __future__ import annotations

import math
import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from index.database import LIVE_IN_FOLDER, Connection, Ranked, bounds, select_many
from index.tokens import Tokenizer

# A quoted word or phrase with its quotation marks doubled, or a bare word.
_PHRASE = re.compile(r'"((?:[^"]|"")*)"|([^\s"]+)')
# Of a tsvector: the last place it knows, places of one word, and bytes, of a megabyte, for words and places.
_LAST_PLACE = 16_383
_PLACES = 255
_ROOM = 900_000
# A word of a tsvector has at most 2,046 bytes.
_LETTERS = 500
# As FTS5 has them.
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6


class TsVector:
    """See FullText."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()
        self._lock = threading.Lock()
        # How many rows hold a phrase, and at which change of the catalog they were counted.
        self._counted: tuple[int, dict[str, int]] = (-1, {})

    def add(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """See FullText."""
        titles = self._tokenizer.split([title for _, title, _ in rows])
        texts = self._tokenizer.split([text for _, _, text in rows])
        split = list(zip([row for row, _, _ in rows], titles, texts, strict=True))
        connection.executemany(
            "INSERT INTO passages_words (id, length, words) VALUES (?, ?, CAST(? AS tsvector))",
            [(row, len(title) + len(text), _vector(title, text)) for row, title, text in split],
        )
        self._count(connection, len(rows), sum(len(title) + len(text) for _, title, text in split))

    def remove(self, connection: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
        """See FullText."""
        sql = "DELETE FROM passages_words WHERE id IN ({marks}) RETURNING length"
        lengths = [length for (length,) in select_many(connection, sql, [row for row, _, _ in rows])]
        self._count(connection, -len(lengths), -sum(lengths))

    def _count(self, connection: Connection, documents: int, words: int) -> None:
        # The number of the transaction never comes again, also not after the tables were made anew.
        connection.execute(
            "UPDATE totals SET documents = documents + ?, words = words + ?, "
            "changed = CAST(CAST(pg_current_xact_id() AS text) AS bigint)",
            (documents, words),
        )

    def rows(self, connection: Connection) -> set[int]:
        """See FullText."""
        return {row for (row,) in connection.execute("SELECT id FROM passages_words")}

    def count(self, connection: Connection) -> int:
        """See FullText."""
        return int(connection.execute("SELECT documents FROM totals").fetchone()[0])

    def document_frequencies(self, connection: Connection, terms: Sequence[str]) -> list[int]:
        """See FullText."""
        return self._count_rows(connection, [_quoted(term) for term in terms])

    def _count_rows(self, connection: Connection, phrases: Sequence[str]) -> list[int]:
        """Return how many rows hold each phrase.

        Counting a common word takes milliseconds, so it is done once after each change.
        """
        changed = connection.execute("SELECT changed FROM totals").fetchone()[0]
        with self._lock:
            if self._counted[0] != changed:
                self._counted = (changed, {})
            known = self._counted[1]
        sql = "SELECT count(*) FROM passages_words WHERE words @@ CAST(? AS tsquery)"
        lacking = [phrase for phrase in phrases if phrase not in known]
        if lacking:
            with _through_index(connection):
                for phrase in lacking:
                    known[phrase] = int(connection.execute(sql, (phrase,)).fetchone()[0])
        return [known[phrase] for phrase in phrases]

    def stems(self, connection: Connection, words: Sequence[str]) -> list[str]:
        """See FullText."""
        return [terms[0] if terms else "" for terms in self._tokenizer.split(words)]

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
        """See FullText.

        How rare a phrase is is told from all rows, of whatever folder, as FTS5 does.
        """
        phrases = Counter(self._phrases(query))
        if not phrases:
            return []
        documents, words = connection.execute("SELECT documents, words FROM totals").fetchone()
        held = self._count_rows(connection, list(phrases))
        # PostgreSQL's weights go from 0 to 1; a title's is A, the last of four.
        most = max(title_weight, 1.0)
        weights = f"{{{1 / most}, 0, 0, {title_weight / most}}}"
        within = f"AND id IN (SELECT x.id FROM {LIVE_IN_FOLDER['passages']}) " if folder else ""
        within += "AND words @@ CAST(? AS tsquery) " if among else ""
        some = (
            *(bounds(folder) if folder else ()),
            *([" | ".join(f"({phrase})" for phrase in self._phrases(among))] if among else ()),
        )
        long = f"{_K1} * ({1 - _B} + {_B} * CAST(length AS float8) / {max(words / max(documents, 1), 1)})"
        hits = " UNION ALL ".join(
            f"SELECT id, {_K1 + 1} * {times * _idf(documents, count)} * f.times / (f.times + {long}) AS score "
            f"FROM passages_words, LATERAL (SELECT ts_rank_cd(CAST(? AS real[]), words, CAST(? AS tsquery)) "
            f"* CAST({most} AS float8) AS times OFFSET 0) f WHERE words @@ CAST(? AS tsquery) {within}"
            for times, count in zip(phrases.values(), held, strict=True)
        )
        with _through_index(connection):
            rows = connection.execute(
                f"SELECT id, CAST(sum(score) AS float8) AS whole FROM ({hits}) hits "
                "GROUP BY id ORDER BY whole DESC, id LIMIT ?",
                (*(value for phrase in phrases for value in (weights, phrase, phrase, *some)), k),
            ).fetchall()
        return [Ranked(row, score) for row, score in rows if score > 0]

    def _phrases(self, query: str) -> list[str]:
        """Return the words and phrases of an FTS5 query as PostgreSQL writes them."""
        asked = [quoted.replace('""', '"') or bare for quoted, bare in _PHRASE.findall(query) if bare != "OR"]
        return [" <-> ".join(map(_quoted, terms)) for terms in self._tokenizer.split(asked) if terms]


@contextmanager
def _through_index(connection: Connection) -> Iterator[None]:
    """Keep PostgreSQL from reading all texts: it takes long ones, which lie elsewhere, for as cheap as short ones."""
    connection.execute("SET LOCAL enable_seqscan = off")
    yield
    connection.execute("SET LOCAL enable_seqscan = on")


def _idf(documents: int, held: int) -> float:
    return max(math.log((documents - held + 0.5) / (held + 0.5)), _LEAST_IDF)


def _vector(title: Sequence[str], text: Sequence[str]) -> str:
    """Write a tsvector: each term with its places, A for the title, D, which is not written, for the text.

    Of a text that is too long for one, terms that come first late are left out: the passages have them.
    """
    places: dict[str, list[str]] = {}
    room = _ROOM
    # No phrase reaches from the title into the text.
    for mark, first, terms in (("A", 1, title), ("", len(title) + 2, text)):
        for place, term in enumerate(terms, start=first):
            own = places.get(term)
            if own is None:
                room -= len(term.encode()) + 8
                if room < 0:
                    continue
                own = places[term] = []
            if len(own) < _PLACES and (place <= _LAST_PLACE or not own):
                room -= 2
                own.append(f"{min(place, _LAST_PLACE)}{mark}")
    return " ".join(f"{_quoted(term)}:{','.join(own)}" for term, own in places.items())


def _quoted(term: str) -> str:
    return "'" + term[:_LETTERS].replace("\\", "\\\\").replace("'", "''") + "'"
