"""Bytes into text, to the letter: byte order mark first, then UTF-8, then detection.

A file that is valid UTF-8 is decoded as it stands: newlines are kept, a byte order mark stays the first
character (U+FEFF), nothing is stripped, since quotes are counted in exactly this text. In UTF-16 and
UTF-32 the mark only names the byte order and is no part of the text. No byte is ever dropped or replaced:
what does not decode is refused, with the place.
"""

from __future__ import annotations

import codecs
import re

from index.errors import ArticleFormatError
from index.kinds import binary_reason

BOM = "\ufeff"

_MARKS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MULTIBYTE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
# What Western European news is written with beyond ASCII. Detection by statistics takes a page with three
# accents for anything; where every high byte is one of these, and stands alone, it is cp1252.
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüßœšžÿÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ‘’“”„‚–—…•€£¥©®™§«»¡°·½¼ºª\xa0\xad".encode(
        "cp1252"
    )
)
_HIGH = bytes(range(0x80, 0x100))
_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")


def decode_text(file: str, data: bytes) -> tuple[str, str]:
    """Decode a text file.

    Args:
        file: path below the corpus folder, for the error.
        data: the whole file.

    Returns:
        The text and the encoding it was read in.

    Raises:
        ArticleFormatError: the bytes are no text, or no encoding fits them.
    """
    if reason := binary_reason(data):
        raise ArticleFormatError(file, reason)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(file, _decode_as(file, data, encoding)), encoding
    if unmarked := _utf16_without_mark(data):
        return _checked(file, _decode_as(file, data, unmarked)), unmarked
    try:
        return _checked(file, data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as exc:
        if _mostly_utf8(data):
            line = data.count(b"\n", 0, exc.start) + 1
            reason = f"broken UTF-8 in line {line} (byte 0x{data[exc.start]:02x}): save the file as UTF-8"
            raise ArticleFormatError(file, reason) from exc
    encoding = detect_encoding(file, data)
    return _checked(file, _decode_as(file, data, encoding)), encoding


def detect_encoding(file: str, data: bytes) -> str:
    """Name the encoding of bytes that are not UTF-8 and carry no mark.

    Raises:
        ArticleFormatError: nothing fits.
    """
    if b"\0" not in data and _looks_western(data):
        return "cp1252"
    from charset_normalizer import from_bytes  # loads its tables: only where needed

    best = from_bytes(data).best()
    if best is None:
        raise ArticleFormatError(file, "its encoding is not recognised: save it as UTF-8")
    return best.encoding


def _decode_as(file: str, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        reason = f"broken {encoding.upper()} at byte {exc.start}: save the file as UTF-8"
        raise ArticleFormatError(file, reason) from exc


def _checked(file: str, text: str) -> str:
    if (place := text.find("\0")) >= 0:
        # Valid in every encoding, and yet no article holds it; stores and terminals cut the text there.
        line = text.count("\n", 0, place) + 1
        raise ArticleFormatError(
            file, f"binary data: a NUL character in line {line}; remove it if this is a text"
        )
    return text


def _utf16_without_mark(data: bytes) -> str | None:
    head = data[:4096]
    if len(head) < 4 or len(data) % 2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    # In Latin text every second byte is NUL; which one tells the byte order.
    if odd * 10 > len(head) * 3 and even * 20 < len(head):
        return "utf-16-le"
    if even * 10 > len(head) * 3 and odd * 20 < len(head):
        return "utf-16-be"
    return None


def _mostly_utf8(data: bytes) -> bool:
    """Tell UTF-8 with a slip from another encoding: several whole sequences do not arise by chance."""
    whole, left = _MULTIBYTE.subn(b"", data)[::-1]
    strays = len(left) - len(left.translate(None, delete=_HIGH))
    return whole > 2 * strays


def _looks_western(data: bytes) -> bool:
    high = data.translate(None, delete=bytes(range(0x80)))
    # Accents stand alone among plain letters; in Cyrillic or Greek whole words are high bytes.
    in_runs = sum(map(len, _HIGH_RUN.findall(data)))
    return in_runs * 5 < len(high) and _WESTERN.issuperset(high)
