"""The README: its commands, settings and drawing are real, and its Python runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bot.chat import COMMANDS
from bot.commands import program
from bot.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

# What a stranger's program would see after running the block, and what the answer proves with.
_REPORT = """
import json, sys
from llama_index.core.settings import Settings
print("REPORT" + json.dumps({
    "class": type(response).__mro__[1].__module__,
    "llm": Settings._llm is None,
    "embed_model": Settings._embed_model is None,
    "text": str(response),
    "metadata": response.metadata,
    "sources": [
        [node.node.metadata["file"], node.node.start_char_idx, node.node.end_char_idx, node.node.text]
        for node in response.source_nodes
    ],
}))
"""


def test_the_python_in_it_runs_and_proves_its_answer(indexed_corpus: Path, tmp_path: Path) -> None:
    shutil.copytree(indexed_corpus, tmp_path / "index")
    blocks = [block for block in _blocks("python") if "engine.query" in block]
    assert len(blocks) == 1
    clean = {key: value for key, value in os.environ.items() if not key.startswith((PREFIX, "OPENAI"))}
    done = subprocess.run(
        [sys.executable, "-c", blocks[0] + _REPORT],
        cwd=ROOT,
        env={**clean, "DATELINE_CORPUS": "corpus", "DATELINE_INDEX": str(tmp_path / "index")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown, _, written = done.stdout.partition("REPORT")
    report = json.loads(written)
    assert report["llm"] and report["embed_model"], "llama-index's global settings were touched"
    assert report["class"].startswith("llama_index.")
    assert report["text"] in shown
    assert report["metadata"]["status"] == "answered"
    assert report["metadata"]["citations"]
    for citation in report["metadata"]["citations"]:
        assert _text_of(citation["file"])[citation["start"] : citation["end"]] == citation["quote"]
        assert citation["quote"] in shown
        assert any(
            file == citation["file"] and start <= citation["start"] and citation["end"] <= end
            for file, start, end, _ in report["sources"]
        )
    for file, start, end, text in report["sources"]:
        assert _text_of(file)[start:end] == text


def _text_of(file: str) -> str:
    with open(ROOT / "corpus" / file, encoding="utf-8", newline="") as opened:
        return opened.read()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def _table(head: str) -> list[list[str]]:
    """Return the rows of the table whose head begins with this cell."""
    found = re.search(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.MULTILINE)
    assert found, f"there is no table headed {head}"
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()]


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {name.strip("`"): default.strip("`") for name, default, _ in _table("setting")}
    fields = Settings.model_fields
    wanted = {PREFIX + name.upper(): str(field.default) or "empty" for name, field in fields.items()}
    assert listed == wanted


def test_every_command_is_listed() -> None:
    listed = [row[0].strip("`").split()[1] for row in _table("command")]
    assert sorted(listed) == sorted(program.commands)


def test_every_command_of_the_chat_is_listed_as_help_tells_it() -> None:
    listed = [row[0].strip("`") for row in _table("type")[1:]]
    assert listed == [f"{name} {argument}".rstrip() for name, (argument, _) in COMMANDS.items()]


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^(?:\$ )?(dateline .*)", README, re.MULTILINE))))
def test_every_option_shown_exists(line: str) -> None:
    name, *rest = line.removeprefix("dateline ").split(" #")[0].split()
    command = program.commands[name]
    known = {text for parameter in command.params for text in parameter.opts}
    quoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", " ".join(rest))
    options = re.findall(r"(?<!\S)-{1,2}[a-z][a-z-]*", quoted)
    assert set(options) <= known
    assert isinstance(command, click.Command)


def test_every_chore_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    code = "\n".join([*_blocks("sh"), *re.findall(r"`([^`\n]+)`", README)])
    named = set(re.findall(r"(?:^|\n)make ([a-z]+)", code))
    assert {"ask", "test", "check", "bench", "lock", "chat"} <= named <= targets


def test_places_in_examples_exist() -> None:
    places = set(re.findall(r"\b((?:mosul|region)/[\w-]+\.md):(\d+)", README))
    assert places
    for file, line in places:
        assert int(line) <= _text_of(file).count("\n")


def test_quotes_in_examples_stand_in_the_corpus() -> None:
    example = re.search(r'\$ dateline ask "How many prisoners were freed\?"\n(.*?)\n\n', README, re.DOTALL)
    assert example
    corpus = " ".join(
        " ".join(path.read_text(encoding="utf-8").split()) for path in sorted((ROOT / "corpus").rglob("*.md"))
    )
    for line in example[1].split("\n"):
        if line.startswith(("One report says ", "Reports differ on ")):
            # Put together from values, each in front of its mark.
            values = re.findall(r"(?:says |another |freed: |; )((?:(?!another )[^\[;])+) \[\d+\]", line)
            assert len(values) == 3
            assert all(value.lower() in corpus.lower() for value in values)
            continue
        said = re.sub(r"^\[[^\]\d][^\]]*\] ", "", re.sub(r" (?:\[\d+\])+", "", line))
        assert said in corpus
