"""Real sentence-transformers models of random weights, small enough to be made in a test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")

WORDS = "the army left city river bridge governor said and query passage find this : . , ? ##s ##ing".split()
VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    *WORDS,
    *"abcdefghijklmnopqrstuvwxyz0123456789",
    *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz0123456789"),
]


def _save_tokenizer(folder: Path, max_tokens: int) -> None:
    from tokenizers import BertWordPieceTokenizer
    from transformers import PreTrainedTokenizerFast

    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(VOCABULARY) + "\n")
    tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer._tokenizer,
        model_max_length=max_tokens,
        unk_token="[UNK]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        mask_token="[MASK]",
    ).save_pretrained(folder)


def _config(max_tokens: int, **more: Any) -> Any:
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=max_tokens,
        **more,
    )


def make_embedding_model(folder: Path, *, max_tokens: int = 64, pooling: str = "mean") -> Path:
    """Write a model folder as sentence-transformers does."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertModel

    torch.manual_seed(7)
    raw = folder.with_name(f"{folder.name}-raw")
    raw.mkdir(parents=True)
    BertModel(_config(max_tokens)).save_pretrained(raw)
    _save_tokenizer(raw, max_tokens)
    transformer = Transformer(str(raw), max_seq_length=max_tokens)
    SentenceTransformer(modules=[transformer, Pooling(16, pooling_mode=pooling)], device="cpu").save(
        str(folder)
    )
    return folder


def make_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """Write a folder with a cross-encoder that gives ``labels`` numbers a pair."""
    import torch
    from transformers import BertForSequenceClassification

    torch.manual_seed(11)
    folder.mkdir(parents=True)
    BertForSequenceClassification(_config(128, num_labels=labels)).save_pretrained(folder)
    _save_tokenizer(folder, 128)
    return folder
