"""Questions made by rule: each as a person would ask it, or none."""

from __future__ import annotations

import pytest

from bot.evals.facts import find_facts


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        # The verb goes back to its base, and what follows another verb is left out.
        ("The blast killed 31 people and wounded 46, police and hospital officials said.", ["How many people did the blast kill? 31"]),
        ("A suicide bomber in the Sadr City area of Baghdad kills 31 people.", ["How many people does a suicide bomber in the Sadr City area of Baghdad kill? 31"]),
        # An auxiliary goes to the front.
        ("The Kestwick mill can process 4,000 barrels per day and feeds the whole valley.", ["How many barrels per day can the Kestwick mill process? 4,000 barrels per day"]),
        ("The new bridge over the Ostrey at Tolverton will cost €131 million, over half as much again as planned.", ["How much will the new bridge over the Ostrey at Tolverton cost? €131 million"]),
        ("Kenya has 2,600 licensed anglers.", ["How many licensed anglers does Kenya have? 2,600"]),
        ("Cider makers sold 7,000 jugs of cider at the fair.", ["How many jugs of cider did cider makers sell at the fair? 7,000"]),
        # What is counted did it, or had it done; what led into the sentence follows.
        ("About 700 people slept in the sports hall in Ambry on Sunday.", ["How many people slept in the sports hall in Ambry on Sunday? 700"]),
        ("In Little Ash, 11 families have applied for permission to rebuild.", ["How many families have applied for permission to rebuild in Little Ash? 11"]),
        ('"There was a report that more than 300 patients were sent home."', ["How many patients were sent home? 300"]),
        ("Mosul is 225 miles from Baghdad.", ["How far is Mosul from Baghdad? 225 miles"]),
        ("Mosul, 225 miles from the capital, fell on Tuesday.", ["How far is Mosul from the capital? 225 miles"]),
        # A day of the verb's own.
        ("The crossing reopened on March 18 with a hired ship, the Bryn.", ["When did the crossing reopen with a hired ship? March 18"]),
        ("Greta Mollin said that the Solveig Ann was built in 1987 and had passed.", ["When was the Solveig Ann built? 1987"]),
        ("The brewery sold the barge back in 2015.", ["When did the brewery sell the barge? 2015"]),
        ("The fire grew to 2,340 hectares before it was put out on August 23.", []),
        ("The vote of April 30 left his bloc in first place but short of a majority.", []),
        ("A former baker has been found guilty of the poisoning of a rival in 2019.", []),
        # A place of the verb's own.
        ("The council has offered the gardeners a site at Crane Lane, three kilometres away.", ["Where has the council offered the gardeners a site? Crane Lane"]),
        ("The old mill was one of the losses in Ambry.", []),
        ("A day later the same thing happened in Tikrit.", []),
        ("What the army left is now in other hands: vehicles and guns, most of it made in America.", []),
        # Who it was, what he is, how old.
        ("Greta Mollin, the chief executive of Sound Lines, said nothing.", ["Who is the chief executive of Sound Lines? Greta Mollin"]),
        ('"He did what he ought to have done," said Hanne Brask, who leads the inquiry into the accident.', ["Who leads the inquiry into the accident? Hanne Brask"]),
        ("The captain, Anders Poll, 51, was taken to hospital.", ["How old is Anders Poll? 51"]),
        # Nobody knows who "he" is, or what "its" was, nor which of two verbs is the first's.
        ("He has 340 firefighters on the ridge.", []),
        ("They have moved to two villages in the hills.", []),
        ("The number of people stranded in Kestwick rose to 90 people.", []),
        ("The IOM, which has its headquarters in Geneva, based its estimate on teams.", []),
        ("Jumpers must be 140 centimetres tall.", []),
        ("The ferry was arriving from Marrowby with 168 passengers and a crew of nine.", []),
        ("The company had not taken on 24 people.", []),
    ],
)  # fmt: skip
def test_a_sentence_gives_the_questions_that_a_person_would_ask(sentence: str, asked: list[str]) -> None:
    assert [f"{fact.question} {fact.value}" for fact in find_facts(sentence)] == asked


def test_a_subject_keeps_the_capital_of_a_name_alone() -> None:
    questions = [
        fact.question
        for fact in find_facts(
            "Tesla moved to Texas. Tesla's headquarters moved to Texas in 2021. "
            "New heat records were set in 2022. OSU's runners won 12 races in May."
        )
    ]
    assert questions == [
        "When did Tesla's headquarters move to Texas?",
        "When were new heat records set?",
        "How many races did OSU's runners win in May?",
    ]


def test_a_figure_that_stands_twice_in_an_article_is_not_asked_for() -> None:
    body = "The blast killed 31 people on the spot. The mayor said that 31 people were a heavy loss."
    assert list(find_facts(body)) == []
