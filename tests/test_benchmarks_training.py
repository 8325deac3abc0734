"""The training of the judge's small model: its material, one short training, and the file that comes of it."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import torch

import index.follows
from benchmarks import training
from benchmarks.follows import given_for
from benchmarks.written_pairs import read_pairs
from index.errors import ConfigError
from index.follows import _load, _read, encode_pair, load_tokenizer_of_pairs, read_following


def test_every_passage_has_true_and_wrong_claims_and_stands_once() -> None:
    pairs = list(read_pairs())
    claims = defaultdict(list)
    for pair in pairs:
        claims[pair.passage].append(pair)
    assert len(claims) == 2_640 and len(pairs) == 26_400
    for own in claims.values():
        assert Counter(pair.label for pair in own) == {True: 5, False: 5}
        assert len({pair.claim for pair in own}) == 10
    held_out = {pair.passage for pair in pairs if pair.held_out}
    assert 0.04 < len(held_out) / len(claims) < 0.09


def test_a_trained_model_is_written_and_read_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: dict[str, list[training.Example]] = defaultdict(list)
    for pair in list(read_pairs())[:160]:
        given = given_for(pair.claim, pair.passage)
        groups[pair.passage].append(training.Example(said=pair.claim, given=given, label=pair.label))
    monkeypatch.setattr(training, "_EPOCHS", 1)
    model = training.train([*groups.values()], next(iter(groups.values())), lambda *_: None)
    file = tmp_path / "follows.onnx"
    training.write_model(model, file)
    monkeypatch.setattr(index.follows, "MODEL_FILE", file)
    _load.cache_clear()
    _read.cache_clear()
    tokenizer = load_tokenizer_of_pairs()
    try:
        for example in [*groups.values()][1]:
            pieces, kinds = encode_pair(tokenizer, example.given, example.said)
            with torch.no_grad():
                odds = model(
                    model.vocabulary(torch.tensor([pieces])),
                    torch.tensor([kinds]),
                    torch.ones(1, len(pieces), dtype=torch.long),
                )
            assert read_following(example.given, example.said) == pytest.approx(float(odds), abs=0.15)
    finally:
        _load.cache_clear()
        _read.cache_clear()


def test_without_onnx_the_mend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.delattr(onnxruntime, "quantization", raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime.quantization", None)
    with pytest.raises(ConfigError, match="pip install onnx"):
        training.load_quantization()
