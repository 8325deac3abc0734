"""The page of a run: what it holds, and that a browser opens it without a request or a complaint."""

from __future__ import annotations

import asyncio
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from browser import PROGRAMS, find_browser, open_browser
from evals_world import AGAINST, FAILED, NO, YES, answer_json, claim, differing, refusal_json, result

from bot.evals.cases import Case
from bot.evals.compare import compare_runs, read_baseline
from bot.evals.page import write_page
from bot.evals.report import build_report
from bot.evals.results import Failure, Result
from bot.evals.score import Scored, score_cases

NASTY = '</script><script>document.title="owned"</script><img src="https://evil.example/x.png" onerror="alert(1)">'
CASES = [
    Case(id="fine", question="Did the ferry sink?", answerable=True, files=("a.md",), facts=("sank",)),
    Case(id="false", question="How many died?", answerable=True, files=("a.md",), facts=("11",)),
    Case(id="open", question=f"Who is {NASTY}?", answerable=False, kind="near"),
    Case(id="failed", question="What now?", answerable=True, kind="follow-up"),
    Case(
        id="sides",
        question="Fourteen or eleven?",
        answerable=True,
        positions=("eleven", "fourteen"),
        kind="disagreement",
    ),
    Case(id="untold", question="Why?", answerable=True, kind="attack"),
]
RESULTS = [
    result("fine"),
    result("false", answer_json(f"14 died. {NASTY}"), claims=(claim(AGAINST, NO, text=f"14 died. {NASTY}"),), inexact=(1,)),
    result("open", refusal_json(), claims=()),
    Result(id="failed", answer=None, error=Failure(type="LLMError", message="no server answers"), times={}),
    result(
        "sides",
        answer_json("One says eleven; another fourteen.", files=("a.md", "b.md"), disagreements=differing("eleven", "fourteen")),
        claims=(claim(text="eleven"), claim(FAILED, YES, text="fourteen", citations=(2,))),
    ),
    result("untold", claims=(claim(YES, None),), faults=("no citation for 'It sank.'",)),
]  # fmt: skip
ORIGIN = {
    "cases": {"file": "cases.jsonl", "sha256": "0" * 64, "count": 6},
    "index": {"digest": "9c1e", "files": 16, "articles": 16, "passages": 40, "vectors_pending": 0, "embedder": "mini"},
    "models": {"embedder": "mini", "reranker": "", "llm": ""},
    "judge": {"name": "lexical-2", "supported_from": 0.5},
    "prompts": {"answer": "3f2a"}, "settings": {"min_confidence": 0.35, "llm": ""}, "passages_read": 24, "seed": 1,
    "code": "abcd", "versions": {"python": "3.11"},
}  # fmt: skip


def scored() -> tuple[Scored, ...]:
    return score_cases(CASES, RESULTS)


def report(tmp_path: Path | None = None) -> dict[str, Any]:
    found = build_report(scored(), ORIGIN, memory={"peak": 900.0}, seconds=3.0)
    found["gates"] = {
        "fail_under": {"faithfulness": 0.9},
        "max_drop": None,
        "missed": ["faithfulness is 0.750, and 0.9 is asked"],
    }
    if tmp_path is not None:
        file = tmp_path / "baseline.json"
        before = build_report(
            score_cases(CASES, [result(case.id) for case in CASES]),
            {**ORIGIN, "code": "old"},
            memory={},
            seconds=0,
        )
        file.write_text(json.dumps(before))
        found["baseline"] = compare_runs(read_baseline(file), scored(), ORIGIN)
    return found


def test_the_worst_case_comes_first_and_stands_open() -> None:
    page = write_page(report())
    cards = re.findall(r'<details class="case" id="case-(\w+)"[^>]*?(open)?>', page)
    assert [name for name, _ in cards] == ["failed", "false", "untold", "sides", "fine", "open"]
    assert [name for name, opened in cards if opened] == ["failed"]


def test_each_claim_is_coloured_by_its_graver_ruling_with_its_quote_beside_it() -> None:
    page = write_page(report())
    card = page[page.index('id="case-false"') : page.index('id="case-untold"')]
    assert '<div class="sentence contradicted">' in card
    assert "a.md:1" in card and "not to the letter" in card and "another number" in card
    sides = page[page.index('id="case-sides"') : page.index('id="case-fine"')]
    assert '<mark class="supported">eleven</mark>' in sides
    assert '<mark class="failed">fourteen</mark>' in sides
    assert "Nothing is cited." in page[page.index('id="case-untold"') :] or "no citation" in page


def test_what_articles_and_questions_say_is_text_and_nothing_else() -> None:
    page = write_page(report())
    assert NASTY not in page
    assert html.escape(NASTY, quote=False).replace('"', "&#34;") in page
    # The one script is ours, and nothing is loaded from anywhere.
    assert page.count("<script>") == page.count("</script>") == 1
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(?!data:)', page)


def test_the_page_tells_gates_origin_and_what_failed() -> None:
    page = write_page(report())
    assert "1 gate missed" in page and "faithfulness is 0.750, and 0.9 is asked" in page
    assert "0" * 64 in page and "lexical-2" in page and "failed to run" in page
    assert "no server answers" in page
    assert "NaN" not in page and "None" not in page


def test_a_page_without_any_figure_can_be_written() -> None:
    found = build_report(score_cases(CASES[3:4], RESULTS[3:4]), ORIGIN, memory={}, seconds=0)
    found["gates"] = {"fail_under": {}, "max_drop": None, "missed": []}
    assert "How good are the answers?" in write_page(found)


@pytest.mark.skipif(find_browser() is None, reason=f"no browser is installed: none of {', '.join(PROGRAMS)}")
def test_a_browser_opens_filters_and_prints_the_page(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(write_page(report(tmp_path)), encoding="utf-8")
    asyncio.run(_look(file))


_SHOWN = "[...document.querySelectorAll('details.case')].filter(c => c.offsetParent).map(c => c.id.slice(5))"


async def _look(file: Path) -> None:
    async with open_browser() as page:
        await page.resize(1200)
        await page.open(file)
        assert await page.run("document.title") == "Evaluation of cases.jsonl · Dateline"
        shown = await page.run(_SHOWN)
        assert shown == ["failed", "false", "untold", "sides", "fine", "open"]
        # The worst answer is seen without a click, and one click shows why the next is bad.
        assert await page.run("document.querySelector('details.case[open]').id") == "case-failed"
        await page.run("document.querySelector('#case-false summary').click()")
        assert "contradicted" in await page.run("document.querySelector('#case-false').innerText")
        await page.run("document.querySelector('button[data-kind=near]').click()")
        assert await page.run(_SHOWN) == ["open"]
        assert await page.run("document.getElementById('shown').textContent") == "1 shown"
        await page.run("document.querySelector('button[data-kind=\"\"]').click()")
        await page.run("document.getElementById('troubled').click()")
        assert await page.run(_SHOWN) == ["failed", "false", "untold", "sides"]
        await page.run(
            "const i = document.getElementById('words'); i.value = 'no server'; i.dispatchEvent(new Event('input'))"
        )
        assert await page.run(_SHOWN) == ["failed"]
        await page.run("document.querySelector('a[data-open=false]').click()")
        assert await page.run(
            "document.getElementById('case-false').open && !!document.getElementById('case-false').offsetParent"
        )
        for width in (1200, 400):
            await page.resize(width)
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.run(wide) == 0, f"scrolls sideways at {width}"
            small = "Math.min(...[...document.querySelectorAll('main *')].filter(e => e.offsetParent && e.textContent.trim() && !e.closest('svg')).map(e => parseFloat(getComputedStyle(e).fontSize)))"
            assert await page.run(small) >= 11
        for dark in (False, True):
            await page.dark(dark)
            assert await page.run(_CONTRAST) >= 4.5
        assert (await page.print()).startswith(b"%PDF-")
        assert page.requests == [file.resolve().as_uri()]
        assert page.complaints == []


# The least contrast of ink on paper (WCAG 2.1, section 1.4.3), over the colours that text has.
_CONTRAST = """
(() => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const probe = document.createElement("i"); probe.style.color = `var(${name})`; document.body.append(probe);
    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number).map((v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    probe.remove(); return .2126 * r + .7152 * g + .0722 * b;
  };
  const pairs = [["--ink", "--paper"], ["--ink", "--card"], ["--soft", "--paper"], ["--soft", "--card"], ["--good", "--good-wash"], ["--bad", "--bad-wash"], ["--odd", "--odd-wash"],
    ["--ink", "--good-wash"], ["--ink", "--bad-wash"], ["--ink", "--odd-wash"], ["--ink", "--grey-wash"], ["--good", "--paper"], ["--bad", "--paper"]];
  return Math.min(...pairs.map(([ink, paper]) => { const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x); return (a + .05) / (b + .05); }));
})()
"""
