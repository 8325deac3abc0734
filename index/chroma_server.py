"""Chroma on a server: the vector index that several machines share."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
from numpy.typing import NDArray

from index.catalog import Collection
from index.chroma_calls import BATCH, CONFIGURATION, ChromaCalls
from index.errors import StoreError
from index.server_trouble import Server, explain_server, wrong_version
from index.session import Breaker, Patience, PatientSession, StatusError
from index.vectors import Nearest

if TYPE_CHECKING:
    from chromadb.api import ServerAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection

COLLECTIONS: tuple[Collection, Collection] = ("articles", "passages")

# A person waits: words alone answer in a second.
_QUESTION = Patience(total_s=4.0, tries=3)
# One question in a while looks whether a server that was down is back.
_GLANCE = Patience(total_s=2.0, tries=1)
# Nobody waits, and a server that is restarted is back in seconds; a big one may write its graph for a minute.
_WORK = Patience(total_s=90.0, tries=7)
_VERSION = "1"
# Chroma's cloud returns no more at once.
_HOSTED_RESULTS = 300
# A collection that is put in the place of another has no name for some milliseconds.
_UNNAMED_S = 0.1
_LOOKS = 3
_NEW, _OLD = "-new", "-old"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """What a server says of itself.

    Attributes:
        address: without credentials.
        held: passages in its collection; None where it could not be asked.
        trouble: why it cannot be used, with the mend; "" where it can.
        overheard: whether a secret goes there over a network where it can be read.
    """

    address: str
    held: int | None = None
    trouble: str = ""
    overheard: bool = False


class ServerStore(ChromaCalls):
    """Chroma behind HTTP. What belongs to one catalog has collections of its own, named after it."""

    page = _HOSTED_RESULTS

    def __init__(self, server: Server, fingerprint: str, owner: Callable[[], str]) -> None:
        """Connect when it is first needed.

        Args:
            fingerprint: of the embedder.
            owner: tells the name of the catalog, in letters and digits: another index on the same server
                must not take what is ours for ghosts. Called while a catalog is being read.
        """
        self._server = server
        self._fingerprint = fingerprint
        self._owner = owner
        self._lock = threading.Lock()
        self._breaker = Breaker()
        self._catalog = ""
        self._system: Any = None
        self._session: PatientSession
        self._users = 0
        self._greeted = False
        self._place = ("", "")
        self._batch = BATCH
        self._written = False
        self._writes_to = ""
        self._collections: dict[str, ChromaCollection] = {}

    def query(self, collection: Collection, vector: NDArray[np.float32], k: int) -> list[Nearest]:
        """See VectorStore. A server that is down is waited for by one question; the next are refused at once."""
        if (refusal := self._breaker.find_refusal()) is not None:
            raise StoreError(str(refusal))
        most = min(k, _HOSTED_RESULTS) if self._server.is_hosted else k
        try:
            return super().query(collection, vector, most)
        except StoreError as exc:
            self._breaker.trip(exc)
            raise

    def stamp(self) -> str:
        """See VectorStore. Which collections there are, how much they hold, and what the last seal wrote there."""
        try:
            with self._asking(_GLANCE) as api:
                seen = [self._describe(api, each) for each in COLLECTIONS]
        except StoreError:
            return ""
        return hashlib.sha256(repr(seen).encode()).hexdigest()[:16]

    def seal(self) -> None:
        """See VectorStore. A backup put in place of what was written since is told by ``stamp``."""
        if not self._written:
            return
        with self._asking(_WORK) as api:
            for each in COLLECTIONS:
                if (found := self._find(api, self._name(each))) is not None:
                    found.modify(metadata={"sealed": secrets.token_hex(8)})
        self._written = False

    def fault(self) -> str:
        """See VectorStore. What a server has lost is told when it is asked."""
        return ""

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """See VectorStore. Readers ask the old collections until the new ones are complete."""
        with self._asking(_WORK) as api:
            self._drop(api, lambda name: name.endswith((_NEW, _OLD)))
        self._writes_to = _NEW
        try:
            yield
        except BaseException:
            self._writes_to = ""
            with suppress(StoreError), self._asking(_GLANCE) as api:
                self._drop(api, lambda name: name.endswith(_NEW))
            raise
        try:
            for each in COLLECTIONS:
                with self._asking(_WORK) as api:
                    new = self._make(api, self._name(each) + _NEW)
                    if (old := self._find(api, self._name(each))) is not None:
                        old.modify(name=self._name(each) + _OLD)
                    new.modify(name=self._name(each))
        finally:
            self._writes_to = ""
            self._collections.clear()
        self._written = True
        with self._asking(_WORK) as api:
            self._drop(api, lambda name: name.endswith(_OLD))

    def drop_other_models(self) -> None:
        """See VectorStore. Collections of other catalogs are not ours to delete."""
        with self._asking(_WORK) as api:
            current = {self._name(each) for each in COLLECTIONS}
            self._drop(api, lambda name: name not in current)

    def refresh(self) -> None:
        """See VectorStore. What others have written is seen at once, but a catalog may be another now."""
        self._collections.clear()
        self._catalog = ""

    def close(self) -> None:
        """See VectorStore. Whoever asks at this moment keeps the connection."""
        with self._lock:
            self._collections.clear()
            if self._system is not None and not self._users:
                self._session.close()
                self._system.stop()
                self._system, self._greeted = None, False

    def look(self) -> ServerState:
        """Ask the server how it is; nothing is raised."""
        held, trouble = None, ""
        try:
            # By name: what is known of it may be of before it was lost.
            self._collections.clear()
            with self._asking(_GLANCE) as api:
                found = self._find(api, self._name("passages"))
                held = found.count() if found is not None else 0
        except StoreError as exc:
            trouble = str(exc)
        server = self._server
        return ServerState(
            address=server.address, held=held, trouble=trouble, overheard=server.sends_secrets_openly
        )

    # -- collections

    def _batch_size(self) -> int:
        with self._asking(_WORK):
            return self._batch

    def _before_writing(self) -> None:
        self._written = True

    def _upsert_batch(
        self, collection: Collection, items: Sequence[str], vectors: NDArray[np.float32]
    ) -> None:
        """Write a batch; halved where the server, or a proxy before it, finds it too large."""
        try:
            super()._upsert_batch(collection, items, vectors)
        except StoreError as exc:
            too_large = isinstance(exc.__cause__, StatusError) and exc.__cause__.status == 413
            if not too_large or len(items) == 1:
                raise
            half = len(items) // 2
            self._batch = max(1, min(self._batch, half))
            for part in (slice(half), slice(half, None)):
                self._upsert_batch(collection, items[part], vectors[part])

    def _call(
        self, collection: Collection, method: str, arguments: dict[str, Any], *, create: bool = True
    ) -> Any:
        """Call a method of a collection; None where there is none, and it is not written to."""
        asked = method == "query"
        name = self._name(collection) + ("" if asked else self._writes_to)
        patience = _WORK if not asked else _QUESTION if self._breaker.is_closed else _GLANCE
        with self._asking(patience) as api:
            result = self._call_named(api, name, method, arguments)
        # A sync in the same process, too, has met a server that is well.
        self._breaker.reset()
        return result

    def _call_named(self, api: ServerAPI, name: str, method: str, arguments: dict[str, Any]) -> Any:
        """Call it. A collection may be replaced at any moment: what fails with the old is asked of the new."""
        from chromadb.errors import ChromaError

        get = self._make if method == "upsert" else self._find
        failed: tuple[ChromaCollection, Exception] | None = None
        for looks_left in reversed(range(_LOOKS)):
            found = get(api, name)
            if found is None:
                if method != "query" or not looks_left:
                    break
                time.sleep(_UNNAMED_S)
                continue
            if failed is not None and failed[0].id == found.id:
                raise failed[1]
            try:
                return getattr(found, method)(**arguments)
            except (ChromaError, StatusError) as exc:
                # One that is half deleted is told in other words than one that is gone.
                self._collections.pop(name, None)
                if not looks_left:
                    raise
                failed = found, exc
        return None

    def _name(self, collection: Collection) -> str:
        # Others may clear it at any moment.
        self._catalog = catalog = self._catalog or self._owner()
        return f"{collection}-{self._fingerprint}-{catalog}"

    def _find(self, api: ServerAPI, name: str) -> ChromaCollection | None:
        from chromadb.errors import NotFoundError

        if (known := self._collections.get(name)) is not None:
            return known
        tenant, database = self._place
        try:
            model = api.get_collection(name, tenant=tenant, database=database)
        except NotFoundError:
            return None
        self._collections[name] = found = self._wrap(api, model)
        return found

    def _make(self, api: ServerAPI, name: str) -> ChromaCollection:
        from chromadb.errors import InvalidArgumentError

        if (found := self._find(api, name)) is not None:
            return found
        tenant, database = self._place
        where: dict[str, Any] = {"tenant": tenant, "database": database, "get_or_create": True}
        try:
            model = api.create_collection(name, configuration=CONFIGURATION, **where)
        except InvalidArgumentError:
            # There is no such database: it is made, as the folder of an index is.
            api.create_database(database, tenant=tenant)
            model = api.create_collection(name, configuration=CONFIGURATION, **where)
        self._collections[name] = made = self._wrap(api, model)
        return made

    @staticmethod
    def _wrap(api: ServerAPI, model: Any) -> ChromaCollection:
        from chromadb.api.models.Collection import Collection as ChromaCollection

        return ChromaCollection(client=api, model=model, embedding_function=None, data_loader=None)

    def _describe(self, api: ServerAPI, collection: Collection) -> tuple[str, int, str]:
        self._collections.pop(self._name(collection), None)
        found = self._find(api, self._name(collection))
        if found is None:
            return "", 0, ""
        return str(found.id), found.count(), str((found.metadata or {}).get("sealed", ""))

    def _drop(self, api: ServerAPI, chosen: Callable[[str], bool]) -> None:
        """Delete those collections of our catalog that are chosen by name."""
        tenant, database = self._place
        own = self._name("passages").rpartition("-")[2]
        names: list[str] = []
        page = 100
        while True:
            listed = api.list_collections(limit=page, offset=len(names), tenant=tenant, database=database)
            names += [each.name for each in listed]
            if len(listed) < page:
                break
        for name in names:
            if name.removesuffix(_NEW).removesuffix(_OLD).endswith(f"-{own}") and chosen(name):
                self._collections.pop(name, None)
                api.delete_collection(name, tenant=tenant, database=database)

    # -- the connection

    @contextmanager
    def _asking(self, patience: Patience) -> Iterator[ServerAPI]:
        """Lend the connection, and turn whatever goes wrong into one error with its mend."""
        with self._lock:
            api = self._open()
            self._users += 1
        try:
            with self._session.within(patience):
                if not self._greeted:
                    self._greet(api)
                yield api
        except StoreError:
            raise
        except Exception as exc:
            raise explain_server(self._server, exc) from exc
        finally:
            with self._lock:
                self._users -= 1

    def _open(self) -> ServerAPI:
        from chromadb.api import ServerAPI

        if self._system is None:
            from chromadb.config import Settings, System

            # chromadb.HttpClient asks before it can be told how long to wait; this is what it is made of.
            self._system = System(
                Settings(
                    anonymized_telemetry=False,
                    chroma_api_impl="chromadb.api.fastapi.FastAPI",
                    chroma_server_host=self._server.address,
                    chroma_server_http_port=0,  # stands in the address
                    chroma_server_ssl_enabled=self._server.address.startswith("https:"),
                    chroma_server_headers=self._server.headers,
                    chroma_client_auth_provider=None,
                )
            )
            api = self._system.instance(ServerAPI)
            if self._server.user:
                api._session.auth = httpx.BasicAuth(self._server.user, self._server.password)
            self._session = api._session = PatientSession(api._session)
            self._system.start()
        opened: ServerAPI = self._system.instance(ServerAPI)
        return opened

    def _greet(self, api: ServerAPI) -> None:
        """Learn what the server is: its version, how much it takes at once, where we are at home."""
        version = str(api.get_version())
        if version.split(".")[0] != _VERSION:
            raise wrong_version(self._server, version)
        most = api.get_max_batch_size()
        self._batch = min(self._batch, most) if most > 0 else self._batch
        tenant, database = self._server.tenant, self._server.database
        if self._server.token and not (tenant and database):
            # A hosted Chroma knows from the token.
            known = api.get_user_identity()
            tenant = tenant or known.tenant or ""
            only = known.databases[0] if known.databases and len(known.databases) == 1 else ""
            database = database or ("" if only == "*" else only)
        self._place = (tenant or "default_tenant", database or "default_database")
        self._greeted = True
