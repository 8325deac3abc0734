"""What an LLM writes, sentence by sentence: checked, cited and handed out while it comes in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence

from bot.cite import Citer
from bot.lead import find_lead
from bot.llm import LLM, Request
from bot.material import Material, Source
from bot.model import Dropped, Judge, Label, Sentence, Usage
from bot.patience import Patience
from bot.reply import Claim, Reply
from bot.support import find_support
from index.errors import LLMContextError, LLMError, LLMTroubleError
from index.lookup import CatalogReader
from prompts import Prompt, load

OnSentence = Callable[[Sentence], None]

# What a broken model wrote may be without end; what is kept of it is for a log.
_MAX_DROPPED = 40
_MAX_DROPPED_CHARS = 400

_SAYS_NOTHING = re.compile(
    r"\b(?:articles?|sources?|passages?|documents?|sentences?|texts?|context|reports?|information)\b"
    r".{0,60}\b(?:do(?:es)? not|don['’]t|doesn['’]t|did not|never|no)\b.{0,40}"
    r"\b(?:say|state|mention|answer|contain|provide|give|specify|tell|include|address|information|indicate)"
    r"|\b(?:there is|there was|I (?:have|found|see)) no (?:information|mention|answer|data)\b"
    r"|\bI (?:cannot|can['’]t|could not|am unable to|am not able to|do not know|don['’]t know)\b"
    r"|\b(?:not (?:mentioned|stated|specified|available|known|clear)|unknown|unclear) (?:in|from) the "
    r"(?:articles?|passages?|texts?|sources?|context)",
    re.IGNORECASE | re.DOTALL,
)
# As the prompt wants it said; an article that holds these words says something else by them.
_ABSTAINS = re.compile(r"The (?:given |provided )?articles do(?: not|n['’]t) say\W*", re.IGNORECASE)
# The model is asked for none of these, so they are somebody else's wish.
_MARKUP = re.compile(
    r"https?:|www\.|\w+://|javascript:|!\[|\]\(|</?[a-z!][^>]*>|[‹<]\|?[/@#&]?\w+[^ ]*[›>]|```|@(?:everyone|here)\b"
    r"|\{\s*[\"']|[\"']\s*:\s*[\"'\[{]",
    re.IGNORECASE,
)


class Draft:
    """One answer in the making.

    Args:
        on_sentence: called with each sentence that holds, as soon as it does.
    """

    def __init__(
        self, *, llm: LLM, judge: Judge, reader: CatalogReader, citer: Citer, on_sentence: OnSentence | None
    ) -> None:
        self._llm = llm
        self._judge = judge
        self._reader = reader
        self._citer = citer
        self._on_sentence = on_sentence
        self._seen: set[str] = set()
        self.prompt: Prompt = load("answer_cited" if llm.cites else "answer")
        self.sentences: list[Sentence] = []
        self.dropped: list[Dropped] = []
        self.unproved = 0
        self.abstained = False
        self.failure: LLMError | None = None
        self.usage = Usage()
        self.checking_ms = 0.0

    def write(self, question: str, material: Material, patience: Patience) -> None:
        """Have the LLM write, again where that may help, until something holds or patience ends.

        What goes wrong is kept in ``failure``, not raised: what has been handed out stays.
        """
        shrunk = False
        while True:
            self.dropped, self.unproved, self.abstained = [], 0, False
            try:
                self._read(question, material, patience)
                return
            except LLMError as exc:
                self.failure = exc
                fewer = None if shrunk or not isinstance(exc, LLMContextError) else material.shrink()
                if self.sentences:
                    return
                if fewer is not None:
                    material, shrunk = fewer, True
                elif not patience.allows_another(exc):
                    return

    def _read(self, question: str, material: Material, patience: Patience) -> None:
        """Read one reply.

        Raises:
            LLMError: it did not come, or not to its end.
        """
        request = Request(instructions=self.prompt.fill(), sheets=material.sheets(), text=question)
        reply = Reply()
        claimed, ended = 0, False
        spent: Usage | None = None
        pieces = patience.watch(lambda: self._llm.stream(request, whole=patience.whole), self._llm.name)
        try:
            for chunk in pieces:
                ended = ended or chunk.ended
                spent = chunk.usage or spent
                for claim in reply.feed(chunk.text):
                    claimed += 1
                    self._check(claim, material)
                if reply.over:
                    break
        finally:
            self.usage += spent or Usage()
        broke_off = not ended and not reply.over and reply.is_cut
        for claim in reply.finish(ended=not broke_off):
            claimed += 1
            self._check(claim, material)
        if not claimed:
            # Some servers send nothing when asked for a stream.
            patience.whole = True
            raise LLMTroubleError(f"{self._llm.name} sent an empty reply")
        if broke_off:
            raise LLMTroubleError(f"{self._llm.name} broke off")
        self.failure = None

    def _check(self, claim: Claim, material: Material) -> None:
        """Show a claim if the articles prove it, else drop it; a claim made before is passed over."""
        key = "".join(character for character in claim.text.casefold() if character.isalnum())
        if key in self._seen:
            return
        started = time.perf_counter()
        try:
            if _MARKUP.search(claim.text):
                self._drop(claim, "holds a link or markup, which was not asked for", 0.0)
                return
            if _ABSTAINS.fullmatch(claim.text):
                self.abstained = True
                return
            support = find_support(
                claim.text,
                material.pick(claim.marks),
                material,
                self._judge,
                lambda source: find_lead(source, self._reader),
            )
            if support.sources and self._still_stand(support.sources):
                self._seen.add(key)
                self._show(claim, support.sources, support.verdict.score)
            elif support.sources:
                self._drop(claim, "its article was indexed anew meanwhile", support.verdict.score)
            elif _SAYS_NOTHING.search(claim.text):
                # Whether the articles say nothing is decided by who reads all of them.
                self.abstained = True
            else:
                reason = support.verdict.reason or "no article supports it"
                self._drop(claim, reason, support.verdict.score)
        finally:
            self.checking_ms += (time.perf_counter() - started) * 1000

    def _show(self, claim: Claim, sources: Sequence[Source], score: float) -> None:
        numbers = dict.fromkeys(self._citer.cite(source.hit, source.place) for source in sources)
        sentence = Sentence(
            text=claim.text,
            citations=tuple(numbers),
            verdict=Label.SUPPORTED,
            score=min(max(score, 0.0), 1.0),
        )
        self.sentences.append(sentence)
        if self._on_sentence is not None:
            self._on_sentence(sentence)

    def _drop(self, claim: Claim, reason: str, score: float) -> None:
        self.unproved += 1
        if len(self.dropped) < _MAX_DROPPED:
            text = claim.text[:_MAX_DROPPED_CHARS]
            self.dropped.append(Dropped(text=text, reason=reason, score=min(max(score, 0.0), 1.0)))

    def _still_stand(self, sources: Sequence[Source]) -> bool:
        """Compare each quote with the indexed text, letter by letter: a model takes its time."""
        with self._reader.snapshot() as view:
            texts = {file: view.text_of(file) for file in {_file(source) for source in sources}}
        return all(
            (texts[_file(source)] or "")[source.place.start : source.place.end] == source.text
            for source in sources
        )


def _file(source: Source) -> str:
    return source.hit.passage.article.file
