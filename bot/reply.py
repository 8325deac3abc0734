"""An LLM's reply as it comes in: cut into sentences, each with the marks written beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.marks import hold_marks, release_marks
from bot.orders import show_plainly
from bot.render import unmark
from index.errors import LLMTroubleError
from index.sentences import split_sentences

# An answer is a few sentences. What goes on longer is cut off there.
MAX_REPLY_CHARS = 12_000
# So often the same sentence again, and a model has lost itself.
_MAX_REPEATS = 3
# Characters that may still turn out to be a mark belonging to the sentence before them.
_MAY_BE_MARK = re.compile(r"\s*[\[(【［〔^<⁰¹²³⁴-⁹†]")
_LONGEST_MARK = 40
_ENDS = re.compile(r"[.!?…][\"'”’»)\]*_`]*$")
_SOURCES_BELOW = re.compile(r"\W*(?:sources?|references?|citations?|notes?)\W*$", re.IGNORECASE)
_LABEL = re.compile(r"\W*(?:(?:short|final|brief)\s+)?answer\s*:\W*(?=\w)", re.IGNORECASE)
# Sentences are looked for after so many more characters: looking costs more than a piece is worth.
_STEP = 24
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_BLANKS = re.compile(r"\s{20,}")
_FENCE = re.compile(r"^[ \t]*```.*$", re.MULTILINE)
_LISTED = re.compile(r"^[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t].*$", re.MULTILINE)
# A line end inside a sentence; were it left to the splitter, later lines could change how it reads it.
_WRAPPED = re.compile(r"(?<![.!?…:;\"”’»)\]*_\s])[ \t]*\n(?![ \t]*\n)")
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
# Of the characters, at most so many may be ones that no text holds.
_UNREADABLE_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence that an LLM has written.

    Attributes:
        text: one line, without marks or decoration.
        marks: the numbers written beside it; they may be wrong and out of range.
    """

    text: str
    marks: tuple[int, ...]


class Reply:
    """Cuts a reply into sentences while it comes in."""

    def __init__(self) -> None:
        self._text = ""
        self._looked_at = 0
        self._given = 0
        self._seen: dict[str, int] = {}
        self._over = False
        self._sources_follow = False

    @property
    def over(self) -> bool:
        """Whether nothing that still comes is worth reading: it is too long, repeats itself, or lists sources."""
        return self._over or self._sources_follow

    def feed(self, text: str) -> list[Claim]:
        """Take in a piece and return the sentences that are complete by it, each but once.

        Raises:
            LLMTroubleError: this is no text.
        """
        # Blanks without end are no text, and looking through them takes time.
        self._text = _BLANKS.sub("\n\n", self._text + text)
        if len(self._text) > MAX_REPLY_CHARS:
            self._text = self._text[:MAX_REPLY_CHARS]
            self._over = True
        strange = len(_UNREADABLE.findall(self._text))
        if strange > 4 and strange > _UNREADABLE_SHARE * len(self._text):
            raise LLMTroubleError("the model sent something that is no text")
        if len(self._text) - self._looked_at < _STEP and "\n" not in text:
            return []
        self._looked_at = len(self._text)
        return self._take(final=False)

    def finish(self, *, ended: bool) -> list[Claim]:
        """Return what is left.

        Args:
            ended: the model has said that it is done; else a last sentence without its full stop is
                not taken for one.
        """
        return self._take(final=True, ended=ended and not self._over)

    @property
    def is_cut(self) -> bool:
        """Whether the text breaks off in the middle of a sentence."""
        text = self._prepare().rstrip()
        return bool(text) and not _ENDS.search(release_marks(text)[0])

    def _prepare(self) -> str:
        text = _THOUGHTS.sub("", self._text)
        text = _HEADING.sub("", _FENCE.sub("", text))
        # Marks first: what they begin with would be taken for a list's number.
        return _WRAPPED.sub(" ", _LISTED.sub("", hold_marks(text)))

    def _take(self, *, final: bool, ended: bool = True) -> list[Claim]:
        text = self._prepare()
        spans = split_sentences(text)
        complete = len(spans)
        if not final and spans:
            last = spans[-1]
            # A line end closes a sentence too, but a mark may stand on the next line.
            tail = text[last.start :]
            if complete > 1 and _MAY_BE_MARK.match(tail) and len(tail) < _LONGEST_MARK:
                complete -= 1
            complete -= 1
        elif final and spans and not ended and not _ENDS.search(release_marks(text[spans[-1].start :])[0]):
            complete -= 1
        claims: list[Claim] = []
        for span in spans[self._given : max(complete, self._given)]:
            self._given += 1
            plain, marks = release_marks(text[span.start : span.end])
            self._sources_follow = self._sources_follow or bool(_SOURCES_BELOW.match(plain))
            if not self._sources_follow:
                plain = _LABEL.sub("", unmark(plain), count=1)
                self._add(Claim(text=show_plainly(plain), marks=marks), claims)
        return claims

    def _add(self, claim: Claim, claims: list[Claim]) -> None:
        # A label such as "Answer:" claims nothing.
        if not any(character.isalnum() for character in claim.text) or claim.text.endswith(":"):
            return
        key = "".join(character for character in claim.text.casefold() if character.isalnum())
        self._seen[key] = self._seen.get(key, 0) + 1
        if self._seen[key] == 1:
            claims.append(claim)
        elif self._seen[key] > _MAX_REPEATS:
            self._over = True
