"""Embedding: the bundled model, any other, and the small one for tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import make_embedding_model

from index.embed import (
    Embedder,
    HashEmbedder,
    PassageText,
    SentenceTransformerEmbedder,
)
from index.errors import ConfigError, EmbeddingError
from index.model import Span

ROOT = Path(__file__).parent.parent

# Everything that needs the bundled model loads it once, in one process, whose output is looked at too.
BUNDLED = r"""
import json, sys, warnings
import numpy as np
warnings.simplefilter("error")
from index.embed import PassageText, SentenceTransformerEmbedder
from index.model import Span
from index.model_folder import find_model
from threadpoolctl import threadpool_info

embedder = SentenceTransformerEmbedder()
odd = [
    "", " ", "?", "Who left the city?", "word " * 600, *(f"{n} " + "x " * n for n in (252, 253, 254, 255)),
    "🚗💨 gone", "e\u0301tat d'urgence État", "漢字 東京", "İstanbul ß ﬁ", "\ufeffbom \x00\x01 zero\u200bwidth",
    "[CLS] [SEP] [MASK]", "A" * 5000, "مرحبا", "$%&'()* -- ``", "line\nline\ttab",
]
asked = np.stack([embedder.embed_query(text) for text in odd])
told = embedder.embed_sentences(odd)
prefixed = SentenceTransformerEmbedder(query_prefix="query: ").embed_query("Who left?")
sentences = [
    "The army left the city during the night of 9 June.",
    "Half a million people fled to the north, aid groups said.",
    "He told reporters that nobody had given the order.",
]
text = "The fall of a city. " + " ".join(sentences)
spans, at = [], len("The fall of a city. ")
for sentence in sentences:
    spans.append(Span(at, at + len(sentence)))
    at += len(sentence) + 1
passages = [PassageText(text, tuple(spans)), PassageText("Short.", (Span(0, 6),)), PassageText("", ())]
passages += [PassageText(f"Report {n}. " + "More words of it. " * n, ()) for n in range(40)]
passages.append(PassageText("word " * 600, (Span(0, 40), Span(2900, 2999))))
few = [embedder.embed_passages(passages[at : at + 10]) for at in range(0, len(passages), 10)]
threads = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
empty = embedder.embed_passages([])
lazy = not {"torch", "transformers", "sentence_transformers"} & set(sys.modules)
vectors, inner = embedder.embed_passages(passages)
few_vectors = np.concatenate([part for part, _ in few])
few_inner = [rows for _, part in few for rows in part]
alone = embedder.embed_sentences(sentences)
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(str(find_model("")), device="cpu", local_files_only=True)
direct = model.encode([p.text for p in passages], normalize_embeddings=True, show_progress_bar=False)
asked_direct = model.encode([*odd, "query: Who left?"], normalize_embeddings=True, show_progress_bar=False)
print(json.dumps({
    "lazy": lazy,
    "empty": [list(empty[0].shape), len(empty[1]), list(embedder.embed_sentences([]).shape)],
    "shapes": [list(rows.shape) for rows in inner[:3]],
    "types": [str(vectors.dtype), str(inner[0].dtype)],
    "agreement": float((vectors * direct).sum(axis=1).min()),
    "queries": float((np.stack([*asked, prefixed]) * asked_direct).sum(axis=1).min()),
    "apart": float(np.abs(np.stack([*asked, prefixed]) - asked_direct).max()),
    "told": bool((told == asked).all()),
    "threads": threads,
    "few": float(np.abs(few_vectors - vectors).max()),
    "few inner": max(float(np.abs(a - b).max()) for a, b in zip(few_inner, inner, strict=True) if len(a)),
    "lengths": float(np.abs(np.linalg.norm(np.concatenate([vectors, *inner]), axis=1) - 1).max()),
    "own": [float(a @ b) for a, b in zip(inner[0], alone)],
    "others": [float(inner[0][i] @ alone[j]) for i in range(3) for j in range(3) if i != j],
    "unread": float(inner[-1][1] @ vectors[-1]),
    "dim": [embedder.dim, model.get_embedding_dimension()],
    "max": [embedder.max_tokens, model.max_seq_length],
}))
"""


@pytest.fixture(scope="module")
def bundled() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="module")
def mean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_embedding_model(tmp_path_factory.mktemp("models") / "mean", max_tokens=64)


@pytest.fixture(scope="module")
def cls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_embedding_model(tmp_path_factory.mktemp("models") / "cls", max_tokens=96, pooling="cls")


def test_the_bundled_model_gives_what_sentence_transformers_gives_and_says_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUNDLED], cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["lazy"], "torch is loaded before it is needed: a question and a few passages need none"
    assert found["empty"] == [[0, 384], 0, [0, 384]]
    assert found["shapes"] == [[3, 384], [1, 384], [0, 384]]
    assert found["types"] == ["float32", "float32"]
    assert found["agreement"] > 0.999999
    assert found["queries"] > 0.999999 and found["apart"] < 1e-5, "of texts of every kind"
    assert found["told"]
    assert set(found["threads"]) == {1}, "two that wait for each other take many times as long"
    assert found["few"] < 1e-5 and found["few inner"] < 1e-5, "without torch and with it"
    assert found["lengths"] < 1e-5
    # Pooled from the passage, a sentence's vector is near its own and far from the others'.
    assert min(found["own"]) > 0.5
    assert min(found["own"]) > max(found["others"])
    assert found["unread"] == pytest.approx(1, abs=1e-5), "what the model does not reach gets the passage's"
    assert found["dim"] == [384, 384]
    assert found["max"] == [256, 256]


def test_word_pieces_are_counted_without_padding_or_cutting(bundled: SentenceTransformerEmbedder) -> None:
    assert bundled.count_tokens(["", "word", "unaffordable", "word " * 300]) == [0, 1, 4, 300]
    assert bundled.count_tokens([]) == []


@pytest.mark.parametrize(
    "text",
    ["", "word", "The army left Qaraqosh. It came back.", "e\u0301tat d'urgence", "🚗💨 gone", "a" * 300],
)
@pytest.mark.parametrize("most", [1, 3, 8, 32])
def test_a_shortened_text_is_the_longest_beginning_that_fits(
    bundled: SentenceTransformerEmbedder, text: str, most: int
) -> None:
    for embedder in (bundled, HashEmbedder()):
        short = embedder.shorten(text, most)
        assert text.startswith(short)
        assert embedder.count_tokens([short])[0] <= most
        if embedder.count_tokens([text])[0] <= most:
            assert short == text


def test_fingerprints_tell_models_and_prefixes_apart(
    bundled: SentenceTransformerEmbedder, mean: Path, cls: Path, tmp_path: Path
) -> None:
    again = SentenceTransformerEmbedder()
    assert again.fingerprint == bundled.fingerprint
    copy = tmp_path / "elsewhere"
    shutil.copytree(mean, copy)
    assert (
        SentenceTransformerEmbedder(str(copy)).fingerprint
        == SentenceTransformerEmbedder(str(mean)).fingerprint
    )
    weights = copy / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-5] ^= 1
    weights.write_bytes(bytes(data))
    fingerprints = [
        bundled.fingerprint,
        SentenceTransformerEmbedder(query_prefix="query: ").fingerprint,
        SentenceTransformerEmbedder(passage_prefix="query: ").fingerprint,
        SentenceTransformerEmbedder(str(mean)).fingerprint,
        SentenceTransformerEmbedder(str(cls)).fingerprint,
        SentenceTransformerEmbedder(str(copy)).fingerprint,
        HashEmbedder().fingerprint,
        HashEmbedder(dim=32).fingerprint,
    ]
    assert len(set(fingerprints)) == len(fingerprints)
    assert all(len(fingerprint) == 16 and int(fingerprint, 16) >= 0 for fingerprint in fingerprints)


@pytest.mark.parametrize(("kind", "max_tokens"), [("mean", 64), ("cls", 96)])
def test_any_model_folder_embeds_with_its_own_length_and_pooling(
    request: pytest.FixtureRequest, kind: str, max_tokens: int
) -> None:
    folder = request.getfixturevalue(kind)
    embedder = SentenceTransformerEmbedder(str(folder))
    assert (embedder.max_tokens, embedder.dim) == (max_tokens, 16)
    text = "the army left the city . the governor said this"
    spans = (Span(0, 25), Span(26, len(text)))
    vectors, (inner,) = embedder.embed_passages([PassageText(text, spans)])
    direct = embedder._load().encode([text], normalize_embeddings=True, show_progress_bar=False)
    assert float(vectors[0] @ direct[0]) > 0.9999
    assert inner.shape == (2, 16)
    alone = embedder.embed_sentences([text[a:b] for a, b in spans])
    if kind == "cls":
        np.testing.assert_allclose(inner, alone, atol=1e-5)
    else:
        tokens = (
            embedder._load()
            .encode([text], output_value="token_embeddings", show_progress_bar=False, convert_to_numpy=False)[
                0
            ]
            .numpy()
        )
        # Six word pieces after [CLS] are the first sentence's.
        expected = tokens[1:7].mean(axis=0)
        np.testing.assert_allclose(inner[0], expected / np.linalg.norm(expected), atol=1e-5)


def test_prefixes_are_read_by_the_model_and_counted(mean: Path) -> None:
    plain = SentenceTransformerEmbedder(str(mean))
    prefixed = SentenceTransformerEmbedder(str(mean), query_prefix="query : ", passage_prefix="passage : ")
    assert prefixed.max_tokens == plain.max_tokens - 2
    np.testing.assert_allclose(
        prefixed.embed_query("the city"), plain.embed_query("query : the city"), atol=1e-6
    )
    text = "the army left . the river"
    spans = (Span(0, 15), Span(16, len(text)))
    vectors, (inner,) = prefixed.embed_passages([PassageText(text, spans)])
    shifted = tuple(Span(a + 10, b + 10) for a, b in spans)
    expected, (expected_inner,) = plain.embed_passages([PassageText(f"passage : {text}", shifted)])
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    np.testing.assert_allclose(inner, expected_inner, atol=1e-6)


@pytest.mark.parametrize("embedder", [HashEmbedder(), HashEmbedder(dim=8)])
def test_the_small_embedder_keeps_the_promises(embedder: Embedder) -> None:
    vectors, inner = embedder.embed_passages(
        [PassageText("The army left. Nobody.", (Span(0, 14), Span(15, 22)))]
    )
    assert vectors.shape == (1, embedder.dim)
    assert inner[0].shape == (2, embedder.dim)
    assert embedder.embed_passages([])[0].shape == (0, embedder.dim)
    rows = np.concatenate(
        [vectors, inner[0], embedder.embed_sentences(["", "?"]), embedder.embed_query("x")[None]]
    )
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    same, other = embedder.embed_sentences(["army left", "bridges"])
    query = embedder.embed_query("Army LEFT")
    assert float(query @ same) > float(query @ other)


@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        ("no folder", EmbeddingError, "DATELINE_EMBEDDER"),
        ("no tokenizer", EmbeddingError, "tokenizer.json is missing or broken"),
        ("broken tokenizer", EmbeddingError, "tokenizer.json is missing or broken"),
        ("broken config", EmbeddingError, "is not JSON"),
        ("no config", EmbeddingError, "hidden_size"),
        ("short", ConfigError, "32 are needed"),
        ("no weights", EmbeddingError, "could not be loaded"),
    ],
)
def test_a_model_that_cannot_be_used_is_named_with_its_mend(
    mean: Path, tmp_path: Path, damage: str, error: type[Exception], words: str
) -> None:
    folder = tmp_path / "model"
    if damage != "no folder":
        shutil.copytree(mean, folder)
    if damage == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif damage == "broken tokenizer":
        (folder / "tokenizer.json").write_text("{}")
    elif damage == "broken config":
        (folder / "config.json").write_text("{")
    elif damage == "no config":
        for file in folder.rglob("config.json"):
            file.unlink()
    elif damage == "short":
        for name in ("config.json", "sentence_bert_config.json", "tokenizer_config.json"):
            file = folder / name
            if file.is_file():
                value = json.loads(file.read_text())
                value.update({key: 16 for key in value if key.startswith(("max_", "model_max"))})
                file.write_text(json.dumps(value))
    elif damage == "no weights":
        (folder / "model.safetensors").unlink()
    with pytest.raises(error, match=words) as caught:
        SentenceTransformerEmbedder(str(folder)).embed_query("the city")
    assert "\n" not in str(caught.value)
