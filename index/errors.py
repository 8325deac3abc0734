"""Errors that a reader or an operator can act on.

DatelineError            str(error) is one line, fit to be shown
├── ArticleFormatError   file, reason
├── StoreError
│   ├── StoreBusyError       another process is writing
│   ├── StoreDamagedError    what is on disk cannot be what was written
│   ├── StoreMissingError    nothing is indexed there yet
│   └── StoreMismatchError   expected, found
├── EmbeddingError
├── QueryError
├── LLMError              retryable
│   ├── LLMRefusedError      the server does not take the request
│   ├── LLMContextError      the request is too long for the model
│   └── LLMTroubleError      may pass: retry_after_s
└── ConfigError
"""

from __future__ import annotations

from typing import ClassVar


class DatelineError(Exception):
    """Something a reader or an operator can act on; the message is one line that names the mend."""


class ArticleFormatError(DatelineError):
    """A file cannot be read as an article.

    Attributes:
        file: path below the corpus folder, with ``/``.
        reason: what is wrong and, where there is one, the mend.
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class StoreError(DatelineError):
    """The index on disk cannot be used as it is."""


class StoreBusyError(StoreError):
    """Another process is writing there: it brings the index in step, or runs the same evaluation."""


class StoreDamagedError(StoreError):
    """The catalog or the vector index on disk cannot be what was written."""


class StoreMissingError(StoreError):
    """There is no index in the folder yet."""


class StoreMismatchError(StoreError):
    """The index was built with another embedder or splitter.

    Attributes:
        expected: what the settings ask for now.
        found: what the index was built with.
    """

    def __init__(self, *, what: str, expected: str, found: str) -> None:
        super().__init__(
            f"the index was built with another {what} ({found}; now {expected}): "
            "run `dateline index` to build it anew, or set the old one again"
        )
        self.expected = expected
        self.found = found


class EmbeddingError(DatelineError):
    """The embedding or re-ranking model could not be loaded or run."""


class QueryError(DatelineError):
    """A question, or a line of a batch, cannot be read."""


class LLMError(DatelineError):
    """An LLM cannot be used as it is set, or did not answer."""

    retryable: ClassVar[bool] = False


class LLMRefusedError(LLMError):
    """The server does not take the request as it was put; put otherwise it may."""


class LLMContextError(LLMError):
    """The request is longer than the model can read."""


class LLMTroubleError(LLMError):
    """A fault that may pass: a busy server, a time-out, a reply that was cut off or cannot be read.

    Attributes:
        retry_after_s: how long the server asks to wait; None where it does not say.
    """

    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ConfigError(DatelineError):
    """A setting has a value that cannot be used."""
