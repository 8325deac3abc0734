"""The training of the model in index/follows.py, and its file with weights of eight bits."""

from __future__ import annotations

import math
import random
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits, gelu, softplus
from transformers import BertModel

from index.errors import ConfigError
from index.follows import encode_pair, load_tokenizer_of_pairs
from index.model_folder import find_model

_SEED = 20261122
_EPOCHS = 3
# Learning rate of the layers; the head, which begins from nothing, takes five times that. It rises over the first
# steps and then falls to nothing in a straight line.
_RATE = 1.5e-4
_HEAD_RATE = 5 * _RATE
_RISE = 0.06
_DECAY = 0.01
# Passages of one step, all claims of each; sentences changed by rule come in steps of as many claims.
_PASSAGES = 4
_CLAIMS = 40
# Passages sorted by length together, so that little of a step is padding.
_SORTED = 80
# What the label is taken for, so that the model is never quite sure.
_TRUE, _FALSE = 0.98, 0.02
# What it counts that the true claims of a passage get more than its wrong ones, beside each claim by itself.
_RANKED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """What is said, the sentences it is held against, and whether it follows."""

    said: str
    given: str
    label: bool


class Follower(torch.nn.Module):
    """all-MiniLM-L6-v2 with one number at its end: the log odds that what is said follows.

    It is read off the first mark and the mean of what is said. The vocabulary's vectors come from outside and are
    not trained.
    """

    def __init__(self) -> None:
        super().__init__()
        bert: Any = BertModel.from_pretrained(
            find_model(""),
            add_pooling_layer=False,
            attn_implementation="eager",
            use_safetensors=True,
            # A processor needs long to draw what attention is to leave out.
            attention_probs_dropout_prob=0.0,
        )
        self.vocabulary = bert.embeddings.word_embeddings.requires_grad_(False)
        self.bert = bert
        self.head = torch.nn.Linear(2 * bert.config.hidden_size, 1)
        torch.nn.init.normal_(self.head.weight, std=0.02)
        torch.nn.init.zeros_(self.head.bias)

    def forward(self, rows: torch.Tensor, kinds: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return log odds, shape (texts,).

        Args:
            rows: vectors of word pieces, shape (texts, pieces, dim).
            kinds: 1 for pieces of what is given, else 0; ``mask``: 0 for padding, else 1; both (texts, pieces).
        """
        met = self.bert(inputs_embeds=rows, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        said = (mask * (1 - kinds)).unsqueeze(-1).to(met.dtype)
        mean = (met * said).sum(1) / said.sum(1)
        odds: torch.Tensor = self.head(torch.cat([met[:, 0], mean], -1).float()).squeeze(-1)
        return odds


@dataclass(frozen=True, slots=True)
class _Step:
    """Examples that are learned from together; ``passages``: which passage each is of, for the ranking."""

    examples: tuple[Example, ...]
    passages: tuple[int, ...]


Tell = Callable[[int, int, float], None]


def train(groups: Sequence[Sequence[Example]], changed: Sequence[Example], tell: Tell) -> Follower:
    """Train the model; some 35 minutes on two cores for 25,000 claims and 4,000 changed sentences.

    Args:
        groups: the claims of each passage.
        changed: sentences as they are and changed by rule, of no passage in common; spread over the epochs.
        tell: called every hundred steps with the step, the number of steps and the mean loss since.
    """
    draw = random.Random(_SEED)  # the same order every time
    torch.manual_seed(_SEED)
    model = Follower()
    layers = [p for name, p in model.named_parameters() if p.requires_grad and not name.startswith("head")]
    optimizer = torch.optim.AdamW(
        [{"params": layers, "lr": _RATE}, {"params": list(model.head.parameters()), "lr": _HEAD_RATE}],
        weight_decay=_DECAY,
    )
    steps = list(_plan(groups, changed, draw))
    tokenizer = load_tokenizer_of_pairs()
    model.train()
    lost = 0.0
    for number, step in enumerate(steps, 1):
        share = min(number / (_RISE * len(steps)), 1 - (number - 1) / len(steps))
        for settings, rate in zip(optimizer.param_groups, (_RATE, _HEAD_RATE), strict=True):
            settings["lr"] = rate * share
        loss = _loss(model, tokenizer, step)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        lost += loss.item()
        if number % 100 == 0:
            tell(number, len(steps), lost / 100)
            lost = 0.0
    return model.eval()


def _plan(
    groups: Sequence[Sequence[Example]], changed: Sequence[Example], draw: random.Random
) -> Iterator[_Step]:
    order = [*range(len(groups))]
    for epoch in range(_EPOCHS):
        draw.shuffle(order)
        steps = []
        for start in range(0, len(order), _SORTED):
            near = sorted(order[start : start + _SORTED], key=lambda group: len(groups[group][0].given))
            for at in range(0, len(near), _PASSAGES):
                chosen = [
                    (example, group) for group in near[at : at + _PASSAGES] for example in groups[group]
                ]
                steps.append(_Step(tuple(e for e, _ in chosen), tuple(g for _, g in chosen)))
        own = sorted(changed[epoch::_EPOCHS], key=lambda example: len(example.given))
        steps += [_Step(tuple(own[at : at + _CLAIMS]), ()) for at in range(0, len(own), _CLAIMS)]
        draw.shuffle(steps)
        yield from steps


def _loss(model: Follower, tokenizer: Any, step: _Step) -> torch.Tensor:
    """Cross-entropy of each claim, and of each true claim of a passage beside each wrong one."""
    encoded = [encode_pair(tokenizer, example.given, example.said) for example in step.examples]
    width = max(len(pieces) for pieces, _ in encoded)
    ids, kinds, mask = (torch.zeros(len(encoded), width, dtype=torch.long) for _ in range(3))
    for row, (pieces, parts) in enumerate(encoded):
        ids[row, : len(pieces)] = torch.tensor(pieces)
        kinds[row, : len(parts)] = torch.tensor(parts)
        mask[row, : len(pieces)] = 1
    labels = torch.tensor([_TRUE if example.label else _FALSE for example in step.examples])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        odds = model(model.vocabulary(ids), kinds, mask)
    loss: torch.Tensor = binary_cross_entropy_with_logits(odds, labels)
    if step.passages:
        of = torch.tensor(step.passages)
        beside = (of[:, None] == of[None]) & (labels[:, None] > labels[None])
        if beside.any():
            loss = loss + _RANKED * softplus(-(odds[:, None] - odds[None])[beside]).mean()
    return loss


class _Plain(torch.nn.Module):
    """The same sums for one pair, written out, so that the file holds plain operators and no padding."""

    def __init__(self, model: Follower) -> None:
        super().__init__()
        self.head = model.head
        self.bert = model.bert

    def forward(self, rows: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
        first = self.bert.embeddings
        config = self.bert.config
        pieces = rows.shape[1]
        shape = (1, pieces, config.num_attention_heads, config.hidden_size // config.num_attention_heads)
        met = first.LayerNorm(
            rows + first.position_embeddings.weight[:pieces] + first.token_type_embeddings(kinds)
        )
        for layer in self.bert.encoder.layer:
            own = layer.attention.self
            query, key, value = (
                part(met).view(shape).transpose(1, 2) for part in (own.query, own.key, own.value)
            )
            seen = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(shape[3]), -1) @ value
            out = layer.attention.output
            met = out.LayerNorm(out.dense(seen.transpose(1, 2).reshape(1, pieces, config.hidden_size)) + met)
            met = layer.output.LayerNorm(layer.output.dense(gelu(layer.intermediate.dense(met))) + met)
        said = (1 - kinds).to(met.dtype).unsqueeze(-1)
        mean = (met * said).sum(1) / said.sum(1)
        odds: torch.Tensor = self.head(torch.cat([met[:, 0], mean], -1)).squeeze(-1)
        return odds


def load_quantization() -> Any:
    """Return what writes weights of eight bits. Raises ConfigError: the package onnx is not installed."""
    try:
        from onnxruntime import quantization
    except ImportError as exc:
        raise ConfigError("writing the model needs the package onnx: pip install onnx") from exc
    return quantization


def write_model(model: Follower, file: Path) -> None:
    """Write the model for onnxruntime, its weights brought to integers of eight bits.

    Raises:
        ConfigError: the package onnx is not installed.
    """
    quantization = load_quantization()
    kinds = torch.tensor([[0] * 4 + [1] * 4])
    rows: NDArray[np.float32] = np.zeros((1, 8, model.bert.config.hidden_size), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder, torch.no_grad(), warnings.catch_warnings():
        # Torch's newer exporter needs onnxscript as well, and these operators are plain.
        warnings.simplefilter("ignore", DeprecationWarning)
        whole = Path(folder) / "whole.onnx"
        torch.onnx.export(
            _Plain(model).eval(),
            (torch.from_numpy(rows), kinds),
            str(whole),
            input_names=["rows", "kinds"],
            output_names=["odds"],
            dynamic_axes={"rows": {1: "pieces"}, "kinds": {1: "pieces"}},
            opset_version=17,
            dynamo=False,
        )
        # Seven of the eight bits: without VNNI a processor adds two products of eight bits beyond what 16 can hold.
        written = Path(folder) / "written.onnx"
        quantization.quantize_dynamic(
            whole, written, weight_type=quantization.QuantType.QInt8, per_channel=True, reduce_range=True,
            extra_options={"MatMulConstBOnly": True},
        )  # fmt: skip
        shutil.move(written, file)
