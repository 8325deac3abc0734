"""Whose words a quotation is that goes on over several sentences, as the article names them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.gazetteer import SPEECH
from bot.names import Name, NameKind, find_names
from index.model import Span

_OPENS = re.compile(r"[\"“‘]")
_QUOTED = re.compile(r"[\"“][^\"”]*(?:[\"”]|$)")
# How far a quotation runs before its speaker is no longer who stands at its beginning.
_REACH = 3


def find_speaker(text: str, sentences: Sequence[Span], i: int) -> Name | None:
    """Find who speaks in sentence ``i``, where it is a bare quotation that goes on from one before.

    Returns:
        The one person named, outside the quotation marks and beside a word of speech, in the sentence
        that the quotation goes on from; None where the sentence names its speaker, where another kind
        of sentence stands between, or where two persons are named.
    """
    own = text[sentences[i].start : sentences[i].end]
    if not _OPENS.match(own) or SPEECH.search(outside_quotations(own)):
        return None
    for back in range(i - 1, max(-1, i - 1 - _REACH), -1):
        start, end = sentences[back]
        before = text[start:end]
        if not _OPENS.match(before):
            return None
        outside = outside_quotations(before)
        if not SPEECH.search(outside):
            continue
        names = [
            name
            for name in find_names(before)
            if name.kind is NameKind.PERSON and outside[name.start : name.end] == name.text
        ]
        if len(names) != 1:
            return None
        name = names[0]
        return Name(start=start + name.start, end=start + name.end, text=name.text, kind=name.kind)
    return None


def outside_quotations(sentence: str) -> str:
    """Return a text with what stands in quotation marks blanked, every place kept."""
    return _QUOTED.sub(lambda match: " " * len(match.group()), sentence)
