"""Which article a sentence says it has from: "According to the Evening Courier, …".

The name of a newspaper stands in no quote, but beside each: it is proved by what is known of the article.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.model import ArticleRef

_FORMS = (
    re.compile(r"(?:According to|As reported by) (?P<who>[^,]{3,90}), (?P<rest>\w.{8,})", re.DOTALL),
    re.compile(r"(?P<who>The [^,]{3,60}|[A-Z][^,]{2,60}?) reports? that (?P<rest>\w.{8,})", re.DOTALL),
    re.compile(r"(?P<rest>.{8,}), (?:according to|as reported by) (?P<who>[^,]{3,90})\.", re.DOTALL),
)
_WORD = re.compile(r"\w+")
# Words that name an article without saying which.
_ANY = frozenset(
    "the a an one another its article articles report reports story stories newspaper news source sources "
    "passage passages text account of from on in by published".split()
)


def strip_credit(claim: str, articles: Iterable[ArticleRef]) -> tuple[str, frozenset[str] | None]:
    """Take the naming of a newspaper or article off a sentence.

    Returns:
        What the sentence says, and the ids of the articles that it may rest on by its own words; the whole
        sentence and None where none of the articles is named.

    Example:
        "According to The Post, the bridge is closed." gives "The bridge is closed." and the ids of the
        articles in The Post.
    """
    for form in _FORMS:
        found = form.fullmatch(claim)
        if found is None:
            continue
        named = {word.casefold() for word in _WORD.findall(found["who"])} - _ANY
        fitting = frozenset(article.id for article in articles if named <= _names_of(article))
        if fitting:
            rest = found["rest"].rstrip(".") + "."
            return rest[0].upper() + rest[1:], fitting
    return claim, None


def _names_of(article: ArticleRef) -> set[str]:
    day = article.published
    dated = f"{day.day} {day:%B} {day.year}" if day else ""
    known = f"{article.publisher or ''} {article.title} {dated}"
    return {word.casefold() for word in _WORD.findall(known)}
