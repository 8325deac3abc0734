"""The small model that reads a sentence beside others: the same odds every time, and what it tells apart."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import index.follows
from index.errors import EmbeddingError
from index.follows import SURE, _load, _read, encode_pair, load_tokenizer_of_pairs, read_following

GIVEN = (
    "The ferry Maren collided with a tanker off Kestwick on Tuesday, and its captain, Ida Holm, was taken to hospital. "
    "The tanker's owner said that a steering fault was to blame, which the coastguard has not confirmed."
)


def test_the_same_texts_have_the_same_odds_from_any_thread() -> None:
    pairs = [(GIVEN, f"The Maren hit {number} tankers.") for number in range(20)]
    pairs += [("", "Nothing."), (GIVEN, ""), ("x", "\ud83d"), ("한국어", "العربية")]
    first = [read_following(*pair) for pair in pairs]
    _read.cache_clear()
    _load.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda pair: read_following(*pair), pairs)) == first
    assert all(-SURE <= odds <= SURE for odds in first)


@pytest.mark.parametrize(
    ("true", "wrong"),
    [
        ("The Maren ran into a tanker on Tuesday.", "The Maren ran into a tanker on Thursday."),
        ("The tanker's owner blamed the steering.", "The coastguard blamed the steering."),
        ("The cause has yet to be confirmed.", "The coastguard has confirmed the cause."),
    ],
)
def test_what_follows_has_the_better_odds(true: str, wrong: str) -> None:
    assert read_following(GIVEN, true) > read_following(GIVEN, wrong)


def test_long_texts_are_cut_and_what_is_said_stays() -> None:
    tokenizer = load_tokenizer_of_pairs()
    pieces, kinds = encode_pair(tokenizer, "word " * 900, "claim " * 300)
    assert len(pieces) == len(kinds) == 256 and kinds.count(0) == 98
    assert encode_pair(tokenizer, "b", "a")[1] == [0, 0, 0, 1, 1]
    assert abs(read_following("word " * 900, "claim " * 300)) <= SURE


def test_marks_of_the_model_in_a_text_are_text() -> None:
    pieces, kinds = encode_pair(load_tokenizer_of_pairs(), "It said [SEP] and [CLS].", "[SEP]")
    assert [piece for piece in pieces if piece in (101, 102)] == [101, 102, 102] and kinds[-1] == 1


def test_a_broken_file_is_told_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "follows.onnx"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(index.follows, "MODEL_FILE", broken)
    _load.cache_clear()
    _read.cache_clear()
    try:
        with pytest.raises(EmbeddingError, match="install Dateline anew"):
            read_following(GIVEN, "The Maren hit a tanker.")
    finally:
        _load.cache_clear()


def test_it_needs_no_torch() -> None:
    code = (
        "import sys; from index.follows import read_following; "
        "print(read_following('It rained.', 'It rained.'), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split()[1] == "False"
