"""Measures retrieval, answers and speed. Not part of the installed package."""
