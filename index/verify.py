"""Looks an index through from end to end: the catalog's pages, each passage's place, each vector.

Nothing is changed and nothing embedded.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from index.codes import from_halves, unpack
from index.database import Collection, Connection, Database
from index.embed import Embedder
from index.errors import StoreBusyError, StoreError
from index.exact import SharedVectors
from index.filling import COLLECTIONS, VectorFiller
from index.lock import explain_busy
from index.model import ArticleRef, Passage, Span
from index.probe import look_into, probe
from index.recipe import mismatch, recipe_of
from index.schema import CATALOG_FILE, SqliteDatabase
from index.trouble import may_write
from index.vectors import VectorStore

# What of the catalog is wrong cannot be told apart from what is right, so all of it goes.
_ANEW = "{discard} and run `dateline index`, which embeds anew"
_REBUILD = "run `dateline index --rebuild`; nothing is embedded again"
_SYNC = "run `dateline index`"
# Of each collection, vectors that are looked for.
_ASKED = 25
# float16 and the graph's own rounding; another passage's vector is further away.
_SAME = 0.999
# Named in full; of more of a kind only the number is told.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with an index, and the mend."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What was looked at and what was wrong.

    Attributes:
        vectors: in the catalog's cache; ``in_chroma`` is how many ids Chroma holds, of articles and passages,
            None where it was not looked at: there is none, or something is wrong before that.
        pending: vectors that are still to come.
        catalog_bytes: on disk, the write-ahead log included; ``vector_bytes`` likewise of Chroma, None for a
            server.
    """

    files: int
    articles: int
    passages: int
    vectors: int
    in_chroma: int | None
    pending: int
    catalog_bytes: int
    vector_bytes: int | None
    faults: tuple[Fault, ...]
    seconds: float


class Verifier:
    """Looks one index through."""

    def __init__(
        self,
        *,
        index: Path,
        chroma: Path | None,
        embedder: Embedder,
        vectors: VectorStore,
        database: Database | None = None,
    ) -> None:
        """Look at nothing yet.

        Args:
            index: as ``database``, see Syncer.
            chroma: the folder of Chroma; None where the vectors are on a server, or the catalog's
                own are compared.
        """
        self._database = database or SqliteDatabase(index / CATALOG_FILE)
        self._chroma = chroma
        self._embedder = embedder
        self._vectors = vectors
        self._filler = VectorFiller(embedder, vectors)

    def run(self) -> VerifyReport:
        """Look at everything, while no sync may change it.

        Raises:
            StoreMissingError: nothing was indexed yet.
            StoreBusyError: another process is writing.
            StoreError: the catalog cannot be opened at all.
        """
        started = time.monotonic()
        self._database.identify()
        connection = self._database.connect()
        try:
            with ExitStack() as stack:
                try:
                    stack.enter_context(self._database.locked())
                except StoreBusyError:
                    raise
                except StoreError:
                    # No right to write here: whoever has it is not kept from it, and the snapshot has to do.
                    pass
                return self._look(connection, started)
        finally:
            connection.close()

    def _look(self, connection: Connection, started: float) -> VerifyReport:
        anew = _ANEW.format(discard=self._database.discard)
        faults: list[Fault] = []
        counts: dict[str, int] = {}
        held: int | None = None
        unreadable: tuple[type[Exception], ...] = (*self._database.errors, ValueError, TypeError)
        try:
            self._database.begin(connection, write=False)
            counts = {
                what: int(connection.execute(sql).fetchone()[0])
                for what, sql in {
                    "files": "SELECT count(*) FROM revisions WHERE live",
                    "articles": "SELECT count(*) FROM articles",
                    "passages": "SELECT count(*) FROM passages",
                    "vectors": "SELECT count(*) FROM vectors",
                    "pending": "SELECT count(*) FROM pending WHERE op = 'upsert'",
                }.items()
            }
            damage = (f"the catalog is damaged ({what})" for what in self._database.find_damage(connection))
            faults += [Fault(what=what, mend=anew) for what in _first(damage)]
            if not faults:
                faults += self._recipe(connection)
                faults += [Fault(what=what, mend=anew) for what in _first(self._places(connection))]
                faults += [Fault(what=what, mend=anew) for what in _first(self._words(connection))]
                faults += _cached(connection, anew)
                held, wrong = self._compare(connection)
                faults += wrong
        except unreadable as exc:
            # Pages that were overwritten hold anything, also what no column of this type ever held.
            trouble = self._database.explain(exc) if isinstance(exc, self._database.errors) else None
            what = str(trouble or f"{self._database.name} is damaged ({exc})").partition(": ")[0]
            faults.append(Fault(what=what, mend=anew))
        return VerifyReport(
            files=counts.get("files", 0),
            articles=counts.get("articles", 0),
            passages=counts.get("passages", 0),
            vectors=counts.get("vectors", 0),
            in_chroma=held,
            pending=counts.get("pending", 0),
            catalog_bytes=self._database.size_bytes(),
            vector_bytes=_size_of(self._chroma),
            faults=tuple(faults),
            seconds=time.monotonic() - started,
        )

    def _recipe(self, connection: Connection) -> Iterator[Fault]:
        facts = dict(connection.execute("SELECT key, value FROM meta").fetchall())
        if facts.get("recipe", "") != recipe_of(self._embedder):
            said = mismatch(self._embedder, facts.get("embedder", ""), facts.get("recipe", ""))
            what, _, mend = str(said).partition(": ")
            yield Fault(what=what, mend=mend)

    def _places(self, connection: Connection) -> Iterator[str]:
        """Compare each passage with the text of its article.

        The key of its vector is a hash of title, text and sentences, made when it was indexed: it tells
        whether any letter is another now.
        """
        same_model = not list(self._recipe(connection))
        articles = connection.execute(
            "SELECT a.id, a.article, r.id, r.file, a.title, a.offset, a.text FROM articles a "
            "JOIN revisions r ON r.id = a.revision ORDER BY r.file, r.id, a.offset, a.id"
        )
        read, end, lines = 0, 0, 0
        for row, article, revision, file, title, offset, packed in articles:
            text = unpack(packed)
            # A run that was stopped leaves what a file is to be beside what it was.
            if revision != read:
                read, end, lines = revision, 0, 0
            if offset != end:
                yield f"{file}: its text has a gap at character {end}"
            ref = ArticleRef(id=article, file=file, title=title)
            for passage, key in _passages_of(connection, row, ref, offset, text, lines):
                if not passage.text or len(passage.text) != passage.end - passage.start:
                    yield f"{file}: a passage stands outside of its article (characters {passage.start} to {passage.end})"
                elif fault := _place_fault(passage, offset, text, lines):
                    yield f"{file}: {fault}"
                elif same_model and self._filler.key_of(passage) != key:
                    yield f"{file}: the text of lines {passage.line_start} to {passage.line_end} is not what was indexed"
            end, lines = offset + len(text), lines + text.count("\n")

    def _words(self, connection: Connection) -> Iterator[str]:
        """Compare the rows of the full text with those that are live."""
        sql = (
            "SELECT p.id FROM passages p JOIN articles a ON a.id = p.article "
            "JOIN revisions r ON r.id = a.revision AND r.live"
        )
        rows = {row for (row,) in connection.execute(sql)}
        held = self._database.text.rows(connection)
        if rows != held:
            yield f"the full text lacks {len(rows - held):,} passages and has {len(held - rows):,} too many"

    def _compare(self, connection: Connection) -> tuple[int | None, list[Fault]]:
        """Compare Chroma with the catalog; return how many ids it holds, and what is wrong."""
        if isinstance(self._vectors, SharedVectors):
            return None, []
        if fault := self._vectors.fault():
            return None, [Fault(what=f"the vector index is damaged ({fault})", mend=_SYNC)]
        expected = {each: _expected(connection, each) for each in COLLECTIONS}
        if not any(expected.values()) and self._chroma is not None and not self._chroma.exists():
            return 0, []
        asked = {
            each: list(items.values())[:: max(1, len(items) // _ASKED)] for each, items in expected.items()
        }
        vectors = {each: from_halves(wanted).tolist() for each, wanted in asked.items()}
        # A server that goes down takes nobody with it.
        if self._chroma is not None:
            with _openable(self._chroma) as folder:
                found = probe(folder, self._embedder.fingerprint, vectors)
        else:
            found = look_into(self._vectors, vectors)
        if found.error:
            # An error of ours ends in its mend; a process that died has none.
            what, _, mend = found.error.rpartition(": ")
            return None, [
                Fault(
                    what=what or f"the vector index cannot be used, {mend}", mend=mend if what else _REBUILD
                )
            ]
        faults = []
        for each, items in expected.items():
            held = set(found.items[each])
            ghosts = held - items.keys() - _leaving(connection, each)
            for count, what in ((len(items.keys() - held), "lacks"), (len(ghosts), "holds, as ghosts,")):
                if count:
                    faults.append(Fault(what=f"the vector index {what} {count:,} of {each}", mend=_REBUILD))
            lost = sum(cosine < _SAME for cosine in found.found[each])
            if lost and not faults:
                what = f"the vector index does not find {lost:,} of {len(asked[each]):,} {each} that were looked for"
                faults.append(Fault(what=what, mend=_REBUILD))
        return sum(map(len, found.items.values())), faults


@contextmanager
def _openable(folder: Path) -> Iterator[Path]:
    """Give a folder of Chroma's, or a copy where it may not be written: Chroma opens nothing read-only."""
    if may_write(folder):
        yield folder
        return
    with ExitStack() as stack:
        try:
            copy = Path(stack.enter_context(TemporaryDirectory(prefix="dateline-")), folder.name)
            before = _states_of(folder)
            _copy_files(folder, copy)
            if _states_of(folder) != before:
                raise StoreBusyError(explain_busy(folder))
        except OSError as exc:
            raise StoreError(
                f"{folder} may not be written, and to be looked at it could not be copied "
                f"({exc.strerror or exc}): make room for a copy, or set TMPDIR to a folder that has it"
            ) from exc
        yield copy


def _states_of(folder: Path) -> dict[Path, tuple[int, int]]:
    found = {file: file.stat() for file in folder.rglob("*") if file.is_file()}
    return {file: (status.st_size, status.st_mtime_ns) for file, status in found.items()}


def _copy_files(folder: Path, copy: Path) -> None:
    """Copy the bytes alone: the right to write is what the files lack."""
    copy.mkdir()
    for file in folder.rglob("*"):
        if file.is_file():
            target = copy / file.relative_to(folder)
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)


def _size_of(folder: Path | None) -> int | None:
    if folder is None:
        return None
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())


def _first(found: Iterator[str]) -> list[str]:
    """Return the first of what was found, and the number of the rest."""
    all_found = list(found)
    rest = len(all_found) - _NAMED
    return [*all_found[:_NAMED], *([f"{rest:,} more of the like"] if rest > 0 else [])]


def _passages_of(
    connection: Connection, row: int, ref: ArticleRef, offset: int, text: str, lines: int
) -> Iterator[tuple[Passage, bytes]]:
    passages = connection.execute(
        "SELECT id, item, start, stop, line_start, line_end, key FROM passages WHERE article = ? ORDER BY start",
        (row,),
    ).fetchall()
    for number, item, start, stop, line_start, line_end, key in passages:
        spans = connection.execute(
            "SELECT start, stop FROM sentences WHERE passage = ? ORDER BY start", (number,)
        )
        passage = Passage(
            id=item,
            article=ref,
            text=text[max(start - offset, 0) : max(stop - offset, 0)],
            start=start,
            end=stop,
            line_start=line_start,
            line_end=line_end,
            sentences=tuple(Span(first, last) for first, last in spans),
        )
        yield passage, key


def _place_fault(passage: Passage, offset: int, text: str, lines: int) -> str:
    """Say what is wrong with the numbers of a passage; "" for nothing.

    Args:
        offset: where its article begins in the file, ``text`` being the article's.
        lines: how many line ends stand before the article.
    """
    where = f"the passage at characters {passage.start} to {passage.end}"
    if not passage.id.endswith(f":{passage.start}-{passage.end}"):
        return f"{where} bears another one's name"
    first = lines + text.count("\n", 0, passage.start - offset) + 1
    last = lines + text.count("\n", 0, passage.end - 1 - offset) + 1
    if (first, last) != (passage.line_start, passage.line_end):
        return f"{where} stands in lines {first} to {last}, not {passage.line_start} to {passage.line_end}"
    edges = [edge for span in passage.sentences for edge in span]
    if not edges or edges != sorted(edges) or (edges[0], edges[-1]) != (passage.start, passage.end):
        return f"{where} is not made of its sentences"
    return ""


def _cached(connection: Connection, anew: str) -> Iterator[Fault]:
    """Look for passages without a vector that are not waiting for one, and for vectors of a wrong length."""
    waiting = "SELECT item FROM pending WHERE op = 'upsert'"
    lacking = connection.execute(
        "SELECT count(*) FROM passages WHERE key NOT IN (SELECT key FROM vectors) "
        f"AND item NOT IN ({waiting})"
    ).fetchone()[0]
    if lacking:
        what = f"{lacking:,} passages have no vector and wait for none"
        yield Fault(
            what=what, mend="run `dateline index --rebuild`, then `dateline index`, which embeds these"
        )
    wrong = connection.execute(
        "SELECT count(*) FROM passages p JOIN vectors v ON v.key = p.key "
        "LEFT JOIN sentence_vectors s ON s.id = v.id WHERE s.codes IS NULL OR "
        "length(v.vector) != (SELECT max(length(vector)) FROM vectors) OR length(s.codes) != "
        "(3 * length(v.vector) / 2 + 7) / 8 * (SELECT count(*) FROM sentences WHERE passage = p.id)"
    ).fetchone()[0]
    if wrong:
        yield Fault(what=f"the vectors of {wrong:,} passages have a wrong length", mend=anew)


def _expected(connection: Connection, collection: Collection) -> dict[str, bytes]:
    """Return the vectors that Chroma should hold by now, by id."""
    rows = connection.execute(
        f"SELECT x.item, v.vector FROM {collection} x JOIN vectors v ON v.key = x.key WHERE x.item NOT IN "
        "(SELECT item FROM pending WHERE collection = ? AND op = 'upsert') ORDER BY x.id",
        (collection,),
    )
    return dict(rows.fetchall())


def _leaving(connection: Connection, collection: Collection) -> set[str]:
    """Return the ids that Chroma may still hold, or hold already: work that a stopped run has left."""
    return {
        row[0] for row in connection.execute("SELECT item FROM pending WHERE collection = ?", (collection,))
    }
