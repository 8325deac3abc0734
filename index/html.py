"""HTML pages: the article's text without what stands around it, and what the page says about it."""

from __future__ import annotations

import codecs
import logging
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from index.decode import decode_text
from index.errors import ArticleFormatError
from index.fields import Fields, read_fields
from index.kinds import binary_reason
from index.published import parse_published

# lxml brings no types along, so its elements are Any here.
_Element = Any

# Below this the extraction has most likely missed the article, or the page is very short; either way
# everything that is visible says more.
_NEXT_TO_NOTHING = 200
# Pages have some thousands of elements, and the longest of live tickers some tens of thousands.
_MAX_ELEMENTS = 50_000
# Dates are bounded by constants: htmldate's own upper bound is today, and the same page would read
# otherwise tomorrow.
_DATE_BOUNDS: dict[str, Any] = {"min_date": "1800-01-01", "max_date": "2100-01-01"}

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE)
_XML_HEAD = re.compile(r"^\ufeff?\s*<\?xml[^>]*>")
_INVISIBLE_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_NEVER_TEXT = frozenset(
    {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "canvas", "datalist"}
)
_AROUND = frozenset({"head", "nav", "footer", "aside", "form", "button", "select", "dialog", "menu"})
# Tags that trafilatura cuts out together with their words, even in the middle of a sentence.
_DROPPED_INLINE = frozenset({"time", "ins", "label", "output", "noindex", "marquee", "blink"})
_BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "br", "caption", "center", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html",
    "legend", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead",
    "tr", "ul",
})  # fmt: skip
_DATE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:date|datetime|published?|pubdate|posted|timestamp|dateline)", re.IGNORECASE
)
_OTHER_DATE = re.compile(r"updat|modif|expire|event|comment|copyright|related", re.IGNORECASE)
_DATE_LABEL = re.compile(
    r"^(?:first\s+)?(?:published|posted|date|publication date)(?:\s+(?:on|at))?\s*:?\s*", re.IGNORECASE
)
_IN_TEXT = frozenset({"p", "li", "blockquote", "td", "aside", "footer", "nav", "form"})

# Broken pages are ordinary here, and what matters of it becomes a reason or a note; without a handler
# Python would print these libraries' warnings on standard error.
for _name in ("trafilatura", "htmldate", "charset_normalizer"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def read_html(file: str, data: bytes) -> tuple[str, Fields, tuple[str, ...]]:
    """Read a page.

    Args:
        file: path below the corpus folder.
        data: the whole file.

    Returns:
        The article's text, a paragraph a line, in Unicode's composed form; what the page states; notes.

    Raises:
        ArticleFormatError: it is no page, or no encoding fits it.
    """
    from lxml import etree, html

    if reason := binary_reason(data):
        raise ArticleFormatError(file, reason)
    source = _XML_HEAD.sub("", _decode(file, data)).removeprefix("\ufeff")
    if not source.strip():
        return "", Fields(), ()
    try:
        tree = html.document_fromstring(source, parser=html.HTMLParser(remove_comments=True, remove_pis=True))
    except (etree.LxmlError, ValueError) as exc:
        raise ArticleFormatError(file, "not an HTML page: there is nothing in it to show") from exc
    # trafilatura's rules take more than a minute over half a million elements.
    is_huge = sum(1 for _ in tree.iter()) > _MAX_ELEMENTS
    fields, notes = _fields_of(_opening_of(tree) if is_huge else tree)
    _remove_hidden(tree)
    text = "" if is_huge else _article_text(tree)
    if len(text) < _NEXT_TO_NOTHING:
        text = max(text, "\n".join(_visible_lines(tree)), key=len)
    return unicodedata.normalize("NFC", text), fields, notes


def _opening_of(tree: _Element) -> _Element:
    """Make a page of the head and the first heading, which say what the page says about itself."""
    from lxml import html

    page = html.document_fromstring("<html><head></head><body></body></html>")
    for element in tree.iter("meta", "link", "title", "h1", "script"):
        copy = html.Element(element.tag, dict(element.attrib))
        copy.text = element.text
        (page.body if element.tag == "h1" else page.head).append(copy)
    return page


def _decode(file: str, data: bytes) -> str:
    """Decode by byte order mark, then by what the page declares, then by detection."""
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode_text(file, data)[0]
    declared = _XML_ENCODING.search(data[:1024]) or _CHARSET.search(data[:4096])
    if declared:
        name = declared[1].decode("ascii").lower()
        try:
            encoding = codecs.lookup(name).name
        except LookupError:
            encoding = "utf-8"
        if encoding in ("iso8859-1", "ascii", "cp1252"):
            # What browsers do: these names mean cp1252. And where it reads as UTF-8, the name is a relic.
            encoding = "utf-8" if _is_utf8(data) else "cp1252"
        try:
            # A page that can declare itself in ASCII is not UTF-16, whatever it says.
            return data.decode("utf-8" if encoding.startswith("utf-16") else encoding)
        except (UnicodeDecodeError, LookupError):
            return decode_text(file, data)[0]
    return decode_text(file, data)[0]


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _article_text(tree: _Element) -> str:
    import trafilatura

    found = trafilatura.bare_extraction(
        tree, include_comments=False, include_tables=True, favor_recall=True, with_metadata=False
    )
    text = getattr(found, "text", None) or ""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _remove_hidden(tree: _Element) -> None:
    for element in list(tree.iter()):
        if element.getparent() is None or element.tag == "body":
            continue
        if _is_hidden(element):
            element.drop_tree()
        elif element.tag in _DROPPED_INLINE and any(a.tag in _IN_TEXT for a in element.iterancestors()):
            # Only the tag goes: "on <time>Monday</time> it fell" must not become "on it fell".
            element.drop_tag()


def _is_hidden(element: _Element) -> bool:
    return (
        not isinstance(element.tag, str)
        or element.tag in _NEVER_TEXT
        or element.get("hidden") is not None
        or element.get("aria-hidden", "").lower() == "true"
        or bool(_INVISIBLE_STYLE.search(element.get("style", "")))
    )


def _visible_lines(tree: _Element) -> Iterator[str]:
    """Walk over what a reader would see, a block a line, without navigation."""
    from lxml import etree

    pieces: list[str] = []
    skipped = 0
    # Start and end events instead of recursion: pages nest as deep as they like.
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        around = element.tag in _AROUND
        if event == "start":
            skipped += around
            if element.tag in _BLOCKS:
                pieces.append("\n")
            elif element.tag in ("td", "th"):
                pieces.append(" ")
            if not skipped:
                pieces.append(" ".join((element.text or "").split("\n")))
        else:
            skipped -= around
            if element.tag in _BLOCKS:
                pieces.append("\n")
            if not skipped:
                pieces.append(" ".join((element.tail or "").split("\n")))
    for line in "".join(pieces).split("\n"):
        if line := " ".join(line.split()):
            yield line


def _fields_of(tree: _Element) -> tuple[Fields, tuple[str, ...]]:
    from trafilatura.metadata import extract_metadata

    # The date is looked for below; here it is only kept from costing time.
    said = extract_metadata(
        tree, date_config={"extensive_search": False, "original_date": True, **_DATE_BOUNDS}
    )
    published, notes = _published_of(tree)
    author = (said.author or "").strip()
    raw = {
        "title": said.title,
        "publisher": said.sitename,
        "authors": author.split("; ") if author else None,
        "url": said.url if (said.url or "").lower().startswith(("http://", "https://")) else None,
        "published": published,
    }
    fields, _ = read_fields(raw)
    return fields, notes


def _published_of(tree: _Element) -> tuple[str | None, tuple[str, ...]]:
    """Find the day of publication: in the metadata, then in a date line, never in the text."""
    from htmldate import find_date
    from lxml import etree, html

    # htmldate goes on to the text of the page when the metadata are silent; it is shown nothing else.
    page = html.document_fromstring("<html><head></head><body></body></html>")
    notes: list[str] = []
    for element in tree.iter("meta", "link", "script"):
        if element.tag == "link" and element.get("rel") != "canonical":
            continue
        if element.tag == "script" and "ld+json" not in element.get("type", ""):
            continue
        if element.tag == "meta" and _is_no_publication_date(element, notes):
            continue
        copy = etree.SubElement(page.head, element.tag, dict(element.attrib))
        copy.text = element.text
    found = find_date(
        page, extensive_search=False, original_date=True, deferred_url_extractor=True, **_DATE_BOUNDS
    )
    return found or _date_line(tree, notes), tuple(notes)


def _is_no_publication_date(meta: _Element, notes: list[str]) -> bool:
    name = " ".join(meta.get(key, "") for key in ("name", "property", "itemprop", "http-equiv"))
    if _OTHER_DATE.search(name):
        return True
    _, fault = parse_published(meta.get("content", ""))
    if fault and "day first or month first" in fault:
        notes.append(f"{name.strip()}: {fault}")
        return True
    return False


def _date_line(tree: _Element, notes: list[str]) -> str | None:
    for element in tree.iter():
        if not isinstance(element.tag, str) or _is_hidden(element):
            continue
        names = " ".join(element.get(key, "") for key in ("class", "id", "itemprop"))
        is_time = element.tag == "time"
        if not (is_time or _DATE_CLASS.search(names)) or _OTHER_DATE.search(names):
            continue
        # A <time> inside a sentence dates an event of the story.
        if any(above.tag in _IN_TEXT for above in element.iterancestors()):
            continue
        shown = " ".join("".join(element.itertext()).split())
        written = element.get("datetime") or element.get("content") or _DATE_LABEL.sub("", shown)
        if _OTHER_DATE.match(shown) or not 8 <= len(written) <= 80:
            continue
        found, fault = parse_published(written)
        if found:
            return found.isoformat()
        if fault and "day first or month first" in fault:
            notes.append(f"date line: {fault}")
    return None
