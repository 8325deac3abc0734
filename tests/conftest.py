"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every run: a failure that comes and goes helps nobody.
settings.register_profile("dateline", derandomize=True, deadline=None)
settings.load_profile("dateline")
