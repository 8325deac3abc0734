"""What a figure was made from: everything that could change it, by name, version or digest."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from bot.check import SUPPORTED_FROM
from bot.evals.cases import CaseFile
from bot.evals.figures import SEED
from bot.model import IndexStatus, Judge
from bot.settings import Settings
from bot.steps import PASSAGES_READ
from bot.vendors import show_url
from prompts import load

_PACKAGES = (
    "chromadb",
    "dateline",
    "ir-measures",
    "llama-index-core",
    "numpy",
    "sentence-transformers",
    "snowballstemmer",
    "text2num",
    "torch",
)


def describe_origin(
    case_file: CaseFile, settings: Settings, status: IndexStatus, judge: Judge
) -> dict[str, Any]:
    """Name all that could change a figure: cases, index, models, judge, prompts, settings, versions, code."""
    return {
        "cases": {"file": case_file.name, "sha256": case_file.digest, "count": len(case_file.cases)},
        "index": {
            "digest": status.index_state,
            "files": status.files,
            "articles": status.articles,
            "passages": status.passages,
            "vectors_pending": status.vectors_pending,
            "embedder": status.found_embedder,
        },
        "models": {"embedder": status.embedder, "reranker": status.reranker, "llm": status.llm},
        "judge": {"name": judge.name, "supported_from": SUPPORTED_FROM},
        "prompts": prompt_hashes(),
        "settings": {
            **settings.model_dump(mode="json", exclude={"llm_key"}),
            "llm_url": show_url(settings.llm_url) if settings.llm_url else "",
        },
        "passages_read": PASSAGES_READ,
        "seed": SEED,
        "code": code_digest(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}},
    }


def prompt_hashes() -> dict[str, str]:
    """Return the digest of every prompt, by name."""
    names = sorted(
        item.name.removesuffix(".md") for item in files("prompts").iterdir() if item.name.endswith(".md")
    )
    return {name: load(name).hash for name in names}


@cache
def code_digest() -> str:
    """Return 16 hexadecimal digits for the program as it is installed: its modules, weights and word lists."""
    root = Path(__file__).resolve().parent.parent.parent
    digest = hashlib.sha256()
    for package in ("bot", "index", "prompts"):
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # run from a check-out that was not installed
        return ""
