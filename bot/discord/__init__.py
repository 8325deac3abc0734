"""Dateline in Discord: the only package that knows discord.py."""
