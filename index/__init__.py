"""Articles in, ranked passages out. Imports no bot, no LLM, no chat."""
