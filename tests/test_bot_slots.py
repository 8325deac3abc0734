"""Whether a sentence holds the kind of thing that is asked for."""

from __future__ import annotations

import pytest

from bot.candidates import holds_what_is_asked
from bot.question import Asked, understand
from bot.slots import SLOT_NEEDED, answering_quantities, slot_fit

ANSWERS = 0.7  # a form that suits the question
# question, sentence
HOLDING = [
    ("How many prisoners were freed?", "More than 1,000 prisoners were set free."),
    ("How many prisoners were freed?", "The gunmen let 2,400 inmates out of Badush jail."),
    ("How many prisoners were freed?", "Twelve detainees walked out."),
    ("How many people died?", "The fire killed 14 people."),
    ("How many people died?", "At least 31 men and women lost their lives."),
    ("How many people were killed?", "The blast left 31 dead."),
    ("How many soldiers deserted?", "Some 30,000 troops ran."),
    ("How many houses burned?", "In all, 62 homes burned down."),
    ("How many firefighters were on the ridge?", "There were 340 firefighters on the ridge."),
    ("How many hectares burned?", "The fire blackened 2,340 hectares."),
    ("How many barrels a day can it process?", "It can process 300,000 barrels a day."),
    ("What is the population of Mosul?", "Mosul has about 1.8 million inhabitants."),
    ("What is the ferry's maximum speed?", "At most she makes 18 knots."),
    ("How fast does it go?", "It reaches 210 km/h."),
    ("How hot was it in July?", "In July it was 41 degrees in the shade."),
    ("How heavy is the bell?", "The bell weighs nine tonnes."),
    ("How much did the bridge cost?", "The bridge cost €84 million."),
    ("How much did the bridge cost?", "The council paid $5m for it."),
    ("How much rain fell?", "In one night 40 millimetres of rain fell."),
    ("How far is Mosul from Baghdad?", "Mosul lies 225 miles north of Baghdad."),
    ("How long did the siege last?", "The siege went on for eleven days."),
    ("How old is the captain?", "Captain Arvid Holm, 51, was not hurt."),
    ("How old is the captain?", "He is a 51-year-old sailor."),
    ("What percentage of voters agreed?", "Of the voters 52 percent agreed."),
    ("What percentage of voters agreed?", "Turnout was 61%."),
    ("When did Mosul fall?", "The city fell on June 10."),
    ("When did Mosul fall?", "It fell on Tuesday morning."),
    ("When was the bridge built?", "It was built in 1998."),
    ("Why did they walk?", "They walked because cars were banned."),
    ("Why was the pier closed?", "The pier was closed over concerns about its piles."),
    ("Who resigned?", "Karl Brandt resigned on Monday."),
    ("Which company makes the valve?", "The valve is made by Harbour Holdings."),
    ("Where is the consul held?", "He is held in Tikrit."),
    ("Where was the minister?", "He spoke to reporters in Athens."),
    ("What is the name of the mayor?", "Mayor Karl Brandt was not hurt."),
    ("Who is the governor of Nineveh?", "Atheel al-Nujaifi, the governor of Nineveh, fled."),
    # A given name that is in no list, beside the office that is asked for.
    ("What is the name of the captain?", "The captain, Arvid Holm, was not hurt."),
    ("What is the name of the consul?", "The consul is called Ozturk Yilmaz."),
    ("What toll will drivers pay?", "Drivers will pay €4 a crossing."),
]
LACKING = [
    ("How many prisoners were freed?", "The prisoners were freed at dawn."),
    ("How many prisoners were freed?", "The prisoners were freed on June 10, 2014."),
    ("How many people died?", "The ship was 120 metres long."),
    ("How many Iraqi soldiers were there?", "Half a million Iraqis fled the city."),
    ("How many Iraqi soldiers were there?", "About 500,000 residents were there."),
    ("How many people died?", "The bridge cost €84 million."),
    ("How much did the bridge cost?", "The bridge is expensive."),
    ("How much did the bridge cost?", "The bridge is 400 metres long."),
    ("How much money was stolen from the banks?", "They robbed three banks of the city."),
    ("What is the population of Tolverton?", "In Tolverton councillors voted 31 to 24 for a bridge."),
    ("What is the ferry's maximum speed?", "It struck the pier at full speed, and 14 people died."),
    ("How fast does it go?", "It lies 22 kilometres away."),
    ("How hot is it?", "The plant takes in 300,000 bpd."),
    ("How heavy is the bell?", "It was cast at 1,100 degrees Celsius."),
    ("How far is Mosul from Baghdad?", "Mosul is far from Baghdad, and 500,000 people left it."),
    ("How long did the siege last?", "The siege was long, and 12 people died."),
    ("How old is Umm Karam?", "Umm Karam left Mosul with six children."),
    ("How old is the captain?", "The captain has sailed for 30 years."),
    ("What percentage of voters agreed?", "Most of the 31 councillors agreed."),
    ("When did Mosul fall?", "The city fell to the militants."),
    ("When did the ferry leave?", "The ferry left with 212 passengers."),
    ("What is the name of the mayor?", "The mayor was not hurt."),
    ("What is the name of the Turkish consul in Mosul?", "The Turkish consul in Mosul was taken."),
    ("What is the name of the consul?", "The consul was taken, Prime Minister Recep Tayyip Erdogan said."),
    ("Who is the leader of ISIL?", "Hoshyar Zebari said the country's leaders must work together."),
    ("Who is the prime minister of Turkey?", "Deputy Prime Minister Besir Atalay took part."),
    ("What are the names of the Kurdish towns?", "They fled to three towns in Kurdistan."),
    ("What toll will drivers pay?", "The council voted 31 to 24 for the bridge."),
    ("What is the name of the Turkish consul in Mosul?", "The consul was taken to Baghdad from Mosul."),
]


@pytest.mark.parametrize(("question", "sentence"), HOLDING)
def test_what_is_asked_for_is_seen(question: str, sentence: str) -> None:
    assert slot_fit(sentence, understand(question)) >= ANSWERS


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        # Whoever lives, shops or votes somewhere is a person.
        ("How many people fled?", "Half a million residents fled."),
        ("How many civilians fled?", "Half a million people fled."),
        ("How many Iraqis fled?", "Half a million people fled."),
        ("How many folks fled?", "Half a million locals fled."),
        ("How many people fled?", "More than 500,000 civilians fled."),
        ("How many people fled?", "Some 500,000 inhabitants fled."),
        ("How many people were hurt?", "The blast hurt 31 shoppers."),
        ("How many people went home?", "Some 300 villagers went home."),
        ("What is the population of Mosul?", "Gunmen took a city of 1.8 million."),
    ],
)
def test_people_are_counted_under_other_words(question: str, sentence: str) -> None:
    assert slot_fit(sentence, understand(question)) >= SLOT_NEEDED


@pytest.mark.parametrize(("question", "sentence"), LACKING)
def test_what_is_missing_is_seen(question: str, sentence: str) -> None:
    assert slot_fit(sentence, understand(question)) < SLOT_NEEDED


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("How many prisoners were freed?", "They freed 2,400 prisoners.", "They freed 2,400 inmates."),
        ("How many prisoners were freed?", "They freed 2,400 inmates.", "They burned 2,400 cars."),
        ("How many prisoners were freed?", "They freed 300 prisoners.", "They freed hundreds of prisoners."),
        ("Who resigned?", "Karl Brandt resigned.", "Harbour Holdings resigned."),
        ("Who resigned?", "Harbour Holdings resigned.", "The gunmen resigned."),
        ("Who resigned after Karl Brandt?", "Anna Weber resigned.", "Karl Brandt resigned."),
        ("Where did it happen?", "It happened in Tikrit.", "Iraq's army fled."),
        ("Where is Mosul?", "It is north of Baghdad.", "Mosul is large."),
        ("Why did they walk?", "They walked because cars were banned.", "They walked all night."),
    ],
)
def test_the_better_form_is_preferred(question: str, better: str, worse: str) -> None:
    asked = understand(question)
    assert slot_fit(better, asked) > slot_fit(worse, asked)


@pytest.mark.parametrize("sentence", ["It was a Tuesday in Athens, and 31 people came.", "Nothing.", ""])
def test_a_thing_cannot_be_seen_by_its_form(sentence: str) -> None:
    assert understand("What happened?").asked is Asked.WHAT
    assert slot_fit(sentence, understand("What happened?")) == 0.5


def test_every_kind_gives_a_share() -> None:
    questions = [question for question, _ in HOLDING + LACKING]
    sentences = [sentence for _, sentence in HOLDING + LACKING] + ["", "?", "“", "1", "$"]
    for question in sorted(set(questions)):
        asked = understand(question)
        assert all(0.0 <= slot_fit(sentence, asked) <= 1.0 for sentence in sentences)


@pytest.mark.parametrize(
    ("question", "sentence", "first"),
    [
        ("How many prisoners were freed?", "In 3 hours 20 guards fled and 2,400 prisoners left.", "2,400"),
        ("How many guards fled?", "In 3 hours 20 guards fled and 2,400 prisoners left.", "20"),
        ("How much did the bridge cost?", "The 400-metre bridge cost €84 million.", "€84 million"),
        ("How far is it?", "At €5 the bus takes you 22 kilometres.", "22 kilometres"),
        ("How old is she?", "Anna Weber, 62, has worked there for 30 years.", "62"),
    ],
)
def test_the_quantity_that_answers_comes_first(question: str, sentence: str, first: str) -> None:
    assert answering_quantities(sentence, understand(question))[0].text == first


def test_no_quantity_answers_a_question_for_words() -> None:
    assert answering_quantities("The 31 men paid €5.", understand("Who paid?")) == ()
    assert answering_quantities("", understand("How many men paid?")) == ()


def test_the_features_are_asked_for_what_must_be_there() -> None:
    # Only the slot is read, so anything with features will do.
    class Item:
        def __init__(self, slot: float) -> None:
            self.features = type("Features", (), {"slot": slot})()

    def holds(slot: float, question: str) -> bool:
        return holds_what_is_asked(Item(slot), understand(question))  # type: ignore[arg-type]

    assert not holds(0.0, "How many were freed?")
    assert not holds(SLOT_NEEDED - 0.01, "How many were freed?")
    assert holds(SLOT_NEEDED, "How many were freed?")
    # A reason, a place and a person can be told in other words.
    assert all(holds(0.0, question) for question in ("Why?", "Where was it?", "Who came?", "What is it?"))
    # The holder of an office must be named.
    assert not holds(0.9, "Who is the governor of Nineveh?")
    assert holds(1.0, "Who is the governor of Nineveh?")
