"""The title of an article that does not name one: its first heading, or the line that reads like one."""

from __future__ import annotations

import re

from index.fields import one_line
from index.published import parse_published

# A headline stands above the story; further down a short line is a caption or a cross-heading.
_FIRST_LINES = 4
_MAX_HEADLINE_CHARS = 200
_FEWEST_WORDS, _MOST_WORDS = 3, 25

_HEADING = re.compile(r"#[ \t]+(?P<title>.*)")
_FENCE = re.compile(r"[ ]{0,3}(?:```|~~~)")
_UNDERLINE = re.compile(r"={3,}\s*")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_BREAK = re.compile(r"[-=*_#~\s]+")
_NO_HEADLINE = re.compile(
    r"""
    by\s | (?:image|photo|picture|video|audio|file|credit|source|caption|graphic|watch|listen|share|
    related|advertisement|sponsored|published|posted|updated|last\ (?:updated|modified)|copyright)\b\s*:?
    (?:\s|$) | © | .*(?:https?://|www\.|@\S+\.\S) | .*\bmin(?:ute)?s?\ read$ | .*\bgetty\ images$ |
    this\ (?:article|story|page)\b | sign\ (?:up|in)\b | subscribe\b | skip\ to\b | read\ more\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
# "Agency/Reporter", but not "the 9/11 attacks" nor "and/or".
_NAME = r"[A-Z][\w.'-]*"
_SLASHED_BYLINE = re.compile(rf"(?:{_NAME}\s+){{0,4}}{_NAME}\s?/\s?{_NAME}(?:\s+{_NAME}){{0,4}}")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")


def derive_title(text: str) -> str | None:
    """Find the title in the text of an article.

    Args:
        text: the article, without front matter.

    Returns:
        The first Markdown heading of the first level; else a headline among the first lines; else None.
    """
    title = _first_heading(text) or _first_headline(text)
    return one_line(_without_markup(title)) or None if title else None


def _first_heading(text: str) -> str | None:
    fenced, before = False, ""
    for line in text.split("\n"):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            if (heading := _HEADING.match(line)) and heading["title"].strip(" \t\r#"):
                return re.sub(r"[ \t]+#+\s*$", "", heading["title"])
            if before and _UNDERLINE.fullmatch(line):
                return before
        before = line.strip()
    return None


def _first_headline(text: str) -> str | None:
    seen = 0
    # Only the opening is looked at, so that a text of one endless line costs nothing.
    for line in text[: 20 * _MAX_HEADLINE_CHARS].split("\n"):
        line = _without_markup(line.strip())
        if not line or _BREAK.fullmatch(line):
            continue
        if _reads_like_headline(line):
            return line
        seen += 1
        if seen == _FIRST_LINES:
            return None
    return None


def _reads_like_headline(line: str) -> bool:
    if len(line) > _MAX_HEADLINE_CHARS or line.rstrip("\"'”’»)")[-1:] in tuple(".!…。！,;:،؛"):
        return False
    if _NO_HEADLINE.match(line) or _SLASHED_BYLINE.fullmatch(line) or parse_published(line)[0]:
        return False
    if _UNSPACED.search(line):
        return 6 <= len(line) <= 60
    opening = next((char for char in line if char.isalnum()), "a")
    return _FEWEST_WORDS <= len(line.split()) <= _MOST_WORDS and not opening.islower()


def _without_markup(line: str) -> str:
    line = _LINK.sub(r"\1", re.sub(r"^(?:#{1,6}[ \t]+|>[ \t]+)", "", line))
    line = re.sub(r"(\*\*|__|\*|_)(?=\S)(.+?)(?<=\S)\1", r"\2", line)
    return line.strip()
