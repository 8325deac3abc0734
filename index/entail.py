"""Whether one text follows from another, by a sentence-transformers cross-encoder trained for it (NLI)."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from index.errors import EmbeddingError
from index.load_models import load_cross_encoder

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Entailment(NamedTuple):
    """Probabilities that a text follows, and that its contrary does; the rest is that neither does."""

    follows: float
    excluded: float


class Entailer(Protocol):
    """Tells whether texts follow from others."""

    @property
    def name(self) -> str:
        """For people."""
        ...

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge pairs of what is given and what is said; empty input gives an empty list.

        Raises:
            EmbeddingError: the model cannot be loaded or run, or does not know entailment.
        """
        ...


class _Labels(NamedTuple):
    """Which of a model's numbers stand for what; models order them in every way."""

    follows: int
    excluded: int | None


class CrossEncoderEntailer:
    """An NLI cross-encoder, from a local folder or a hub name, loaded when it is first asked."""

    def __init__(self, model: str) -> None:
        self.name = model
        self._lock = threading.Lock()
        self._loaded: tuple[CrossEncoder, _Labels] | None = None

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """See Entailer."""
        if not pairs:
            return []
        with self._lock:
            if self._loaded is None:
                model = load_cross_encoder(self.name, what="judging", setting="DATELINE_JUDGE")
                self._loaded = model, _read_labels(self.name, _labels_of(model))
            model, labels = self._loaded
            try:
                scores = model.predict(
                    list(pairs), apply_softmax=True, show_progress_bar=False, convert_to_numpy=True
                )
            except (RuntimeError, ValueError, IndexError) as exc:
                raise EmbeddingError(f"the judging model {self.name} could not be run: {exc}") from exc
        rows = np.nan_to_num(np.asarray(scores, dtype=np.float64))
        excluded = rows[:, labels.excluded] if labels.excluded is not None else np.zeros(len(rows))
        return [
            Entailment(float(a), float(b)) for a, b in zip(rows[:, labels.follows], excluded, strict=True)
        ]


def _labels_of(model: CrossEncoder) -> dict[int, str]:
    config: Any = getattr(model.model, "config", None)
    return {int(index): str(label) for index, label in (getattr(config, "id2label", None) or {}).items()}


def _read_labels(name: str, id2label: Mapping[int, str]) -> _Labels:
    names = {index: label.lower() for index, label in id2label.items()}
    follows = [index for index, label in names.items() if label.startswith("entail")]
    excluded = [index for index, label in names.items() if label.startswith("contradict")]
    if len(follows) != 1 or len(names) < 2:
        raise EmbeddingError(
            f"the judging model {name} has no label “entailment” (its labels: {', '.join(id2label.values())}): "
            "set DATELINE_JUDGE to an NLI cross-encoder, or leave it empty"
        )
    return _Labels(follows[0], excluded[0] if excluded else None)
