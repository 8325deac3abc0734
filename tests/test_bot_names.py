"""Facts about names: what is one, what kind of thing it names, and when two are the same."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.names import NameKind, find_names
from bot.namesakes import name_key, same_name

PERSON, PLACE, ORGANISATION, OTHER = NameKind.PERSON, NameKind.PLACE, NameKind.ORGANISATION, NameKind.OTHER
WORDS = (
    "Mr. President Anna al-Maliki bin von The of the and for in & U.S. UN St. O’Brien Iraq's Ministry June Will - . , “ ” ( ) said"
    " , 31, al Qaeda-linked É \n \x00 ß 東京 McDonald's José A. B."
)
PIECES = st.lists(
    st.sampled_from(WORDS.split(" ")) | st.text(max_size=6),
    max_size=14,
).map(" ".join)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Prime Minister Nouri al-Maliki stayed.", [("Nouri al-Maliki", PERSON)]),
        ("Iraqi Foreign Minister Hoshyar Zebari flew to Athens.", [("Hoshyar Zebari", PERSON), ("Athens", PLACE)]),
        ("A White House spokesman Tom Reed spoke.", [("White House", ORGANISATION), ("Tom Reed", PERSON)]),
        ("Then Gov. Mary Holt of Alabama left.", [("Mary Holt", PERSON), ("Alabama", PLACE)]),
        ("Florida Gov. Jim Stone left.", [("Florida", PLACE), ("Jim Stone", PERSON)]),
        ("Acme CEO Satya Roy resigned.", [("Acme", OTHER), ("Satya Roy", PERSON)]),
        ("They met Secretary of State Anne Frey.", [("Anne Frey", PERSON)]),
        ("Crown Prince Mohammed bin Salman came.", [("Mohammed bin Salman", PERSON)]),
        ("She met Ursula von der Leyen and Theresa May.", [("Ursula von der Leyen", PERSON), ("Theresa May", PERSON)]),
        ("Will Carter met Grace Obi.", [("Will Carter", PERSON), ("Grace Obi", PERSON)]),
        ("Besim Atal, 45, drove.", [("Besim Atal", PERSON)]),
        ("He asked Besim Atal, who drove.", [("Besim Atal", PERSON)]),
        ("O’Brien said so.", [("O’Brien", PERSON)]),
        ("George W. Hill and J.K. Rowe met in Paris.", [("George W. Hill", PERSON), ("J.K. Rowe", PERSON), ("Paris", PLACE)]),
        ("Martin Luther King's dream lives.", [("Martin Luther King", PERSON)]),
        ("It hit the city of Slemani.", [("Slemani", PLACE)]),
        ("Guards stood near Karbend.", [("Karbend", PLACE)]),
        ("The floods reached Nineveh province.", [("Nineveh", PLACE)]),
        ("Harbour workers left Salt Lake County.", [("Salt Lake County", PLACE)]),
        ("Residents of Mosul - Iraq's second city - left.", [("Mosul", PLACE), ("Iraq", PLACE)]),
        ("Trinidad and Tobago beat Chad.", [("Trinidad and Tobago", PLACE), ("Chad", PLACE)]),
        ("São Paulo’s mayor left.", [("São Paulo", PLACE)]),
        ("the International Organization for Migration (IOM) helps.", [("International Organization for Migration", ORGANISATION), ("IOM", ORGANISATION)]),
        ("the Department of Health and Human Services helps.", [("Department of Health and Human Services", ORGANISATION)]),
        ("The Food and Drug Administration approved it.", [("Food and Drug Administration", ORGANISATION)]),
        ("Turkey's National Intelligence Agency knew.", [("Turkey", PLACE), ("National Intelligence Agency", ORGANISATION)]),
        ("The Turkish Consulate burned.", [("Turkish Consulate", ORGANISATION)]),
        ("It told The Associated Press so.", [("Associated Press", ORGANISATION)]),
        ("US-trained troops fled.", [("US", PLACE)]),
        ("Al-Qaeda-inspired men and al Qaeda came.", [("Al-Qaeda", ORGANISATION), ("al Qaeda", ORGANISATION)]),
    ],
)  # fmt: skip
def test_names_are_found_without_titles_and_possessives(text: str, names: list[tuple[str, NameKind]]) -> None:
    assert [(name.text, name.kind) for name in find_names(text)] == names


@pytest.mark.parametrize(
    "text",
    [
        "Police said three people died.", "Violence raged elsewhere on Wednesday.", "In June they left.", "The Prime Minister spoke.",
        "Witnesses said so.", "Militants took the town.", "Iraqi and Turkish leaders met.", "Americans left.", "I left on Monday.",
        "A CEO watched TV.", "“When will it end?” they asked.", "", "THE END", "@Someone wrote #Something",
    ],
)  # fmt: skip
def test_capitals_alone_make_no_name(text: str) -> None:
    assert find_names(text) == ()


def test_a_word_seen_inside_one_sentence_is_known_at_the_beginning_of_another() -> None:
    text = "They reached Karbend at noon. Karbend was empty."
    assert [name.text for name in find_names(text)] == ["Karbend", "Karbend"]


def test_a_surname_alone_is_the_person_of_the_full_name() -> None:
    text = "The judge met Szymon Marcin. Later, Marcin left."
    assert [(name.text, name.kind) for name in find_names(text)] == [
        ("Szymon Marcin", PERSON),
        ("Marcin", PERSON),
    ]


def test_a_headline_in_capitals_gives_known_names_only() -> None:
    text = "Storm Batters Coast of Portugal as Anna Silva Calls for Calm in Lisbon"
    assert [name.text for name in find_names(text)] == ["Portugal", "Anna Silva", "Lisbon"]


def test_a_wrapped_line_does_not_cut_a_name_but_a_heading_ends_one() -> None:
    wrapped = (
        "It was said in the evening by the long serving minister of the interior, Anna\nSilva, in a speech."
    )
    assert "Anna\nSilva" in [name.text for name in find_names(wrapped)]
    assert "Lisbon\nAnna Silva" not in [name.text for name in find_names("Calm in Lisbon\nAnna Silva spoke.")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nouri al-Maliki", "Nuri al-Maliki"),
        ("Nouri al-Maliki", "Nouri Maliki"),
        ("Maliki", "Prime Minister Nouri al-Maliki"),
        ("al-Nujaifi", "Nuajifi"),
        ("Osama al-Nujaifi", "Usama Nuajifi"),
        ("Baiji", "Beiji"),
        ("Arbil", "Erbil"),
        ("Kiev", "Kyiv"),
        ("International Organization for Migration", "International Organisation for Migration"),
        ("IOM", "International Organization for Migration"),
        ("U.S.", "United States"),
        ("UN", "United Nations"),
        ("Recep Tayyip Erdogan", "Recep Erdoğan"),
        ("Volodymyr Zelenskyy", "Zelensky"),
        ("J. Hart", "Joe Hart"),
        ("Bill Hart", "William Hart"),
        ("Mr. Hart", "Joe Hart"),
        ("Xi", "Xi Jinping"),
        ("São Paulo", "Sao Paulo"),
        ("The New York Times", "New York Times"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Iran", "Iraq"),
        ("Niger", "Nigeria"),
        ("Slovakia", "Slovenia"),
        ("Georgia", "George"),
        ("Paris", "Peres"),
        ("Johnson", "Johnston"),
        ("Mary Hart", "Joe Hart"),
        ("Maria Lopez", "Mario Lopez"),
        ("New York", "York"),
        ("Delaware", "Delaware River"),
        ("World Bank", "Bank"),
        ("Department of Justice", "Department of Defense"),
        ("", "Hart"),
    ],
)
def test_other_names_are_not_the_same(one: str, other: str) -> None:
    assert not same_name(one, other)
    assert not same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nouri al-Maliki", "Nuri Maliki"),
        ("Baiji", "Beiji"),
        ("World Health Organisation", "world health organization"),
    ],
)
def test_spellings_share_a_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@settings(max_examples=300, deadline=None)
@given(PIECES)
def test_any_text_is_read_with_exact_places_and_always_alike(text: str) -> None:
    found = find_names(text)
    assert found == find_names(text)
    last = 0
    for name in found:
        assert text[name.start : name.end] == name.text
        assert last <= name.start < name.end
        assert name_key(name.text) == name_key(name.text)
        assert same_name(name.text, name.text)
        last = name.end


@given(st.text(max_size=20), st.text(max_size=20))
def test_sameness_is_symmetric(one: str, other: str) -> None:
    assert same_name(one, other) is same_name(other, one)


@pytest.mark.parametrize(
    "piece",
    [
        "A",
        "Aa ",
        "Aa, ",
        "U.S.",
        "May ",
        "Mr. ",
        "al-A",
        "Bank of ",
        "Aa and ",
        "O'",
        "\n",
        "“A”",
        "The New York ",
    ],
)
def test_a_hostile_line_takes_linear_time(piece: str) -> None:
    short, long = (piece * (size // len(piece)) for size in (25_000, 100_000))
    assert _seconds(long) < 12 * _seconds(short) + 0.5


def _seconds(text: str) -> float:
    # Of this process alone: others on the machine must not count.
    started = time.process_time()
    find_names(text)
    return time.process_time() - started
