"""Sentences: where they end, and that each is its text to the letter."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sentences import split_sentences

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
MOSUL = DATA / "mosul"
REALTIMEQA = DATA / "realtimeqa" / "articles_2022.jsonl.gz"

# Each entry is the sentences of one paragraph, as a person would cut it.
HARD = [
    ["Mr. Maliki spoke first.", "Gov. Atheel al-Nujaifi did not."],
    ["Gen. Mahdi Gharawi fled with Lt. Col. Hassan.", "Their cars were found later."],
    ["The U.S. Senate met on Tuesday.", "It adjourned at noon."],
    ["He came back from the U.S.", "Nobody met him."],
    ["The meeting began at 5 p.m. ET.", "It ended at 9 p.m. GMT."],
    ["Polls close at 8 p.m. in most states.", "Counting starts at once."],
    ["It opened at 9 a.m.", "Traders were waiting."],
    ["Inflation rose 3.4 percent.", "Wages rose 1.2 percent."],
    ["The price fell to $3.50.", "Nobody bought.", "Later it rose."],
    ['"We will not leave," he said.', '"This is our home."'],
    ['"Why did they go?" she asked.', "Nobody knew."],
    ["“Why did they go?” she asked.", "“Nobody knows.”"],
    ['He said: "Stop!"', "Then he left."],
    ["He shouted “Stop!”", "Then he left."],
    ["They call it “the plan.”", "It has no other name."],
    ["The army (or what was left of it) withdrew.", "Its guns stayed."],
    ["The army withdrew (its guns stayed.)", "The city fell."],
    ["He paused … and went on.", "Nobody spoke."],
    ["He paused... and went on.", "Nobody spoke."],
    ["And then...", "Silence fell over the square."],
    ["Yahoo! bought the firm for $1.1bn.", "The sale closed in May."],
    ["J. K. Rowling wrote it.", "George W. Bush read it."],
    ["John F. Kennedy Jr. was there.", "So was Martin Luther King Jr."],
    ["The talks with Acme Inc. collapsed.", "Its rival Beta Corp. gained."],
    ["Acme Inc. and Beta Ltd. merged on Jan. 3.", "The new firm is called Gamma."],
    ["On Sept. 11, 2001, the towers fell.", "On Dec. 7 they were remembered."],
    ["The No. 2 official resigned.", "The No. 1 stayed."],
    ["See Fig. 3 for the map.", "It shows the Tigris."],
    ["He lives on 5th Ave. in New York.", "She does not."],
    ["The bridge at St. Louis fell.", "Mt. Hood was closed."],
    ["Rep. Lee (D-Calif.) voted no.", "Sen. Cruz (R-Texas) voted yes."],
    ["The vote was 51-49.", "It was close."],
    ["The vote ended 51 to 49.", "It was close."],
    ["Who knew?", "Nobody.", "Not even the governor."],
    ["What?!", "Nobody had told him."],
    ["The firm, e.g. its bank, failed.", "Others, i.e. two rivals, did not."],
    ["Visit example.com today.", "Or write to desk@example.org."],
    ["The rate is approx. 4 percent.", "It was 3."],
    ["Dr. Smith vs. Dr. Jones was heard.", "The court adjourned."],
    ["She holds a Ph.D. in physics.", "He holds none."],
    ["The U.N. Security Council met.", "The U.K. abstained."],
    ["It is led by the E.U. and the U.S. together.", "Others watch."],
    ["The a.m. session was quiet.", "The p.m. session was not."],
    ["He was born in Washington, D.C. and died there.", "His son did too."],
    ["Brig. Gen. Saad Maan spoke.", "Maj. Gen. Ali did not."],
    ["The 3.5-mile road was shut.", "The 10 km road was open."],
    ["ISIS, ISIL, etc. are names of one group.", "It has others."],
    ["iPhone sales rose.", "iPad sales did not."],
    ["He said it twice.", "'It is over.'", "Nobody answered."],
    ["“It is over,” he said.", "“It is over.”", "Nobody answered."],
    ["They fled.[1]", "They came back.[2]"],
    ["The cost: $1.5 million.", "The gain: none."],
    ["Was it Mr. al-Maliki?", "It was."],
    ["At 10.30 p.m. the lights went out.", "At 11 they came on."],
    ["His Excellency A. Hussein arrived.", "B. Saleh left."],
    ["The Rev. Al Sharpton spoke.", "The Hon. Judge Hill listened."],
    ["Wait… what?", "They had gone."],
    ["Prices (up 4.5%) worry him.", "Wages (up 1%) do too."],
    ["Lt. Gen. Abud Qanbar left at 2:30 a.m. on Tuesday.", "Nobody followed."],
    ["‘We ran,’ said Um Ahmed.", "‘We had no time.’"],
]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def boundaries(parts: list[str]) -> set[int]:
    ends, position = set(), 0
    for part in parts[:-1]:
        position += len(part)
        ends.add(position)
        position += 1
    return ends


def score() -> tuple[float, float, list[str]]:
    """Return precision and recall of the ends found within HARD, and the paragraphs that went wrong."""
    right = found = wanted = 0
    wrong = []
    for parts in HARD:
        text = " ".join(parts)
        ends = {end for _, end in split_sentences(text)[:-1]}
        expected = boundaries(parts)
        right += len(ends & expected)
        found += len(ends)
        wanted += len(expected)
        if ends != expected:
            wrong.append(" | ".join(sentences(text)))
    return right / found, right / wanted, wrong


def check(text: str, start: int = 0, end: int | None = None) -> None:
    """Check the promises of split_sentences, whatever the text."""
    stop = len(text) if end is None else end
    position = start
    for first, last in split_sentences(text, start, end):
        assert position <= first < last <= stop
        assert not text[position:first].replace("\ufeff", "").strip()
        sentence = text[first:last]
        assert sentence == sentence.strip().strip("\ufeff")
        position = last
    assert not text[position:stop].replace("\ufeff", "").strip()


def test_hard_news_sentences_end_where_a_reader_would_end_them() -> None:
    precision, recall, wrong = score()
    assert len(HARD) == 60
    assert precision >= 0.95, wrong
    assert recall >= 0.95, wrong


@pytest.mark.parametrize(
    "parts",
    [
        ["Mr. Maliki spoke first.", "Gov. Atheel al-Nujaifi did not."],
        ["The meeting began at 5 p.m. ET.", "It ended at 9 p.m. GMT."],
        ['"Why did they go?" she asked.', "Nobody knew."],
        ["Brig. Gen. Saad Maan spoke.", "Maj. Gen. Ali did not."],
        ["They call it “the plan.”", "It has no other name."],
    ],
)
def test_these_are_never_cut_wrong(parts: list[str]) -> None:
    assert sentences(" ".join(parts)) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\r\n \u00a0 ", []),
        ("\ufeff", []),
        ("\ufeffFirst line. Second.", ["First line.", "Second."]),
        ("One.\r\nTwo.\r\n", ["One.", "Two."]),
        (
            "Headline without a stop\n\nThe text begins. It goes on.",
            ["Headline without a stop", "The text begins.", "It goes on."],
        ),
        (
            "HEADLINE\nBy A. Reporter\nBAGHDAD - It began.",
            ["HEADLINE", "By A. Reporter", "BAGHDAD - It began."],
        ),
        ("- one item\n- another item", ["- one item", "- another item"]),
        ("Same.\n\nSame.\n\nSame.", ["Same.", "Same.", "Same."]),
        ("A tab.\tAnother.\u00a0And one more.", ["A tab.", "Another.", "And one more."]),
        ("They fled 🚗💨. Nobody saw.", ["They fled 🚗💨.", "Nobody saw."]),
        ("Cafe\u0301s shut. Te\u0301he\u0301ran too.", ["Cafe\u0301s shut.", "Te\u0301he\u0301ran too."]),
        ("A line that goes\non in small letters. Next.", ["A line that goes\non in small letters.", "Next."]),
        ("Ends here.\nwith a small letter", ["Ends here.", "with a small letter"]),
    ],
)
def test_layouts_are_cut_at_their_lines(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
    check(text)


def test_a_hard_wrapped_paragraph_is_read_as_one() -> None:
    text = (
        "The governor told reporters on Tuesday that the army had left the\n"
        "Western side of the city during the night, and that the police\n"
        "Stations on the left bank were burning. Nobody knew who had given\n"
        "the order to go.\n\nA second paragraph.\n"
    )
    assert [sentence[:12] for sentence in sentences(text)] == ["The governor", "Nobody knew ", "A second par"]
    check(text)


def test_lists_and_verses_are_not_taken_for_wrapped_text() -> None:
    text = "Short\nA rather longer line of a list\nMid length line\nX\n"
    assert len(sentences(text)) == 4


def test_a_part_of_a_text_is_split_within_its_ends() -> None:
    text = "---\ntitle: A. B.\n---\nOne. Two. Three."
    start, end = text.index("One"), text.index(" Three")
    assert [text[a:b] for a, b in split_sentences(text, start, end)] == ["One.", "Two."]
    check(text, start, end)


@pytest.mark.parametrize(
    "line",
    [
        "x" * 200_000,
        "a.b" * 60_000,
        "no stop at all " * 15_000,
        "Stop. " * 20_000,
        "?!" * 50_000,
        "… " * 40_000,
        '."' * 40_000,
        ". " * 40_000,
        " " * 200_000 + "x",
    ],
    ids=[
        "letters",
        "dots inside",
        "no stop",
        "many stops",
        "marks",
        "ellipses",
        "quoted stops",
        "stops",
        "blanks",
    ],
)
def test_very_long_lines_are_split_in_passing(line: str) -> None:
    # Under a second each on a quick machine; quadratic time would be minutes.
    check(line)


NEWS = st.sampled_from(
    [
        *"\n\r\t .?!…:;,-\"'()[]“”‘’",
        "\u00a0",
        "\ufeff",
        "\u2028",
        "\u200b",
        "\x0c",
        "\x85",
        "\r\n",
        "\n\n",
        " ",
        " ",
        "Mr. ",
        "U.S. ",
        "p.m. ",
        "ET. ",
        "3.5 ",
        "J. ",
        "e\u0301",
        "🚗",
        "He ",
        "the ",
        "city ",
        "said ",
        "... ",
    ]
)
TEXT = st.one_of(st.lists(NEWS, max_size=60).map("".join), st.text(max_size=80))


@settings(max_examples=400, deadline=None)
@given(text=TEXT)
def test_sentences_are_the_text_in_order_with_only_blanks_between(text: str) -> None:
    check(text)


@settings(max_examples=100, deadline=None)
@given(text=TEXT, data=st.data())
def test_sentences_stay_inside_the_part_asked_for(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    check(text, start, data.draw(st.integers(start, len(text))))


@settings(max_examples=100, deadline=None)
@given(text=TEXT)
def test_a_paragraph_is_split_the_same_wherever_it_stands(text: str) -> None:
    alone = [(a, b) for a, b in split_sentences(text)]
    shifted = [(a - 9, b - 9) for a, b in split_sentences(f"Heading\n\n{text}") if a >= 9]
    assert shifted == alone


@pytest.mark.skipif(not MOSUL.is_dir(), reason="needs ../shared/data/mosul")
def test_every_mosul_article_is_split_to_the_letter() -> None:
    files = [path for path in MOSUL.rglob("*") if path.suffix in {".txt", ".md"}]
    assert files
    for path in files:
        check(path.read_bytes().decode("utf-8"))


@pytest.mark.skipif(not REALTIMEQA.is_file(), reason="needs ../shared/data/realtimeqa")
def test_realtimeqa_articles_are_split_to_the_letter() -> None:
    with gzip.open(REALTIMEQA, "rt", encoding="utf-8") as lines:
        for number, line in zip(range(500), lines, strict=False):
            text = json.loads(line)["text"]
            check(text.replace("\n", "\r\n") if number % 3 == 0 else text)
