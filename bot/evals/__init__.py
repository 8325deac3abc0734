"""Measures answers: cases asked through the same engine that people use, scored, reported, held to gates."""
