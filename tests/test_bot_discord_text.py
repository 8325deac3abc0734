"""What is sent to Discord: escaped, cut, laid out. Pure."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import date

import pytest
from desk_fake import FERRY, FakeDesk
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.escape import clean, code, escape, link
from bot.discord.journal import ReadableLines
from bot.discord.letter import MOST_MESSAGES, answer_letter, fit, plain_letter, sources_of
from bot.discord.model import Source
from bot.discord.pages import article_page, hits_page, quote_page
from bot.discord.split import MESSAGE, split_messages, tidy_tables
from bot.model import Disagreement, Part, Position, Sentence
from index.model import ArticleRef

ZERO = "\u200b"
# What Discord's server and apps act on.
_ACTS = re.compile(
    r"@everyone|@here|<@[!&]?\d+>|<#\d+>|<a?:\w+:\d+>|<t:\d+|</\w|<id:|https?://|(?<!\\)\[[^\]]*(?<!\\)\]\(|discord\.gg|discord(?:app)?\.com"
)


def unescaped(text: str) -> str:
    """What a reader sees."""
    return re.sub(r"\\([^\sA-Za-z0-9])", r"\1", text).replace(ZERO, "")


HOSTILE = [
    "@everyone and @here, <@123456789012345678>, <@&1>, <#5>, <:smile:12>, <t:0:R>, </ask:1>, <id:home>",
    "[click](https://evil.example/x) [a [b] c](<https://evil.example>)",
    "https://discord.gg/abc discord.gg/abc DISCORD.GG/abc discord.com/invite/abc discordapp.com/invite/x",
    "**bold** __under__ ~~gone~~ ||spoiler|| `code` ```fence``` *it* _it_ \\*",
    "# heading",
    "> quoted",
    ">>> all",
    "- item",
    "1. item",
    "-# small",
    "\u202eright to left\u202c and \u2067isolated\u2069",
    "in\u200bvis\u2060ib\u00adle",
    "line one\n# line two\r\n> line three",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_others_wrote_is_shown_and_does_not_act(text: str) -> None:
    shown = escape(text)
    assert not _ACTS.search(shown)
    assert "\n" not in shown
    assert unescaped(shown) == re.sub(r"[\u200b\u2060\u00ad]", "", clean(text))
    assert not re.match(r"[#>+-]|\d+[.)] ", shown)
    for mark in "*_~|`":
        assert not re.search(rf"(?<!\\)(?:\\\\)*\{mark}", shown), shown


@given(st.text(max_size=300))
def test_nothing_acts_whatever_is_written(text: str) -> None:
    assert not _ACTS.search(escape(text))
    assert "`" not in code(text)[1:-1]


def test_a_run_of_thousands_of_marks_is_shortened() -> None:
    assert len(escape("*" * 5000)) <= 80


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://news.example/a?b=1", "<https://news.example/a?b=1>"),
        ("https://news.example/a b>c", "<https://news.example/a%20b%3Ec>"),
        ("http://news.example/ä", "<http://news.example/%C3%A4>"),
        ("javascript:alert(1)", None),
        ("https://discord.gg/abc", None),
        ("https://discord.com/invite/abc", None),
        ("https://user:pass@news.example/", None),
        ("https://[broken", None),
        ("news.example", None),
        (None, None),
        ("https://news.example/" + "a" * 400, None),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, shown: str | None) -> None:
    assert link(url) == shown


def test_short_text_is_one_message() -> None:
    assert split_messages("a\n\nb") == ["a\n\nb"]
    assert split_messages("") == split_messages(" \n") == []


def test_text_is_cut_at_paragraphs_then_lines_then_words() -> None:
    paragraphs = ["word " * 30, "line\n" * 30, "x" * 130]
    for message in split_messages("\n\n".join(paragraphs), 100):
        assert len(message) <= 100
    assert split_messages("one two\n\nthree four", 20) == ["one two\n\nthree four"]
    assert split_messages("one two three\n\nfour five six", 24) == ["one two three", "four five six"]


def test_a_fence_that_is_cut_is_closed_and_opened_again() -> None:
    body = "\n".join(f"    line {n}" for n in range(40))
    messages = split_messages(f"Before\n```python\n{body}\n```\nAfter", 200)
    assert len(messages) > 2
    for message in messages:
        assert message.count("```") % 2 == 0
        assert len(message) <= 200
    assert messages[1].startswith("```python\n    line")
    joined = "\n".join(messages)
    assert all(f"    line {n}\n" in joined for n in range(40))


def test_a_fence_left_open_is_closed() -> None:
    assert split_messages("```\ncode") == ["```\ncode\n```"]


@given(st.text(alphabet="ab `~\n.\\é\u0301", max_size=600), st.integers(30, 120))
def test_no_message_is_too_long_and_nothing_is_lost(text: str, limit: int) -> None:
    messages = split_messages(text, limit)
    assert all(0 < len(message) <= limit for message in messages)
    kept = "".join(messages)
    for letter in "abé":
        assert kept.count(letter) >= text.count(letter)


def test_tables_are_laid_out_in_code_or_as_lists() -> None:
    table = "Before\n| Town | Dead |\n|---|---:|\n| Mosul | 12 |\n| Tikrit | 3 |\nAfter"
    assert tidy_tables(table) == (
        "Before\n```\nTown    Dead\n------  ----\nMosul   12\nTikrit  3\n```\nAfter"
    )
    wide = "| Town | Said |\n|---|---|\n| Mosul | " + "word " * 30 + "|"
    assert tidy_tables(wide).startswith("- Town: Mosul; Said: word")
    assert tidy_tables("a | b\nno table") == "a | b\nno table"


def test_an_answer_has_its_marks_and_below_them_its_sources() -> None:
    answer = FakeDesk().ask("ferry passengers")
    text = "\n".join(answer_letter(answer).messages)
    assert "carried 212 passengers and 31 cars" in text or "Maud Lindqvist" in text
    assert "**Sources**\n[1] Ferry turned back twice off Port Ellery · Coastal Wire · 11 June 2014" in text
    assert "`wire/ferry.txt:1`" in text
    assert "the same in 1 more" in text


def test_an_articles_address_takes_the_place_of_its_file_and_shows_no_preview() -> None:
    text = answer_letter(FakeDesk().ask("what of the levy")).messages[0]
    assert "<https://www.aldermere-post.example/tram>" in text
    assert not re.search(r"(?<!<)https://", text)
    assert "owned" not in text and "\x1b" not in text


def test_what_is_not_found_has_its_reason_and_no_links() -> None:
    answer = FakeDesk().ask("zzz")
    letter = answer_letter(answer)
    assert letter.messages == ("The articles do not say: nothing on this topic.",)
    assert sources_of(answer) == ()
    near = replace(answer, hits=FakeDesk().search("ferry", 9))
    assert [source.number for source in sources_of(near)] == [1, 2]


def test_disagreements_and_the_question_as_read_are_shown() -> None:
    answer = FakeDesk().ask("ferry passengers")
    sides = (Position(value="3", citations=(1,)), Position(value="*4*", citations=(2,)))
    answer = replace(
        answer, asked="How many @everyone?", disagreements=(Disagreement(about="the dead", positions=sides),)
    )
    text = answer_letter(answer).messages[0]
    assert text.startswith(f"-# Read as: How many @{ZERO}everyone?")
    assert "Reports differ on the dead: 3 [1], 11 June 2014; \\*4\\* [2], 11 June 2014" in text


def test_marks_never_become_masked_links() -> None:
    sentence = Sentence(
        text="One says 3 (https://evil.example)",
        citations=(1,),
        verdict=FakeDesk().ask("ferry").sentences[0].verdict,
        score=1.0,
        parts=(Part(start=0, end=10, citations=(1,)),),
    )
    answer = replace(
        FakeDesk().ask("ferry"), sentences=(replace(sentence, text="One says 3(https://evil.example)"),)
    )
    assert "](" not in answer_letter(answer).messages[0]


def test_a_long_answer_goes_into_a_file() -> None:
    text = "\n\n".join(f"Paragraph {n}. " + "word " * 90 for n in range(40))
    letter = fit(text)
    assert len(letter.messages) == 1
    assert letter.file == text
    assert "in the file" in letter.messages[0]
    assert all(len(message) <= MESSAGE for message in letter.messages)
    assert len(fit("word " * 800).messages) <= MOST_MESSAGES
    assert plain_letter("").messages == ("…",)


def _ferry(quote: str) -> Source:
    start = FERRY.index(quote)
    line = FERRY.count("\n", 0, start) + 1
    return Source(
        number=2,
        file="wire/ferry.txt",
        title="Ferry *turned* back",
        publisher="Coastal Wire",
        published=date(2014, 6, 11),
        url=None,
        quote=quote,
        start=start,
        end=start + len(quote),
        line_start=line,
        line_end=line,
    )


def test_a_quote_is_shown_in_its_surroundings() -> None:
    page = quote_page(_ferry("It was towed to berth 4 by two tugs"), FERRY, of=3, nearest=False)
    assert page.startswith(
        "**Source 2 of 3**  Ferry \\*turned\\* back · Coastal Wire · 11 June 2014\n`wire/ferry.txt`, line 4"
    )
    assert "> “No one was hurt,” she said. **It was towed to berth 4 by two tugs**, and the crossing" in page
    assert "> The ferry carried 212 passengers" in page
    assert len(page) <= MESSAGE


def test_a_quote_of_a_file_that_has_changed_is_still_shown() -> None:
    page = quote_page(_ferry("It was towed to berth 4"), "something else", of=1, nearest=True)
    assert "has changed since" in page and "> It was towed to berth 4" in page
    assert "has changed since" in quote_page(_ferry("It was towed to berth 4"), None, of=1, nearest=False)


def test_a_quote_of_thousands_of_characters_fits() -> None:
    text = "*word* " * 2000
    source = replace(_ferry("It was towed"), quote=text, start=0, end=len(text))
    assert len(quote_page(source, text, of=1, nearest=False)) <= MESSAGE


def test_a_table_around_a_quote_is_laid_out() -> None:
    text = "Intro\n| Town | Dead |\n|---|---|\n| Mosul | 12 |\n"
    start = text.index("| Mosul")
    source = replace(_ferry("It was towed"), quote="| Mosul | 12 |", start=start, end=start + 14)
    page = quote_page(source, text, of=1, nearest=False)
    assert "```\nTown   Dead\n-----  ----\nMosul  12\n```" in page


def test_passages_and_articles_fit_into_a_message() -> None:
    hits = FakeDesk().search("ferry levy council passengers", 9)
    page = hits_page("ferry *levy*", hits)
    assert page.startswith("Passages nearest to “ferry \\*levy\\*”:\n**1.** Ferry turned back twice")
    assert len(page) <= MESSAGE
    assert hits_page("x", ()) == "No passage was found for “x”."
    ref = ArticleRef(id="1", file="a/b.md", title="A # title", url="https://news.example/a", authors=("Ann",))
    shown = article_page(ref, "---\ntitle: A # title\n---\nIt begins here. " + "word " * 900)
    assert "> It begins here. word" in shown and "title:" not in shown
    assert "<https://news.example/a>" in shown and "By Ann" in shown
    assert len(shown) <= MESSAGE


def test_the_log_on_a_terminal_is_for_people() -> None:
    record = logging.makeLogRecord(
        {"msg": "question", "levelno": logging.INFO, "facts": {"status": "answered", "answer_ms": 12.5}}
    )
    assert re.fullmatch(
        r"\d\d:\d\d:\d\d question status=\"answered\" answer_ms=12.5", ReadableLines().format(record)
    )
    record = logging.makeLogRecord(
        {"msg": "POST /webhooks/1/secret", "levelno": logging.WARNING, "levelname": "WARNING"}
    )
    assert ReadableLines().format(record).endswith("WARNING: POST /webhooks/1/[secret]")
