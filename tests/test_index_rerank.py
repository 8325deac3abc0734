"""Re-ranking: real cross-encoders, small ones made for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from index_state import Desk, story, summary
from tiny_models import make_cross_encoder

from index.errors import EmbeddingError
from index.rerank import CrossEncoderReranker


def test_a_cross_encoder_scores_pairs(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(make_cross_encoder(tmp_path / "cross")))
    scores = reranker.score("the city", ["the army left the city", "river", ""])
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
    np.testing.assert_allclose(reranker.score("the city", ["river"]), scores[1:2], atol=1e-5)
    assert reranker.score("the city", []).shape == (0,)


def test_a_cross_encoder_of_several_labels_is_refused(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(make_cross_encoder(tmp_path / "cross", labels=3)))
    with pytest.raises(EmbeddingError, match="DATELINE_RERANKER"):
        reranker.score("the city", ["river"])


def test_a_missing_cross_encoder_is_named_with_its_mend(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match="DATELINE_RERANKER") as caught:
        CrossEncoderReranker(str(tmp_path / "nothing")).score("the city", ["river"])
    assert "\n" not in str(caught.value)


def test_a_real_cross_encoder_ranks_anew(tmp_path: Path) -> None:
    small = Desk(tmp_path)
    for name in ("Baiji", "Kirkuk", "Tikrit"):
        small.write(f"{name.lower()}.txt", story(name, paragraphs=8))
    small.sync()
    reranker = CrossEncoderReranker(str(make_cross_encoder(tmp_path / "cross")))
    with small.searcher(reranker=reranker) as searcher:
        hits = searcher.search("Kirkuk officer", 5)
        assert all("reranker" in dict(hit.found_by) for hit in hits)
        scores = [float(reranker.score("Kirkuk officer", [hit.passage.text])[0]) for hit in hits]
        first = min(range(len(hits)), key=lambda index: dict(hits[index].found_by)["reranker"])
        # Alone and in a batch a text gets the same score up to rounding.
        assert scores[first] == pytest.approx(max(scores), abs=1e-5)
        assert summary(searcher.search("Kirkuk officer", 5)) == summary(hits)
    small.close()
