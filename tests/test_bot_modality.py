"""How sure a statement is: no surer than its passages, and free to say the same in other words."""

from __future__ import annotations

import pytest

from bot.check import LexicalJudge
from bot.model import Label, Verdict

VACCINE = "Officials met in Kyiv on Monday. Smallpox vaccines may be used to prevent monkeypox infections, the agency said."
LOSS = "He found it dramatic that so big a city could be lost and its defenders overwhelmed."
FERRY = "The report was read on Friday. A hired ferry may have sunk off the coast near Oddersby, the harbour master said."
ABUSE = "The critic of the government and its alleged human rights abuses arrived in Taipei on Tuesday."
STORES = "Many of the stores in the valley were closed by the flood last week."
RATES = "Interest rates are expected to rise for a seventh time in a row today."


def judge(claim: str, passage: str) -> Verdict:
    return LexicalJudge().judge(claim, [passage])


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        (VACCINE, "Smallpox vaccines will be used to prevent monkeypox infections."),
        (VACCINE, "Smallpox vaccines are used to prevent monkeypox infections."),
        (LOSS, "He found it dramatic that so big a city will be lost and its defenders overwhelmed."),
        (FERRY, "A hired ferry sank off the coast near Oddersby."),
        (FERRY, "A hired ferry has sunk off the coast near Oddersby."),
        (ABUSE, "The critic of the government and its proven human rights abuses arrived in Taipei on Tuesday."),
        (ABUSE, "The critic of the government and its human rights abuses arrived in Taipei on Tuesday."),
        (STORES, "All of the stores in the valley were closed by the flood last week."),
        (RATES, "Interest rates will certainly rise for a seventh time in a row today."),
        ("The army could do it with the help of the Kurdish fighters.", "The army will do it with the help of the Kurdish fighters."),
    ],
)  # fmt: skip
def test_what_is_surer_than_its_passages_is_not_supported(passage: str, claim: str) -> None:
    verdict = judge(claim, passage)
    assert verdict.label is not Label.SUPPORTED
    assert "modality: " in verdict.reason


@pytest.mark.parametrize(
    ("passage", "claim"),
    [
        (VACCINE, "Smallpox vaccines might be used to prevent monkeypox infections."),
        (VACCINE, "Smallpox vaccines could be used to prevent monkeypox infections, the agency said on Monday."),
        (FERRY, "A hired ferry might have sunk off the coast near Oddersby."),
        (ABUSE, "The critic of the government and its suspected human rights abuses arrived in Taipei on Tuesday."),
        (STORES, "Many of the stores in the valley were closed by the flood."),
        (RATES, "Interest rates will rise for a seventh time in a row today."),
        # It is said both ways: the surer one is enough.
        (f"{FERRY} The hired ferry sank off the coast near Oddersby at noon.", "A hired ferry sank off the coast near Oddersby."),
        # A month, a man and what somebody wants are no auxiliaries.
        ("In May the group seized the dam near Oddersby, police said.", "The group seized the dam near Oddersby in May."),
        ("Will Carter opened the bridge on Friday, and the mayor may follow.", "Will Carter opened the bridge on Friday."),
        ("The council will vote on the levy, and the mayor may veto it.", "The council will vote on the levy."),
    ],
)  # fmt: skip
def test_what_is_as_sure_or_less_is_not_held_against_a_claim(passage: str, claim: str) -> None:
    verdict = judge(claim, passage)
    assert "modality" not in verdict.reason
    assert verdict.label is Label.SUPPORTED, verdict.reason
