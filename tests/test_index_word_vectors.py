"""Words near in meaning, by the bundled model's own table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from tiny_models import make_embedding_model

from index.model_folder import find_model
from index.word_vectors import WordVectors


@pytest.fixture(scope="module")
def words() -> WordVectors:
    return WordVectors(find_model(""))


def likeness(words: WordVectors, one: str, other: str) -> float:
    first, second = words.look_up([one, other])
    return float(first @ second)


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("kidnapped", "abducted", "painted"),
        ("fled", "escaped", "baked"),
        ("stolen", "looted", "elected"),
        ("burned", "fire", "control"),
        ("price", "cost", "soldier"),
    ],
)
def test_what_means_the_same_is_near(words: WordVectors, word: str, near: str, far: str) -> None:
    assert likeness(words, word, near) > 0.3 > 0.2 > likeness(words, word, far)


def test_rows_have_length_one_and_do_not_depend_on_company(words: WordVectors) -> None:
    alone = words.look_up(["Nuajifi"])
    together = words.look_up(["the", "Nuajifi", "the"])
    assert together.shape == (3, 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-3)  # half precision
    assert np.array_equal(alone[0], together[1])
    assert words.look_up([]).shape == (0, 384)


def test_a_model_without_a_table_finds_no_word_near_another(tmp_path: Path) -> None:
    folder = make_embedding_model(tmp_path / "model")
    for file in folder.rglob("*.safetensors"):
        file.unlink()
    save_file({"head.weight": np.ones((2, 2), dtype=np.float32)}, str(folder / "model.safetensors"))
    (folder / "broken.safetensors").write_bytes(b"not a tensor")
    rows = WordVectors(folder).look_up(["fled", "escaped"])
    assert len(rows) == 2
    assert not rows.any()
