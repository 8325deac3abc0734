"""The small model that reads a sentence beside others: the same odds every time, and what it tells apart."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import index.follows
from index.errors import EmbeddingError
from index.follows import SURE, encode_pair, read_following
from index.model_folder import find_model, load_tokenizer

GIVEN = (
    "The ferry Maren collided with a tanker off Kestwick on Tuesday, and its captain, Ida Holm, was taken to hospital. "
    "The tanker's owner said that a steering fault was to blame, which the coastguard has not confirmed."
)


def test_the_same_texts_have_the_same_odds_from_any_thread() -> None:
    pairs = [(GIVEN, "The Maren hit a tanker."), (GIVEN, "The tanker sank."), ("", "Nothing."), (GIVEN, "")]
    first = [read_following(*pair) for pair in pairs]
    read_following.cache_clear()
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda pair: read_following(*pair), pairs * 5)) == first * 5
    assert all(-SURE <= odds <= SURE for odds in first)


@pytest.mark.parametrize(
    ("true", "wrong"),
    [
        (
            "A steering failure caused the crash, according to the company that owns the tanker.",
            "A steering failure caused the crash, according to the coastguard.",
        ),
        ("The cause has yet to be confirmed.", "The coastguard has confirmed the cause."),
    ],
)
def test_what_follows_has_the_better_odds(true: str, wrong: str) -> None:
    assert read_following(GIVEN, true) > read_following(GIVEN, wrong)


def test_long_texts_are_cut_and_what_is_said_stays() -> None:
    tokenizer = load_tokenizer(find_model(""))
    pieces, kinds = encode_pair(tokenizer, "word " * 900, "claim " * 300)
    assert len(pieces) == len(kinds) == 256 and kinds.count(0) == 98
    assert encode_pair(tokenizer, "b", "a")[1] == [0, 0, 0, 1, 1]
    assert abs(read_following("word " * 900, "claim " * 300)) <= SURE


def test_a_broken_file_is_told_with_its_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "follows.onnx"
    broken.write_bytes(b"no model")
    monkeypatch.setattr(index.follows, "MODEL_FILE", broken)
    index.follows._load.cache_clear()
    read_following.cache_clear()
    try:
        with pytest.raises(EmbeddingError, match="install Dateline anew"):
            read_following(GIVEN, "The Maren hit a tanker.")
    finally:
        index.follows._load.cache_clear()


def test_it_needs_no_torch() -> None:
    code = (
        "import sys; from index.follows import read_following; "
        "print(read_following('It rained.', 'It rained.'), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split()[1] == "False" and not said.stderr
