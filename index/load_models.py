"""Models loaded by sentence-transformers, from a folder or by a hub name; the only module that knows it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import EmbeddingError
from index.onednn import multiply_by_onednn

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

# Libraries explain at length what the mend behind it says in short; in characters.
_LONGEST = 160


def load_sentence_transformer(folder: Path) -> SentenceTransformer:
    """Load the embedding model in a folder. Raises EmbeddingError."""
    _quiet_libraries(offline=True)
    from sentence_transformers import SentenceTransformer

    try:
        # Safetensors alone: other weight files are pickles, which can run code.
        model = SentenceTransformer(
            str(folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        ).eval()
    except (OSError, ValueError, RuntimeError, KeyError) as exc:
        raise EmbeddingError(
            f"the embedding model in {folder} could not be loaded: {_first_line(exc)}"
        ) from exc
    multiply_by_onednn(model)
    return model


def load_cross_encoder(model: str, *, what: str, setting: str) -> CrossEncoder:
    """Load a cross-encoder from a local folder or by its hub name.

    Args:
        what: the model's work, and ``setting`` where it is named, both for the message.

    Raises:
        EmbeddingError: it cannot be loaded.
    """
    folder = Path(model).expanduser()
    mend = f"set {setting} to a folder or a hub name, or leave it empty"
    if not folder.is_dir() and model.startswith(("/", ".", "~")):
        raise EmbeddingError(f"the {what} model {model} is no folder: {mend}")
    _quiet_libraries(offline=folder.is_dir())
    from sentence_transformers import CrossEncoder

    try:
        loaded: CrossEncoder = CrossEncoder(
            str(folder) if folder.is_dir() else model,
            device="cpu",
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, RuntimeError) as exc:
        raise EmbeddingError(
            f"the {what} model {model} could not be loaded ({_first_line(exc)}): {mend}"
        ) from exc
    multiply_by_onednn(loaded)
    return loaded


def _quiet_libraries(*, offline: bool) -> None:
    """Keep model loading off the network and off the terminal; before the first import of either."""
    if offline:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def _first_line(exc: Exception) -> str:
    line = str(exc).strip().split("\n")[0]
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"
