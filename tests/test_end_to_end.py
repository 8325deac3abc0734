"""The program from end to end with the bundled model: index a folder with hostile files in it, ask, check every promise.

One process runs the commands one after the other, since loading the model takes seconds; each command's
output is caught at the level of the operating system, so that nothing can slip past.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hostile import GOOD_FILES, make_hostile_folder

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden" / "corpus.jsonl"
MOSUL = ROOT.parent / "shared" / "data" / "mosul"

# Below what is reached by so much that only a broken ranking gets there.
ANSWERED_WITH_FACTS = 0.60
REFUSED = 0.40

_DRIVER = """
import json, os, sys
from pathlib import Path
from bot.cli import main

folder = Path(sys.argv[1])
codes = []
for number, arguments in enumerate(json.loads((folder / "steps.json").read_text())):
    kept = os.dup(1), os.dup(2)
    for descriptor, name in ((1, "out"), (2, "err")):
        file = os.open(folder / f"{number}.{name}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, descriptor)
        os.close(file)
    codes.append(main(arguments))
    sys.stdout.flush()
    sys.stderr.flush()
    for descriptor, old in zip((1, 2), kept):
        os.dup2(old, descriptor)
        os.close(old)
(folder / "codes.json").write_text(json.dumps(codes))
"""

# What takes longer to import than a question takes to be answered.
_COLD = """
import json, sys
from bot.cli import main

code = main(sys.argv[1:])
heavy = {"torch", "transformers", "sentence_transformers", "scipy", "chromadb", "llama_index"}
print(json.dumps(sorted(heavy & set(sys.modules))), file=sys.stderr)
sys.exit(code)
"""

_MORE = [
    {"id": "good-ferry", "question": "When did the ferry to the islands sail again?"},
    {"id": "good-library", "question": "When will the town library open on Sundays?"},
    {"id": "good-market", "question": "Where does the fish market move in May?"},
    {"id": 7, "question": "Hello"},
    {"id": "stop-words", "question": "What is it about?"},
    {"id": "long", "question": "prisoners " * 390},
    {
        "id": "odd",
        "question": '“How many” *prisoners* AND NOT (were) "freed" NEAR/3 mosul^2: -- ; [1] \u202e\U0001f600?',
    },
]
# What is plain in the five articles about Mosul: a question, and what an answer must hold.
_AGAIN = ["ask", "--json", "How many prisoners were freed in Mosul?"]
_MOSUL_QUESTIONS = [
    ("How many people fled Mosul?", "half a million|500,000"),
    ("How many prisoners were freed?", "1,000|2,400|2,725|prisoners"),
    ("How far is Mosul from Baghdad?", "miles|kilomet|km"),
    ("Who captured Mosul?", "ISIL|ISIS|Islamic State|militants|insurgents"),
    ("What did Osama al-Nujaifi say about the army?", "army|security forces|troops|commanders|soldiers"),
]


@dataclass(frozen=True)
class Done:
    code: int
    out: bytes
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.decode("utf-8").split("\n")[:-1]]


@dataclass(frozen=True)
class World:
    corpus: Path
    hostile: dict[str, str]
    index: Done
    asked: Done
    shown: dict[str, Done]
    again: Done
    cold: Done
    mosul: tuple[Done, Done] | None


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("end")
    corpus = folder / "corpus"
    hostile = make_hostile_folder(corpus)
    for name in ("mosul", "region"):
        shutil.copytree(ROOT / "corpus" / name, corpus / name)
    cases = [
        {k: case[k] for k in ("id", "question", "asked_at", "history") if k in case} for case in golden()
    ]
    (folder / "questions.jsonl").write_text(_lines([*cases, *_MORE]), encoding="utf-8")
    own = [{"id": place, "question": question} for place, (question, _) in enumerate(_MOSUL_QUESTIONS)]
    (folder / "mosul.jsonl").write_text(_lines(own), encoding="utf-8")
    steps = [
        ["index", "--json"],
        ["ask", "--json", "--batch", str(folder / "questions.jsonl")],
        *(["show", file] for file in GOOD_FILES),
        _AGAIN,
    ]
    if MOSUL.is_dir():
        places = ["--corpus", str(MOSUL), "--index", str(folder / "mosul-index")]
        steps += [
            ["index", "--json", *places],
            ["ask", "--json", "--batch", str(folder / "mosul.jsonl"), *places],
        ]
    done = _run(folder, steps)
    return World(
        corpus=corpus,
        hostile=hostile,
        index=done[0],
        asked=done[1],
        shown=dict(zip(GOOD_FILES, done[2:5], strict=True)),
        again=done[5],
        cold=_ask_cold(folder),
        mosul=(done[6], done[7]) if MOSUL.is_dir() else None,
    )


def _run(folder: Path, steps: list[list[str]]) -> list[Done]:
    (folder / "steps.json").write_text(json.dumps(steps))
    done = _start(folder, _DRIVER, str(folder))
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    # Whatever was written outside a command would have gone here.
    assert (done.stdout, done.stderr) == (b"", b"")
    codes = json.loads((folder / "codes.json").read_text())
    return [
        Done(
            code,
            (folder / f"{place}.out").read_bytes(),
            (folder / f"{place}.err").read_text(encoding="utf-8"),
        )
        for place, code in enumerate(codes)
    ]


def _ask_cold(folder: Path) -> Done:
    done = _start(folder, _COLD, *_AGAIN)
    return Done(done.returncode, done.stdout, done.stderr.decode(errors="replace"))


def _start(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("DATELINE_", "OPENAI"))}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={
            **clean,
            "DATELINE_CORPUS": str(folder / "corpus"),
            "DATELINE_INDEX": str(folder / "index"),
            "DATELINE_MAX_FILE_MB": "1",
            "HF_HUB_OFFLINE": "1",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        timeout=300,
        check=False,
    )


def golden() -> list[dict[str, Any]]:
    return [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


def _lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


# ---------------------------------------------------------------------------------------------- the contract


def faults(answer: dict[str, Any], corpus: Path, shown: dict[str, str]) -> list[str]:
    """Whatever CONTRACT.md promises of an answer and does not hold."""
    found: list[str] = []

    def must(holds: object, what: str) -> None:
        if not holds:
            found.append(f"{answer['question'][:60]!r}: {what}")

    must(
        answer.keys()
        >= {"question", "status", "reason", "text", "sentences", "citations", "disagreements", "dropped"},
        "a field is missing",
    )
    must(answer.keys() >= {"engine", "timings_ms"}, "a field is missing")
    must(answer["timings_ms"].keys() >= {"retrieve", "answer", "check", "total"}, "a timing is missing")
    must(all(spent >= 0 for spent in answer["timings_ms"].values()), "time ran backwards")
    must(answer["engine"]["answerer"] == "quote", "answered by something else")
    must(answer["engine"]["index"], "the index is not named")
    marks = [int(number) for number in re.findall(r"\[(\d+)\]", answer["text"])]
    if answer["status"] == "not_found":
        must(isinstance(answer["reason"], str) and answer["reason"].strip(), "no reason")
        must(not answer["citations"], "cited, though not found")
        must(not answer["sentences"], "sentences, though not found")
        must(not answer["disagreements"], "disagreements, though not found")
        must(answer["text"] == "The articles do not say.", "a claim, though not found")
        return found
    must(answer["status"] == "answered", "unknown status")
    must(answer["reason"] is None, "a reason, though answered")
    must(1 <= len(answer["sentences"]) <= 3, "not one to three sentences")
    numbers = [citation["number"] for citation in answer["citations"]]
    must(numbers == list(range(1, len(numbers) + 1)), f"numbered {numbers}")
    must(all(sentence["citations"] for sentence in answer["sentences"]), "a sentence without a citation")
    used = [number for sentence in answer["sentences"] for number in sentence["citations"]]
    must(set(used) == set(numbers), f"cited {sorted(set(used))} of {numbers}")
    must(all(1 <= mark <= len(numbers) for mark in marks), f"marks {marks} of {len(numbers)}")
    groups = re.findall(r"(?:\[\d+\])+", answer["text"])
    must(
        groups
        == [
            "".join(f"[{n}]" for n in sorted(cited))
            for s in answer["sentences"]
            for cited in ([part["citations"] for part in s["parts"]] or [s["citations"]])
        ],
        "the marks of the text are not those of its sentences",
    )
    unmarked = re.sub(r" (?:\[\d+\])+", "", answer["text"])
    must(unmarked == " ".join(s["text"] for s in answer["sentences"]), "text and sentences differ")
    by_number = {citation["number"]: citation for citation in answer["citations"]}
    for sentence in answer["sentences"]:
        said = sentence["text"]
        quotes = [by_number[number] for number in sentence["citations"] if number in by_number]
        if sentence["lead"]:
            must(said.startswith(f"[{sentence['lead']}] "), "a lead that is not shown")
            said = said.removeprefix(f"[{sentence['lead']}] ")
            must(
                any(sentence["lead"] in " ".join(c["quote"].split()) for c in quotes),
                "a lead that is not cited",
            )
        if sentence["parts"]:
            must(_parts_are_quoted(sentence, by_number), f"{said[:50]!r} is not made of its quotes")
            continue
        must(any(" ".join(c["quote"].split()) == said for c in quotes), f"{said[:50]!r} is no quote")
        must(sentence["verdict"] == "supported", "not supported")
        must(0.0 <= sentence["score"] <= 1.0, "a score out of range")
        files = [c["file"] for c in quotes if " ".join(c["quote"].split()) != said]
        must(len(files) - len(set(files)) <= 1, "an article agrees with itself")
    for citation in answer["citations"]:
        found += [
            f"{answer['question'][:60]!r}: {fault}" for fault in _citation_faults(citation, corpus, shown)
        ]
    return found


def _parts_are_quoted(sentence: dict[str, Any], by_number: dict[int, dict[str, Any]]) -> bool:
    """Tell whether each stretch of a composed sentence stands in a quote, and no number outside of them."""
    bare = sentence["text"]
    for part in reversed(sentence["parts"]):
        said = bare[part["start"] : part["end"]]
        quotes = [" ".join(by_number[number]["quote"].split()).lower() for number in part["citations"]]
        if not any(said.lower() in quote for quote in quotes):
            return False
        bare = bare[: part["start"]] + bare[part["end"] :]
    quoted = " ".join(by_number[number]["quote"] for number in sentence["citations"])
    dates = [by_number[number]["published"] or "" for number in sentence["citations"]]
    days = {figure.lstrip("0") for day in dates for figure in day.split("-")}
    return all(figure in quoted or figure in days for figure in re.findall(r"\d+", bare))


def _citation_faults(citation: dict[str, Any], corpus: Path, shown: dict[str, str]) -> list[str]:
    file, start, end = citation["file"], citation["start"], citation["end"]
    name = f"[{citation['number']}] {file}"
    if file in shown:
        text = shown[file]
    elif file.endswith((".md", ".txt")):
        with open(corpus / file, encoding="utf-8", newline="") as opened:
            text = opened.read()
    else:
        return [f"{name}: nobody can check this"]
    result = []
    if text[start:end] != citation["quote"] or not citation["quote"].strip():
        result.append(f"{name}: {text[start:end]!r} is not {citation['quote']!r}")
    lines = text[:start].count("\n") + 1, text[: end - 1].count("\n") + 1
    if lines != (citation["line_start"], citation["line_end"]):
        result.append(f"{name}: lines {lines}")
    if citation["changed"]:
        result.append(f"{name}: nothing has changed")
    if not citation["title"]:
        result.append(f"{name}: no title")
    if "\\" in file or file.startswith("/") or not (corpus / file).is_file():
        result.append(f"{name}: no path below the corpus")
    published = citation["published"]
    if published is not None and date.fromisoformat(published).isoformat() != published:
        result.append(f"{name}: published {published}")
    return result


# ----------------------------------------------------------------------------------------------------- tests


def test_indexing_names_each_hostile_file_with_its_reason(world: World) -> None:
    assert world.index.code == 3
    (report,) = world.index.lines
    skipped = {row["file"]: row["reason"] for row in report["skipped"]}
    assert skipped.keys() == world.hostile.keys()
    wrong = {file: skipped[file] for file, part in world.hostile.items() if part not in skipped[file]}
    assert wrong == {}
    assert report["added"] == len(GOOD_FILES) + len(list((ROOT / "corpus").rglob("*.md")))
    assert report["updated"] == report["removed"] == report["unchanged"] == 0
    assert report["passages"] >= report["added"]


def test_standard_output_is_pure_and_standard_error_silent(world: World) -> None:
    for done in (world.index, world.asked, world.again, *(world.mosul or ())):
        assert done.out.endswith(b"\n")
        assert all(isinstance(line, dict) for line in done.lines)
        assert b"\x1b" not in done.out and b"\r" not in done.out
        assert "Traceback" not in done.err and "Warning" not in done.err
    assert world.asked.err == ""
    assert len(world.index.lines) == len(world.again.lines) == 1


def test_a_first_answer_needs_no_heavy_library_and_is_that_of_the_engine(world: World) -> None:
    assert (world.cold.code, world.cold.err) == (0, "[]\n")
    (cold,), (warm,) = world.cold.lines, world.again.lines
    assert {**cold, "timings_ms": 0} == {**warm, "timings_ms": 0}


def test_every_line_is_answered_in_order_with_its_id(world: World) -> None:
    assert world.asked.code == 0
    asked = [(case["id"], case["question"]) for case in [*golden(), *_MORE]]
    assert [line["id"] for line in world.asked.lines] == [id for id, _ in asked]
    assert all("error" not in line for line in world.asked.lines)
    for line, (_, question) in zip(world.asked.lines, asked, strict=True):
        assert line["question"].split() == str(question).split()


def test_no_answer_breaks_the_contract(world: World) -> None:
    shown = {file: done.out.decode("utf-8") for file, done in world.shown.items()}
    assert all(done.code == 0 for done in world.shown.values())
    lines = [*world.asked.lines, *world.again.lines]
    assert sum(line["status"] == "answered" for line in lines) >= 20
    assert sum(line["status"] == "not_found" for line in lines) >= 5
    assert [fault for line in lines for fault in faults(line, world.corpus, shown)] == []


def test_the_readable_files_among_the_hostile_ones_answer(world: World) -> None:
    answers = {line["id"]: line for line in world.asked.lines}
    for id, file in zip(("good-ferry", "good-library", "good-market"), GOOD_FILES, strict=True):
        assert answers[id]["status"] == "answered", answers[id]["reason"]
        assert answers[id]["citations"][0]["file"] == file
    hostile = set(world.hostile)
    cited = {citation["file"] for line in world.asked.lines for citation in line["citations"]}
    assert cited.isdisjoint(hostile)
    assert {line["citations"][0]["published"] for line in (answers["good-library"],)} == {"2015-03-04"}


def test_words_with_the_bot_and_empty_questions_are_refused(world: World) -> None:
    answers = {line["id"]: line for line in world.asked.lines}
    assert answers[7]["status"] == answers["talk-poem"]["status"] == "not_found"
    assert answers["stop-words"]["status"] == "not_found"
    assert "holds no word to look for" in answers["stop-words"]["reason"]


def test_most_golden_cases_are_answered_with_their_facts(world: World) -> None:
    answers = {line["id"]: line for line in world.asked.lines}
    cases = [case for case in golden() if case["answerable"]]
    missed = [
        case["id"]
        for case in cases
        if not all(re.search(fact, answers[case["id"]]["text"], re.IGNORECASE) for fact in case["facts"])
    ]
    assert len(cases) >= 40
    assert 1 - len(missed) / len(cases) >= ANSWERED_WITH_FACTS, missed


def test_many_golden_cases_without_an_answer_are_refused(world: World) -> None:
    answers = {line["id"]: line for line in world.asked.lines}
    cases = [case for case in golden() if not case["answerable"]]
    answered = [case["id"] for case in cases if answers[case["id"]]["status"] == "answered"]
    assert len(cases) >= 15
    assert 1 - len(answered) / len(cases) >= REFUSED, answered


def test_the_same_question_gets_the_same_answer_in_a_batch_and_alone(world: World) -> None:
    (alone,) = world.again.lines
    assert world.again.code == 0
    batched = next(line for line in world.asked.lines if line["id"] == "differ-prisoners")
    assert alone["question"] == batched["question"]
    moving = {"id", "timings_ms"}
    assert {k: v for k, v in alone.items() if k not in moving} == {
        k: v for k, v in batched.items() if k not in moving
    }


def test_the_five_articles_about_mosul(world: World) -> None:
    if world.mosul is None:
        pytest.skip("the articles about Mosul lie in ../shared/data, which is not here")
    indexed, asked = world.mosul
    assert indexed.code == asked.code == 0
    assert indexed.lines[0]["added"] == 5
    lines = asked.lines
    assert [fault for line in lines for fault in faults(line, MOSUL, {})] == []
    found = [
        bool(re.search(fact, line["text"], re.IGNORECASE))
        for line, (_, fact) in zip(lines, _MOSUL_QUESTIONS, strict=True)
    ]
    assert sum(found) >= 4, [line["text"] for line in lines]
