"""A model that invents one sentence in three, over a real connection: how much of it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from inventing import KINDS, InventingModel
from llm_world import PROVIDERS, World, opened

QUESTIONS = (
    "How many people fled Mosul?",
    "How many prisoners were freed?",
    "Who captured Mosul?",
    "What happened at the Baiji refinery?",
    "How much does the levy cost?",
    "What did Maliki ask parliament for?",
    "How many were killed?",
    "What did the mayor say about the bridge?",
    "On which day did Mosul fall?",
)
# What must never be shown: what a reader would repeat.
NEVER = ("number", "name", "date", "quote")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("hostile"), {}, "mosul", "region") as made:
        yield made


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_hostile_model_shows_what_is_true_and_nothing_else(world: World, provider: str) -> None:
    # The protocols differ in how text and marks come, not in what is made of them.
    rounds = 2 if provider == "openai" else 1
    model = InventingModel()
    written: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    with world.served([model], provider=provider) as (ask, server):
        for question in QUESTIONS * rounds:
            model.written.clear()
            answer = ask(question)
            texts = {sentence.text: sentence for sentence in answer.sentences}
            for each in model.written:
                kind = each.kind or "true"
                written[kind] += 1
                if each.text in texts:
                    shown[kind] += 1
                    quotes = [answer.citations[n - 1].quote for n in texts[each.text].citations]
                    if kind in ("true", "wrong mark"):
                        # The mark is repaired: the sentence itself is among the quotes.
                        assert each.text in [" ".join(quote.split()) for quote in quotes]
    assert len(server.asked) == rounds * len(QUESTIONS)
    assert rounds == 1 or set(written) == {"true", "wrong mark", *KINDS}
    assert {kind: shown[kind] for kind in NEVER} == dict.fromkeys(NEVER, 0)
    others = ("negation", "added fact")
    assert sum(shown[kind] for kind in others) <= 0.05 * sum(written[kind] for kind in others)
    for kind in ("true", "wrong mark"):
        assert shown[kind] >= 0.9 * written[kind], (shown, written)
