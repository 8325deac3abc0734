"""A claim taken apart into statements that can be true or false by themselves."""

from __future__ import annotations

import re

from index.sentences import split_sentences

# Citation marks, as models write them: "[1]", "[2, 3]", "【4】", "(source 2)".
_MARKS = re.compile(
    r"\s?(?:[\[【]\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?[\]】]|\((?:source|passage|ref)s?\s\d{1,3}\))"
)
_LIST_MARK = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
# What states nothing: greetings, and the calls that web pages end with.
_NO_CLAIM = re.compile(
    r"(?:sure|certainly|of course|great question|good question|hello|hi|hi there|thanks|thank you)[.!,]*"
    r"|(?:click here|read more|scroll down|sign up|subscribe)\b.*",
    re.IGNORECASE,
)
# Texts that were cut into words and joined by blanks: "18 - year - old", "£ 50 m", "did n't", "Jones 's".
_TOKENISED = (
    (re.compile(r"(?<=\w) ([-–]) (?=\w)"), r"\1"),
    (re.compile(r"([$£€]) (?=\d)"), r"\1"),
    (re.compile(r"(?<=\d) (?=(?:m|bn|k|am|pm)\b)"), ""),
    (re.compile(r"\b(\w+) n ?['’]t\b"), r"\1n't"),
    (re.compile(r"(?<=\w) (['’](?:s|re|ve|ll|d|m))\b"), r"\1"),
    (re.compile(r" (?=[,;:.?!)](?:\s|$))"), ""),
)
# A second statement begins: it has a subject of its own. "and the" is left alone: "Iraq and the Levant".
_SEAM = re.compile(
    r";\s+|,\s(?:but|while|whereas|although|though)\s(?=(?:he|she|it|they|there|this|that|the|an?|[A-Z])\b)"
    r"|,\sand\s(?=(?:he|she|it|they|there)\s)"
)
# What makes a stretch of words a statement: something that may be its verb.
_VERB = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|will|would|can|could|may|might|must|should|said|says"
    r"|told|made|took|went|came|fell|rose|won|lost|left|led|held|saw|\w{2,}ed)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]{2,}|\d")
_LETTER = re.compile(r"[^\W\d_]")
# Words on either side of a seam, at least.
_LEAST_WORDS = 4
# A judge asked about more than this is handed an article, not a claim.
MAX_CLAIM_CHARS = 8_000


def clean_claim(text: str) -> str:
    """Take away what is no part of a claim: citation marks, list marks, blanks between cut words."""
    text = _MARKS.sub("", text)
    for pattern, instead in _TOKENISED:
        text = pattern.sub(instead, text)
    return _LIST_MARK.sub("", text).strip()


def split_claim(text: str) -> tuple[str, ...]:
    """Split a claim into statements.

    Sentences are split, and within them what stands behind a semicolon or behind "but", "while", "and" with a
    subject of its own. Greetings are no statements.

    Returns:
        Cleaned statements in order; none where the text makes none that can be read.

    Example:
        >>> split_claim("The army fled [1]. Mosul fell, but the governor had left.")
        ('The army fled.', 'Mosul fell, but the governor had left.')
    """
    text = clean_claim(text)
    sentences = [text[start:end] for start, end in split_sentences(text)]
    parts = [part for sentence in sentences for part in _split_sentence(sentence)]
    return tuple(part for part in parts if _is_readable(part) and not _NO_CLAIM.fullmatch(part.strip()))


def _split_sentence(sentence: str) -> list[str]:
    parts: list[str] = []
    begin = 0
    for seam in _SEAM.finditer(sentence):
        before, behind = sentence[begin : seam.start()], sentence[seam.end() :]
        # A quotation is one whole, however many statements it makes.
        is_quoted = sentence.count('"', 0, seam.start()) % 2 or sentence.count(
            "“", 0, seam.start()
        ) > sentence.count("”", 0, seam.start())
        if not is_quoted and _is_statement(before) and _is_statement(behind):
            parts.append(before)
            begin = seam.end()
    return [*parts, sentence[begin:]]


def _is_statement(text: str) -> bool:
    return len(_WORD.findall(text)) >= _LEAST_WORDS and _VERB.search(text) is not None


def _is_readable(text: str) -> bool:
    """Whether a text is language: letters make up most of what is no blank."""
    letters = len(_LETTER.findall(text))
    figures = sum(character.isdigit() for character in text)
    visible = sum(not character.isspace() for character in text)
    return letters > 1 and letters + figures >= visible * 0.5
