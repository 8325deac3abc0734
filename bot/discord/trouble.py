"""What went wrong, in words for the people in a channel: a sentence and an id that stands in the log.

The messages of errors are written for whoever runs the bot, and name folders, servers and settings. None of
that is shown; the log has it under the same id.
"""

from __future__ import annotations

import secrets

from bot.discord.journal import Journal
from bot.discord.limits import Refusal
from bot.frontdesk import CrowdedError
from bot.stop import TooLongError
from index.errors import (
    ConfigError,
    DatelineError,
    EmbeddingError,
    LLMError,
    QueryError,
    StoreBusyError,
    StoreError,
    StoreMissingError,
)

QUEUE_FULL = "Too many questions are waiting already. Please ask again in a few minutes."
# From the special to the general.
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (
        StoreMissingError,
        "There is nothing to ask yet: the articles have not been indexed, or are being read just now. "
        "`/reindex` does it.",
    ),
    (StoreBusyError, "The index is being brought in step at this moment; questions are answered meanwhile."),
    (
        StoreError,
        "The index cannot be read at the moment. Whoever runs this bot finds the reason in its log.",
    ),
    (CrowdedError, QUEUE_FULL),
    (TooLongError, "That took too long, and I stopped. A narrower question may be answered sooner."),
    (EmbeddingError, "The model that reads questions could not be run."),
    (LLMError, "The language model did not answer."),
    (ConfigError, "This bot is not set up as it should be. Whoever runs it finds the reason in its log."),
    (DatelineError, "That did not work. Whoever runs this bot finds the reason in its log."),
)
STOPPED = "I am being restarted and could not finish this answer. In a minute the button asks again."
STOPPING = "I am being restarted. Please ask again in a minute."
REINDEXING = "The index is being brought in step already: `/status` tells how far it is."
REINDEXING_STOPPED = (
    "I am being restarted. What has been indexed is kept; I go on from there after the start, and write to you "
    "when it is done."
)
REINDEXING_KILLED = (
    "I have been ended several times while I brought the index in step, and have given it up. Whoever runs this "
    "bot finds more in its log."
)
KILLED = "I was restarted before this was answered. The button asks again."
NOT_YOURS = "Only the person who asked can do that."
NOT_TO_DELETE = "Only the person who asked, or a moderator, can delete this."
GONE = "I no longer have this answer: it was deleted, or it is older than I keep answers."
FORGOTTEN = "I was restarted since, and no longer know what that was. Please give the command again."
OLD_COMMAND = "This command has changed. Restart the Discord app (Ctrl-R), and give it again."
NO_QUESTION = (
    "There is no question in that. Write it behind my name, or use `/ask`; `/help` has examples. "
    "Pictures and files I cannot read."
)
UNREADABLE = (
    "I cannot read that reply: Discord shows me one only if it mentions me. Switch the mention on when you "
    "reply, or use `/ask`."
)
PRIVATE_HERE = "In this channel I answer in private: please use `/ask`."


def explain(exc: BaseException, journal: Journal, **facts: object) -> str:
    """Say what went wrong, and write it down.

    Args:
        facts: what the log should tell besides.
    """
    if isinstance(exc, QueryError):
        # About the question itself, and fit for whoever asked it.
        sentence = str(exc)
        return f"{sentence[0].upper()}{sentence[1:]}."
    reference = secrets.token_hex(4)
    journal.fault("error", exc, reference=reference, **facts)
    known = next((text for kind, text in _SENTENCES if isinstance(exc, kind)), None)
    return f"{known or 'Sorry, something went wrong in me.'}\n-# Reference {reference}"


def refuse(refusal: Refusal) -> str:
    """Say why a question is not taken now, and when it will be."""
    if refusal.free_at is None:
        return QUEUE_FULL
    # Rounded up: asked at that second, it is to be taken.
    when = f"<t:{int(refusal.free_at) + 1}:R>"
    if refusal.whose == "person":
        return f"That was a lot of questions for one minute. I take your next one {when}."
    return f"This server has asked a lot of questions in one minute. I take the next one {when}."
