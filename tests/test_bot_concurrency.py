"""Many threads over one index while it changes: no error, no quote that was not there, no word of another's trouble."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from index_state import Desk

import bot.cite
from bot.app import App
from bot.frontdesk import FrontDesk
from bot.model import Status
from bot.quote import QuoteAnswerer
from bot.settings import Settings
from bot.stop import Stop, StoppedError
from index.errors import StoreError
from index.lookup import CatalogReader
from index.model import Hit

TOWNS = ("Norwick", "Aldermere", "Sandvik", "Port Ellery")
THREADS = 8
EDITS = 6


def text_of(town: str, number: int) -> str:
    notes = "".join(f"Note {n} was added later.\n" for n in range(number))
    return f"Jail of {town}\n\n{notes}Gunmen freed {300 + number} prisoners in {town} at dawn, police said.\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    for town in TOWNS:
        made.write(f"{town}.txt", text_of(town, 0))
    made.sync()
    yield made
    made.close()


@pytest.fixture
def app(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr("bot.app.SentenceTransformerEmbedder", lambda *_, **__: desk.embedder)
    made = App(Settings(corpus=desk.corpus, index=desk.index, min_confidence=0.0))
    yield made
    made.close()


def test_eight_threads_ask_while_files_are_edited_deleted_and_renamed(app: App, desk: Desk) -> None:
    said = {f"{town}.txt": [text_of(town, 0)] for town in TOWNS}
    over = threading.Event()

    def edit() -> int:
        # As another process would: with a store of its own.
        writer = Desk(desk.root)
        try:
            for number in range(1, EDITS + 1):
                town = TOWNS[number % len(TOWNS)]
                file = f"{town}.txt"
                if number == 5 and (desk.corpus / file).exists():
                    said.setdefault(f"{number}.txt", []).append((desk.corpus / file).read_text("utf-8"))
                    (desk.corpus / file).rename(desk.corpus / f"{number}.txt")
                else:
                    said[file].append(text_of(town, number))
                    writer.write(file, said[file][-1])
                writer.sync()
            return number
        finally:
            writer.close()
            over.set()

    def ask(person: int) -> int:
        count = 0
        while not over.is_set() or not count:
            town = TOWNS[(person + count) % len(TOWNS)]
            job = partial(app.ask, f"How many prisoners were freed in {town}?")
            answer = front.submit(person, job).answer.result(60)
            assert answer.status is Status.ANSWERED
            assert answer.notes == () or "still filling" in answer.notes[0]
            for item in answer.citations:
                assert any(text[item.start : item.end] == item.quote for text in said[item.article.file])
            count += 1
        return count

    front = FrontDesk(4)
    with ThreadPoolExecutor(THREADS + 1) as threads:
        edits = threads.submit(edit)
        counts = list(threads.map(ask, range(THREADS)))
        assert edits.result() == EDITS
    front.close()
    assert min(counts) >= 1
    final = app.ask("How many prisoners were freed in Norwick?")
    for item in final.citations:
        text = (desk.corpus / item.article.file).read_text(encoding="utf-8")
        assert text[item.start : item.end] == item.quote and not item.changed


@pytest.mark.parametrize("what", ["edited", "deleted", "renamed"])
def test_a_file_that_is_indexed_anew_before_the_answer_is_out_is_marked_as_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It was told as damage of the index, with the advice to delete it."""
    file = desk.corpus / "Norwick.txt"
    verify = bot.cite.Citer.verify

    def overtaken(citer: bot.cite.Citer) -> None:
        if what == "edited":
            desk.write("Norwick.txt", text_of("Norwick", 3))
        elif what == "deleted":
            file.unlink()
        else:
            file.rename(desk.corpus / "new.txt")
        desk.sync()
        verify(citer)

    reader = CatalogReader(desk.catalog)
    with desk.searcher() as searcher:
        answerer = QuoteAnswerer(
            searcher=searcher, reader=reader, corpus=desk.corpus, embedder="", min_confidence=0.0
        )
        question = "How many prisoners were freed in Norwick?"
        hits = searcher.search(question, 24)
        monkeypatch.setattr(bot.cite.Citer, "verify", overtaken)
        answer = answerer.answer(question, hits)
    reader.close()
    cited = [item for item in answer.citations if item.article.file == "Norwick.txt"]
    assert cited and all(item.changed for item in cited)
    assert all(item.quote in text_of("Norwick", 0) for item in cited)


def test_trouble_with_the_vectors_is_told_to_those_who_had_it(desk: Desk) -> None:
    class Failing:
        """Fails in threads of one name alone."""

        def __getattr__(self, name: str) -> object:
            return getattr(desk.vectors(), name)

        def query(self, *arguments: object) -> object:
            if threading.current_thread().name == "unlucky":
                raise StoreError("the vector index is damaged: run `dateline index`")
            return desk.vectors().query(*arguments)  # type: ignore[arg-type]

    told: dict[str, tuple[str, ...]] = {}
    searched = threading.Barrier(2)

    def search(hits: tuple[Hit, ...] = ()) -> None:
        hits = searcher.search("prisoners in Norwick", 5)
        searched.wait(10)
        told[threading.current_thread().name] = searcher.notes(hits)

    with desk.searcher() as searcher:
        searcher._vectors = Failing()  # type: ignore[assignment]
        threads = [threading.Thread(target=search, name=name) for name in ("unlucky", "lucky")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told["lucky"] == ()
    assert [note for note in told["unlucky"] if "found by words alone" in note]


def test_a_new_state_opens_the_vectors_anew_once_for_all_threads(desk: Desk) -> None:
    refreshed: list[str] = []
    with desk.searcher() as searcher, ThreadPoolExecutor(THREADS) as threads:
        searcher.search("Norwick", 3)
        refresh = searcher._vectors.refresh
        searcher._vectors.refresh = lambda: (refreshed.append("x"), refresh())[1]  # type: ignore[method-assign]
        with searcher._reader.snapshot() as before:
            desk.write("more.txt", text_of("Harrow", 1))
            desk.sync()
            list(threads.map(lambda _: searcher.search("Norwick", 3), range(4 * THREADS)))
            # A question that still looks at the state before.
            searcher._check(before)
        searcher.search("Norwick", 3)
    assert refreshed == ["x"]


def test_threads_that_have_ended_leave_no_connection_behind(desk: Desk) -> None:
    reader = CatalogReader(desk.catalog)

    def look() -> None:
        with reader.snapshot() as view:
            view.count_passages()

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(reader._connections) <= 1
    reader.close()


def test_an_answer_that_is_stopped_goes_no_further_than_the_next_stage(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages: list[str] = []
    read = QuoteAnswerer._choose

    def note(self: QuoteAnswerer, *arguments: object) -> object:
        stages.append("read")
        return read(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(QuoteAnswerer, "_choose", note)
    monkeypatch.setattr(bot.cite.Citer, "verify", lambda _: stages.append("checked"))
    stop = Stop()
    with pytest.raises(StoppedError), stop.applies():
        app.ask("How many prisoners were freed in Norwick?", on_found=lambda *_: stop.set())
    assert stages == ["read"]
    assert app.ask("How many prisoners were freed in Norwick?").status is Status.ANSWERED
