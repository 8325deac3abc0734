"""Passages: whole sentences, never more than the model reads, each with its exact place."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_index_sentences import MOSUL, REALTIMEQA, TEXT

from index.articles import Metadata, read_document
from index.embed import HashEmbedder, SentenceTransformerEmbedder
from index.filling import VectorFiller
from index.model import Article, ArticleRef, Document, Passage, Span
from index.passages import (
    MAX_TOKENS,
    MIN_TOKENS,
    document_id,
    revision_id,
    split_document,
)
from index.recipe import passage_tokens
from index.vectors import MemoryStore

RECIPE = "test"


@pytest.fixture(scope="module")
def bundled() -> SentenceTransformerEmbedder:
    """The bundled model's tokenizer; the model itself is not loaded."""
    return SentenceTransformerEmbedder()


def document(text: str, *spans: tuple[int, int], file: str = "a.txt") -> Document:
    places = spans or ((0, len(text)),)
    articles = tuple(
        Article(ref=ArticleRef(id=f"{number:016x}", file=file, title="Title"), span=Span(*place))
        for number, place in enumerate(places)
    )
    return Document(file=file, text=text, articles=articles, digest="0" * 64)


def split(text: str, *spans: tuple[int, int], max_tokens: int = MAX_TOKENS) -> tuple[Passage, ...]:
    return split_document(
        document(text, *spans), HashEmbedder().count_tokens, recipe=RECIPE, max_tokens=max_tokens
    )


def lines_of(text: str) -> list[int]:
    """Return the line of each character, counted one by one."""
    lines, line = [], 1
    for character in text:
        lines.append(line)
        line += character == "\n"
    return lines


def check(source: Document, passages: tuple[Passage, ...]) -> None:
    """Check the promises of split_document, whatever the text."""
    text, lines = source.text, lines_of(source.text)
    assert len({passage.id for passage in passages}) == len(passages)
    for article in source.articles:
        position = article.span.start
        for passage in (found for found in passages if found.article == article.ref):
            assert position <= passage.start < passage.end <= article.span.end
            assert text[passage.start : passage.end] == passage.text
            assert passage.text == passage.text.strip()
            assert (passage.line_start, passage.line_end) == (lines[passage.start], lines[passage.end - 1])
            assert passage.line_start == text.count("\n", 0, passage.start) + 1
            assert passage.sentences[0].start == passage.start
            assert passage.sentences[-1].end == passage.end
            for start, end in passage.sentences:
                assert position <= start < end
                assert not text[position:start].replace("\ufeff", "").strip()
                position = end
        assert not text[position : article.span.end].replace("\ufeff", "").strip()


def test_a_blank_document_has_no_passages() -> None:
    assert split("") == ()
    assert split(" \n\ufeff\n") == ()


def test_a_short_article_is_one_passage() -> None:
    text = "Headline\n\nThe first sentence. The second.\n"
    (passage,) = split(text)
    assert (passage.line_start, passage.line_end) == (1, 3)
    assert [text[a:b] for a, b in passage.sentences] == ["Headline", "The first sentence.", "The second."]


def test_repeated_paragraphs_have_their_own_places() -> None:
    paragraph = "The same words again and again, said the desk. " * 12
    text = "\n\n".join([paragraph.strip()] * 5)
    source = document(text)
    passages = split_document(source, HashEmbedder().count_tokens, recipe=RECIPE, max_tokens=130)
    assert len(passages) >= 5
    assert len({passage.start for passage in passages}) == len(passages)
    check(source, passages)


def test_no_passage_reaches_over_two_articles() -> None:
    first, second = "One article. It is short.", "Another article. It is short too."
    text = f"{first}\n\n{second}"
    passages = split(text, (0, len(first)), (len(first) + 2, len(text)))
    assert [passage.text for passage in passages] == [first, second]
    assert passages[1].line_start == 3


def test_what_stands_outside_the_article_is_in_no_passage() -> None:
    front = "---\ntitle: Something\n---\n"
    text = front + "The text. It begins here."
    (passage,) = split(text, (len(front), len(text)))
    assert passage.text == "The text. It begins here."
    assert passage.line_start == 4


def test_windows_newlines_count_once_and_other_separators_not_at_all() -> None:
    text = "One.\r\n\r\nTwo.\u2028Still two.\x0c And again.\r\nFour."
    (passage,) = split(text)
    assert (passage.line_start, passage.line_end) == (1, 4)


def test_passages_are_neither_long_nor_needlessly_short() -> None:
    sentence = "The desk wrote {} more words about the river and the bridges over it that day. "
    text = "".join(sentence.format(number) + "\n\n" * (number % 4 == 0) for number in range(200))
    passages = split(text)
    sizes = HashEmbedder().count_tokens([passage.text for passage in passages])
    assert max(sizes) <= MAX_TOKENS
    assert min(sizes) >= MIN_TOKENS // 2
    assert sum(size >= MIN_TOKENS for size in sizes) >= 0.9 * len(sizes)


def test_an_edit_at_the_end_moves_no_passage_before_it() -> None:
    text = "".join(f"Sentence number {number} of the long report on the river.\n\n" for number in range(80))
    before = [passage.text for passage in split(text)]
    after = [passage.text for passage in split(text.replace("number 79", "number seventy-nine"))]
    assert before[:-2] == after[:-2]


def test_a_sentence_the_model_cannot_read_whole_is_cut_at_white_space() -> None:
    text = " ".join(f"word{number}" for number in range(1000)) + "."
    source = document(text)
    passages = split_document(source, HashEmbedder().count_tokens, recipe=RECIPE, max_tokens=100)
    check(source, passages)
    assert len(passages) == 11
    assert all(not passage.text.startswith(" ") for passage in passages)
    assert {text[passage.end : passage.end + 1] for passage in passages} <= {" ", ""}


def test_ids_name_path_content_and_recipe() -> None:
    text = "One sentence. Another."
    one = document(text)
    other = Document(file=one.file, text=text, articles=one.articles, digest="1" * 64)
    moved = document(text, file="b.txt")
    revisions = {
        revision_id(one, "a"),
        revision_id(one, "b"),
        revision_id(other, "a"),
        revision_id(moved, "a"),
    }
    assert len(revisions) == 4
    assert all(re.fullmatch(r"[0-9a-f]{16}:[0-9a-f]{8}", revision) for revision in revisions)
    (passage,) = split_document(one, HashEmbedder().count_tokens, recipe="a")
    assert passage.id == f"{revision_id(one, 'a')}:0-{len(text)}"
    assert document_id("Te\u0301he\u0301ran.txt") == document_id("T\u00e9h\u00e9ran.txt")


@settings(max_examples=300, deadline=None)
@given(text=TEXT, max_tokens=st.integers(32, 60), repeat=st.integers(1, 12))
def test_passages_are_the_text_in_order_with_only_blanks_between(
    text: str, max_tokens: int, repeat: int
) -> None:
    source = document(text * repeat)
    passages = split_document(source, HashEmbedder().count_tokens, recipe=RECIPE, max_tokens=max_tokens)
    check(source, passages)
    assert all(HashEmbedder().count_tokens([passage.text])[0] <= max_tokens for passage in passages)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(TEXT, min_size=1, max_size=4))
def test_articles_of_one_file_are_split_each_on_its_own(parts: list[str]) -> None:
    text = "\n\n".join(parts)
    spans, end = [], 0
    for part in parts:
        spans.append((end, end + len(part)))
        end += len(part) + 2
    source = document(text, *spans)
    check(source, split_document(source, HashEmbedder().count_tokens, recipe=RECIPE))


# -- what the model reads


def whole_tokens(embedder: SentenceTransformerEmbedder, title: str, passage: Passage) -> int:
    """Count the word pieces the model gets for a passage, its own marks included."""
    text, shift = VectorFiller(embedder, MemoryStore()).embedded_text(
        title, passage.article.file, passage.text
    )
    assert text[shift:] == passage.text
    return 2 + embedder.count_tokens([text])[0]


LONG_TITLE = "A headline that goes on and on, " * 30
HOSTILE = [
    "word " * 3000,
    "x" * 5000,
    "a.b.c/d?e=f&g=h-" * 300,
    "aHR0cHM6Ly9leGFtcGxlLm9yZy9h" * 100 + " " + "bmV3cyBpbiBiYXNlNjQ" * 4 + " ",
    "摩苏尔市中心的居民说军队已经离开" * 100,
    "🚗💨🏃 " * 500,
    "e\u0301" * 2000,
    "Qaraqosh-al-Hamdaniya_Bakhdida'" * 3 + " ",
    "1,234,567.89 " * 400,
    "\u200b\u200b word" * 300,
    "Stop. " * 1000,
]


@pytest.mark.parametrize("text", [*HOSTILE, " ".join(HOSTILE), "\n\n".join(HOSTILE)])
def test_the_model_reads_every_passage_whole(bundled: SentenceTransformerEmbedder, text: str) -> None:
    source = document(text)
    limit = passage_tokens(bundled)
    passages = split_document(source, bundled.count_tokens, recipe=RECIPE, max_tokens=limit)
    check(source, passages)
    for passage in passages:
        assert whole_tokens(bundled, LONG_TITLE, passage) <= bundled.max_tokens == 256


LETTERS = st.text("abcdefgxyzQZ019-_'.,/\u00e9\u0301", min_size=40, max_size=110)


@settings(max_examples=40, deadline=None)
@given(words=st.lists(LETTERS, min_size=5, max_size=30))
def test_long_strange_words_never_overflow_the_model(
    bundled: SentenceTransformerEmbedder, words: list[str]
) -> None:
    source = document(" ".join(words))
    passages = split_document(source, bundled.count_tokens, recipe=RECIPE, max_tokens=passage_tokens(bundled))
    check(source, passages)
    assert all(whole_tokens(bundled, LONG_TITLE, passage) <= 256 for passage in passages)


@pytest.mark.parametrize("max_tokens", [32, 48, 64, 128, 255, 256, 512, 8192])
def test_a_model_of_any_length_reads_title_marks_and_passage(
    bundled: SentenceTransformerEmbedder, max_tokens: int
) -> None:
    class Other(SentenceTransformerEmbedder):
        def __init__(self) -> None:
            super().__init__()
            self.max_tokens = max_tokens

    other = Other()
    text = "The desk wrote more about the river and the bridges over it that day. " * 300
    source = document(text)
    passages = split_document(source, other.count_tokens, recipe=RECIPE, max_tokens=passage_tokens(other))
    check(source, passages)
    sizes = [whole_tokens(other, LONG_TITLE, passage) for passage in passages]
    assert max(sizes) <= max_tokens


def _check_read(file: str, data: bytes, bundled: SentenceTransformerEmbedder) -> int:
    source = read_document(file, data, Metadata())
    passages = split_document(source, bundled.count_tokens, recipe=RECIPE, max_tokens=passage_tokens(bundled))
    check(source, passages)
    texts = [passage.text for passage in passages]
    assert max(bundled.count_tokens(texts)) <= passage_tokens(bundled)
    assert all(whole_tokens(bundled, source.articles[0].ref.title, passage) <= 256 for passage in passages)
    return len(passages)


@pytest.mark.skipif(not MOSUL.is_dir(), reason="needs ../shared/data/mosul")
def test_every_mosul_article_has_exact_passages(bundled: SentenceTransformerEmbedder) -> None:
    files = [path for path in MOSUL.rglob("*") if path.suffix in {".txt", ".md"}]
    assert sum(_check_read(path.name, path.read_bytes(), bundled) for path in files) > len(files)


@pytest.mark.skipif(not REALTIMEQA.is_file(), reason="needs ../shared/data/realtimeqa")
def test_realtimeqa_articles_have_exact_passages(bundled: SentenceTransformerEmbedder) -> None:
    with gzip.open(REALTIMEQA, "rt", encoding="utf-8") as lines:
        for number, line in zip(range(500), lines, strict=False):
            text = json.loads(line)["text"]
            data = (text.replace("\n", "\r\n") if number % 3 == 0 else text).encode()
            assert _check_read(f"{number}.txt", b"\xef\xbb\xbf" * (number % 2) + data, bundled)
