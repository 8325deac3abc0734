"""What the bot remembers: questions, conversations, votes, gaps; and how much it lets through."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_fake import FakeDesk

from bot.discord.feedback import Feedback, feedback_cases
from bot.discord.journal import Journal, JsonLines, WithoutNetworkTraces, redact
from bot.discord.limits import Limiter
from bot.discord.model import Door, Inquiry, Room, Source, State, Vote, new_id
from bot.discord.samples import make_samples
from bot.discord.store import Store
from index.errors import ConfigError

ANN, BEN = 1, 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "bot.sqlite")
    yield opened
    opened.close()


_SOURCE = Source(
    number=1,
    file="wire/ferry.txt",
    title="Ferry",
    publisher=None,
    published=None,
    url=None,
    quote="It left.",
    start=0,
    end=8,
    line_start=1,
    line_end=1,
)


def ask(
    store: Store,
    question: str = "How many?",
    *,
    state: State = State.ANSWERED,
    said: str = "Three.",
    **more: Any,
) -> Inquiry:
    trigger = more.pop("trigger", int(new_id(), 16) >> 2)
    now = more.pop("now", 1000.0)
    inquiry = Inquiry(
        **{
            "trigger": trigger,
            "message": trigger,
            "door": Door.MENTION,
            "guild": 7,
            "channel": 70,
            "asker": ANN,
            "question": question,
            **more,
        }
    )
    assert store.claim(inquiry, now=now)
    store.settle(inquiry.id, state, said=said, sources=(_SOURCE,))
    store.finish(inquiry.id)
    return inquiry


def test_a_message_is_claimed_once(store: Store) -> None:
    inquiry = ask(store, trigger=5)
    assert not store.claim(replace(inquiry, id=new_id()), now=1001.0)


def test_what_was_stored_comes_back(store: Store) -> None:
    inquiry = ask(store, private=True, folder="wire")
    record = store.record(inquiry.id)
    assert record is not None
    assert (record.inquiry, record.state, record.said, record.sources) == (
        inquiry,
        State.ANSWERED,
        "Three.",
        (_SOURCE,),
    )
    store.finish(inquiry.id, [(70, 900), (70, 901)])
    assert store.posts(inquiry.id) == ((70, 900), (70, 901))
    for message in (900, 901, inquiry.message):
        found = store.record_of_message(message or 0)
        assert found is not None and found.inquiry.id == inquiry.id
    assert store.record_of_message(1) is None


def test_it_is_there_after_a_restart_and_for_nobody_else(tmp_path: Path) -> None:
    file = tmp_path / "new" / "bot.sqlite"
    first = Store(file)
    inquiry = ask(first)
    first.set_room(7, 70, Room(folder="wire", thread=True))
    first.set_fact("a", "b")
    first.close()
    second = Store(file)
    assert second.record(inquiry.id) is not None
    assert second.rooms() == {(7, 70): Room(folder="wire", thread=True)}
    assert second.fact("a") == "b" and second.fact_or("a", lambda: "c") == "b" and second.fact("x") is None
    second.close()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.sqlite").write_text("no database at all, but a text of some length")
    for bad in (tmp_path / "text.sqlite", tmp_path):
        with pytest.raises(ConfigError, match="DATELINE_DISCORD_DATABASE"):
            Store(bad)


def test_history_is_the_chain_of_parents(store: Store) -> None:
    first = ask(store, "How many?", said="Three.")
    second = ask(store, "And in Tikrit?", parent=first.id, said="Four.")
    turns = store.history(second.id, reader=BEN)
    assert [(turn.question, turn.answer) for turn in turns] == [
        ("How many?", "Three."),
        ("And in Tikrit?", "Four."),
    ]
    assert store.history(None, reader=BEN) == ()


def test_a_private_turn_is_no_part_of_anybody_elses_history(store: Store) -> None:
    private = ask(store, private=True)
    public = ask(store, parent=private.id, asker=BEN)
    assert len(store.history(public.id, reader=BEN)) == 1
    assert len(store.history(private.id, reader=ANN)) == 1
    assert store.history(private.id, reader=BEN) == ()


def test_the_latest_is_of_the_channel_and_of_the_person_where_it_is_private(store: Store) -> None:
    ask(store, now=1000.0)
    latest = ask(store, now=1001.0, asker=BEN)
    mine = ask(store, now=1002.0, private=True)
    ask(store, now=1003.0, state=State.FAILED)
    found = store.latest(70, since=900.0, asker=None, private=False)
    assert found is not None and found.inquiry.id == latest.id
    found = store.latest(70, since=900.0, asker=ANN, private=True)
    assert found is not None and found.inquiry.id == mine.id
    assert store.latest(70, since=900.0, asker=BEN, private=True) is None
    assert store.latest(70, since=2000.0, asker=None, private=False) is None


def test_forgetting_takes_questions_answers_posts_and_votes(store: Store, tmp_path: Path) -> None:
    own, other = ask(store, "Where is the harbour master?"), ask(store, asker=BEN)
    store.finish(own.id, [(70, 900)])
    feedback = Feedback(store)
    feedback.vote(own.id, BEN, Vote.UP, now=1.0)
    feedback.vote(other.id, ANN, Vote.DOWN, now=1.0)
    assert store.forget_person(ANN) == 2
    assert store.record(own.id) is None and store.record_of_message(900) is None
    assert feedback.count(other.id) == {}
    assert store.record(other.id) is not None
    store.close()
    assert b"harbour master" not in (tmp_path / "bot.sqlite").read_bytes()


def test_old_records_go_and_running_ones_stay(store: Store) -> None:
    ask(store, now=10.0)
    running = Inquiry(trigger=9, door=Door.SLASH, guild=None, channel=70, asker=ANN, question="x")
    store.claim(running, now=10.0, token="secret")
    assert store.forget_before(1000.0) == 1
    (left,) = store.unfinished()
    assert (left.inquiry.id, left.token) == (running.id, "secret")
    store.finish(running.id)
    settled = store.record(running.id)
    assert settled is not None and settled.token is None and store.unfinished() == ()


def test_one_vote_a_person_and_it_can_be_changed(store: Store) -> None:
    feedback, inquiry = Feedback(store), ask(store)
    assert feedback.vote(inquiry.id, ANN, Vote.UP, now=1.0) is None
    assert feedback.vote(inquiry.id, ANN, Vote.UP, now=2.0) is Vote.UP
    assert feedback.vote(inquiry.id, ANN, Vote.DOWN, now=3.0, remark="wrong year") is Vote.UP
    assert feedback.vote(inquiry.id, ANN, Vote.DOWN, now=4.0) is Vote.DOWN
    feedback.vote(inquiry.id, BEN, Vote.UP, now=5.0)
    assert feedback.count(inquiry.id) == {Vote.DOWN: 1, Vote.UP: 1}
    (gap,) = feedback.gaps(7, limit=9)
    assert gap.remark == "wrong year" and gap.complained


def test_gaps_are_of_one_server_and_never_private(store: Store) -> None:
    feedback = Feedback(store)
    ask(store, "Who won?", state=State.NOT_FOUND, now=1.0)
    ask(store, "who won?", state=State.NOT_FOUND, now=2.0)
    ask(store, "Secret?", state=State.NOT_FOUND, private=True)
    ask(store, "Elsewhere?", state=State.NOT_FOUND, guild=8)
    ask(store, "Fine?")
    (gap,) = feedback.gaps(7, limit=9)
    assert (gap.question.lower(), gap.times, gap.complained) == ("who won?", 2, False)


def test_feedback_becomes_cases(store: Store, tmp_path: Path) -> None:
    feedback = Feedback(store)
    first = ask(store, "How many?", now=1.0)
    liked = ask(store, "And cars?", now=2.0, parent=first.id)
    disliked = ask(store, "Which year?", now=3.0)
    gap = ask(store, "Who won?", now=4.0, state=State.NOT_FOUND, said="")
    known = ask(store, "Who lost?", now=5.0, state=State.NOT_FOUND, said="")
    secret = ask(store, "Secret?", now=6.0, state=State.NOT_FOUND, private=True)
    feedback.vote(liked.id, ANN, Vote.UP, now=9.0)
    feedback.vote(disliked.id, ANN, Vote.DOWN, now=9.0)
    feedback.vote(known.id, ANN, Vote.DOWN, now=9.0)
    cases = {case["id"].removeprefix("discord-"): case for case in feedback_cases(tmp_path / "bot.sqlite")}
    assert list(cases) == [liked.id, disliked.id, gap.id, known.id]
    assert secret.id not in cases
    assert cases[liked.id]["answerable"] is True
    assert cases[liked.id]["files"] == ["wire/ferry.txt"]
    assert cases[liked.id]["history"] == [{"question": "How many?", "answer": "Three."}]
    assert cases[disliked.id] == {"id": f"discord-{disliked.id}", "question": "Which year?"}
    assert cases[gap.id] == {"id": f"discord-{gap.id}", "question": "Who won?"}
    assert cases[known.id]["answerable"] is True


def test_without_a_file_there_is_no_feedback(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the Discord bot makes it"):
        list(feedback_cases(tmp_path / "none.sqlite"))


def test_a_person_and_a_server_have_their_share_of_a_minute() -> None:
    limiter = Limiter(per_person=2, per_server=3)
    assert limiter.admit(person=ANN, server=7, now=0.0) is None
    assert limiter.admit(person=ANN, server=None, now=10.0) is None
    refusal = limiter.admit(person=ANN, server=7, now=20.0)
    assert refusal is not None and (refusal.whose, refusal.free_at) == ("person", 60.0)
    assert limiter.admit(person=BEN, server=7, now=21.0) is None
    assert limiter.admit(person=3, server=7, now=22.0) is None
    refusal = limiter.admit(person=4, server=7, now=23.0)
    assert refusal is not None and (refusal.whose, refusal.free_at) == ("server", 60.0)
    assert limiter.admit(person=ANN, server=7, now=61.0) is None


def test_the_log_has_neither_names_nor_keys(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(key="k", with_text=False)
    with caplog.at_level(logging.INFO, logger="dateline.discord"):
        logging.getLogger("dateline.discord").propagate = True
        journal.tell("question", question="Who?", person=123456, server=None, answer_ms=4.2)
    line = JsonLines().format(caplog.records[0])
    assert "Who?" not in line and "123456" not in line
    assert f'"person": "{journal.hashed(123456)}"' in line and '"answer_ms": 4.2' in line
    assert redact("POST /webhooks/12/aW50ZX/messages") == "POST /webhooks/12/[secret]/messages"
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123"
    assert token not in redact(f"bad token {token}")


@pytest.mark.parametrize(
    ("name", "exc", "has_traceback"),
    [
        ("discord.shard", ConnectionRefusedError(111, "Connect call failed"), False),
        ("discord.shard", ValueError("a bug"), True),
        ("dateline.discord", PermissionError(13, "denied"), True),
    ],
)
def test_a_connection_that_broke_is_one_line_in_the_log(
    name: str, exc: Exception, has_traceback: bool
) -> None:
    record = logging.makeLogRecord(
        {"name": name, "msg": "Attempting a reconnect", "exc_info": (type(exc), exc, None)}
    )
    assert WithoutNetworkTraces().filter(record)
    line = JsonLines().format(record)
    assert ("traceback" in line) is has_traceback
    assert ("ConnectionRefusedError: [Errno 111] Connect call failed" in line) is not has_traceback


def test_samples_are_not_made_anew_while_the_index_is_filled(store: Store) -> None:
    desk = FakeDesk()
    made = make_samples(desk, store)
    assert made
    asked = len(desk.asked)
    desk.state = replace(desk.state, index_state="another", syncing=True)
    assert make_samples(desk, store) == made and len(desk.asked) == asked
    desk.state = replace(desk.state, syncing=False)
    assert make_samples(desk, store) == made and len(desk.asked) > asked
