"""The vectors of a few texts without torch: the pass through a small BERT, written out in numpy.

Importing torch, transformers and sentence-transformers takes longer than all that `dateline ask` does besides.
A question has a dozen word pieces, so numpy needs no longer for the pass itself than they do; for the few
passages of an edit it needs less than their import. Indexing runs texts by the thousand and stays with torch.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Matrix = NDArray[np.float32]

# What the pass below does; a model that says anything else of itself is left to sentence-transformers.
_CONFIG = {"model_type": "bert", "hidden_act": "gelu"}
_KINDS = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_TABLES = tuple(f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type"))
# A minimax fraction for erf, as Eigen and XLA have it: x * P(x²) / Q(x²), within 3e-7 on [-4, 4]; beyond, erf is 1
# in float32. Highest power first.
_ERF_ABOVE = (
    -2.72614225801306e-10,
    2.77068142495902e-08,
    -2.10102402082508e-06,
    -5.69250639462346e-05,
    -7.34990630326855e-04,
    -2.95459980854025e-03,
    -1.60960333262415e-02,
)
_ERF_BELOW = (
    -1.45660718464996e-05,
    -2.13374055278905e-04,
    -1.68282697438203e-03,
    -7.37332916720468e-03,
    -1.42647390514189e-02,
)


class Encoded(NamedTuple):
    """A text as vectors.

    Attributes:
        vector: the text's, shape (dim,), length 1.
        pieces: its word pieces', shape (pieces, dim), the model's own marks included.
        offsets: where each piece stands in the text, shape (pieces, 2); a mark from 0 to 0.
    """

    vector: Matrix
    pieces: Matrix
    offsets: NDArray[np.int64]


class BertEncoder:
    """A BERT that pools by the mean, its weights mapped from the file rather than read.

    Safe to be used by several threads: nothing is changed but the first time.
    """

    def __init__(
        self,
        weights: Mapping[str, Matrix],
        config: Mapping[str, Any],
        tokenizer: Tokenizer,
        max_tokens: int,
    ) -> None:
        """See ``open_bert``, which finds out whether the model is one that this runs.

        Raises:
            KeyError: the weights are not those of a BERT of this configuration.
        """
        self._tokenizer = tokenizer
        self._most = max_tokens - tokenizer.num_special_tokens_to_add(False)
        self._heads = int(config["num_attention_heads"])
        self._eps = np.float32(config["layer_norm_eps"])
        self._weights = weights
        self._layers = [f"encoder.layer.{layer}" for layer in range(int(config["num_hidden_layers"]))]
        lacking = {f"{self._layers[-1]}.output.dense.weight", *_TABLES} - weights.keys()
        if lacking:
            raise KeyError(*lacking)

    def encode(self, text: str) -> Encoded:
        """Embed one text."""
        pieces = self._tokenizer.encode(text, add_special_tokens=False)
        pieces.truncate(self._most)
        pieces = self._tokenizer.post_process(pieces)
        ids = pieces.ids
        weights = self._weights
        words, places, kinds = (weights[table] for table in _TABLES)
        rows = words[ids] + places[: len(ids)] + kinds[0]
        rows = self._norm("embeddings.LayerNorm", rows)
        for name in self._layers:
            met = self._dense(f"{name}.attention.output.dense", self._attend(f"{name}.attention.self", rows))
            rows = self._norm(f"{name}.attention.output.LayerNorm", met + rows)
            inner = _gelu(self._dense(f"{name}.intermediate.dense", rows))
            rows = self._norm(f"{name}.output.LayerNorm", self._dense(f"{name}.output.dense", inner) + rows)
        pooled = rows.mean(axis=0)
        return Encoded(
            vector=pooled / max(float(np.linalg.norm(pooled)), 1e-12),
            pieces=rows,
            offsets=np.asarray(pieces.offsets, dtype=np.int64).reshape(-1, 2),
        )

    def _attend(self, name: str, rows: Matrix) -> Matrix:
        """Let each word piece look at each other."""
        shape = (len(rows), self._heads, -1)
        query, key, value = (
            self._dense(f"{name}.{part}", rows).reshape(shape).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) * np.float32(1 / np.sqrt(query.shape[2]))
        scores = np.exp(scores - scores.max(axis=2, keepdims=True))
        scores /= scores.sum(axis=2, keepdims=True)
        met: Matrix = (scores @ value).transpose(1, 0, 2).reshape(len(rows), -1)
        return met

    def _dense(self, name: str, rows: Matrix) -> Matrix:
        made: Matrix = rows @ self._weights[f"{name}.weight"].T
        made += self._weights[f"{name}.bias"]
        return made

    def _norm(self, name: str, rows: Matrix) -> Matrix:
        centred: Matrix = rows - rows.mean(axis=1, keepdims=True)
        centred /= np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + self._eps)
        centred *= self._weights[f"{name}.weight"]
        centred += self._weights[f"{name}.bias"]
        return centred


def open_bert(folder: Path, tokenizer: Tokenizer, max_tokens: int) -> BertEncoder | None:
    """Open the model in a folder; None where only sentence-transformers can be sure to run it as it is meant.

    Args:
        tokenizer: the model's, which neither pads nor cuts.
        max_tokens: word pieces the model reads, its own marks included; a longer text is cut.
    """
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        config, pooling = _read(folder / "config.json"), _read(folder / modules[1]["path"] / "config.json")
        cut, words = _read(folder / "sentence_bert_config.json"), _read(folder / "tokenizer_config.json")
        plain = (
            [module["type"].rpartition(".")[2] for module in modules] in _KINDS
            and not modules[0]["path"]
            and config.items() >= _CONFIG.items()
            and config.get("position_embedding_type", "absolute") == "absolute"
            and _pools_by_mean_alone(pooling)
            and cut.get("max_seq_length") == max_tokens
            and not cut.get("do_lower_case")
            and _reads_as_told(tokenizer, words)
        )
        if not plain:
            return None
        return BertEncoder(map_weights(folder / "model.safetensors"), config, tokenizer, max_tokens)
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, struct.error):
        # What is broken is told of when sentence-transformers loads it.
        return None


def _pools_by_mean_alone(pooling: Mapping[str, Any]) -> bool:
    if "pooling_mode" in pooling:  # as newer versions write it
        return bool(pooling["pooling_mode"] == "mean")
    ways = {key for key, value in pooling.items() if key.startswith("pooling_mode_") and value}
    return ways == {"pooling_mode_mean_tokens"}


def _reads_as_told(tokenizer: Tokenizer, told: Mapping[str, Any]) -> bool:
    """Tell whether tokenizer.json does what transformers would make of it, which puts its own settings above."""
    from tokenizers.normalizers import BertNormalizer

    own = tokenizer.normalizer
    return (
        isinstance(own, BertNormalizer)
        and told.get("do_lower_case", own.lowercase) == own.lowercase
        and told.get("strip_accents") == own.strip_accents
        and told.get("tokenize_chinese_chars", True) == own.handle_chinese_chars
    )


def _read(file: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return value


def map_weights(file: Path) -> Mapping[str, Matrix]:
    """Map the numbers of a safetensors file: eight bytes with the header's length, the header as JSON, the numbers.

    Nothing is read that is not used: of the vocabulary's 47 MB a question touches a dozen rows.

    Raises:
        OSError, ValueError, KeyError, struct.error: it is none.
    """
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        entries = json.loads(stream.read(length))
    numbers = np.memmap(file, dtype=np.uint8, mode="r", offset=8 + length)
    return {
        name.removeprefix("bert."): np.asarray(numbers[slice(*entry["data_offsets"])])
        .view("<f4")
        .reshape(entry["shape"])
        for name, entry in entries.items()
        if name != "__metadata__" and entry["dtype"] == "F32"
    }


def _gelu(rows: Matrix) -> Matrix:
    """Return x times the share of a normal distribution below x."""
    scaled = np.clip(rows * np.float32(np.sqrt(0.5)), -4, 4)
    square = scaled * scaled
    above: Matrix = np.full_like(square, _ERF_ABOVE[0])
    below: Matrix = np.full_like(square, _ERF_BELOW[0])
    for made, parts in ((above, _ERF_ABOVE), (below, _ERF_BELOW)):
        for part in parts[1:]:
            made *= square
            made += np.float32(part)
    above *= scaled
    above /= below
    above += 1
    above *= rows
    above *= np.float32(0.5)
    return above
