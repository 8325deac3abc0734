"""How likely a sentence follows from a few others, by the small model that comes with the program.

It is all-MiniLM-L6-v2 trained further on the pairs in benchmarks/pairs by ``python -m benchmarks follows --fit``, its
weights brought to eight bits. The vectors of its vocabulary were left as they are, so they are taken from the embedding
model's package and do not lie here twice. onnxruntime, which Chroma brings along, runs it without torch.
"""

from __future__ import annotations

import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.bert import map_weights
from index.errors import EmbeddingError
from index.model_folder import find_model, load_tokenizer

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MODEL_FILE = Path(__file__).with_name("follows.onnx")
_VOCABULARY = "embeddings.word_embeddings.weight"
# Word pieces read of the sentence, and of both texts with the model's three marks; what is longer is cut.
_MOST_SAID = 96
_MOST = 256
# Characters that are cut into word pieces at all: a piece has seldom more than ten.
_MOST_CHARS = 20 * _MOST
# [CLS] and [SEP] in BERT's vocabulary.
_BEGIN, _END = 101, 102
# Log odds beyond which nothing more is told: 98 of 100.
SURE = 4.0

_loading = threading.Lock()


class _Model(NamedTuple):
    session: InferenceSession
    tokenizer: Tokenizer
    vocabulary: NDArray[np.float32]


def read_following(given: str, said: str) -> float:
    """Return the log odds, -4 to 4, that what is said follows from what is given; on one machine always the same.

    Both are to be English, which is all that the model has learned from.

    Raises:
        EmbeddingError: the model's file, or the package it takes its vocabulary from, cannot be read.
    """
    return _read(given[:_MOST_CHARS], said[:_MOST_CHARS])


@lru_cache(maxsize=4096)
def _read(given: str, said: str) -> float:
    model = load_model()
    pieces, kinds = encode_pair(model.tokenizer, given, said)
    rows = model.vocabulary[pieces][np.newaxis]
    (odds,) = model.session.run(None, {"rows": rows, "kinds": np.asarray([kinds], dtype=np.int64)})
    return float(np.clip(odds[0], -SURE, SURE))


def encode_pair(tokenizer: Tokenizer, given: str, said: str) -> tuple[list[int], list[int]]:
    """Return the word pieces of a pair, what is said first, and for each whether it is of what is given."""
    # A lone surrogate is no character, and the tokenizer takes none.
    texts = (part.encode("utf-8", "replace").decode("utf-8") for part in (said, given))
    claim, text = (tokenizer.encode(part, add_special_tokens=False).ids for part in texts)
    first = [_BEGIN, *claim[:_MOST_SAID], _END]
    second = [*text[: _MOST - 1 - len(first)], _END]
    return first + second, [0] * len(first) + [1] * len(second)


def load_tokenizer_of_pairs() -> Tokenizer:
    """Load the bundled model's tokenizer, in which a text that holds "[SEP]" holds these five characters."""
    tokenizer = load_tokenizer(find_model(""))
    tokenizer.encode_special_tokens = True
    return tokenizer


def load_model() -> _Model:
    """Load the model the first time, so that later calls need not. Raises EmbeddingError."""
    with _loading:
        return _load()


@cache
def _load() -> _Model:
    try:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread: the texts are short, and the same sums in the same order give the same odds.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(MODEL_FILE), sess_options=options, providers=["CPUExecutionProvider"]
        )
        vocabulary = map_weights(find_model("") / "model.safetensors")[_VOCABULARY]
        return _Model(session, load_tokenizer_of_pairs(), vocabulary)
    except Exception as exc:  # onnxruntime's errors have no other kind in common
        raise EmbeddingError(
            f"{MODEL_FILE}, or the bundled embedding model, is missing or broken ({type(exc).__name__}): "
            "install Dateline anew"
        ) from exc
