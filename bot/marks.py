"""Citation marks as models write them: in any brackets, doubled, as ranges, before or after the full stop.

Marks are hints. They are taken out of the text; whether a number is one of ours is for others to tell.
"""

from __future__ import annotations

import re

# Stands for a mark while sentences are split: no letter, no digit, no white space, no full stop.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_DIGITS = str.maketrans(
    "0123456789,-", "\ue010\ue011\ue012\ue013\ue014\ue015\ue016\ue017\ue018\ue019\ue01a\ue01b"
)
_BACK = {value: key for key, value in _DIGITS.items()}
_PRIVATE = re.compile("[\ue000-\uf8ff]")

_WORD = r"(?:source|sentence|ref|cite|citation|see|no\.?|[sS#^])?[\s.:]*"
_LIST = rf"{_WORD}\d{{1,9}}(?:\s*(?:[,;&/]|and|-|–|—|to)\s*{_WORD}\d{{1,9}})*"
_BRACKETED = (
    rf"(?:\[\s*{_LIST}\s*(?:†[^\]]*)?\]|【\s*{_LIST}\s*(?:†[^】]*)?】|［\s*{_LIST}\s*］|〔\s*{_LIST}\s*〕)"
)
_RAISED = r"<sup>\s*\[?\d{1,9}(?:\s*,\s*\d{1,9})*\]?\s*</sup>|\^\[?\d{1,9}(?:,\s*\d{1,9})*\]?"
# Behind a unit, ² and ³ are no marks: km².
_SUPERSCRIPT = r"(?<![\s\d])(?<!\b[mk]m)(?<!\bcm)(?<!\bm)[⁰¹²³⁴-⁹]+"
_SURE = re.compile(rf"[ \t]*(?:{_BRACKETED}|{_RAISED}|{_SUPERSCRIPT})", re.IGNORECASE)
# Round brackets may hold an age or a number of votes: they are marks only where a sentence ends.
_MAYBE = re.compile(rf"[ \t]*\(\s*{_LIST}\s*\)(?=[ \t]*[{_OPEN}.!?]|[ \t]*(?:\n|$))", re.IGNORECASE)
_MAYBE_BEHIND = re.compile(rf"(?<=[.!?])[ \t]*\(\s*{_LIST}\s*\)", re.IGNORECASE)
_FINAL = r"[.!?…]+[\"'”’»)\]*_]*"
_ONE = rf"{_OPEN}[^{_CLOSE}]*{_CLOSE}"
# On a line of their own, marks belong to the sentence above; before text, to the line they begin.
_BEHIND = re.compile(rf"({_FINAL})((?:[ \t]*{_ONE})+|\s*(?:{_ONE}[ \t]*)+(?=\n|$))")
_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_SUPERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
# A range longer than this was not meant as one: "[1-170]" cites everything, hence nothing.
_LONGEST_RANGE = 12


def hold_marks(text: str) -> str:
    """Put each mark into a form that does not disturb the splitting of sentences, before the full stop.

    Example:
        "They fled. [1] The town" becomes "They fled<1>. The town", with ``<1>`` held.
    """
    text = _PRIVATE.sub("", text)
    text = _SURE.sub(_hold, text)
    text = _MAYBE_BEHIND.sub(_hold, _MAYBE.sub(_hold, text))
    return _BEHIND.sub(lambda found: re.sub(r"\s+", "", found[2]) + found[1], text)


def _hold(found: re.Match[str]) -> str:
    numbers = found[0].translate(_SUPERS)
    numbers = re.sub(r"†.*", "", numbers, flags=re.DOTALL)
    numbers = re.sub(r"–|—|\bto\b", "-", numbers)
    return (
        _OPEN + re.sub(r"[^\d,-]+", ",", numbers).replace(",-,", "-").strip(",").translate(_DIGITS) + _CLOSE
    )


def release_marks(sentence: str) -> tuple[str, tuple[int, ...]]:
    """Take the marks out of a sentence that ``hold_marks`` has been over.

    Returns:
        The sentence without them, white space made single, and the numbers in the order written, each
        once; they may be out of range.
    """
    numbers: list[int] = []
    for found in _HELD.finditer(sentence):
        for first, last in _RANGE.findall(found[1].translate(_BACK)):
            start, end = int(first), int(last or first)
            if 0 <= end - start < _LONGEST_RANGE:
                numbers += range(start, end + 1)
            else:
                numbers += [start, end]
    plain = " ".join(_HELD.sub("", sentence).split())
    return re.sub(r"\s+([.!?,;:])", r"\1", plain), tuple(dict.fromkeys(numbers))
