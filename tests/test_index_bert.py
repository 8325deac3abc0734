"""The pass through a BERT without torch: which models it takes; that it agrees is held in test_index_embed.py."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.bert import _gelu, open_bert
from index.model_folder import find_model, load_tokenizer

Change = Callable[[Path], None]


def test_gelu_is_exact_to_the_last_digits_of_float32() -> None:
    rows = np.linspace(-30, 30, 60_001, dtype=np.float32)[None]
    exact = [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in rows[0].astype(float)]
    np.testing.assert_allclose(_gelu(rows)[0], exact, atol=4e-6, rtol=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The bundled model, its weights linked."""
    bundled, folder = find_model(""), tmp_path / "model"
    for file in bundled.rglob("*.json"):
        copy = folder / file.relative_to(bundled)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (folder / "model.safetensors").symlink_to(bundled / "model.safetensors")
    return folder


def edit(name: str, **more: Any) -> Change:
    def change(folder: Path) -> None:
        file = folder / name
        file.write_text(json.dumps({**json.loads(file.read_text()), **more}))

    return change


def add_module(kind: str) -> Change:
    def change(folder: Path) -> None:
        file = folder / "modules.json"
        module = {"idx": 3, "name": "3", "path": "3", "type": f"sentence_transformers.models.{kind}"}
        file.write_text(json.dumps([*json.loads(file.read_text()), module]))

    return change


def cut_weights(folder: Path) -> None:
    file = folder / "model.safetensors"
    start = file.read_bytes()[:1_000_000]
    file.unlink()
    file.write_bytes(start)


@pytest.mark.parametrize(
    "change",
    [
        edit("config.json", model_type="roberta"),
        edit("config.json", hidden_act="gelu_new"),
        edit("config.json", position_embedding_type="relative_key"),
        edit("config.json", num_hidden_layers=12),
        edit("1_Pooling/config.json", pooling_mode_mean_tokens=False, pooling_mode_cls_token=True),
        edit("1_Pooling/config.json", pooling_mode_max_tokens=True),
        edit("1_Pooling/config.json", pooling_mode="cls"),
        edit("sentence_bert_config.json", do_lower_case=True),
        edit("sentence_bert_config.json", max_seq_length=None),
        edit("tokenizer_config.json", do_lower_case=False),
        edit("tokenizer_config.json", strip_accents=False),
        add_module("Dense"),
        cut_weights,
        lambda folder: (folder / "model.safetensors").unlink(),
        lambda folder: (folder / "modules.json").unlink(),
        lambda folder: (folder / "config.json").write_text("{"),
    ],
)
def test_what_is_not_run_as_the_model_means_it_is_left_alone(folder: Path, change: Change) -> None:
    tokenizer = load_tokenizer(folder)
    assert open_bert(folder, tokenizer, 256) is not None
    change(folder)
    assert open_bert(folder, tokenizer, 256) is None


def test_a_newer_way_to_say_mean_is_understood(folder: Path) -> None:
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": "mean"}))
    assert open_bert(folder, load_tokenizer(folder), 256) is not None
