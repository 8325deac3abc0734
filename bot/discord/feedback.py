"""What readers think of answers, and what the articles lacked: counted, listed, exported as cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.discord.model import Gap, Record, State, Vote
from bot.discord.store import Store
from index.errors import ConfigError

_REMARK = 1000


class Feedback:
    """Votes and gaps in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def vote(
        self, record: str, person: int, vote: Vote, *, now: float, remark: str | None = None
    ) -> Vote | None:
        """Count a person's vote; a second one takes the place of the first.

        Args:
            remark: what was wrong; None leaves what was said before.

        Returns:
            The person's vote before, None for none.
        """
        with self._store.transaction() as sql:
            row = sql.execute(
                "SELECT vote, remark FROM votes WHERE record = ? AND person = ?", (record, person)
            ).fetchone()
            kept = row[1] if row is not None and row[0] == vote.value else ""
            sql.execute(
                "INSERT OR REPLACE INTO votes SELECT id, ?, ?, ?, ? FROM records WHERE id = ?",
                (person, vote.value, (kept if remark is None else remark)[:_REMARK], now, record),
            )
        return None if row is None else Vote(row[0])

    def count(self, record: str) -> dict[Vote, int]:
        """Count the votes of an answer."""
        with self._store.transaction() as sql:
            rows = sql.execute("SELECT vote, count(*) FROM votes WHERE record = ? GROUP BY vote", (record,))
            return {Vote(vote): number for vote, number in rows}

    def gaps(self, guild: int, *, limit: int) -> tuple[Gap, ...]:
        """List what a server asked in vain, the latest first; private questions are nobody's but the asker's."""
        with self._store.transaction() as sql:
            rows = sql.execute(
                "SELECT r.question, max(r.channel), max(r.asked_at), count(DISTINCT r.id), "
                "max(coalesce(v.remark, '')), max(v.vote IS NOT NULL) FROM records r "
                "LEFT JOIN votes v ON v.record = r.id AND v.vote = 'down' "
                "WHERE r.guild = ? AND NOT r.private "
                "AND (r.state = 'not_found' OR (r.state = 'answered' AND v.vote IS NOT NULL)) "
                "GROUP BY lower(r.question) ORDER BY max(r.asked_at) DESC LIMIT ?",
                (guild, limit),
            ).fetchall()
        return tuple(
            Gap(
                question=question,
                channel=channel,
                asked_at=asked_at,
                times=times,
                remark=remark,
                complained=bool(complained),
            )
            for question, channel, asked_at, times, remark, complained in rows
        )


def feedback_cases(path: Path) -> Iterator[dict[str, Any]]:
    """Yield cases for evaluation from what readers said, each as a line of a case file.

    An answer that was liked is expected again, with a file that it cited; "The articles do not say", liked,
    is expected again too. Of what was disliked, or not answered and not voted on, the question is known and
    not yet what should come of it: whoever keeps the cases fills that in. Private questions are taken
    only where somebody voted on them.

    Args:
        path: of the bot's file.

    Raises:
        ConfigError: there is no such file.
    """
    if not path.is_file():
        raise ConfigError(
            f"there is no {path}: the Discord bot makes it; set DATELINE_DISCORD_DATABASE to its file"
        )
    store = Store(path)
    try:
        with store.transaction() as sql:
            rows = sql.execute(
                "SELECT r.id, sum(v.vote = 'up'), sum(v.vote = 'down') FROM records r "
                "LEFT JOIN votes v ON v.record = r.id "
                "WHERE r.state IN ('answered', 'not_found') GROUP BY r.id "
                "HAVING count(v.vote) > 0 OR (r.state = 'not_found' AND NOT r.private) ORDER BY r.asked_at"
            ).fetchall()
        for id, ups, downs in rows:
            record = store.record(id)
            if record is not None:
                yield _case(store, record, ups=ups or 0, downs=downs or 0)
    finally:
        store.close()


def _case(store: Store, record: Record, *, ups: int, downs: int) -> dict[str, Any]:
    case: dict[str, Any] = {"id": f"discord-{record.inquiry.id}", "question": record.inquiry.question}
    if ups > downs:
        case["answerable"] = record.state is State.ANSWERED
        if record.state is State.ANSWERED:
            case["files"] = sorted({source.file for source in record.sources})
    elif downs > ups and record.state is State.NOT_FOUND:
        case["answerable"] = True  # somebody says that the articles do say it
    history = store.history(record.inquiry.parent, reader=record.inquiry.asker)
    if history:
        case["history"] = [{"question": turn.question, "answer": turn.answer} for turn in history]
    return case
