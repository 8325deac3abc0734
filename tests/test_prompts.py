from __future__ import annotations

from pathlib import Path

import pytest

import prompts
from prompts import Prompt, load

NAMES = sorted(file.stem for file in Path(prompts.__file__).parent.glob("*.md"))


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_loads_and_can_be_filled(name: str) -> None:
    prompt = load(name)
    filled = prompt.fill(**{variable: f"[{variable} $5m {{sic}}]" for variable in prompt.variables})
    assert all(f"[{variable} $5m {{sic}}]" in filled for variable in prompt.variables)
    assert len(prompt.hash) == 16
    assert load(name) == prompt


@pytest.mark.parametrize("values", [{}, {"claim": "a", "passages": "b", "more": "c"}])
def test_values_and_variables_must_be_the_same(values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"prompts/judge_claim\.md wants the values \[claim, passages\]"):
        load("judge_claim").fill(**values)


@pytest.mark.parametrize("name", ["nothing", "../README", "judge_claim.md", ""])
def test_an_unknown_prompt_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="there is no prompt"):
        load(name)


def test_a_real_dollar_is_doubled() -> None:
    assert Prompt(name="x", text="$$5 for $who", hash="").fill(who="$you") == "$5 for $you"


def test_the_hash_follows_the_text() -> None:
    assert load("judge_claim").hash != load("split_claims").hash
