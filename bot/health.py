"""Whether the index can answer: what it holds, what is amiss, and the mend for each trouble."""

from __future__ import annotations

from bot.model import IndexStatus
from bot.places import corpus_troubles, size_of
from bot.provider import find_troubles, llm_name
from bot.settings import Settings
from bot.vector_store import Shelf, describe_server, server_remarks, server_troubles
from index.database import Database
from index.embed import Embedder
from index.errors import StoreBusyError, StoreError, StoreMissingError
from index.folder import explain_no_corpus
from index.lookup import CatalogReader
from index.recipe import mismatch, recipe_of


class Health:
    """Looks at one index; loads no model."""

    def __init__(
        self,
        settings: Settings,
        *,
        database: Database,
        reader: CatalogReader,
        shelf: Shelf,
        embedder: Embedder,
    ) -> None:
        self._settings = settings
        self._database = database
        self._shared = bool(settings.database_url.get_secret_value())
        self._reader = reader
        self._shelf = shelf
        self._embedder = embedder

    def status(self) -> IndexStatus:
        """Tell what the index holds and what is amiss, each trouble with its mend."""
        troubles = [*corpus_troubles(self._settings.corpus)]
        if fault := self._shelf.store.fault():
            first = "" if self._shared or self._database.may_write() else "let Dateline write there and "
            troubles.append(
                f"the vector index is damaged ({fault}): {first}run `dateline index`, which makes it anew; "
                "nothing is embedded again"
            )
        mends = list(troubles)
        mends += find_troubles(self._settings)
        syncing = self._is_syncing()
        try:
            state = self._reader.state()
        except StoreMissingError as exc:
            mends.append(str(exc))
            return IndexStatus(
                embedder=self._embedder.name,
                reranker=self._settings.reranker,
                llm=llm_name(self._settings),
                syncing=syncing,
                size_bytes=size_of(self._settings.index),
                catalog=self._database.name if self._shared else "",
                trouble=next(iter(troubles), ""),
                mends=tuple(mends),
            )
        vectors_on = ""
        if self._shelf.server is not None:
            seen = self._shelf.server.look()
            vectors_on = describe_server(seen)
            # A sync that runs puts things right.
            amiss = [] if syncing and not seen.trouble else list(server_troubles(seen, state))
            troubles += amiss
            mends += [*amiss, *server_remarks(seen)]
        if state.recipe != recipe_of(self._embedder):
            mends.append(str(mismatch(self._embedder, state.embedder, state.recipe)))
        if not state.passages:
            mends.append(self._explain_empty(syncing=syncing))
        if state.vectors_pending and not syncing:
            mends.append("the last run of `dateline index` was stopped: run it again, it goes on from there")
        return IndexStatus(
            files=state.files,
            articles=state.articles,
            passages=state.passages,
            vectors_pending=state.vectors_pending,
            articles_pending=state.articles_pending,
            embedder=self._embedder.name,
            found_embedder=state.embedder,
            reranker=self._settings.reranker,
            llm=llm_name(self._settings),
            vectors_on=vectors_on,
            skipped=state.skipped,
            in_part=state.in_part,
            trouble=next(iter(troubles), ""),
            read_only=not self._database.may_write(),
            filling=bool(state.vectors_pending),
            syncing=syncing,
            index_state=state.digest,
            size_bytes=size_of(self._settings.index) + (self._database.size_bytes() if self._shared else 0),
            catalog=self._database.name if self._shared else "",
            mends=tuple(mends),
        )

    def check_ready(self) -> None:
        """Refuse an index that can answer nothing, before any model is loaded.

        Raises:
            StoreMissingError: there is no index, or no passage in it.
            StoreMismatchError: it was built with another embedder or splitter.
        """
        try:
            with self._reader.snapshot() as view:
                passages, embedder, recipe = view.count_passages(), view.meta("embedder"), view.meta("recipe")
        except StoreMissingError as exc:
            if self._settings.corpus.is_dir():
                raise
            raise StoreMissingError(f"{exc}; {explain_no_corpus(self._settings.corpus)}") from exc
        if not passages:
            raise StoreMissingError(self._explain_empty(syncing=self._is_syncing()))
        if recipe != recipe_of(self._embedder):
            raise mismatch(self._embedder, embedder, recipe)

    def _explain_empty(self, *, syncing: bool) -> str:
        holds_nothing = f"the index in {self._database.name} holds no passage"
        if syncing:
            return f"{holds_nothing} yet: a sync is running, ask again in a moment"
        return f"{holds_nothing}: put articles into {self._settings.corpus} and run `dateline index`"

    def _is_syncing(self) -> bool:
        try:
            if self._database.exists():
                with self._database.locked(patience_s=0.0):
                    return False
        except StoreBusyError:
            return True
        except StoreError:
            pass
        return False
