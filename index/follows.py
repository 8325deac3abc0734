"""How likely a sentence follows from a few others, by the small model that comes with the program.

It is all-MiniLM-L6-v2 trained further on the pairs in benchmarks/pairs by ``python -m benchmarks follows --fit``, its
weights brought to eight bits. The vectors of its vocabulary were left as they are, so they are taken from the embedding
model's package and do not lie here twice. onnxruntime, which Chroma brings along, runs it without torch.
"""

from __future__ import annotations

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
VOCABULARY = "embeddings.word_embeddings.weight"
# Word pieces read of the sentence, and of both texts with the model's three marks; what is longer is cut. Trained on 192.
_MOST_SAID = 96
_MOST = 256
# [CLS] and [SEP] in BERT's vocabulary.
_BEGIN, _END = 101, 102
# Log odds beyond which nothing more is told: 98 of 100.
SURE = 4.0


class _Model(NamedTuple):
    session: InferenceSession
    tokenizer: Tokenizer
    vocabulary: NDArray[np.float32]


@lru_cache(maxsize=4096)
def read_following(given: str, said: str) -> float:
    """Return the log odds, -4 to 4, that what is said follows from what is given; the same for the same texts.

    Raises:
        EmbeddingError: the model's file cannot be read.
    """
    model = _load()
    pieces, kinds = encode_pair(model.tokenizer, given, said)
    rows = model.vocabulary[pieces][np.newaxis]
    (odds,) = model.session.run(None, {"rows": rows, "kinds": np.asarray([kinds], dtype=np.int64)})
    return float(np.clip(odds[0], -SURE, SURE))


def encode_pair(tokenizer: Tokenizer, given: str, said: str) -> tuple[list[int], list[int]]:
    """Return the word pieces of a pair, what is said first, and for each whether it is of what is given."""
    claim, text = (tokenizer.encode(part, add_special_tokens=False).ids for part in (said, given))
    first = [_BEGIN, *claim[:_MOST_SAID], _END]
    second = [*text[: _MOST - 1 - len(first)], _END]
    return first + second, [0] * len(first) + [1] * len(second)


@cache
def _load() -> _Model:
    import onnxruntime

    folder = find_model("")
    options = onnxruntime.SessionOptions()
    # One thread: the texts are short, and the same sums in the same order give the same odds.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(MODEL_FILE), sess_options=options, providers=["CPUExecutionProvider"]
        )
        vocabulary = map_weights(folder / "model.safetensors")[VOCABULARY]
    except Exception as exc:  # onnxruntime's errors have no other kind in common
        raise EmbeddingError(
            f"{MODEL_FILE} or the bundled model in {folder} is broken: install Dateline anew"
        ) from exc
    return _Model(session, load_tokenizer(folder), vocabulary)
