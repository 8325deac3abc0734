"""Offices, and who a sentence says holds them."""

from __future__ import annotations

import pytest

from bot.offices import asked_office, is_held
from bot.question import understand


@pytest.mark.parametrize(
    ("question", "office"),
    [
        ("Who is the governor of Nineveh?", "governor"),
        ("Who was the Turkish prime minister?", "prime minister"),
        ("Who is Iraq's foreign minister?", "foreign minister"),
        ("Who's the mayor?", "mayor"),
        ("Who are the leaders of the party?", "leader"),
        ("Who is the deputy speaker of parliament?", "deputy speaker"),
        ("What is the name of the Turkish consul who was kidnapped?", "consul"),
        ("What is the captain's name?", "captain"),
        ("What is the new mayor called?", "mayor"),
        ("Who leads ISIL?", "leader"),
        ("Who is Mizhar Fleih?", ""),
        ("Who killed the governor?", ""),
        ("Who did the president meet?", ""),
        ("When did the governor leave?", ""),
        ("Which minister resigned?", ""),
        ("What is the name of the ferry?", ""),
    ],
)
def test_the_holder_of_an_office_is_asked_for(question: str, office: str) -> None:
    assert asked_office(question) == office
    assert understand(question).office == office


@pytest.mark.parametrize(
    ("sentence", "name", "office"),
    [
        ("Mayor Karl Brandt was not hurt.", "Karl Brandt", "mayor"),
        ("The captain, Arvid Holm, was not hurt.", "Arvid Holm", "captain"),
        ("The consul is called Ozturk Yilmaz.", "Ozturk Yilmaz", "consul"),
        ("The governor of Nineveh, Atheel al-Nujaifi, fled.", "Atheel al-Nujaifi", "governor"),
        ("Atheel al-Nujaifi, the governor of Nineveh, fled.", "Atheel al-Nujaifi", "governor"),
        ("Hoshyar Zebari, who is Iraq's foreign minister, spoke.", "Hoshyar Zebari", "foreign minister"),
        ("Iraqi PM Nouri Maliki made a statement.", "Nouri Maliki", "prime minister"),
        ("Abu Dua, who leads the group, was born in Samarra.", "Abu Dua", "leader"),
        ("The group is led by Abu Dua.", "Abu Dua", "leader"),
        ("U.N. Secretary General Ann Lee spoke.", "Ann Lee", "head"),
        ("The charity's director, Anna Weber, agreed.", "Anna Weber", "head"),
        ("Spokeswoman Ida Lund declined to comment.", "Ida Lund", "spokesman"),
        ("Ida Lund, Spirit’s CEO, declined to comment.", "Ida Lund", "chief executive"),
    ],
)
def test_who_holds_it(sentence: str, name: str, office: str) -> None:
    start = sentence.index(name)
    assert is_held(sentence, start, start + len(name), office)


@pytest.mark.parametrize(
    ("sentence", "name", "office"),
    [
        ("Deputy Prime Minister Besir Atalay took part.", "Besir Atalay", "prime minister"),
        ("Former mayor Karl Brandt was not hurt.", "Karl Brandt", "mayor"),
        ("Foreign Minister Hoshyar Zebari spoke.", "Hoshyar Zebari", "prime minister"),
        ("Hoshyar Zebari said the country's leaders must work together.", "Hoshyar Zebari", "leader"),
        ("Hoshyar Zebari met with the mayor.", "Hoshyar Zebari", "mayor"),
        ("Karl Brandt told the captain to wait.", "Karl Brandt", "captain"),
        ("The mayor was hurt, and Karl Brandt took over.", "Karl Brandt", "mayor"),
        ("The consulate was seized, Karl Brandt said.", "Karl Brandt", "consul"),
    ],
)
def test_who_does_not(sentence: str, name: str, office: str) -> None:
    start = sentence.index(name)
    assert not is_held(sentence, start, start + len(name), office)
