"""Answers by an LLM over a scripted server: what is shown is proved, what is not proved is not shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from llm_world import FAIR, JAIL, PROVIDERS, World, opened
from model_server import Asked, Hang, Raw, Say, Script, Status

from bot.model import Answer, Label, Usage
from bot.model import Status as Found
from bot.render import answer_to_json

FREED = "How many prisoners were freed in Norwick?"
TRUE = "They freed 300 prisoners in Norwick"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with opened(tmp_path_factory.mktemp("llm"), {"jail.md": JAIL, "fair.md": FAIR}) as made:
        yield made


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.patience._PAUSES_S", (0.01, 0.01))


def ask(world: World, script: Script, *, question: str = FREED, **options: object) -> Answer:
    with world.served(script, **options) as (answer, _):  # type: ignore[arg-type]
        return answer(question)


def number_of(asked: Asked, words: str) -> int:
    return next(number for number, text in asked.sentences.items() if words in text)


def saying(text: str, **words: str) -> object:
    """A step that writes ``{name}`` as the number of the sentence that holds the words."""

    def step(asked: Asked) -> Say:
        return Say(text.format(**{name: number_of(asked, wanted) for name, wanted in words.items()}))

    return step


def texts(answer: Answer) -> list[str]:
    return [sentence.text for sentence in answer.sentences]


def quotes(answer: Answer, sentence: int = 0) -> list[str]:
    return [answer.citations[number - 1].quote for number in answer.sentences[sentence].citations]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_true_sentence_is_shown_with_its_quote(world: World, provider: str) -> None:
    with world.served([saying("They freed 300 prisoners in Norwick [{n}].", n="300")], provider=provider) as (
        answer,
        server,
    ):
        found = answer(FREED)
    assert texts(found) == [f"{TRUE}."]
    assert quotes(found) == ["They freed 300 prisoners in Norwick."]
    sentence = found.sentences[0]
    assert sentence.verdict is Label.SUPPORTED and sentence.score > 0.9
    assert found.engine.answerer == "llm" and found.engine.llm == f"{provider}/scripted"
    assert found.engine.judge == "lexical-2"
    assert [name for name, _ in found.engine.prompts] == [
        "answer_cited" if provider == "anthropic" else "answer"
    ]
    assert found.usage == Usage(prompt_tokens=1200, completion_tokens=34)
    assert found.notes == () and found.dropped == ()
    asked = server.asked[0]
    assert asked.streams
    # The question and the articles are data: neither joins our instructions.
    assert FREED not in asked.system and "prisoners" not in asked.system


MARKED = [
    f"{TRUE} [{{n}}].",
    f"{TRUE}. [{{n}}]",
    f"{TRUE}.[{{n}}]",
    f"{TRUE} 【{{n}}】.",
    f"{TRUE} 【{{n}}†source】.",
    f"{TRUE} ({{n}}).",
    f"{TRUE}. ({{n}})",
    f"{TRUE}^{{n}}.",
    f"{TRUE}.^[{{n}}]",
    f"{TRUE} <sup>{{n}}</sup>.",
    f"{TRUE} [{{n}}][{{n}}].",
    f"{TRUE} [{{n}}, {{n}}].",
    f"{TRUE} [{{n}}-{{n}}].",
    f"{TRUE} [S{{n}}].",
    f"{TRUE} [source {{n}}].",
    f"{TRUE}.",  # none
    f"{TRUE} [0].",
    f"{TRUE} [999].",
    f"{TRUE} [99999].",
    f"{TRUE} [1-9999].",
    f"{TRUE} [{{other}}].",  # a wrong one
    f"{TRUE} [{{other}}][{{n}}].",
    f"[{{n}}] {TRUE}.",
    f"- {TRUE} [{{n}}].",
    f"**Answer:** {TRUE} [{{n}}].",
    f"**{TRUE}** [{{n}}].",
    f"<think>Let me see. 40 stalls burned.</think>{TRUE} [{{n}}].",
    f"```\n{TRUE} [{{n}}].\n```",
    f"{TRUE} [{{n}}].\n\nSources:\n[{{n}}] Jail opened in Norwick\n[{{other}}] The fair of Norwick",
    f"{TRUE} [{{n}}]. {TRUE} [{{n}}]. {TRUE}. [{{n}}]",  # once is enough
]


@pytest.mark.parametrize("text", MARKED)
def test_marks_are_hints(world: World, text: str) -> None:
    found = ask(world, [saying(text, n="300", other="40 stalls")])
    assert texts(found) == [f"{TRUE}."]
    assert quotes(found) == ["They freed 300 prisoners in Norwick."]
    assert found.dropped == ()


def test_a_claim_of_several_statements_rests_on_several_sentences(world: World) -> None:
    found = ask(
        world,
        [Say("They freed 300 prisoners in Norwick, while the guards had left the town the night before.")],
    )
    assert quotes(found) == [
        "They freed 300 prisoners in Norwick.",
        "The guards had left\nthe town the night before.",
    ]
    assert found.citations[0].article.published == date(2014, 6, 11)


def test_who_he_is_stands_in_a_quote_of_its_own(world: World) -> None:
    found = ask(world, [Say("Ada Brandt wants the gate to be guarded by ten men.")])
    assert quotes(found) == [
        "She wants the gate to be guarded by ten\nmen.",
        "Mayor Ada Brandt said the town would not pay for a new gate.",
    ]


def test_a_name_in_full_stands_in_a_quote_of_its_own(world: World) -> None:
    text = "Mayor Ada Brandt has ordered a survey of the walls."
    found = ask(world, [Say(text)])
    assert texts(found) == [text]
    assert quotes(found) == [
        "Brandt has ordered a survey of the walls.",
        "Mayor Ada Brandt said the town would not pay for a new gate.",
    ]


def test_neighbours_are_not_mixed_up(world: World) -> None:
    claims = [
        "The guards would not pay for a new gate.",
        "Mayor Ada Brandt had left the town the night before.",
        "Ingrid Solheim came to the fair in 2013 with half a million people.",
    ]
    found = ask(world, [Say(" ".join(claims))])
    assert found.engine.answerer == "quote"
    assert [dropped.text for dropped in found.dropped] == claims


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("According to The Post, they freed 300 prisoners in Norwick.", "jail.md"),
        ("They freed 300 prisoners in Norwick, according to The Post.", "jail.md"),
        ("The Evening Courier reports that the fair of Norwick has 40 stalls this year.", "fair.md"),
        (
            "According to the article “The fair of Norwick”, the fair of Norwick has 40 stalls this year.",
            "fair.md",
        ),
        ("According to the Evening Courier, they freed 300 prisoners in Norwick.", None),
        ("According to the Daily Planet, they freed 300 prisoners in Norwick.", None),
    ],
)
def test_a_newspaper_is_named_rightly_or_not_at_all(world: World, text: str, file: str | None) -> None:
    found = ask(world, [Say(text)])
    assert (texts(found) == [text]) == (file is not None)
    assert file is None or {citation.article.file for citation in found.citations} == {file}


INVENTED = [
    "They freed 900 prisoners in Norwick [2].",
    "They freed 300 prisoners in Sandvik [2].",
    "They freed 300 prisoners in Norwick on Friday [2].",
    "They did not free 300 prisoners in Norwick [2].",
    "They freed 300 prisoners in Norwick and burned the courthouse down [2].",
    "The guards were paid by Ada Brandt [2].",
    "“We will be back,” a gunman said in Norwick [2].",
    "Ingrid Solheim freed 300 prisoners in Norwick [2].",
    "The gate cost 4.5 billion euros in 2009.",
    "Mayor Ada Brandt said the town would pay for a new gate.",
    "Yes.",
    "YES, definitely",
    "42",
    "See https://example.org/norwick for more.",
    "@everyone They freed 300 prisoners in Norwick.",
    "![freed](https://example.org/x.png) They freed 300 prisoners in Norwick.",
    '{"answer": "They freed 300 prisoners in Norwick"}',
]


@pytest.mark.parametrize("text", INVENTED)
def test_what_no_article_proves_is_not_shown(world: World, text: str) -> None:
    found = ask(world, [Say(f"{TRUE}. {text}")])
    assert texts(found)[0] == f"{TRUE}."
    # Half of it held: quotes may be added, nothing of what was invented.
    assert text.split(" [")[0].rstrip(".") not in " ".join(texts(found))
    assert len(found.dropped) == 1
    assert any("1 sentence by openai/scripted left out" in note for note in found.notes)


def test_where_nothing_holds_quotes_answer_and_a_note_says_so(world: World) -> None:
    found = ask(world, [Say("They freed 900 prisoners [1]. The mayor fled to Sandvik [2].")])
    assert found.engine.answerer == "quote" and found.engine.llm == "openai/scripted"
    assert texts(found) == ["They freed 300 prisoners in Norwick."]
    assert len(found.dropped) == 2
    note = "no article proves what openai/scripted wrote (2 sentences left out); quoted instead"
    assert found.notes == (note,)
    assert found.usage is not None


def test_where_little_holds_quotes_are_added_and_numbers_go_on(world: World) -> None:
    script = [
        Say(
            "The fair of Norwick has 40 stalls this year. They freed 900 prisoners. Brandt shot a guard. "
            "The gate is made of gold."
        )
    ]
    found = ask(world, script)
    assert found.engine.answerer == "llm+quote"
    assert texts(found)[0] == "The fair of Norwick has 40 stalls this year."
    assert "They freed 300 prisoners in Norwick." in texts(found)
    assert len(found.dropped) == 3
    assert found.notes[-1].endswith("quotes were added")


def test_what_the_model_does_not_find_is_decided_by_quoting(world: World) -> None:
    found = ask(world, [Say("The articles do not say.")])
    assert texts(found) == ["They freed 300 prisoners in Norwick."]
    assert found.notes == ("openai/scripted found no answer; quoted instead",)
    found = ask(world, [Say("The articles do not say.")], question="What is the capital of Australia?")
    assert found.status is Found.NOT_FOUND
    assert found.notes == () and found.dropped == ()


def test_a_remark_on_what_is_missing_is_no_claim(world: World) -> None:
    found = ask(world, [Say(f"{TRUE}. The articles do not say who they were.")])
    assert texts(found) == [f"{TRUE}."]
    assert found.dropped == () and found.notes == ()


def test_small_talk_is_not_sent_anywhere(world: World) -> None:
    with world.served([Say("Hello!")]) as (answer, server):
        assert answer("Hello").status is Found.NOT_FOUND
        assert server.asked == []


FAULTS = [
    (Status(429), "is asked too often"),
    (Status(500), "has a fault (HTTP 500)"),
    (Status(503), "has a fault (HTTP 503)"),
    (Status(529), "has a fault (HTTP 529)"),
    (Status(401, "bad key sk-secret"), "does not accept the key"),
    (Status(404), "knows no such model"),
    (Status(400), "does not take the request (HTTP 400)"),
    (Status(429, retry_after="3600"), "is asked too often"),
    (Say(""), "sent an empty reply"),
    (Say("   \n \n"), "sent an empty reply"),
    (Say("They freed 300 pris", cut_after=14), "broke off"),
    (Say(TRUE, ends="length"), "broke off"),
    (Raw(b"{not json"), "cannot be read"),
    (Raw(b"[]"), "cannot be read"),
    (Raw(b"<html>busy</html>", "text/html"), "cannot be read"),
    (Raw(b"data: {oops\n\n", "text/event-stream"), "cannot be read"),
    (Say("\x00\x01\x02\x03\ufffd\ufffd\x07\x08" * 50), "no text"),
]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(("fault", "why"), FAULTS, ids=[str(why) for _, why in FAULTS])
def test_a_fault_that_lasts_leads_to_quotes_and_one_line(
    world: World, provider: str, fault: object, why: str
) -> None:
    with world.served([fault], provider=provider, key="sk-secret") as (answer, server):  # type: ignore[list-item]
        found = answer(FREED)
        assert 1 <= len(server.asked) <= 3
    assert texts(found) == ["They freed 300 prisoners in Norwick."]
    assert found.engine.answerer == "quote"
    (note,) = found.notes
    assert "\n" not in note and note.endswith("; quoted instead")
    assert why in note or "empty reply" in note or "cannot be read" in note
    assert "sk-secret" not in str(answer_to_json(found))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "fault",
    [
        Status(429, retry_after="0.01"),
        Status(500),
        Say(""),
        Raw(b"{not json"),
        Say("They fre", cut_after=3),
        Status(400),
    ],
    ids=str,
)
def test_a_fault_that_passes_is_not_noticed(world: World, provider: str, fault: object) -> None:
    with world.served([fault, Say(f"{TRUE}.")], provider=provider) as (answer, server):  # type: ignore[list-item]
        found = answer(FREED)
        assert len(server.asked) == 2
    assert texts(found) == [f"{TRUE}."] and found.notes == ()
    assert found.engine.answerer == "llm"


def test_a_server_that_cannot_stream_is_asked_for_the_whole(world: World) -> None:
    def refuse_streams(asked: Asked) -> object:
        return Raw(b'{"choices": []}') if asked.streams else Say(f"{TRUE}.")

    found = ask(world, [refuse_streams])  # type: ignore[list-item]
    assert texts(found) == [f"{TRUE}."]


def test_a_server_that_is_not_there_is_told(world: World) -> None:
    with world.served([Say("")]) as (answer, server):
        server.close()
        found = answer(FREED)
    (note,) = found.notes
    assert "cannot be reached at http://127.0.0.1:" in note and "is the server running?" in note


@pytest.mark.parametrize("hang", [Hang(), Hang(drip=0.05)], ids=["silent", "dripping"])
def test_a_server_that_hangs_is_given_up(world: World, hang: Hang) -> None:
    found = ask(world, [hang], timeout_s=0.6)
    assert found.engine.answerer == "quote"
    assert "did not answer" in found.notes[0]


def test_what_was_proved_before_a_cut_is_kept(world: World) -> None:
    text = f"{TRUE}. The fair of Norwick has 40 stalls this year. Half a million people came to the fair in 2013."
    found = ask(world, [Say(text, cut_after=100)])
    assert texts(found) == [f"{TRUE}.", "The fair of Norwick has 40 stalls this year."]
    assert found.notes == ("openai/scripted broke off; the answer may be incomplete",)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_passages_that_are_too_long_are_shortened_once(world: World, provider: str) -> None:
    def refuse(asked: Asked) -> object:
        if len(asked.sentences) > 6:
            return Status(400, "This model's maximum context length is 512 tokens")
        return Say(f"{TRUE}.")

    with world.served([refuse], provider=provider) as (answer, server):  # type: ignore[list-item]
        found = answer(FREED)
    assert len(server.asked) == 2
    assert texts(found) == [f"{TRUE}."]


@pytest.mark.parametrize("text", [f"{TRUE}. " * 9000, "x" * 100_000, "Norwick " * 20_000, "\n" * 50_000])
def test_a_reply_without_end_is_cut_off(world: World, text: str) -> None:
    found = ask(world, [Say(text, step=1000)])
    assert texts(found) in ([f"{TRUE}."], ["They freed 300 prisoners in Norwick."])
    assert all(len(dropped.text) <= 400 for dropped in found.dropped)


def test_an_article_indexed_anew_meanwhile_is_not_cited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.draft.Draft._still_stand", lambda *_: False)
    found = ask(world, [Say(f"{TRUE}.")])
    assert found.engine.answerer == "quote"
    assert found.dropped[0].reason == "its article was indexed anew meanwhile"


def test_usage_and_cost_are_told(world: World) -> None:
    found = ask(world, [Status(500), Say(f"{TRUE}.", cost=0.0125)])
    told = answer_to_json(found)
    assert told["usage"] == {"prompt_tokens": 1200, "completion_tokens": 34, "cost": 0.0125}
    assert told["engine"]["llm"] == "openai/scripted"
    assert told["timings_ms"]["check"] > 0
    # How sure it is that the articles say is the quoting answerer's to tell, whoever writes.
    assert told["confidence"] > 0.35


def test_the_global_settings_of_llama_index_stay_untouched(world: World) -> None:
    from llama_index.core.settings import Settings

    ask(world, [Say(f"{TRUE}.")])
    assert Settings._llm is None and Settings._embed_model is None
