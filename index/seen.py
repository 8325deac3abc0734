"""Which files need not be read again: what each was when it was last hashed, and when that can be believed.

An edit may keep a file's size and its time of modification, but on a system that keeps a time of change
nobody can choose that one. A file is taken for unchanged only where everything the system says of it is as
it was, and where it could not have been changed unseen even so: see ``_is_settled``. What is kept here can
be deleted at any time; then every file is hashed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from index.articles import FoundFile
from index.folder import Signature

log = logging.getLogger(__name__)

# A file changed twice within a tick of its clock is told from neither by its times, and what is written
# through a memory map gets its time up to half a minute late. So a file must have been left alone for this
# long when it was hashed.
_QUIET_NS = 60 * 10**9
# Drives that count time in hundredths of a second or coarser (FAT, exFAT, old protocols) mostly keep no time
# of change either, only something in its place.
_COARSE_NS = 10**7
# Drives that only claim to keep a time of change are found out in a day.
_BELIEVED_NS = 24 * 3600 * 10**9


class Seen:
    """The digests of files that were hashed before, by file."""

    def __init__(self, file: Path, corpus: Path, *, now_ns: int) -> None:
        """Read what was kept.

        Args:
            file: where; nothing is believed of one that is missing, damaged, or of another corpus folder.
            now_ns: what the clock of this machine says, before the folder is listed.
        """
        self._file = file
        self._corpus = os.path.realpath(corpus)
        self._now_ns = now_ns
        self._known: dict[str, tuple[Signature, int, str, str]] = {}
        self._next: dict[str, tuple[Signature, int, str, str]] = {}
        # On Windows the time of change is that of creation.
        self._possible = os.name != "nt"
        try:
            kept = json.loads(file.read_text(encoding="utf-8")) if self._possible else {}
            if kept.get("corpus") == self._corpus:
                self._known = {
                    name: (Signature(*place), hashed, told, digest)
                    for name, (place, hashed, told, digest) in kept["files"].items()
                }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            log.debug("%s is not used", file)

    def digest_of(self, found: FoundFile, told: bytes) -> str | None:
        """Return the digest of a file that cannot have changed since it was hashed; None for any other.

        Args:
            told: what besides its bytes goes into the digest.
        """
        kept = self._known.get(found.file)
        if kept is None:
            return None
        signature, hashed_ns, kept_told, digest = kept
        # A clock that was set back shows times that it showed before.
        believed = 0 <= self._now_ns - hashed_ns < _BELIEVED_NS
        if not believed or signature != found.signature or kept_told != _short(told):
            return None
        self._next[found.file] = kept
        return digest

    def keep(self, file: str, signature: Signature | None, told: bytes, digest: str) -> None:
        """Keep what a file was just hashed to, if its times can be believed.

        Args:
            signature: before and after it was read; None where these differ.
        """
        if self._possible and signature is not None and _is_settled(signature, self._now_ns):
            self._next[file] = (signature, self._now_ns, _short(told), digest)

    def save(self) -> None:
        """Write down what the next run may believe; a disk without room for it is no error."""
        if not self._possible or self._next == self._known:
            return
        part = self._file.with_suffix(".part")
        try:
            kept = {"corpus": self._corpus, "files": self._next}
            part.write_text(json.dumps(kept, separators=(",", ":")), encoding="utf-8")
            part.replace(self._file)
        except (OSError, UnicodeEncodeError):
            with suppress(OSError):
                part.unlink()


def _is_settled(signature: Signature, now_ns: int) -> bool:
    """Tell whether a file that is changed from now on will show another time of change.

    Not so where it was changed just now, where its times lie ahead of the clock, which has jumped then, and
    where the drive's clock is coarse.
    """
    latest = max(signature.modified_ns, signature.changed_ns)
    return now_ns - latest > _QUIET_NS and signature.changed_ns % _COARSE_NS != 0


@lru_cache(maxsize=256)
def _short(told: bytes) -> str:
    return hashlib.sha256(told).hexdigest()[:16]
