"""How vectors and texts are stored."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.codes import CodeError, from_halves, from_levels, pack, to_halves, to_levels, unpack


def rows_of(count: int, dim: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(dim).standard_normal((count, dim)).astype(np.float32)


@pytest.mark.parametrize("dim", [1, 7, 64, 384, 1024])
def test_a_direction_is_kept(dim: int) -> None:
    rows = rows_of(200, dim)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    for stored, least in (
        (from_halves(to_halves(rows)), 0.999999),
        (from_levels(to_levels(rows), dim), 0.93),
    ):
        assert stored.shape == rows.shape
        assert stored.dtype == np.float32
        assert np.linalg.norm(stored, axis=1) == pytest.approx(np.ones(200), abs=1e-5)
        assert (stored * unit).sum(axis=1).min() > least


def test_three_bits_move_a_cosine_by_little() -> None:
    rows, questions = rows_of(500, 384), rows_of(400, 384)[:50]
    rows = rows + 3 * questions[:1]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    moved = from_levels(to_levels(rows), 384) @ questions.T - rows @ questions.T
    assert moved.std() < 0.011
    assert len(to_levels(rows)) == 500 * 144


def test_nothing_and_rows_of_zeros_are_stored_too() -> None:
    assert from_halves(to_halves(np.zeros((0, 8), dtype=np.float32))).shape == (0, 0)
    assert from_levels(to_levels(np.zeros((0, 8), dtype=np.float32)), 8).shape == (0, 8)
    assert np.isfinite(from_levels(to_levels(np.zeros((2, 8), dtype=np.float32)), 8)).all()
    assert not from_halves(to_halves(np.zeros((2, 8), dtype=np.float32))).any()


def test_vectors_of_wrong_lengths_are_damage() -> None:
    for stored in ([b"\0" * 8, b"\0" * 6], [b"\0" * 7]):
        with pytest.raises(CodeError, match="wrong lengths"):
            from_halves(stored)
    for dim in (8, 0):
        with pytest.raises(CodeError, match="a wrong length"):
            from_levels(b"abcd", dim)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_comes_back_to_the_letter(text: str) -> None:
    assert unpack(pack(text)) == text


def test_a_text_that_was_overwritten_is_told() -> None:
    packed = pack("Gunmen freed 2,400 prisoners in Norwick. " * 20)
    for at in range(2, len(packed)):
        damaged = bytearray(packed)
        damaged[at] ^= 1
        with pytest.raises(CodeError, match="cannot be unpacked"):
            unpack(bytes(damaged))
