"""The command line with everything real but the embedding model. Started by test_bot_watch.py."""

from __future__ import annotations

import sys

from index_state import CountingEmbedder

import bot.app
from bot.cli import main

if __name__ == "__main__":
    bot.app.SentenceTransformerEmbedder = lambda *_, **__: CountingEmbedder()  # type: ignore[assignment,misc,return-value]
    sys.exit(main())
