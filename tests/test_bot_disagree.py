"""What articles differ on, and what is no disagreement, over small corpora with an embedder that counts words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from index_state import Desk

from bot.evals.contract import find_faults
from bot.quantities import find_quantities
from bot.quote import MAX_SENTENCES, QuoteAnswerer
from bot.render import answer_to_json
from bot.steps import PASSAGES_READ
from bot.values import Value, same_value
from index.dates import find_dates
from index.lookup import CatalogReader

FREED = "How many prisoners were freed in Norwick?"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


def ask(desk: Desk, question: str, asked_at: date | None = None) -> dict[str, Any]:
    """Answer a question as ``ask --json`` does, and check what must hold of every answer."""
    desk.sync()
    reader = CatalogReader(desk.catalog)
    try:
        with desk.searcher() as searcher:
            answerer = QuoteAnswerer(searcher=searcher, reader=reader, corpus=desk.corpus, embedder="hash")
            hits = searcher.search(question, PASSAGES_READ, asked_at=asked_at)
            answer = answer_to_json(answerer.answer(question, hits, asked_at=asked_at))
        with reader.snapshot() as view:
            assert not find_faults(answer, desk.corpus, lambda file: view.text_of(file) or "")
    finally:
        reader.close()
    assert len(answer["sentences"]) <= MAX_SENTENCES
    quotes = {item["number"]: item["quote"] for item in answer["citations"]}
    for disagreement in answer["disagreements"]:
        assert disagreement["about"]
        assert len(disagreement["positions"]) >= 2
        for position in disagreement["positions"]:
            assert all(number in quotes for number in position["citations"])
            assert any(
                position["value"] in " ".join(quotes[number].split()) for number in position["citations"]
            )
    for sentence in answer["sentences"]:
        said = " ".join(quotes[number] for number in sentence["citations"])
        for figure in re.findall(r"\d[\d,.]*\d|\d", sentence["text"]):
            assert figure in said
    return answer


def values_of(answer: dict[str, Any]) -> list[str]:
    return [side["value"] for item in answer["disagreements"] for side in item["positions"]]


def files_of(answer: dict[str, Any], value: str) -> set[str]:
    files = {item["number"]: item["file"] for item in answer["citations"]}
    return {
        files[number]
        for item in answer["disagreements"]
        for side in item["positions"]
        if side["value"] == value
        for number in side["citations"]
    }


def article(*paragraphs: str, published: str | None = None, title: str = "News") -> str:
    head = f"---\ntitle: {title}\n" + (f"published: {published}\n" if published else "")
    return f"{head}---\n\n" + "\n\n".join(paragraphs) + "\n"


def test_two_figures_are_two_positions_each_with_its_file(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed more than 1,000 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Norwick\n\nAn estimated 2,400 prisoners were freed in Norwick, the mayor said.\n")
    answer = ask(desk, FREED)
    assert set(values_of(answer)) == {"more than 1,000 prisoners", "An estimated 2,400 prisoners"}
    assert files_of(answer, "more than 1,000 prisoners") == {"a.txt"}
    assert files_of(answer, "An estimated 2,400 prisoners") == {"b.txt"}
    assert re.fullmatch(
        r"One report says (?:more than 1,000 prisoners \[1\]; another an estimated 2,400 prisoners \[2\]"
        r"|an estimated 2,400 prisoners \[1\]; another more than 1,000 prisoners \[2\])\..*",
        answer["text"],
    )


def test_the_sides_are_quoted_below_their_values(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Norwick\n\nSome 1,200 prisoners were freed in Norwick, the mayor said.\n")
    answer = ask(desk, FREED)
    assert {sentence["text"] for sentence in answer["sentences"][1:]} == {
        "Gunmen freed 300 prisoners in Norwick at dawn, police said.",
        "Some 1,200 prisoners were freed in Norwick, the mayor said.",
    }


def test_more_than_two_positions_are_listed_with_their_sources(desk: Desk) -> None:
    for number in range(1, 6):
        desk.write(f"{number}.txt", f"Report\n\nPolice say {number * 110} prisoners were freed in Norwick.\n")
    answer = ask(desk, FREED)
    assert len(values_of(answer)) == 5
    for number in range(1, 6):
        assert files_of(answer, f"{number * 110} prisoners") == {f"{number}.txt"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Some 500,000 people fled Norwick, police said.", "Half a million people fled Norwick, the mayor said."),
        ("About 500,000 people fled Norwick, police said.", "In all, 493,000 people fled Norwick, the mayor said."),
        ("Nearly 500,000 people fled Norwick.", "As many as 500,000 people fled Norwick, the mayor said."),
        ("Hundreds of thousands of people fled Norwick.", "About 480,000 people fled Norwick, the mayor said."),
        ("More than 8,000 people fled Norwick last week.", "The mayor said 8,868 people fled Norwick last week."),
        ("Between 400 and 600 people fled Norwick.", "The mayor said 550 people fled Norwick at dawn."),
        ("Some 500,000 people fled Norwick, police said.", "500,000 of Norwick's 1.8 million people fled, aides said."),
    ],
)  # fmt: skip
def test_the_same_quantity_is_no_disagreement(desk: Desk, one: str, other: str) -> None:
    desk.write("a.txt", f"Flight\n\n{one}\n")
    desk.write("b.txt", f"Norwick\n\n{other}\n")
    answer = ask(desk, "How many people fled Norwick?")
    assert answer["status"] == "answered"
    assert values_of(answer) == []


def test_another_thing_counted_is_no_disagreement(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Norwick\n\nIn Norwick 45 guards watched as the prisoners were freed, aides said.\n")
    assert values_of(ask(desk, FREED)) == []


def test_another_town_is_no_disagreement(desk: Desk) -> None:
    desk.write("a.txt", "Jail\n\nGunmen freed 300 prisoners in Norwick at dawn, police said.\n")
    desk.write("b.txt", "Sandvik\n\nGunmen freed 900 prisoners in Sandvik at dawn, police said.\n")
    assert values_of(ask(desk, FREED)) == []


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        # Another place's event, told in a sentence that does not name the place asked about.
        (
            "When did the rebels enter Mosul?",
            "The rebels did enter Mosul on Tuesday.",
            "Mosul is not the first. Five months ago the rebels did enter Fallujah, in Anbar province.",
        ),
        # Who frees no prisoners is no further count of those who fled.
        (
            "How many people fled Norwick?",
            "Some 4,000 people fled Norwick, the mayor said.",
            "In Norwick an estimated 2,400 prisoners walked out of jail past the people.",
        ),
        # Without a name in the question, figures of two stories.
        (
            "How many people were injured on the ferry?",
            "On the ferry 37 people were injured when it struck the pier at Kestwick, said Ada Holm.",
            "The blast in Harrow killed 31 people and injured 46, said Bo Lind of the ferry police.",
        ),
        # "Three victims were counted twice" and "four times that rate" count nobody.
        (
            "How many people were killed in Norwick?",
            "Eleven people were killed in Norwick.",
            "Three people killed in Norwick were counted twice, the police said.",
        ),
        (
            "How many passengers did Delta ban in Norwick?",
            "Delta banned nearly 1,900 passengers in Norwick.",
            "In Norwick the rival banned more than four times the passengers that Delta did.",
        ),
        # Whose word it is did not die.
        (
            "Who died in Norwick?",
            "In Norwick died Casper Lund, who was 79.",
            "Many died in Norwick, according to the United Nations.",
        ),
        (
            "Where did the train crash?",
            "The train crashed in Norwick, said the mayor of the town.",
            "The train crashed in Iraq's second city, said the mayor of the town.",
        ),
        # What else is said of a company is no other answer to a long question.
        (
            "What rental branch did the Norwick Front men get their truck from?",
            "The Norwick Front men, a club of truck drivers, got their truck from a rental branch.",
            "The Norwick Front men were a small group that had their truck from a rental branch.",
        ),
        # Nobody calls half a million "thousands".
        (
            "How many people fled the fighting?",
            "Half a million people fled the fighting in Norwick.",
            "Thousands of people fled the fighting in Harrow, near Norwick.",
        ),
    ],
)  # fmt: skip
def test_what_belongs_to_something_else_is_no_disagreement(
    desk: Desk, question: str, one: str, other: str
) -> None:
    desk.write("a.txt", f"Report\n\n{one}\n")
    desk.write("b.txt", f"Notes\n\n{other}\n")
    answer = ask(desk, question)
    assert not answer["disagreements"]
    assert answer["status"] == "answered"


def test_many_values_are_of_many_things(desk: Desk) -> None:
    for number in range(1, 8):
        desk.write(f"{number}.txt", f"Report\n\nPolice say {number * 110} prisoners were freed in Norwick.\n")
    assert not ask(desk, FREED)["disagreements"]


def test_a_copy_is_no_source_of_its_own(desk: Desk) -> None:
    body = (
        "Gunmen drove into Norwick before dawn on Monday and opened the doors of the jail beside the river. "
        "They freed 300 prisoners in Norwick, the police said. Nobody was hurt, and the guards were found "
        "asleep in the yard of the school on the other side of the street.\n"
    )
    for name in ("a", "b"):
        desk.write(f"{name}.txt", f"Jail opened in Norwick\n\n{body}")
    desk.write("c.txt", "Norwick\n\nIn Norwick 700 prisoners were freed, said the mayor.\n")
    answer = ask(desk, FREED)
    assert {frozenset(files_of(answer, value)) for value in values_of(answer)} == {
        frozenset({"a.txt"}), frozenset({"c.txt"}),
    }  # fmt: skip
    assert len(next(item for item in answer["citations"] if item["file"] == "a.txt")["copies"]) == 1


def test_a_false_twin_of_a_report_is_no_copy_of_it(desk: Desk) -> None:
    body = (
        "Gunmen drove into Norwick before dawn on Monday and opened the doors of the jail beside the river. "
        "They freed 300 prisoners in Norwick, the police said. Nobody was hurt, and the guards were found "
        "asleep in the yard of the school on the other side of the street.\n"
    )
    desk.write("a.txt", f"Jail opened in Norwick\n\n{body}")
    desk.write("b.txt", f"Jail opened in Norwick\n\n{body.replace('300', '480')}")
    answer = ask(desk, FREED)
    assert files_of(answer, "300 prisoners") == {"a.txt"}
    assert files_of(answer, "480 prisoners") == {"b.txt"}


@pytest.mark.parametrize(
    ("question", "true", "false"),
    [
        ("When did the mayor open the jail of Norwick?", "12 June", "19 June"),
        ("Who opened the jail of Norwick on 12 June with a key from the museum?", "Karl Brandt", "Ines Halloran"),
        ("Where was the key of the jail of Norwick made?", "Sandvik", "Marrowby"),
    ],
)  # fmt: skip
def test_a_twin_with_another_day_name_or_place_is_shown_beside_it(
    desk: Desk, question: str, true: str, false: str
) -> None:
    text = "On 12 June mayor Karl Brandt opened the jail of Norwick with a key made in Sandvik, from the museum.\n"
    desk.write("a.txt", f"Jail\n\n{text}")
    desk.write("b.txt", f"Jail\n\n{text.replace(true, false)}")
    answer = ask(desk, question)
    shown = {value: files_of(answer, value) for value in values_of(answer)}
    assert any(true in value and files == {"a.txt"} for value, files in shown.items())
    assert any(false in value and files == {"b.txt"} for value, files in shown.items())


def test_a_twin_that_differs_in_what_is_not_asked_is_no_disagreement(desk: Desk) -> None:
    text = "On 12 June mayor Karl Brandt opened the jail of Norwick and freed 300 prisoners there.\n"
    desk.write("a.txt", f"Jail\n\n{text}")
    desk.write("b.txt", f"Jail\n\n{text.replace('12 June', '19 June')}")
    assert values_of(ask(desk, FREED)) == []


def test_a_sentence_that_sets_reports_side_by_side_takes_no_side(desk: Desk) -> None:
    desk.write(
        "a.txt", "Jail\n\nOne report says 300 prisoners were freed in Norwick, another puts it at 900.\n"
    )
    desk.write("b.txt", "Norwick\n\nSome 300 prisoners were freed in Norwick, the mayor said.\n")
    assert values_of(ask(desk, FREED)) == []


def test_a_newer_toll_overtakes_an_older_one(desk: Desk) -> None:
    desk.write("a.md", article("The fire in Norwick killed 14 people, police said.", published="2019-03-05"))
    desk.write(
        "b.md", article("The fire in Norwick killed 31 people, the mayor said.", published="2019-03-12")
    )
    answer = ask(desk, "How many people were killed in the Norwick fire?")
    assert values_of(answer) == []
    assert (
        answer["sentences"][0]["text"]
        == "The newest report says 31 people; an earlier report said 14 people."
    )


def test_reports_of_the_same_day_are_not_overtaken(desk: Desk) -> None:
    desk.write("a.md", article("The fire in Norwick killed 14 people, police said.", published="2019-03-05"))
    desk.write("b.md", article("The fire in Norwick killed 31 people, aides said.", published="2019-03-05"))
    assert len(values_of(ask(desk, "How many people were killed in the Norwick fire?"))) == 2


def test_a_corrected_figure_is_the_answer_and_the_old_one_is_said_to_be_old(desk: Desk) -> None:
    desk.write("a.md", article("The fire in Norwick killed 14 people, police said."))
    desk.write(
        "b.md",
        article(
            "Correction: an earlier report said that 14 people were killed in the fire in Norwick.",
            "The number of people killed in the Norwick fire is 11, police said.",
        ),
    )
    answer = ask(desk, "How many people were killed in the Norwick fire?")
    assert values_of(answer) == []
    assert answer["sentences"][0]["text"].startswith("As corrected: 11; an earlier report said 14 people")


def test_yes_and_not_yet_differ(desk: Desk) -> None:
    desk.write("a.txt", "Norwick\n\nThe mayor has declared a state of emergency in Norwick.\n")
    desk.write(
        "b.txt", "Council\n\nThe mayor asked the council to declare a state of emergency in Norwick.\n"
    )
    answer = ask(desk, "Has a state of emergency been declared in Norwick?")
    assert len(values_of(answer)) == 2


def test_how_much_of_a_place_differs(desk: Desk) -> None:
    desk.write("a.txt", "Flood\n\nThe flood covers the whole of Norwick, the mayor said.\n")
    desk.write("b.txt", "Norwick\n\nThe flood covers parts of Norwick, the police said.\n")
    answer = ask(desk, "How much of Norwick does the flood cover?")
    assert {value.split()[0] for value in values_of(answer)} == {"the", "parts"}


def quantity(text: str) -> Value:
    found = find_quantities(text)[0]
    return Value(start=found.start, end=found.end, text=found.text, quantity=found)


def day(text: str, published: str | None = None) -> Value:
    found = find_dates(text)[0]
    today = date.fromisoformat(published) if published else None
    return Value(start=found.start, end=found.end, text=found.text, day=found, published=today)


def name(text: str) -> Value:
    return Value(start=0, end=len(text), text=text, name=text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (quantity("500,000 men"), quantity("half a million men"), True),
        (quantity("about 500,000 men"), quantity("493,000 men"), True),
        (quantity("$8 a month"), quantity("$8"), True),
        (quantity("$20"), quantity("$19.99 a month"), True),
        (quantity("a 22-pound potato"), quantity("a 22.6-pound potato"), True),
        (quantity("$8 a month"), quantity("$20"), False),
        (quantity("1.8 million men"), quantity("nearly 2 million men"), False),
        (quantity("more than 1,000 men"), quantity("2,400 men"), False),
        (quantity("20 men"), quantity("21 men"), False),
        (quantity("hundreds of men"), quantity("2,400 men"), False),
        (quantity("$5 million"), quantity("5 million euros"), False),
        (quantity("250 miles"), quantity("400 km"), True),
        (day("in June 2014"), day("on 10 June 2014"), True),
        (day("on June 10, 2014"), day("on June 11, 2014"), False),
        (day("on Tuesday", "2014-06-11"), day("on June 10, 2014"), True),
        (day("on Monday", "2014-06-11"), day("on June 10, 2014"), False),
        (day("on Tuesday"), day("yesterday"), True),
        (name("Nouri al-Maliki"), name("Maliki"), True),
        (name("Hamlin, West Virginia"), name("West Virginia"), True),
        (name("Boston"), name("New York City"), False),
    ],
)
def test_when_values_agree(one: Value, other: Value, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(other, one) is same


def test_a_figure_of_another_time_takes_no_side(desk: Desk) -> None:
    desk.write("a.txt", "Norwick\n\nThe bombing in Norwick killed 31 people, the police said on Friday.\n")
    desk.write("b.txt", "Norwick\n\nOver 8,000 people were killed in bombings in Norwick last year.\n")
    desk.write("c.txt", "Norwick\n\nBombings killed 900 people in Norwick in March and 800 people in May.\n")
    assert values_of(ask(desk, "How many people were killed in the Norwick bombing?"))[:1] != ["8,000"]
    assert not [
        value
        for value in values_of(ask(desk, "How many people were killed by bombings in Norwick in May?"))
        if "8,000" in value or "900" in value
    ]
