"""What the tests of LLM answers share: a small indexed folder, and an answerer over a scripted server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from index_state import Desk
from model_server import ModelServer, Script

from bot.check import LexicalJudge
from bot.model import Answer, Judge, Sentence, Status
from bot.quote import QuoteAnswerer
from bot.steps import PASSAGES_READ
from bot.vendors import build_llm
from bot.write import WritingAnswerer
from index.lookup import CatalogReader
from index.search import Searcher

ROOT = Path(__file__).parent.parent
PROVIDERS = ("openai", "anthropic", "ollama")

JAIL = """---
title: Jail opened in Norwick
publisher: The Post
published: 2014-06-11
---

Gunmen drove into Norwick at dawn on Tuesday, police said. They freed 300 prisoners in Norwick. The guards had left
the town the night before.

Mayor Ada Brandt said the town would not pay for a new gate. She wants the gate to be guarded by ten
men. The gate cost 4.5 million euros in 2009.

Brandt has ordered a survey of the walls.
"""
FAIR = """---
title: The fair of Norwick
publisher: Evening Courier
published: 2014-06-12
---

The fair of Norwick has 40 stalls this year. Ingrid Solheim runs the largest of them, a bakery from Port Ellery.

Half a million people came to the fair in 2013, the organisers said. “We sold every loaf,” Solheim said.
"""


@dataclass
class World:
    """An indexed folder and what reads it."""

    desk: Desk
    searcher: Searcher
    reader: CatalogReader
    judge: Judge = field(default_factory=LexicalJudge)

    @property
    def quoter(self) -> QuoteAnswerer:
        return QuoteAnswerer(
            searcher=self.searcher, reader=self.reader, corpus=self.desk.corpus, embedder="hash"
        )

    @contextmanager
    def served(
        self, script: Script, *, provider: str = "openai", timeout_s: float = 20.0, key: str = ""
    ) -> Iterator[tuple[Callable[..., Answer], ModelServer]]:
        """Serve a script; gives what asks through a real client, and the server."""
        with ModelServer(script) as server:
            llm = build_llm(
                provider, model="scripted", url=server.url(provider), key=key, timeout_s=timeout_s
            )
            answerer = WritingAnswerer(
                llm=llm,
                judge=self.judge,
                quoter=self.quoter,
                reader=self.reader,
                corpus=self.desk.corpus,
                timeout_s=timeout_s,
            )

            def ask(question: str) -> Answer:
                shown: list[Sentence] = []
                hits = self.searcher.search(question, PASSAGES_READ)
                answer = answerer.answer(question, hits, on_sentence=shown.append)
                self.check(answer)
                # What was shown is never taken back, and nothing is in the answer that was not shown.
                assert tuple(shown) == answer.sentences
                return answer

            try:
                yield ask, server
            finally:
                llm.close()

    def check(self, answer: Answer) -> None:
        """Check what CONTRACT promises of every answer."""
        if answer.status is Status.NOT_FOUND:
            assert answer.reason and not answer.sentences and not answer.citations
            return
        assert answer.reason is None and answer.sentences
        numbers = [citation.number for citation in answer.citations]
        assert numbers == list(range(1, len(numbers) + 1))
        assert {n for sentence in answer.sentences for n in sentence.citations} == set(numbers)
        for citation in answer.citations:
            file = citation.article.file
            if file.endswith(".md"):
                text = (self.desk.corpus / file).read_bytes().decode("utf-8")
            else:
                with self.reader.snapshot() as view:
                    text = view.text_of(file) or ""
            assert text[citation.start : citation.end] == citation.quote
            assert citation.line_start == 1 + text.count("\n", 0, citation.start)
        for dropped in answer.dropped:
            assert dropped.reason and 0 <= dropped.score <= 1
        texts = [sentence.text for sentence in answer.sentences]
        assert len(set(texts)) == len(texts)


@contextmanager
def opened(root: Path, files: dict[str, str], *folders: str) -> Iterator[World]:
    """Index some files, and folders of the corpus that comes with Dateline."""
    with ExitStack() as stack:
        desk = Desk(root)
        stack.callback(desk.close)
        for folder in folders:
            shutil.copytree(ROOT / "corpus" / folder, desk.corpus / folder)
        for name, text in files.items():
            desk.write(name, text)
        desk.sync()
        reader = CatalogReader(desk.catalog)
        stack.callback(reader.close)
        yield World(desk=desk, searcher=stack.enter_context(desk.searcher()), reader=reader)
