"""Quotes in their surroundings, passages found, articles: what is shown to one reader, page by page. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.discord.escape import clean, code, defuse, escape, escape_part, link
from bot.discord.model import Gap, Source
from bot.discord.split import split_messages, tidy_tables
from bot.excerpt import Line, mark_range
from bot.render import describe, place_range, split_paragraphs
from index.model import ArticleRef, Hit

_ROOM = 1900
# Lines around a quote and characters of each: what fits is taken.
_SURROUNDINGS = ((3, 400), (2, 200), (1, 120), (0, 60))
_HIT_CHARS = 260
_OPENING_CHARS = 600
_FRONT_MATTER = re.compile(r"\A\ufeff?---\n.*?\n---\n", re.DOTALL)


def quote_page(source: Source, text: str | None, *, of: int, nearest: bool) -> str:
    """Show a quote in its surroundings.

    Args:
        text: of the file as indexed now; None where it is not indexed any more.
        of: how many pages there are.
        nearest: whether it is no quote of an answer, but a passage that came near to one.
    """
    lines = f"line {source.line_start}"
    if source.line_end != source.line_start:
        lines = f"lines {source.line_start} to {source.line_end}"
    where = link(source.url)
    head = f"**{'Passage' if nearest else 'Source'} {source.number} of {of}**  " + escape(
        describe(_ref(source))
    )
    head += f"\n{code(source.file)}, {lines}" + (f" · {where}" if where else "")
    if text is None or text[source.start : source.end] != source.quote:
        gone = "-# The file has changed since: the quote was"
        return _cut(f"{head}\n{gone}\n{_quoted(source.quote)}")
    for around, max_chars in _SURROUNDINGS:
        found = mark_range(text, source.start, source.end, around=around, max_chars=max_chars)
        page = f"{head}\n{_lay_out(found)}"
        if len(page) <= _ROOM:
            return page
    return _cut(page)


def _lay_out(lines: Sequence[Line]) -> str:
    whole = [clean(line.before + line.marked + line.after) for line in lines]
    table = tidy_tables("\n".join(whole))
    if "```" in table and not any("```" in line for line in whole):
        return _fenced_only(table)
    shown = [
        f"> {_line(line)}".rstrip() if line.inside or whole[at] else ">" for at, line in enumerate(lines)
    ]
    while len(shown) > 1 and shown[0] == ">":
        shown.pop(0)
    while len(shown) > 1 and shown[-1] == ">":
        shown.pop()
    return "\n".join(shown)


def _fenced_only(table: str) -> str:
    """Escape what stands outside the code blocks of our own making; inside, backslashes would be seen."""
    parts = table.split("```")
    return "```".join(
        defuse(part) if at % 2 else "\n".join(map(escape, part.split("\n"))) for at, part in enumerate(parts)
    )


def _line(line: Line) -> str:
    marked = escape_part(line.marked)
    bold = marked.strip()
    if bold:
        # Emphasis must not begin or end with a blank.
        marked = marked.replace(bold, f"**{bold}**", 1)
    return escape_part(line.before) + marked + escape_part(line.after)


def _quoted(text: str) -> str:
    return "\n".join(f"> {escape(paragraph)}" for paragraph in split_paragraphs(text)) or "> …"


def _cut(text: str) -> str:
    return text if len(text) <= _ROOM else split_messages(text, _ROOM)[0] + " …"


def _ref(source: Source) -> ArticleRef:
    return ArticleRef(
        id="",
        file=source.file,
        title=source.title,
        publisher=source.publisher,
        url=source.url,
        published=source.published,
    )


def hits_page(query: str, hits: Sequence[Hit]) -> str:
    """List the passages found, with the beginning of each."""
    if not hits:
        return f"No passage was found for “{escape(_shorten(query, 200))}”."
    page = f"Passages nearest to “{escape(_shorten(query, 200))}”:"
    for hit in hits:
        article = hit.passage.article
        head = f"**{hit.rank}.** {escape(describe(article))} · {code(place_range(hit.passage))}"
        beginning = escape(_shorten(" ".join(split_paragraphs(hit.passage.text)), _HIT_CHARS))
        block = f"\n{head}\n> {beginning}"
        if len(page) + len(block) > _ROOM:
            break
        page += block
    return page


def article_page(article: ArticleRef, text: str) -> str:
    """Show what is known about an article, and how it begins.

    Args:
        text: of its file as indexed.
    """
    rows = [
        f"**{escape(article.title) or code(article.file)}**",
        # The title stands above.
        escape(describe(replace(article, title="", file="")).removeprefix(" · ")),
        code(article.file),
    ]
    if article.authors:
        rows.insert(2, "By " + escape(", ".join(article.authors[:5])))
    if where := link(article.url):
        rows.append(where)
    body = _FRONT_MATTER.sub("", text)
    # A file may hold many articles, one a line; and the title stands above.
    at = body.find(article.title)
    body = body if at < 0 else body[at + len(article.title) :].lstrip(" .:*#\n")
    opening = _shorten(" ".join(split_paragraphs(body[: 4 * _OPENING_CHARS])), _OPENING_CHARS)
    return _cut("\n".join(rows) + f"\n> {escape(opening)}")


def gaps_page(gaps: Sequence[Gap]) -> str:
    """List what was asked in vain, for those who look after the articles."""
    if not gaps:
        return "Nothing was asked here that the articles did not answer, and nobody has complained."
    page = "Asked here and not answered, or not well; the latest first:"
    for gap in gaps:
        what = "disliked" if gap.complained else "no answer"
        times = f", {gap.times} times" if gap.times > 1 else ""
        line = f"\n- “{escape(_shorten(gap.question, 150))}” (<#{gap.channel}>, <t:{gap.asked_at:.0f}:R>, {what}{times})"
        if gap.remark:
            line += f"\n  - {escape(_shorten(gap.remark, 200))}"
        if len(page) + len(line) > _ROOM:
            return f"{page}\n-# There are more."
        page += line
    return page


def _shorten(text: str, most: int) -> str:
    text = clean(text)
    return text if len(text) <= most else text[:most].rpartition(" ")[0] + " …"
