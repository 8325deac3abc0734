"""JSON to the letter of the contract, and words that no terminal acts on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from desk_fake import FakeDesk
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Answer, Citation, Disagreement, Dropped, Label, Position, Sentence, Status
from bot.render import (
    NOT_FOUND_TEXT,
    answer_text,
    answer_to_json,
    describe,
    dump_json,
    escape_terminal,
    not_found_text,
    search_to_json,
    source_line,
    split_marks,
    split_paragraphs,
    squeeze,
    unmark,
)
from bot.written_days import long_date
from index.model import ArticleRef


def sentence(text: str, *citations: int) -> Sentence:
    return Sentence(text=text, citations=citations, verdict=Label.SUPPORTED, score=1.0)


def citation(**article: Any) -> Citation:
    ref = ArticleRef(**{"id": "0" * 16, "file": "desk/a.md", "title": "A title", **article})
    return Citation(number=1, article=ref, quote="q", start=0, end=1, line_start=9, line_end=10)


@pytest.mark.parametrize(
    ("text", "citations", "expected"),
    [
        ("They left.", (1,), "They left [1]."),
        ("They left.", (1, 2), "They left [1][2]."),
        ("He said: “They left.”", (1,), "He said: “They left [1].”"),
        ('It hid from its prey."', (1,), 'It hid from its prey [1]."'),
        ("They left (at noon).", (3,), "They left (at noon) [3]."),
        ("(They left at noon.)", (3,), "(They left at noon [3].)"),
        ('He called it “prey.").', (1,), 'He called it “prey.") [1].'),
        ("« Ils sont partis. »", (1,), "« Ils sont partis [1]. »"),
        ("Did they leave?!", (1,), "Did they leave [1]?!"),
        ("They left …", (1,), "They left … [1]"),
        ("Army flees Mosul", (12,), "Army flees Mosul [12]"),
        ("They left for the U.S.", (1,), "They left for the U.S. [1]"),
        ("It rose by 3.5", (1,), "It rose by 3.5 [1]"),
        ("他们离开了。", (1,), "他们离开了 [1]。"),
        ("...", (1,), "... [1]"),
        ("They left.\n", (1,), "They left [1]."),
        ("They left.", (3, 1, 12), "They left [1][3][12]."),
        ("**They left.**", (1,), "**They left [1].**"),
        ("_“They left.”_", (1,), "_“They left [1].”_"),
        ("**They left for the U.S.**", (1,), "**They left for the U.S.** [1]"),
        ("_They left for the U.S._", (1,), "_They left for the U.S._ [1]"),
        ("They **left**.", (1,), "They **left** [1]."),
    ],
)
def test_marks_stand_before_final_punctuation(text: str, citations: tuple[int, ...], expected: str) -> None:
    assert "".join(split_marks(sentence(text, *citations))) == expected


@given(st.text(min_size=1))
def test_marks_change_nothing_of_the_sentence(text: str) -> None:
    before, marks, after = split_marks(sentence(text, 7))
    assert marks == "[7]"
    assert before.removesuffix(" ") + after == text.strip() or before + after == text.strip()


def test_an_answer_has_the_shape_of_the_contract() -> None:
    answer = replace(
        FakeDesk().ask("How many passengers and tugs?", asked_at=date(2014, 6, 12)),
        disagreements=(Disagreement(about="passengers", positions=(Position(value="212", citations=(1,)),)),),
        dropped=(Dropped(text="Many.", reason="no cited passage supports it", score=0.08),),
        notes=("the index is still filling",),
    )
    got = json.loads(dump_json(answer_to_json(answer)))
    promised = ["question", "status", "reason", "text", "sentences", "citations", "disagreements"]
    promised += ["dropped", "engine", "timings_ms"]
    assert list(got)[: len(promised)] == promised
    assert got["status"] == "answered"
    assert got["reason"] is None
    assert got["notes"] == ["the index is still filling"]
    first = got["citations"][0]
    promised = [
        "number",
        "file",
        "title",
        "publisher",
        "published",
        "quote",
        "start",
        "end",
        "line_start",
        "line_end",
        "changed",
    ]
    assert list(first)[: len(promised)] == promised
    assert first["published"] == "2014-06-11"
    assert [copy["file"] for copy in first["copies"]] == ["copy:12"]
    assert list(got["sentences"][0])[:4] == ["text", "citations", "verdict", "score"]
    assert got["sentences"][0]["verdict"] == "supported"
    assert got["disagreements"] == [
        {"about": "passengers", "positions": [{"value": "212", "citations": [1]}]}
    ]
    assert got["dropped"] == [{"text": "Many.", "reason": "no cited passage supports it", "score": 0.08}]
    assert got["engine"]["prompts"] == {"answer": "3f2a"}
    assert got["timings_ms"] == {"retrieve": 21.4, "answer": 12.0, "check": 3.1, "total": 38.2}
    assert "[1]" in got["text"]
    assert "[2]" in got["text"]


def test_text_and_json_list_the_same_citations_in_order() -> None:
    position = Position(value="212", citations=(4, 2))
    answer = replace(
        FakeDesk().ask("How many passengers?"),
        sentences=(sentence("They left.", 3, 1),),
        disagreements=(Disagreement(about="passengers", positions=(position,)),),
    )
    got = answer_to_json(answer)
    assert got["text"] == "They left [1][3]."
    assert got["sentences"][0]["citations"] == [1, 3]
    assert got["disagreements"][0]["positions"][0]["citations"] == [2, 4]


def test_quotes_keep_escape_sequences_to_the_letter_in_json() -> None:
    answer = FakeDesk().ask("Who objected, customers?")
    assert "\x1b[31mcustomers" in json.loads(dump_json(answer_to_json(answer)))["citations"][0]["quote"]


def test_hits_have_the_shape_of_the_contract() -> None:
    desk = FakeDesk()
    got = json.loads(dump_json(search_to_json("ferry", desk.search("ferry", 10))))
    promised = [
        "rank",
        "file",
        "title",
        "published",
        "start",
        "end",
        "line_start",
        "line_end",
        "text",
        "score",
        "cosine",
    ]
    assert got["query"] == "ferry"
    assert list(got["hits"][0])[: len(promised)] == promised
    assert got["hits"][0]["cosine"] is None
    for hit in got["hits"]:
        assert desk.text_of(hit["file"])[hit["start"] : hit["end"]] == hit["text"]


def test_json_stays_on_one_line_for_every_reader() -> None:
    line = dump_json({"text": "a\u2028b\u2029c\x85d\ne"})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"text": "a\u2028b\u2029c\x85d\ne"}


def not_found(reason: str | None) -> Answer:
    return replace(
        FakeDesk().ask("zzz"), status=Status.NOT_FOUND, reason=reason, sentences=(), citations=(), hits=()
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (None, NOT_FOUND_TEXT),
        ("nothing on this topic", "The articles do not say: nothing on this topic."),
        (
            "the articles mention “Mosul”, but give no number",
            "The articles do not say: they mention “Mosul”, but give no number.",
        ),
        (
            "nothing in the articles is about “rice”",
            "The articles do not say: nothing in them is about “rice”.",
        ),
        ("nothing on this topic.", "The articles do not say: nothing on this topic."),
        ("Dateline answers questions about the articles.", "Dateline answers questions about the articles."),
    ],
)
def test_not_found_says_why_but_claims_nothing(reason: str | None, said: str) -> None:
    answer = not_found(reason)
    assert not_found_text(answer) == said
    assert answer_text(answer) == NOT_FOUND_TEXT
    assert answer_to_json(answer)["reason"] == reason


@pytest.mark.parametrize(
    ("article", "described"),
    [
        ({"publisher": "Wire", "published": date(2014, 6, 1)}, "A title · Wire · 1 June 2014"),
        ({"url": "https://www.post.example/x"}, "A title · post.example · no date"),
        ({"url": "http://[::1"}, "A title · no date"),
        ({"title": " \n"}, "desk/a.md · no date"),
        ({"title": "Red \x1b[31malert\nnow"}, "Red alert now · no date"),
    ],
)
def test_a_source_is_named_by_title_publisher_and_date(article: dict[str, Any], described: str) -> None:
    assert describe(citation(**article).article) == described
    assert source_line(citation(**article)) == f"[1] {described} · desk/a.md:9"


def test_a_source_tells_of_copies_and_of_a_changed_file() -> None:
    source = citation()
    source = replace(source, changed=True, copies=(source.article, source.article))
    assert source_line(source) == (
        "[1] A title · no date · desk/a.md:9 · the same in 2 more · the file has changed since it was indexed"
    )


def test_a_file_name_cannot_act_on_the_terminal() -> None:
    assert source_line(citation(file="a\x1b[2Jb\nc.md")).endswith("ab c.md:9")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain\ttext\nnext", "plain\ttext\nnext"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b\x1b[31m[31mred", "[31mred"),
        ("\x9b31mred", "31mred"),
        ("\x1bPq#0\x1b\\sixel", "sixel"),
        ("\x1b]52;c;never closed", "52;c;never closed"),
        ("\x1bcreset", "reset"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("dos\r\nline\rold", "dos\nline old"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("a\u2028b", "a b"),
        ("half \ud83d", "half �"),
        ("\ufeffmarked", "marked"),
        ("العربية می‌خواهم 👩‍👧", "العربية می‌خواهم 👩‍👧"),
    ],
)
def test_what_a_terminal_would_act_on_is_taken_out(text: str, safe: str) -> None:
    assert escape_terminal(text) == safe


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[]0;m\x9b\x07\\\u202e\r\n"))))
def test_no_text_leaves_a_control_character_behind(text: str) -> None:
    safe = escape_terminal(text)
    assert not any((ord(char) < 0x20 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in safe)
    assert "\u202e" not in safe
    assert escape_terminal(safe) == safe
    safe.encode("utf-8")
    assert "\n" not in squeeze(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Diyala.** He left.", "Diyala. He left."),
        ("__Diyala__ and *Mosul* and _Baiji_ and ***all***.", "Diyala and Mosul and Baiji and all."),
        ("# The fall\n## of Mosul", "The fall\nof Mosul"),
        ("- one\n* two\n+ three", "one\ntwo\nthree"),
        ("> They fled.\n> > All of them.", "They fled.\nAll of them."),
        ("> - **He** fled.", "He fled."),
        ("**bold over\ntwo lines**", "bold over\ntwo lines"),
        # What is no decoration stays.
        ("what the f**k, s**t", "what the f**k, s**t"),
        ("2 * 3 * 4 and 2**3", "2 * 3 * 4 and 2**3"),
        ("my_file_name.txt", "my_file_name.txt"),
        ("**never closed", "**never closed"),
        ("-  5 °C, > 40 dead", "-  5 °C, > 40 dead"),
        ("> 40 dead", "> 40 dead"),
        ("#1 in the #charts", "#1 in the #charts"),
        ("a - b, a > b", "a - b, a > b"),
        ("", ""),
    ],
)
def test_decoration_is_taken_off(text: str, shown: str) -> None:
    assert unmark(text) == shown


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[]0;m*_#>- \n"))))
def test_nothing_but_decoration_is_taken_off_and_nothing_begins_to_act(text: str) -> None:
    letters = str.maketrans("", "", "*_#>-+ \t")
    assert unmark(text).translate(letters) == text.translate(letters)
    assert "\x1b" not in squeeze(unmark(text))


def test_a_passage_is_split_into_paragraphs_and_items() -> None:
    text = "# The fall\nMosul fell\non Tuesday.\n\n\n- one\n- two\n  goes on\n \n**Last.** End\x1b[31m."
    assert split_paragraphs(text) == [
        "The fall",
        "Mosul fell on Tuesday.",
        "one",
        "two goes on",
        "Last. End.",
    ]
    assert split_paragraphs(" \n\n") == []


def test_dates_read_as_in_a_newspaper() -> None:
    assert long_date(date(2014, 6, 1)) == "1 June 2014"
