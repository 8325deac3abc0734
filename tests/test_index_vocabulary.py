"""The words of texts as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from index import vocabulary as module
from index.embed import HashEmbedder
from index.vocabulary import Vocabulary
from index.wording import content_words

TEXTS = ["The bridge at Norwick was closed.", "", "Norwick closed its bridge again, and again."]


def words_of(vocabulary: Vocabulary, texts: Sequence[str]) -> list[list[str]]:
    return [[vocabulary.word(number) for number in own] for own in vocabulary.read(texts)]


def test_texts_are_read_as_their_content_words() -> None:
    vocabulary = Vocabulary(HashEmbedder().embed_words)
    assert words_of(vocabulary, TEXTS) == [list(content_words(text)) for text in TEXTS]
    assert words_of(vocabulary, TEXTS[::-1]) == [list(content_words(text)) for text in TEXTS[::-1]]


def test_each_word_is_looked_up_once() -> None:
    asked: list[str] = []

    def look_up(words: Sequence[str]) -> NDArray[np.float32]:
        asked.extend(words)
        return HashEmbedder().embed_words(words)

    vocabulary = Vocabulary(look_up)
    vocabulary.read(TEXTS)
    vocabulary.number(["Norwick", "flood"])
    vocabulary.read([*TEXTS, "A flood closed the bridge."])
    assert sorted(asked) == sorted(set(asked))
    assert {"Norwick", "bridge", "closed", "flood"} <= set(asked)


def test_vectors_are_those_looked_up() -> None:
    vocabulary = Vocabulary(HashEmbedder().embed_words)
    for words in (["bridge", "flood"], [f"word{n}" for n in range(500)], ["flood", "Norwick"]):
        expected = HashEmbedder().embed_words(words)
        assert np.allclose(
            vocabulary.vectors(vocabulary.number(words)), expected, atol=1e-3
        )  # half precision


def test_words_that_open_as_a_stem_does_are_found() -> None:
    vocabulary = Vocabulary(HashEmbedder().embed_words)
    words = ["Bridges", "bride", "Évian", "evidence", "up", "flood"]
    numbers = vocabulary.number(words)
    assert [words[place] for place in vocabulary.that_open(numbers, frozenset({"bridg", "evi"}))] == words[:4]
    assert not vocabulary.that_open(numbers, frozenset({"zebra"})).size
    assert not vocabulary.that_open(numbers, frozenset()).size


def test_texts_and_words_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_TEXTS", 3)
    monkeypatch.setattr(module, "_KEPT_WORDS", 6)
    first = Vocabulary(HashEmbedder().embed_words)
    first.read(["one bridge", "two bridges"])
    assert first.current() is first
    for start in range(0, 8, 2):
        texts = [f"bridge{start}", f"bridge{start + 1}"]
        assert words_of(first, texts) == [[text] for text in texts]
    second = first.current()
    assert second is not first
    assert words_of(first, ["flood"]) == words_of(second, ["flood"]) == [["flood"]]


def test_many_read_at_once() -> None:
    vocabulary = Vocabulary(HashEmbedder().embed_words)
    texts = [f"Norwick counted {n} floods, village{n % 7} and bridge{n % 11}." for n in range(200)]
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda start: words_of(vocabulary, texts[start:] + texts[:start]), range(0, 200, 10))
        )
    for start, read in zip(range(0, 200, 10), found, strict=True):
        assert read == [list(content_words(text)) for text in texts[start:] + texts[:start]]
