"""Stems, also when several threads ask at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.wording import stem

_WORDS = [
    f"{root}{end}"
    for root in "walk bridg relat conclud nation govern".split()
    for end in "ed ing ational izations fulness".split()
]


@pytest.fixture
def _hasty() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_hasty")
def test_threads_do_not_mix_their_words() -> None:
    plain = stem.__wrapped__
    alone = [plain(word) for word in _WORDS]
    with ThreadPoolExecutor(4) as threads:
        together = threads.map(lambda _: [plain(word) for word in _WORDS], range(40))
    assert all(each == alone for each in together)
