from __future__ import annotations

import io
import json
from datetime import date

import docx
import pytest
from hostile import locked_pdf, text_pdf
from hypothesis import given
from hypothesis import strategies as st

from index.articles import Metadata, read_document
from index.errors import ArticleFormatError
from index.fields import Fields, one_line, split_authors
from index.formats import Draft, extract
from index.headline import derive_title
from index.pdf import join_lines, without_running_lines
from index.published import parse_published

BODY = "\n".join(
    f"<p>Part {n}: the council of the harbour town heard from engineer {n} at length.</p>" for n in range(9)
)
# Anything UTF-8 can hold, save NUL; control characters in numbers are binary data, so they are rare here.
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\r\t\f -:#'\"")).filter(
    lambda text: any(char.isalnum() for char in text)
)


def only(file: str, data: bytes | str) -> tuple[str, Draft, tuple[str, ...]]:
    found = extract(file, data.encode() if isinstance(data, str) else data)
    (draft,) = found.drafts
    return found.text, draft, found.notes


def stated(file: str, data: bytes | str) -> Fields:
    return only(file, data)[1].fields


@given(TEXTS, st.booleans())
def test_a_text_file_is_read_to_the_letter(text: str, mark: bool) -> None:
    data = ("\ufeff" * mark + text).encode("utf-8")
    try:
        found = extract("a.txt", data)
    except ArticleFormatError as fault:
        assert any(reason in fault.reason for reason in ("not a text", "not an article", "front matter"))
        return
    assert found.text == data.decode("utf-8")
    (draft,) = found.drafts
    start, end = draft.span
    assert int(mark) <= start <= end == len(found.text)


@given(TEXTS, TEXTS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_front_matter_counts_and_is_not_quoted(title: str, body: str, newline: str, mark: bool) -> None:
    head = newline.join(["---", f"title: {json.dumps(title)}", "---", ""])
    text, draft, _ = only("a.md", "\ufeff" * mark + head + body)
    assert text == "\ufeff" * mark + head + body
    assert text[draft.span.start : draft.span.end] == body
    # Words that stand for nothing are no title.
    expected = one_line(title)
    assert draft.fields.title == expected or (draft.fields.title is None and len(expected) < 8)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-16", "Über die Brücke führt kein Weg mehr.\r\n"),
        ("utf-16-le", "The bridge was closed on Monday.\n"),
        ("utf-16-be", "The bridge was closed on Monday.\n"),
        ("utf-32", "The bridge was closed on Monday.\n"),
        ("cp1252", "Le pont était fermé lundi, “jusqu’à nouvel ordre”, dit-on à la mairie.\n"),
        ("latin-1", "El puente quedó cerrado mañana y tarde.\n"),
        ("cp1251", "Мост через реку был закрыт в понедельник после того, как инженеры нашли трещины.\n" * 3),
    ],
)
def test_other_encodings_are_detected(encoding: str, text: str) -> None:
    found, draft, notes = only("a.txt", text.encode(encoding))
    assert found == text and draft.span == (0, len(text))
    assert bool(notes) == (not encoding.startswith("utf"))


@pytest.mark.parametrize(
    ("head", "fields", "note"),
    [
        (
            "title: Iraq: the fall\nsource: The Post",
            Fields(title="Iraq: the fall", publisher="The Post"),
            "not valid YAML",
        ),
        (
            "title: 'A: b'\nauthor: Jane Doe\nurl: https://a.example/x",
            Fields(title="A: b", authors=("Jane Doe",), url="https://a.example/x"),
            "",
        ),
        (
            "Title: 1984\ndate: 2014-06-11T23:30:00-05:00",
            Fields(title="1984", published=date(2014, 6, 11)),
            "",
        ),
        (
            "title: Yes\nauthors: [Ann Bee, {name: Cy Dee}]",
            Fields(title="Yes", authors=("Ann Bee", "Cy Dee")),
            "",
        ),
        (
            "title: A\nauthors: \"['Ann Bee', 'Cy Dee']\"",
            Fields(title="A", authors=("Ann Bee", "Cy Dee")),
            "",
        ),
        ("title: A\nauthors: '[]'\npublisher: ~", Fields(title="A"), ""),
        ("title: A\ndate: 03/04/2014", Fields(title="A"), "03/04/2014"),
        ("title: A\ndate: 2014-02-30", Fields(title="A"), "2014-02-30"),
        ("title: A\nlink: ftp://a.example", Fields(title="A"), "ftp://a.example"),
        ("title: A\nsource: https://a.example/x", Fields(title="A", url="https://a.example/x"), ""),
        ("a: &a [x, x]\nb: &b [*a, *a]\ntitle: A", Fields(title="A"), "aliases"),
        ("title: A\nx: " + "[" * 40 + "]" * 40, Fields(title="A"), "nested too deeply"),
        ("title: !!python/object/apply:os.getcwd []", Fields(), "not a line of text"),
        ('title: "Caf\\ud83d\\ude00"', Fields(title="Caf\U0001f600"), "not valid YAML"),
        ("", Fields(), ""),
    ],
)
def test_front_matter_says_what_it_says(head: str, fields: Fields, note: str) -> None:
    data = f"---\n{head}\n---\nThe bridge was closed.\n"
    text, draft, notes = only("a.txt", data)
    assert draft.fields == fields
    assert text[draft.span.start :] == "The bridge was closed.\n"
    assert any(note in line for line in notes) if note else notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "---\nThe bridge was closed on Monday.\n---\nIt opened again on Friday.\n",
        "---\n\nThe bridge was closed: nobody knew why.\n\n---\n\nIt opened again.\n",
        "---\nBAGHDAD: Troops left the town on Monday.\n---\nMore followed.\n",
        "---\nThe bridge was closed and no line closes this.\n",
        "----\ntitle: four dashes\n----\nText.\n",
        "\n---\ntitle: not at the start\n---\nText.\n",
        "---\ntitle: A\n" + "x: y\n" * 20_000 + "---\nText.\n",
    ],
)
def test_a_thematic_break_swallows_no_text(text: str) -> None:
    assert only("a.md", text)[1].span == (0, len(text))


def test_front_matter_without_an_end_is_not_quoted() -> None:
    text, draft, notes = only("a.md", "---\ntitle: A bridge\n\nThe bridge was closed.\n")
    assert text[draft.span.start :].strip() == "The bridge was closed."
    assert draft.fields.title == "A bridge" and "no closing" in notes[0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2014-06-11", date(2014, 6, 11)),
        ("2014-06-11T23:30:00-05:00", date(2014, 6, 11)),
        ("2014-06-11 23:30", date(2014, 6, 11)),
        ("2014-06-11T23:30:00.123Z", date(2014, 6, 11)),
        ("20140611", date(2014, 6, 11)),
        ("2014/06/11", date(2014, 6, 11)),
        ("2014.6.11", date(2014, 6, 11)),
        ("June 11, 2014", date(2014, 6, 11)),
        ("Wednesday, June 11, 2014 3:15 PM EDT", date(2014, 6, 11)),
        ("Jun. 11 2014", date(2014, 6, 11)),
        ("Sept. 3, 2014", date(2014, 9, 3)),
        ("11 June 2014", date(2014, 6, 11)),
        ("11th of June, 2014", date(2014, 6, 11)),
        ("11-Jun-2014", date(2014, 6, 11)),
        ("Wed, 11 Jun 2014 15:00:00 GMT", date(2014, 6, 11)),
        ("June 11, 2014 at 3:15pm", date(2014, 6, 11)),
        ("25/12/2014", date(2014, 12, 25)),
        ("12/25/2014", date(2014, 12, 25)),
        ("06/06/2014", date(2014, 6, 6)),
        ("03/04/2014", None),
        ("3.4.2014", None),
        ("2014-06", None),
        ("June 2014", None),
        ("11/06/14", None),
        ("2014-02-30", None),
        ("0014-06-11", None),
        ("yesterday", None),
        ("Smarch 11, 2014", None),
        ("2014-06-11 or so", None),
    ],
)
def test_dates_are_read_or_refused_and_never_guessed(written: str, expected: date | None) -> None:
    found, fault = parse_published(written)
    assert found == expected
    assert (fault is None) == (expected is not None)


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("By Jane Doe and John Roe", ("Jane Doe", "John Roe")),
        ("Jane Doe, John Roe, and Ann Bee", ("Jane Doe", "John Roe", "Ann Bee")),
        ("Jane Doe, Jr.", ("Jane Doe, Jr.",)),
        ("Jane Doe; John Roe", ("Jane Doe", "John Roe")),
        ("['Ann Bee', \"Cy O'Dee\"]", ("Ann Bee", "Cy O'Dee")),
        ('["Ann Bee"]', ("Ann Bee",)),
        ("[]", ()),
        ("", ()),
        ("Jane Doe and Jane Doe", ("Jane Doe",)),
    ],
)
def test_bylines_become_names(written: str, names: tuple[str, ...]) -> None:
    assert split_authors(written) == names


def test_what_is_shown_is_one_clean_line() -> None:
    assert one_line(" A\n\u202eb\u0007\u2028c\ud800\u200b ") == "A b c"
    assert len(one_line("word " * 200)) <= 300


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Some words first.\n\n# The bridge opens #\n\nText.", "The bridge opens"),
        ("```\n# not a heading\n```\n\n# The **bridge** [opens](https://a.example)\n", "The bridge opens"),
        ("The bridge opens\n===\n\nText.", "The bridge opens"),
        ("## The bridge opens again\n\nText.", "The bridge opens again"),
        (
            "This browser is not supported.\n\nBridge opens after three years\n\nText.",
            "Bridge opens after three years",
        ),
        ("Wire Bureau/Jane Doe\n\nThe bridge was opened on Monday.\nMore text was here.", None),
        (
            "By Jane Doe of the Post\nJune 11, 2014\nBridge opens after three years\n",
            "Bridge opens after three years",
        ),
        ("Photo: the bridge\n\nThe bridge was opened.\n", None),
        ("Will the bridge ever open?\n\nNobody knows.", "Will the bridge ever open?"),
        ("Bridge opens\n\nText.", None),
        ('He said "the bridge is open."\n', None),
        ("x " * 3000, None),
        ("A one.\nB two.\nC three.\nD four.\nFar down stands a line\n", None),
    ],
)
def test_a_title_that_nobody_states_is_derived(text: str, title: str | None) -> None:
    assert derive_title(text) == title


def test_json_lines_hold_an_article_each_and_bad_lines_are_noted() -> None:
    lines: list[object] = [
        {"text": "First\r\ntext.\0", "title": "One", "source": "The Post", "date": "2014-06-11"},
        "not an object",
        {"body": "Second text.", "authors": ["Ann Bee"], "published": "03/04/2014"},
        {"text": "  "},
        {"title": "No text"},
        {"content": ["x"]},
        {"text": "Broken \ud83d pair.", "link": "https://a.example/3"},
    ]
    data = "\ufeff" + "\n".join([*map(json.dumps, lines), "{oops", ""])
    document = read_document("a.jsonl", data.encode(), Metadata())
    texts = [document.text[a.span.start : a.span.end] for a in document.articles]
    assert texts == ["First\ntext.", "Second text.", "Broken \ufffd pair."]
    assert document.text == "\n\n".join(texts)
    assert [a.ref.id.partition("#")[2] for a in document.articles] == ["1", "3", "7"]
    assert document.articles[0].ref.published == date(2014, 6, 11)
    assert document.articles[0].ref.publisher == "The Post"
    assert document.articles[1].ref.published is None
    assert [note.partition(":")[0] for note in document.lost] == [f"line {n}" for n in (2, 4, 5, 6, 8)]
    assert [note.partition(":")[0] for note in document.notes] == ["line 3"]


def test_a_page_says_its_fields_and_shows_its_text() -> None:
    page = f"""<html><head><title>Bridge closed - Harbour Post</title>
    <meta property="og:site_name" content="Harbour Post"><meta name="author" content="Jane Doe">
    <meta property="article:published_time" content="2015-03-04T23:30:00-05:00">
    <meta property="article:modified_time" content="2016-01-01">
    <link rel="canonical" href="https://harbour.example/bridge"></head>
    <body><nav>Home News</nav><article><h1>Bridge closed</h1>{BODY}
    <p>On <time datetime="2003-03-20">20 March</time> cafe\u0301s closed.</p>
    <p hidden>HIDDEN</p><p style="display: none">HIDDEN</p><p aria-hidden="true">HIDDEN</p>
    <template>HIDDEN</template><!-- HIDDEN --><script>HIDDEN</script></article></body></html>"""
    text, draft, _ = only("a.html", page)
    assert draft.fields == Fields(
        title="Bridge closed",
        publisher="Harbour Post",
        authors=("Jane Doe",),
        url="https://harbour.example/bridge",
        published=date(2015, 3, 4),
    )
    assert "HIDDEN" not in text and "Home News" not in text
    assert "On 20 March caf\u00e9s closed." in text.split("\n")
    assert "Part 3: the council of the harbour town heard from engineer 3 at length." in text.split("\n")
    assert extract("a.html", page.encode()) == extract("a.html", page.encode())


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        ("", "<p>It began on June 6, 1944, and on 2001-02-03 it ended.</p>", None),
        (
            "<title>What happened on 6 June 1944</title>",
            "<p>On <time datetime='2003-03-20'>a day</time>.</p>",
            None,
        ),
        ("", "<footer>Copyright 2020-01-01</footer>", None),
        ("<meta property='article:modified_time' content='2019-01-01'>", "", None),
        ("<meta name='date' content='03/04/2014'>", "", None),
        ("", "<span class='date'>Published: June 11, 2014</span>", date(2014, 6, 11)),
        ("", "<time datetime='2014-06-11T10:00'>Wednesday</time>", date(2014, 6, 11)),
        ("", "<span class='date updated'>Updated June 11, 2014</span>", None),
        ("<meta name='date' content='2014-06-11'>", "<time datetime='2015-01-01'></time>", date(2014, 6, 11)),
    ],
)
def test_a_page_is_never_dated_by_its_text(head: str, body: str, published: date | None) -> None:
    fields = stated("a.html", f"<html><head>{head}</head><body><h1>Bridge</h1>{body}{BODY}</body></html>")
    assert fields.published == published


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        ("<meta charset=iso-8859-1>", "cp1252", "Café “naïf”"),
        ("<meta charset=iso-8859-1>", "utf-8", "Café “naïf”"),
        (
            "<meta http-equiv=content-type content='text/html; charset=shift_jis'>",
            "shift_jis",
            "東京で地震がありました。",
        ),
        ("<?xml version='1.0' encoding='windows-1251'?>", "cp1251", "Мост закрыт в среду."),
        ("<meta charset=no-such-thing>", "utf-8", "Café"),
        ("", "utf-16", "Café"),
        ("", "latin-1", "Café à côté du marché"),
    ],
)
def test_a_page_is_decoded_as_it_declares(declared: str, encoding: str, text: str) -> None:
    assert only("a.html", f"{declared}<p>{text}</p>".encode(encoding))[0] == text


def test_a_pdf_is_put_back_into_paragraphs() -> None:
    head = "The Harbour Post"
    pages = [
        [head, "Bridge closed after cracks found", "The northern span was closed on Monday after the engi-",
         "neers found cracks in it, and a second look by a well-",
         "known firm will follow in the week after next.",
         "The ferry sails.", "Nobody at the council had an answer to the question of", "Page 1 of 3"],
        [head, "who will pay. The well-known firm had none either.", "Page 2 of 3"],
        [head, "The mayor spoke to those who had come to the quay.", "Page 3 of 3"],
    ]  # fmt: skip
    text, draft, notes = only("a.pdf", text_pdf(pages, title="Microsoft Word - x.doc", author="Jane Doe"))
    assert text.split("\n") == [
        "Bridge closed after cracks found",
        "The northern span was closed on Monday after the engineers found cracks in it, and a second look by "
        "a well-known firm will follow in the week after next. The ferry sails.",
        "Nobody at the council had an answer to the question of who will pay. The well-known firm had none "
        "either. The mayor spoke to those who had come to the quay.",
    ]
    assert (
        draft.fields == Fields(authors=("Jane Doe",))
        and draft.derived_title == "Bridge closed after cracks found"
    )
    assert notes == ()
    assert stated("a.pdf", text_pdf(pages, title="Bridge closed (again)")).title == "Bridge closed (again)"


def test_a_pdf_locked_against_changes_alone_is_read() -> None:
    assert only("a.pdf", locked_pdf(""))[0] == "A secret line of text."


def test_one_endless_paragraph_costs_no_more_than_many() -> None:
    lines = ["the council of the harbour town met again and heard from the engineer"] * 20_000
    assert len(join_lines(lines)) == 1


def test_lines_that_run_through_a_pdf_go_and_others_stay() -> None:
    pages = [["Paper", f"body {n}", "more text", "still more", str(n)] for n in "abcd"]
    assert without_running_lines(pages[:2]) == [line for page in pages[:2] for line in page]
    assert "Paper" not in without_running_lines(pages)
    assert without_running_lines([["7"], []]) == []
    assert join_lines([]) == []


def word_file() -> io.BytesIO:
    document = docx.Document()
    document.add_heading("The harbour reopens", 0)
    document.add_paragraph("First line.").add_run(" More.").add_break()
    document.add_paragraph("Shown.").add_run("HIDDEN").font.hidden = True
    table = document.add_table(2, 3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Merged"
    for place, text in enumerate("abc"):
        table.cell(1, place).text = text
    table.cell(1, 2).add_table(1, 1).cell(0, 0).text = "inner"
    document.add_paragraph("Last line.")
    document.core_properties.author = "Jane Doe"
    written = io.BytesIO()
    document.save(written)
    written.seek(0)
    return written


def test_a_word_file_gives_paragraphs_and_rows_in_their_order() -> None:
    text, draft, _ = only("a.docx", word_file().read())
    lines = ["The harbour reopens", "First line. More.", "Shown.", "Merged", "a | b | c inner", "Last line."]
    assert text.split("\n") == lines
    assert draft.fields == Fields(title="The harbour reopens", authors=("Jane Doe",))
