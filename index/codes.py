"""How the catalog stores vectors and texts: small, and near enough to what they were made of.

A passage's vector goes into Chroma's graph, where vectors that are all but the same must not become the same: a
graph loses some of those (seen with 8 bits a number), so it is kept in float16. A sentence's is only compared with a
question's: one of eight levels for each number, 3 bits, moves such a cosine by .010 (standard deviation, 6,318
sentences by 100 passages).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]

# The eight levels that lose least of normally distributed numbers, and the bounds between them: J. Max, "Quantizing
# for minimum distortion", IRE Transactions on Information Theory 6 (1960), table I. Numbers of a unit vector
# times the root of their count are about so distributed.
_UPPER = np.array([0.2451, 0.7560, 1.344, 2.152], dtype=np.float32)
_LEVELS = np.concatenate([-_UPPER[::-1], _UPPER])
_BETWEEN = np.array([0.5006, 1.050, 1.748], dtype=np.float32)
_BOUNDS = np.concatenate([-_BETWEEN[::-1], np.zeros(1, dtype=np.float32), _BETWEEN])
# A level's number in binary.
_BITS = 3
_SHIFTS = np.array([2, 1, 0], dtype=np.uint8)


class CodeError(ValueError):
    """What is stored is not what was written."""


def to_halves(rows: Matrix) -> list[bytes]:
    """Store each row of shape (rows, dim) in 2 dim bytes, as float16."""
    return [row.tobytes() for row in rows.astype(np.float16)]


def from_halves(stored: list[bytes]) -> Matrix:
    """Return what ``to_halves`` stored, rows of length 1; none gives shape (0, 0).

    Raises:
        CodeError: the rows are not of one length, or of none.
    """
    if not stored:
        return np.zeros((0, 0), dtype=np.float32)
    if len({len(row) for row in stored}) > 1 or len(stored[0]) % 2:
        raise CodeError("vectors of wrong lengths")
    flat = np.frombuffer(b"".join(stored), dtype=np.float16)
    return _normed(flat.astype(np.float32).reshape(len(stored), -1))


def to_levels(rows: Matrix) -> bytes:
    """Store rows of shape (rows, dim), one after the other, each in 3 dim / 8 bytes, rounded up."""
    levels = np.searchsorted(_BOUNDS, _normed(rows) * np.float32(np.sqrt(rows.shape[1]))).astype(np.uint8)
    bits = (levels[:, :, np.newaxis] >> _SHIFTS) & 1
    return np.packbits(bits.reshape(len(rows), _BITS * rows.shape[1]), axis=1).tobytes()


def from_levels(stored: bytes, dim: int) -> Matrix:
    """Return what ``to_levels`` stored, shape (rows, dim), rows of length 1.

    Raises:
        CodeError: it is not made of such rows.
    """
    width = -(-_BITS * dim // 8)
    if not width or len(stored) % width:
        raise CodeError("sentence vectors of a wrong length")
    rows = np.frombuffer(stored, dtype=np.uint8).reshape(-1, width)
    bits = np.unpackbits(rows, axis=1, count=_BITS * dim).reshape(len(rows), dim, _BITS)
    return _normed(_LEVELS[bits[:, :, 0] << 2 | bits[:, :, 1] << 1 | bits[:, :, 2]])


def pack(text: str) -> bytes:
    """Store a text."""
    return zlib.compress(text.encode("utf-8"))


def unpack(stored: bytes) -> str:
    """Return what ``pack`` stored.

    Raises:
        CodeError: it was overwritten.
    """
    try:
        return zlib.decompress(stored).decode("utf-8")
    except (zlib.error, UnicodeDecodeError, TypeError) as exc:
        raise CodeError(f"a text that cannot be unpacked, {exc}") from exc


def _normed(rows: Matrix) -> Matrix:
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, np.newaxis]
    normed: Matrix = rows / np.maximum(lengths, 1e-12)
    return normed
