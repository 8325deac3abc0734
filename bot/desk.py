"""What the command line, the chat and Discord ask: the application, or a fake of it in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from bot.model import Answer, IndexStatus, Sentence, Turn
    from index.drift import Drift
    from index.model import ArticleRef, Hit
    from index.sync import RebuildReport, SyncProgress, SyncReport
    from index.verify import VerifyReport


class Desk(Protocol):
    """Answers questions about one corpus folder, and keeps its index in step.

    Every method may raise a ``DatelineError``.
    """

    def sync(
        self, paths: Sequence[str] = (), progress: Callable[[SyncProgress], None] | None = None
    ) -> SyncReport:
        """Bring the index in step with the folder, or with some paths of it.

        Args:
            paths: below the corpus folder, or leading into it; none for the whole folder.
            progress: called now and then; what it raises ends the sync, and the next goes on from there.
        """
        ...

    def rebuild(self, progress: Callable[[SyncProgress], None] | None = None) -> RebuildReport:
        """Derive the vector index anew from the catalog, without embedding."""
        ...

    def verify(self) -> VerifyReport:
        """Look the whole index through, and change nothing."""
        ...

    def drift(self, paths: Sequence[str] = ()) -> Drift:
        """Tell what has changed in the folder since it was indexed, or in some indexed files of it."""
        ...

    def ask(
        self,
        question: str,
        *,
        asked_at: date | None = None,
        history: Sequence[Turn] = (),
        folder: str = "",
        on_read: Callable[[str], None] | None = None,
        on_found: Callable[[int, int], None] | None = None,
        on_sentence: Callable[[Sentence], None] | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            asked_at: what "now" is.
            history: the turns before, the latest last; the question is read by them, nothing is quoted
                from them.
            folder: below the corpus folder; only files in it are read. "" for all.
            on_read: called with the question as it was read, where that is not as it was asked.
            on_found: called with how many passages were found, and in how many articles, perhaps from
                another thread.
            on_sentence: called with each sentence as soon as it may be shown, perhaps from another
                thread; what was shown stands in the answer, in this order.
        """
        ...

    def search(
        self, query: str, k: int, *, asked_at: date | None = None, folder: str = ""
    ) -> tuple[Hit, ...]:
        """Find up to ``k`` passages, best first, in all files or those of a folder."""
        ...

    def text_of(self, file: str) -> str:
        """Give a file's text as the index sees it.

        Raises:
            StoreError: the file is not indexed.
        """
        ...

    def files(self) -> tuple[str, ...]:
        """Name the indexed files."""
        ...

    def articles(self) -> tuple[ArticleRef, ...]:
        """Tell what is known about the indexed articles, by file."""
        ...

    def titles(self) -> tuple[str, ...]:
        """Name the indexed articles."""
        ...

    def status(self) -> IndexStatus:
        """Tell what the index holds."""
        ...

    def warm_up(self) -> None:
        """Load the models, so that the first question need not wait for them."""
        ...

    def close(self) -> None:
        """Let go of files and models."""
        ...
