"""What ``dateline eval`` does: a run with its reports and gates, judges measured, cases drafted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bot.discord.feedback import feedback_cases
from bot.evals.bridges import dump_rows, to_deepeval, to_ragas
from bot.evals.cases import CaseFile, read_cases
from bot.evals.compare import Baseline, compare_runs, read_baseline
from bot.evals.counts import say_count
from bot.evals.drafts import cases_from_feedback, draft_cases, dump_case
from bot.evals.expect import check_files
from bot.evals.gates import check_drops, check_gates
from bot.evals.judges import dump_judges, measure_judge, read_labelled
from bot.evals.memory import peak_mib, resident_mib
from bot.evals.origin import describe_origin
from bot.evals.page import write_judges_page, write_page
from bot.evals.report import build_report
from bot.evals.run import Bench, RunFile, run_cases
from bot.evals.score import Scored, score_cases
from bot.evals.stories import read_stories
from bot.evals.table import case_progress, write_judges, write_report
from bot.judges import build_judge
from bot.render import dump_json, squeeze
from index.errors import ConfigError
from index.lock import folder_lock

if TYPE_CHECKING:
    from bot.desk import Desk
    from bot.model import Judge
    from bot.settings import Settings

# As CONTRACT.md has it: a threshold was missed; and as shells count Ctrl-C.
MISSED = 3
STOPPED = 130
_LOCK_FILE = "writer.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an evaluation takes place.

    Attributes:
        out: for the report; ``err`` for progress and warnings.
        report_bug: keeps a record of an exception that is no ``DatelineError``, and says so in one line.
    """

    desk: Desk
    settings: Settings
    out: TextIO
    err: TextIO
    report_bug: Callable[[Exception], str]

    def warn(self, text: str) -> None:
        """Say something on the side, in one line."""
        self.err.write(f"dateline: {squeeze(text)}\n")
        self.err.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is held and what is to come of it.

    Attributes:
        folder: for the run file and the reports; None for one below the index.
        gates: least values, by measure; none for no gates.
        max_drop: how far a measure may fall behind the baseline; None for no such gate.
        fresh: what a stopped run has left is not gone on from.
        ragas: a file for the run in ragas' shape; ``deepeval`` likewise.
    """

    cases: Path
    folder: Path | None = None
    as_json: bool = False
    gates: Mapping[str, float] = field(default_factory=dict)
    baseline: Path | None = None
    max_drop: float | None = None
    fresh: bool = False
    ragas: Path | None = None
    deepeval: Path | None = None


def run_given(
    place: Place,
    *,
    files: Sequence[Path],
    out: Path | None,
    as_json: bool,
    judges: bool,
    count: int | None,
    feedback: bool,
    fail_under: Mapping[str, float],
    **given: Any,
) -> int:
    """Do what the arguments of the command line ask for. Returns the exit code."""
    if feedback:
        return export_feedback(place.out, feedback_cases(place.settings.discord_database))
    if count is not None:
        return make_cases(place, count)
    if judges:
        return evaluate_judges(place, files, out, as_json=as_json)
    return evaluate(place, Options(cases=files[0], folder=out, as_json=as_json, gates=fail_under, **given))


def evaluate(place: Place, options: Options) -> int:
    """Run cases, report, and hold the figures against the gates.

    Returns:
        The exit code: 0, 3 where a gate was missed, 130 where the run was stopped.

    Raises:
        DatelineError: cases or baseline cannot be read, or nothing can be asked.
    """
    started = time.perf_counter()
    case_file = read_cases(options.cases)
    baseline = read_baseline(options.baseline) if options.baseline else None
    folder = options.folder or place.settings.index / "evals" / options.cases.stem
    with _hold(folder):
        return _evaluate_in(folder, place, options, case_file, baseline, started)


def _hold(folder: Path) -> AbstractContextManager[None]:
    """Keep other evaluations out of a folder: results of two would stand in each other's run file."""
    busy = (
        f"another evaluation is writing to {folder}: wait until it is done, or name another folder with --out"
    )
    return folder_lock(folder, _LOCK_FILE, busy=busy, mend="name another with --out", patience_s=0.0)


def _evaluate_in(
    folder: Path,
    place: Place,
    options: Options,
    case_file: CaseFile,
    baseline: Baseline | None,
    started: float,
) -> int:
    judge = _open_judge(place.settings)
    # What is wrong with the index or the models is told now, and not as a thousand failed cases.
    place.desk.warm_up()
    place.desk.search("news", 1)
    for mend in place.desk.status().mends:
        place.warn(f"warning: {mend}")
    for remark in check_files(case_file, place.desk.files()):
        place.warn(f"warning: {remark}")
    origin = describe_origin(case_file, place.settings, place.desk.status(), judge)
    run_file = RunFile(folder / "run.jsonl", origin)
    memory = {"before": resident_mib()}
    total, done = len(case_file.cases), -1
    bench = Bench(desk=place.desk, judge=judge, corpus=place.settings.corpus, report_bug=place.report_bug)
    try:
        with case_progress(place.err, total) as show:

            def count(number: int) -> None:
                nonlocal done
                if done < 0 < number:
                    place.warn(f"going on behind case {number} of {total} (--fresh runs all of them again)")
                done = number
                if number == total // 2:
                    memory["half way"] = resident_mib()
                show(number)

            run_cases(bench, case_file.cases, run_file, fresh=options.fresh, on_done=count)
    except KeyboardInterrupt:
        place.warn(f"stopped in case {max(done, 0) + 1} of {total}; the same command goes on from there")
        return STOPPED
    memory |= {"after": resident_mib(), "peak": peak_mib()}
    scored = score_cases(case_file.cases, list(run_file.results()))
    report = build_report(
        scored,
        origin,
        memory={moment: mib for moment, mib in memory.items() if mib},
        seconds=time.perf_counter() - started,
    )
    reasons = _compare_and_check(report, scored, baseline, options)
    _write_files(place, folder, report, scored, options)
    if options.as_json:
        place.out.write(dump_json(report) + "\n")
        for reason in reasons:
            place.warn(f"missed: {reason}")
    else:
        write_report(place.out, report, reasons=reasons)
        place.out.write(f"The page: {folder / 'report.html'}\n")
    place.out.flush()
    return MISSED if reasons else 0


def _compare_and_check(
    report: dict[str, Any], scored: Sequence[Scored], baseline: Baseline | None, options: Options
) -> list[str]:
    """Add the comparison and the gates to a report, and return why gates were missed."""
    reasons: list[str] = []
    if baseline is not None:
        report["baseline"] = compare_runs(baseline, scored, report["origin"])
    if options.gates or options.max_drop is not None:
        reasons += check_gates(report["measures"], options.gates)
    if baseline is not None and options.max_drop is not None:
        reasons += check_drops(report["baseline"]["measures"], options.max_drop)
    report["gates"] = {"fail_under": dict(options.gates), "max_drop": options.max_drop, "missed": reasons}
    return reasons


def _write_files(
    place: Place, folder: Path, report: dict[str, Any], scored: Sequence[Scored], options: Options
) -> None:
    texts: list[tuple[Path, Callable[[], str]]] = [
        (folder / "report.json", lambda: dump_json(report) + "\n"),
        (folder / "report.html", lambda: write_page(report)),
    ]
    if options.ragas:
        texts.append((options.ragas, lambda: dump_rows(to_ragas(scored, place.desk.text_of), lines=True)))
    if options.deepeval:
        rows = to_deepeval(scored, place.desk.text_of)
        texts.append((options.deepeval, lambda: dump_rows(rows, lines=False)))
    for path, text in texts:
        _write(path, text())


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written ({exc.strerror}): name another place") from exc


def evaluate_judges(place: Place, pair_files: Sequence[Path], folder: Path | None, *, as_json: bool) -> int:
    """Measure every judge that is available on labelled pairs and on mutations of indexed articles."""
    files = [read_labelled(file) for file in pair_files]
    stories = read_stories(place.settings.corpus, place.desk.files())
    if not files and not stories:
        raise ConfigError("there is nothing to judge: name files of labelled pairs, or index some articles")
    results = []
    if place.settings.llm:
        place.warn(
            f"{place.settings.llm} is asked about each claim and mutation, which takes long and may cost"
        )
    for judge in _available_judges(place.settings):
        show = place.warn if place.err.isatty() else (lambda what: None)
        results.append(measure_judge(judge, files, stories, report_bug=place.report_bug, on_done=show))
    folder = folder or place.settings.index / "evals" / "judges"
    with _hold(folder):
        _write(folder / "judges.json", dump_judges(results) + "\n")
        _write(folder / "judges.html", write_judges_page(results))
    if as_json:
        place.out.write(dump_judges(results) + "\n")
    else:
        write_judges(place.out, results)
        place.out.write(f"The page: {folder / 'judges.html'}\n")
    place.out.flush()
    return 0


def _available_judges(settings: Settings) -> Iterator[Judge]:
    """Dateline's own judge, the NLI model and the LLM that are set."""
    yield build_judge()
    if settings.judge:
        yield _open_judge(settings)
    if settings.llm:
        from bot.llm_judge import LlmJudge
        from bot.patience import Completer
        from bot.provider import llm_name, open_llm

        llm = open_llm(settings)
        try:
            yield LlmJudge(Completer(llm=llm, timeout_s=settings.llm_timeout), model=llm_name(settings))
        finally:
            llm.close()


def _open_judge(settings: Settings) -> Judge:
    """Open the judge that is set; one with a model is asked once, so that a missing model is told at once."""
    judge = build_judge(settings.judge)
    if settings.judge:
        judge.judge("The town burned.", ["The town burned on Friday, and the mayor left it."])
    return judge


def make_cases(place: Place, count: int) -> int:
    """Draft cases from the indexed articles, one a line, for a person to edit; questions by the LLM where one is set."""
    stories = read_stories(place.settings.corpus, place.desk.files())
    if not stories:
        raise ConfigError(f"no indexed article in {place.settings.corpus}: run `dateline index`")
    made = by_rule = 0
    with _writer(place.settings) as reword:
        for draft in draft_cases(stories, count, reword=reword):
            made += 1
            by_rule += draft["by"] == "rule"
            place.out.write(dump_case(draft) + "\n")
    place.out.flush()
    if made < count:
        place.warn(
            f"{say_count(made, 'case')} could be made of {say_count(len(stories), 'article')}; {count} were asked for"
        )
    if reword is not None and by_rule:
        place.warn(f"{by_rule} of {made} questions are by rule: the LLM gave none that can be used")
    return 0


@contextmanager
def _writer(settings: Settings) -> Iterator[Callable[[str], str] | None]:
    """Open the LLM that is set; None where none is."""
    if not settings.llm:
        yield None
        return
    from bot.patience import Completer
    from bot.provider import open_llm

    llm = open_llm(settings)
    try:
        yield Completer(llm=llm, timeout_s=settings.llm_timeout).complete
    finally:
        llm.close()


def export_feedback(out: TextIO, rows: Iterable[dict[str, Any]]) -> int:
    """Write questions that people voted down as cases, one a line, for a person to complete."""
    for case in cases_from_feedback(rows):
        out.write(dump_case(case) + "\n")
    out.flush()
    return 0
