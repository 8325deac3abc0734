"""The answer without an LLM, over small corpora with an embedder that counts words in common."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from index_state import Desk, change_texts

from bot.candidates import Features
from bot.confidence import MIN_CONFIDENCE, confidence
from bot.model import Answer, Citation, Label, Status
from bot.quote import MAX_CITATIONS, MAX_SENTENCES, QuoteAnswerer
from bot.steps import PASSAGES_READ
from index.chroma import ChromaStore
from index.errors import QueryError, StoreError
from index.filling import VectorFiller
from index.lookup import CatalogReader

FREED = "How many prisoners were freed in Norwick?"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def ask(desk: Desk, question: str, asked_at: date | None = None) -> Answer:
    """Answer a question, and check what must hold of every answer."""
    reader = CatalogReader(desk.catalog)
    try:
        with desk.searcher() as searcher:
            answerer = QuoteAnswerer(
                searcher=searcher, reader=reader, corpus=desk.corpus, embedder=desk.embedder.name
            )
            hits = searcher.search(question, PASSAGES_READ, asked_at=asked_at)
            answer = answerer.answer(question, hits, asked_at=asked_at)
        with reader.snapshot() as view:
            texts = {item.article.file: view.text_of(item.article.file) for item in answer.citations}
    finally:
        reader.close()
    check(answer, {file: text or "" for file, text in texts.items()})
    return answer


def check(answer: Answer, texts: dict[str, str]) -> None:
    assert answer.engine.answerer == "quote"
    if answer.status is Status.NOT_FOUND:
        assert answer.reason
        assert answer.sentences == () and answer.citations == ()
        return
    assert answer.reason is None
    assert 1 <= len(answer.sentences) <= MAX_SENTENCES
    assert [item.number for item in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert {n for sentence in answer.sentences for n in sentence.citations} == {
        item.number for item in answer.citations
    }
    for item in answer.citations:
        text = texts[item.article.file]
        assert text[item.start : item.end] == item.quote
        assert item.line_start == 1 + text.count("\n", 0, item.start)
        assert item.line_end == 1 + text.count("\n", 0, item.end)
    for sentence in answer.sentences:
        assert 1 <= len(sentence.citations) <= MAX_CITATIONS + 1
        assert len(set(sentence.citations)) == len(sentence.citations)
        assert sentence.verdict is Label.SUPPORTED
        for part in sentence.parts:
            quotes = [" ".join(cited(answer, number).quote.split()).lower() for number in part.citations]
            assert any(sentence.text[part.start : part.end].lower() in quote for quote in quotes)
        if sentence.parts:
            continue
        said = sentence.text.removeprefix(f"[{sentence.lead}] ") if sentence.lead else sentence.text
        assert said == " ".join(cited(answer, sentence.citations[0]).quote.split())


def cited(answer: Answer, number: int) -> Citation:
    return answer.citations[number - 1]


def texts_of(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def files_of(answer: Answer, sentence: int = 0) -> set[str]:
    return {cited(answer, number).article.file for number in answer.sentences[sentence].citations}


def article(title: str, *paragraphs: str, published: str | None = None) -> str:
    head = f"---\ntitle: {title}\npublisher: The Post\n" + (f"published: {published}\n" if published else "")
    return f"{head}---\n\n" + "\n\n".join(paragraphs) + "\n"


def test_the_quote_stands_where_it_is_said_to(desk: Desk) -> None:
    desk.write(
        "a.md",
        article(
            "Jail opened in Norwick",
            "Gunmen drove into Norwick at dawn.",
            "They freed 300 prisoners in Norwick. The guards had left.",
            published="2014-06-11",
        ),
    )
    desk.sync()
    answer = ask(desk, FREED)
    assert texts_of(answer)[0] == "They freed 300 prisoners in Norwick."
    citation = answer.citations[0]
    assert (citation.article.file, citation.line_start, citation.line_end) == ("a.md", 9, 9)
    assert citation.article.title == "Jail opened in Norwick"
    assert citation.article.publisher == "The Post"
    assert citation.article.published == date(2014, 6, 11)
    assert not citation.changed and citation.copies == ()
    assert (desk.corpus / "a.md").read_bytes().decode()[citation.start : citation.end] == citation.quote


def test_windows_newlines_and_a_byte_order_mark_count(desk: Desk) -> None:
    body = "\ufeffJail opened\r\n\r\nGunmen came.\r\n\r\nIn Norwick they freed 300\r\nprisoners at dawn.\r\n"
    desk.write("a.txt", body)
    desk.sync()
    answer = ask(desk, FREED)
    quote = answer.citations[0]
    assert quote.quote == "In Norwick they freed 300\r\nprisoners at dawn."
    assert (quote.line_start, quote.line_end) == (5, 6)
    assert body[quote.start : quote.end] == quote.quote
    assert texts_of(answer)[0] == "In Norwick they freed 300 prisoners at dawn."


def test_articles_that_agree_are_further_citations(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Norwick\n\nSome 300 prisoners were freed in Norwick by gunmen, the mayor said.\n")
    desk.write("c.txt", "Raid\n\nIn Norwick three hundred prisoners were freed by gunmen in a raid.\n")
    desk.sync()
    answer = ask(desk, FREED)
    assert len(answer.sentences) == 1
    assert files_of(answer) == {"a.txt", "b.txt", "c.txt"}


def test_what_a_correction_takes_back_is_no_source_for_it(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nThey freed 300 prisoners in Norwick on Tuesday night.")
    desk.write(
        "b.txt",
        "Correction\n\nCorrection: an earlier report said they freed 300 prisoners in Norwick on Tuesday.",
    )
    desk.sync()
    answer = ask(desk, "Who freed prisoners in Norwick on Tuesday night?")
    first = answer.sentences[0]
    assert "freed 300 prisoners" in first.text
    assert [cited(answer, number).article.file for number in first.citations] == ["a.txt"]


def test_one_sentence_has_at_most_six_sources(desk: Desk) -> None:
    # Alike in what they say, and too far from each other's words to be copies.
    for number, who in enumerate("police mayor council army guard bishop doctor baker".split()):
        desk.write(
            f"{number}.txt",
            f"Report {number}\n\nThe {who} said 300 prisoners were freed in Norwick at {number + 2} o'clock "
            f"{who} time, by the {who}'s own {who} clock.\n",
        )
    desk.sync()
    answer = ask(desk, FREED)
    assert len(answer.sentences) == 1
    assert len(answer.sentences[0].citations) == MAX_CITATIONS


def test_different_figures_of_different_articles_are_all_shown(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Norwick\n\nSome 1,200 prisoners were freed in Norwick, the mayor said.\n")
    desk.sync()
    answer = ask(desk, FREED)
    shown = " ".join(texts_of(answer))
    assert "300" in shown and "1,200" in shown
    assert files_of(answer, 0) != files_of(answer, 1)


def test_a_figure_overwritten_in_the_catalog_is_not_quoted(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    assert "300" in texts_of(ask(desk, FREED))[0]
    change_texts(desk.catalog, lambda text: text.replace("300", "900"))
    with pytest.raises(StoreError, match=r"a\.txt does not hold the quote"):
        ask(desk, FREED)


def test_a_population_is_no_other_count_of_people(desk: Desk) -> None:
    desk.write(
        "a.txt",
        "Ferry\n\nLifeboats from Norwick picked up 81 people in the bay of Norwick, the coastguard said.\n",
    )
    desk.sync()
    for question in ("What is the population of Norwick?", "How many people live in Norwick?"):
        assert ask(desk, question).status is Status.NOT_FOUND
    desk.write(
        "b.txt", "Norwick\n\nNorwick, a town with 40,000 inhabitants, has two harbours, the mayor said.\n"
    )
    desk.sync()
    answer = ask(desk, "What is the population of Norwick?")
    assert files_of(answer) == {"b.txt"}
    assert len(answer.sentences) == 1


def test_at_most_three_sentences_are_said(desk: Desk) -> None:
    for number in range(1, 8):
        desk.write(
            f"{number}.txt",
            f"Report {number}\n\nPolice say {number * 110} prisoners were freed in Norwick.\n",
        )
    desk.sync()
    answer = ask(desk, FREED)
    assert len(answer.sentences) == MAX_SENTENCES
    assert len(set(texts_of(answer))) == MAX_SENTENCES


def test_wire_copy_is_one_source_and_counted(desk: Desk) -> None:
    body = (
        "Gunmen drove into Norwick before dawn on Monday and opened the doors of the jail beside the river. "
        "They freed 300 prisoners in Norwick, the police said. Nobody was hurt, and the guards were found "
        "asleep in the yard of the school on the other side of the street.\n"
    )
    for name in ("a", "b", "c"):
        desk.write(f"{name}.txt", f"Jail opened in Norwick\n\n{body}")
    desk.sync()
    answer = ask(desk, FREED)
    assert texts_of(answer)[0] == "They freed 300 prisoners in Norwick, the police said."
    assert len(answer.sentences[0].citations) == 1
    own = answer.citations[0]
    assert {own.article.file, *(copy.file for copy in own.copies)} == {"a.txt", "b.txt", "c.txt"}
    assert len(own.copies) == 2


def test_who_he_is_stands_in_brackets_and_is_cited(desk: Desk) -> None:
    desk.write(
        "a.txt",
        "Mayor leaves\n\nMayor Karl Brandt left Norwick on Monday. He blamed the flooded tunnel of the tramway.\n",
    )
    desk.sync()
    answer = ask(desk, "Why was the flooded tunnel of the tramway blamed?")
    sentence = next(s for s in answer.sentences if "flooded tunnel" in s.text)
    assert sentence.lead == "Karl Brandt"
    assert sentence.text == "[Karl Brandt] He blamed the flooded tunnel of the tramway."
    assert [cited(answer, number).quote for number in sentence.citations] == [
        "He blamed the flooded tunnel of the tramway.",
        "Mayor Karl Brandt left Norwick on Monday.",
    ]


def test_among_the_news_of_something_no_quote_leaves_open_who_he_is(desk: Desk) -> None:
    news = "The bridge at Norwick was shut on Monday after a crack was found in it."
    desk.write(
        "bridge.md", article("Bridge shut", news, "Engineers looked at the bridge at Norwick all day.")
    )
    desk.write(
        "crack.md", article("A crack", "He said the bridge at Norwick was shut on Monday after a crack.")
    )
    desk.sync()
    said = texts_of(ask(desk, "What happened at the bridge at Norwick on Monday?"))
    assert news in said and not any(text.startswith("He ") for text in said)
    assert any(
        text.startswith("He ")
        for text in texts_of(ask(desk, "Why was the bridge at Norwick shut on Monday?"))
    )


def test_what_leaves_open_who_he_is_is_said_where_nothing_else_answers(desk: Desk) -> None:
    said = "He said the bridge at Norwick was shut on Monday after a crack."
    desk.write("crack.md", article("A crack", said))
    desk.write(
        "weather.md", article("Weather", "The council of Tikrit met for an hour and spoke of the weather.")
    )
    desk.sync()
    assert texts_of(ask(desk, "What happened at the bridge at Norwick on Monday?")) == [said]


def test_nothing_is_put_before_a_quote_that_needs_nothing(desk: Desk) -> None:
    desk.write("a.txt", "Mayor leaves\n\nKarl Brandt blamed the flooded tunnel of the tramway.\n")
    desk.sync()
    answer = ask(desk, "Who blamed the flooded tunnel of the tramway?")
    assert [sentence.lead for sentence in answer.sentences] == [None]
    assert "[" not in answer.sentences[0].text


@pytest.mark.parametrize("what", ["edited", "deleted", "touched"])
def test_a_file_that_is_no_longer_what_was_indexed_is_marked(desk: Desk, what: str) -> None:
    text = "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n"
    desk.write("a.txt", text)
    desk.sync()
    if what == "edited":
        desk.write("a.txt", text.replace("300", "900"))
    elif what == "deleted":
        (desk.corpus / "a.txt").unlink()
    else:
        desk.write("a.txt", text)
    answer = ask(desk, FREED)
    assert answer.citations[0].changed is (what != "touched")
    assert answer.citations[0].quote == "Gunmen freed 300 prisoners in Norwick at dawn, police said."


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Which orchestra toured Patagonia?", "nothing in the articles is about"),
        ("How old are the prisoners of Norwick?", "give no age"),
        ("Hello there!", "no question about the articles"),
        ("Write a poem about Norwick", "a task, not a question"),
        ("What is it all about?", "no word to look for"),
        ("Who are they?", "no word to look for"),
    ],
)
def test_what_is_not_answered_has_a_reason_and_nothing_else(desk: Desk, question: str, reason: str) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    answer = ask(desk, question)
    assert answer.status is Status.NOT_FOUND
    assert reason in (answer.reason or "")


@pytest.mark.parametrize("question", ["", " \n "])
def test_an_empty_question_is_an_error(desk: Desk, question: str) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    with pytest.raises(QueryError, match="empty"):
        ask(desk, question)


def test_without_passages_nothing_is_said(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    reader = CatalogReader(desk.catalog)
    with desk.searcher() as searcher:
        answerer = QuoteAnswerer(searcher=searcher, reader=reader, corpus=desk.corpus, embedder="hash")
        answer = answerer.answer(FREED, ())
    reader.close()
    check(answer, {})
    assert answer.status is Status.NOT_FOUND
    assert answer.hits == ()


def test_the_same_question_gets_the_same_answer(desk: Desk) -> None:
    for number in range(1, 6):
        desk.write(
            f"{number}.txt",
            f"Report {number}\n\nPolice say {number * 110} prisoners were freed in Norwick.\n",
        )
    desk.sync()
    still = dataclasses.replace(ask(desk, FREED), timings=None)  # type: ignore[arg-type]
    for _ in range(3):
        assert dataclasses.replace(ask(desk, FREED), timings=None) == still  # type: ignore[arg-type]


def test_now_travels_with_the_answer(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    assert ask(desk, FREED).asked_at is None
    assert ask(desk, FREED, date(2014, 6, 12)).asked_at == date(2014, 6, 12)


def test_an_index_that_is_still_filling_answers_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Fair\n\nThe fair of Norwick has 40 stalls this year.\n")

    class StoppedError(Exception):
        pass

    def stop(*_: object, **__: object) -> int:
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(VectorFiller, "fill", stop)
        with pytest.raises(StoppedError):
            desk.sync()
    answer = ask(desk, FREED)
    assert texts_of(answer)[0] == "Gunmen freed 300 prisoners in Norwick at dawn, police said."
    assert any("still filling" in note for note in answer.notes)
    assert all(hit.cosine is None for hit in answer.hits)
    desk.sync()
    after = ask(desk, FREED)
    assert texts_of(after) == texts_of(answer)
    assert after.notes == ()


def test_an_unreadable_vector_index_leaves_the_words_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from index.errors import StoreError

    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()

    def fail(*_: object) -> None:
        raise StoreError("the vector index is gone")

    monkeypatch.setattr(ChromaStore, "query", fail)
    answer = ask(desk, FREED)
    assert answer.status is Status.ANSWERED
    assert any("the vector index is gone" in note for note in answer.notes)


def test_confidence_is_a_share_that_grows_with_what_speaks_for_a_sentence() -> None:
    low = Features(cosine=0, covered=0, told=0, near=0, topic=0, slot=0, names=0, rank=0, whole=0)
    values = [
        confidence(dataclasses.replace(low, cosine=step, told=step, names=step))
        for step in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert values == sorted(values)
    assert 0.0 < values[0] < 0.05 and 0.95 < values[-1] < 1.0


def test_an_answer_and_a_refusal_tell_how_sure_they_are(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.sync()
    answer, refusal = ask(desk, FREED), ask(desk, "Who won the 2019 World Cup?")
    assert answer.status is Status.ANSWERED and answer.confidence is not None
    assert MIN_CONFIDENCE <= answer.confidence < 1.0
    assert refusal.status is Status.NOT_FOUND and refusal.confidence is not None
    assert 0.0 <= refusal.confidence < MIN_CONFIDENCE
    assert ask(desk, "Hello!").confidence == 0.0
