"""Finding the stretch of a sentence that answers: the figure, the day, the place, the name, the description."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bot.candidates import Candidate
from bot.kin import actions_of, kin_of, verbs_of
from bot.names import Name, find_names
from bot.quantities import Quantity, find_quantities
from bot.question import HARD_KINDS, Asked, Question
from bot.slots import answering_quantities, count_fit
from bot.stance import extent_of, is_yes_no, stance_of
from bot.subjects import (
    NEAR_CHARS,
    asks_for_several,
    find_description,
    find_person,
    find_place,
    find_sport,
    gap_to,
    marks_of,
    place_at,
)
from bot.values import Value
from index.dates import DateKind, DateMention, find_dates
from index.spelling import same_name, skeleton
from index.wording import content_stems, stem

_BORN = re.compile(r"\bborn\b|\bbirth ?date\b|\bdate of birth\b", re.IGNORECASE)
_DIED = re.compile(r"\bdied?\b|\bdeath\b", re.IGNORECASE)
# These count from another day of the story, which is not told with them.
# "Killswitch Engage (2009 album)": a title's, which dates nothing in the sentence.
_WORK_BEHIND = re.compile(r"\s[a-z ]{3,20}\)")
_OLD_YEAR = re.compile(r",?\s(\d{3}|1[0-5]\d\d)\b(?!,\d)")
_LONE_YEAR = re.compile(
    r"(?<![\d,.$€£-])(?:(?:1\d|20)\d\d[-–](?:\d{4}|\d\d)\b(?![-–])"
    r"|1[0-5]\d\d(?=\s?[-–—,.;:)\]]|\s(?:and|or|by|in|to|the|as|at|with)\b|$))"
)
# These tell nothing where the article has no date.
_NEAR_TIME = frozenset({"yesterday", "today", "tonight", "tomorrow", "overnight", "last night"})
_STORY_TIME = frozenset({"earlier", "later", "before", "previous", "following"})
# Between a verb and a day, these tie the day to something else: "overrun, after clashes at the weekend".
# What a figure keeps whose date is not the one that is asked about.
_ANOTHER_TIME = 0.4
_APART = re.compile(r"[,;:]|\b(?:after|before|since|following|until|because)\b")
# Fit of a count whose noun is the one asked for, or another word for it.
_SAME_NOUN = 0.7
_PART_OF = re.compile(
    r"(?:\s[\w-]+){0,2}\s(?:out\s)?of\s(?:the\s|its\s|their\s)?(?:[\w-]+['’]s?\s)?(?:[a-z]+\s)?"
)
_UNNAMED = 0.2
_WHICH = re.compile(r"\bwhich\b", re.IGNORECASE)
# "37 injured" counts by what was done; "asylum cases" do not, though asylum was asked about.
_DONE = re.compile(r"(?:ed|ing|dead|hurt|slain)$")
# Share of the question's words without which a date beside no verb is any date.
_COVERED = 0.7
_ANYBODY = frozenset(stem(word) for word in "people persons men women others".split())
_PEOPLED = re.compile(
    r"(?:\bpopulation\b[^.;]{0,50}|\b(?:city|town|village|township|municipality|community|district|county|province|region|country)\sof\s"
    r"|['’]s\s|^Of\s|\binhabited by\s|\bhome to\s|\bcensus\b[^.;]{0,40}(?:counted|found|recorded|was|of)\s)$",
    re.IGNORECASE,
)
# "Three victims were counted twice", "four times that rate": such figures count nobody either.
_MISCOUNTED = re.compile(
    r"(?:\s\w+){0,5}\s(?:was|were|had been)\s(?:wrongly\s)?(?:counted|listed|identified)\s(?:twice|by mistake|wrongly)"
)
_TIMES = re.compile(r"\stimes\b")
# "A city of 2 million people" counts nobody to whom something happened.
_TOWN_OF = re.compile(
    r"(?:\b(?:city|town|village|county|province|region|country|nation|state|island|camp)\sof\s|\bhome to\s|\bpopulation of\s)$",
    re.IGNORECASE,
)
_LIVE = re.compile(
    r"\bhow many (?:people|persons|residents|inhabitants)\b(?=.*\b(?:live|lives|living|does \w+ have|are there)\b)",
    re.IGNORECASE,
)
# "The size of the displaced population" asks for something else.
_POPULATION_OF = re.compile(
    r"\bpopulation\sof\b|['’]s\s(?:\w+\s)?population\b"
    r"|\bhow\smany\s(?:people|persons|residents|inhabitants)\s(?:live|lived|are\sliving)\sin\b",
    re.IGNORECASE,
)
_POPULATION_BEHIND = re.compile(r"[\s-](?:million\s|strong\s)?population\b|\sinhabitants\b")
_LIVING = re.compile(
    r"^\s(?:people|persons|residents|inhabitants)\b(?:[^.;,]{0,25}\b(?:live|living|in the (?:township|city|town|village|county|census|CDP|district|community)|at the)\b|$)",
    re.IGNORECASE,
)
# "One report puts it at 1,000, another at 2,400": such a sentence takes no side.
_SURVEY = re.compile(
    r"\b(?:one|some|a few)\b[^.;]{0,40}\b(?:reports?|accounts?|sources?|estimates?|officials?|say|said|puts?)\b.*"
    r"\b(?:another|others?|while|but)\b|\baccounts?\b[^.]*\b(?:differ|vary|agree)\b",
    re.IGNORECASE,
)


def find_value(candidate: Candidate, question: Question) -> Value | None:
    """Find what a sentence gives for what is asked; None where it gives nothing, or takes no side."""
    text, published = candidate.text, candidate.hit.passage.article.published
    found: Value | None
    if is_yes_no(question.text):
        found = stance_of(text, question) if _names_stand_near(candidate, question) else None
    elif question.asked is Asked.WHEN:
        found = _day(candidate, question)
    elif question.asked in HARD_KINDS and question.asked is not Asked.NAME:
        found = _figure(text, question)
    elif asks_for_several(question):
        found = None
    elif question.asked is Asked.WHERE:
        found = find_place(text, question)
    elif question.asked in (Asked.WHO, Asked.NAME):
        found = find_person(text, question)
    elif question.asked is Asked.WHAT:
        found = extent_of(text, question) or find_sport(text, question)
        # "Which of its products" is answered by a name; what else is said of things is no other answer.
        if found is None and not _WHICH.search(question.text):
            found = find_description(candidate, question)
    else:
        found = None
    return None if found is None else replace(found, published=published)


def lacks_population(text: str, question: Question) -> bool:
    """Tell whether a population is asked for, and a sentence gives none: "81 people" counts those in a boat."""
    return _POPULATION_OF.search(question.text) is not None and _population(text, question) is None


def _names_stand_near(candidate: Candidate, question: Question) -> bool:
    """Tell whether a sentence or its neighbours name what is asked about, in whatever spelling."""
    return not question.names or any(
        name in candidate.near
        or any(skeleton(name) == skeleton(other) and same_name(name, [other]) for other in candidate.near)
        for name in question.names
    )


def is_survey(text: str, question: Question) -> bool:
    """Tell whether a sentence itself sets several reports side by side."""
    return _SURVEY.search(text) is not None and len(answering_quantities(text, question)) != 1


def value_at(text: str, start: int, end: int, question: Question) -> Value | None:
    """Read the stretch in which two sentences differ as a figure, a day or a name, whole.

    None where it is not the kind of thing that is asked for, or stands in the question already.
    """
    value = _typed(text, start, end, question)
    if value is None or set(content_stems(value.text)) <= set(content_stems(question.text)):
        return None
    return value


def _typed(text: str, start: int, end: int, question: Question) -> Value | None:
    asked = question.asked
    if asked is Asked.WHEN:
        day = next((day for day in days_of(text) if _meets(day, start, end)), None)
        return None if day is None else _day_value(text, day)
    counted = next((q for q in answering_quantities(text, question) if _meets(q, start, end)), None)
    if asked in HARD_KINDS and asked is not Asked.NAME:
        if counted is None or _is_of_population(question) or count_fit(counted, text, question) < 0.5:
            return None
        return _figure_value(text, counted)
    dated = next((day for day in days_of(text) if _meets(day, start, end)), None)
    if asked in (Asked.WHO, Asked.NAME, Asked.WHERE):
        if dated is not None or not any(c.isupper() for c in text[start:end]):
            return None
        if asked is Asked.WHERE and (place := place_at(text, start, end)):
            return place
    elif dated is not None:
        return _day_value(text, dated)
    elif counted := next((q for q in find_quantities(text) if _meets(q, start, end)), None):
        return _figure_value(text, counted)
    for name in find_names(text):
        if _meets(name, start, end):
            return Value(start=name.start, end=name.end, text=name.text, name=name.text)
    stretch = text[start:end]
    return Value(start=start, end=end, text=stretch, name=stretch if stretch[:1].isupper() else None)


def days_of(text: str) -> tuple[DateMention, ...]:
    """Find the dates of a text, years before 1600 included, which news seldom mean but histories do."""
    days = []
    for day in find_dates(text):
        if text[: day.start].endswith("(") and _WORK_BEHIND.match(text, day.end):
            continue
        year = None if day.year or not day.month else _OLD_YEAR.match(text, day.end)
        days.append(
            replace(day, year=int(year[1]), end=year.end(), text=text[day.start : year.end()])
            if year
            else day
        )
    for match in _LONE_YEAR.finditer(text):
        if not any(_meets(day, *match.span()) for day in days):
            days.append(
                DateMention(
                    start=match.start(),
                    end=match.end(),
                    text=match[0],
                    kind=DateKind.YEAR,
                    year=int(match[0][:4]),
                )
            )
    return tuple(sorted(days, key=lambda day: day.start))


def _meets(found: Name | Quantity | DateMention, start: int, end: int) -> bool:
    return found.start < end and start < found.end


def _figure(text: str, question: Question) -> Value | None:
    """Read the figure that counts what is asked for, nearest to what is said to have happened."""
    if _is_of_population(question):
        return _population(text, question)
    if question.asked is Asked.COUNT and not question.noun:
        return None  # "How big is it": any number would do
    actions = actions_of(question)
    marks = marks_of(text, actions)
    found = answering_quantities(text, question)
    best: tuple[float, Quantity] | None = None
    for quantity in found:
        if any(_is_whole(text, part, quantity) for part in found) or _is_past(text, quantity):
            continue
        if _MISCOUNTED.match(text, quantity.end) or (
            _TIMES.match(text, quantity.end) and "time" not in question.noun
        ):
            continue
        if _TOWN_OF.search(text[max(0, quantity.hedge_start - 60) : quantity.hedge_start]):
            continue
        whole = next((other for other in found if _is_whole(text, quantity, other)), quantity)
        fit = max(count_fit(quantity, text, question), count_fit(whole, text, question))
        gap = gap_to(quantity.hedge_start, quantity.end, marks)
        noun = set(content_stems(quantity.noun or ""))
        if not noun and set(question.noun) <= _ANYBODY:
            # "The toll is 11", "killing 31 and wounding 46": people, whoever they are.
            fit = max(fit, 0.95)
        if noun & actions and _DONE.search(quantity.noun or ""):
            fit = 1.0
        if not actions:
            sure = fit
        elif gap <= NEAR_CHARS:
            sure = fit * (1.0 - gap / (4 * NEAR_CHARS)) - _is_apart(text, quantity.hedge_start, marks)
        else:
            # "2,400 prisoners" are hardly other ones; "31 people" may be anybody, and prisoners no people who fled.
            is_apt = noun - _ANYBODY and fit > _SAME_NOUN and not set(question.noun) & _ANYBODY
            sure = 0.7 * fit if is_apt else 0.3 * fit
        sure *= _time_fit(text, quantity, question)
        if best is None or sure > best[0]:
            best = (sure, quantity)
    return None if best is None else _figure_value(text, best[1], sure=best[0])


def _time_fit(text: str, quantity: Quantity, question: Question) -> float:
    """Return 1, less for a figure of another time: of "8,000 last year and 800 in May" one is May's."""
    asked, said = find_dates(question.text), find_dates(text)
    if not said:
        return 1.0
    nearest = min(said, key=lambda day: min(abs(day.start - quantity.end), abs(quantity.start - day.end)))
    if not asked:
        # "8,000 died last year" adds up what no one asked about.
        is_sum = (
            question.asked is Asked.COUNT and nearest.kind is DateKind.RELATIVE and nearest.unit == "year"
        )
        return _ANOTHER_TIME if is_sum else 1.0
    return 1.0 if any(_is_same_time(nearest, day) for day in asked) else _ANOTHER_TIME


def _is_same_time(one: DateMention, other: DateMention) -> bool:
    """Tell whether two dates share what both say of year, month, day and weekday."""
    fields = [(getattr(one, field), getattr(other, field)) for field in ("year", "month", "day", "weekday")]
    both = [(mine, theirs) for mine, theirs in fields if mine is not None and theirs is not None]
    return bool(both) and all(mine == theirs for mine, theirs in both)


def _is_apart(text: str, start: int, marks: Sequence[tuple[int, int]]) -> float:
    """Return what a value loses where a comma or "after" stands between it and the verb before it."""
    behind = [b for _, b in marks if b <= start]
    return 0.3 if behind and _APART.search(text[max(behind) : start]) else 0.0


def _is_of_population(question: Question) -> bool:
    return "popul" in question.noun or _LIVE.search(question.text) is not None


def _is_past(text: str, quantity: Quantity) -> bool:
    """Tell whether a figure is what another has grown from: the 37 of "risen from 37 to 43"."""
    before, behind = text[: quantity.hedge_start], text[quantity.end :]
    return before.endswith("from ") and re.match(r"(?:\s[a-z]+)?\sto\s[\d$€£]", behind) is not None


def _is_whole(text: str, part: Quantity, whole: Quantity) -> bool:
    """Tell whether a quantity is what the other is a part of: "500,000 of Mosul's 2 million people"."""
    if part.end <= whole.hedge_start:
        return _PART_OF.fullmatch(text[part.end : whole.hedge_start]) is not None
    return whole.hedge_start <= 4 and re.fullmatch(r"\W*Of\s", text[: whole.hedge_start]) is not None


def _population(text: str, question: Question) -> Value | None:
    """Read how many live in a place, not how many of them did something."""
    best: tuple[float, Quantity] | None = None
    for quantity in sorted(answering_quantities(text, question), key=lambda found: found.start):
        before = text[max(0, quantity.hedge_start - 60) : quantity.hedge_start]
        behind = text[quantity.end : quantity.end + 60]
        sure = 0.0
        if _PEOPLED.search(before) or _POPULATION_BEHIND.match(behind):
            sure = 1.0
        elif _LIVING.search(behind) or (_LIVING.match(" " + (quantity.noun or "")) and "census" in text):
            sure = 0.8
        if sure and "density" not in before and (best is None or sure > best[0]):
            best = (sure, quantity)
    return None if best is None else _figure_value(text, best[1], sure=best[0])


def _figure_value(text: str, quantity: Quantity, *, sure: float = 1.0) -> Value:
    end = quantity.end
    if quantity.noun:
        at = text.find(quantity.noun, end)
        # With the noun a reader sees what is counted; words in between would make it a clause.
        if 0 <= at - end <= 12:
            end = at + len(quantity.noun)
    start = quantity.hedge_start
    return Value(start=start, end=end, text=text[start:end], sure=sure, quantity=quantity)


def _day_value(text: str, day: DateMention, *, sure: float = 1.0) -> Value:
    return Value(start=day.start, end=day.end, text=text[day.start : day.end], sure=sure, day=day)


def _day(candidate: Candidate, question: Question) -> Value | None:
    """Read the day nearest to what is said to have happened."""
    text = candidate.text
    today = candidate.hit.passage.article.published
    days = [
        day
        for day in days_of(text)
        if day.kind is not DateKind.TIME
        and day.word not in _STORY_TIME
        and (today is not None or day.word not in _NEAR_TIME)
    ]
    if not days:
        return None
    if not _is_on_topic(candidate, question):
        return None
    if _BORN.search(question.text) or _DIED.search(question.text):
        # "(1836-1913)" is no span of building but a life.
        days = [year for day in days for year in _ends_of(day)]
        return _life_day(text, days, born=_BORN.search(question.text) is not None)
    marks = marks_of(text, verbs_of(question) or actions_of(question))
    # A sentence that does not name what is asked about may tell of something else.
    unnamed = _UNNAMED if question.names and not set(question.names) & candidate.stems else 0.0
    best: tuple[float, DateMention] | None = None
    for day in days:
        gap = gap_to(day.start, day.end, marks)
        if gap > NEAR_CHARS:
            continue
        sure = 1.0 - gap / (2 * NEAR_CHARS) - _is_apart(text, day.start, marks) - unnamed
        if best is None or sure > best[0]:
            best = (sure, day)
    if best is not None:
        return _day_value(text, best[1], sure=best[0])
    # "First Battle of Cancha Rayada (29 March 1814)": a lone date in a sentence of the question's words.
    is_near = candidate.features.covered >= _COVERED
    return _day_value(text, days[0], sure=0.5) if len(days) == 1 and is_near else None


def _is_on_topic(candidate: Candidate, question: Question) -> bool:
    """Tell whether a sentence and its neighbours hold about half of what a question says besides names and verb."""
    apart = {*question.names, *question.asking, *verbs_of(question)}
    others = [word for word in content_stems(question.text) if word not in apart]
    return 2 * sum(bool(kin_of(word) & candidate.near) for word in others) >= len(others) - 1


def _ends_of(day: DateMention) -> tuple[DateMention, ...]:
    """Part a span of years into its first and its last."""
    if day.kind is not DateKind.YEAR or not (match := re.fullmatch(r"(\d{4})[-–](\d{4})", day.text)):
        return (day,)
    first = replace(day, end=day.start + 4, text=match[1])
    return first, replace(day, start=day.end - 4, text=match[2], year=int(match[2]))


def _life_day(text: str, days: list[DateMention], *, born: bool) -> Value | None:
    """Read "(24 July 1938 – 6 June 2007)", "born May 3, 1970", "died in 1911"."""
    verb = re.compile(r"\b(?:born|birth)\b" if born else r"\b(?:died|death)\b|†", re.IGNORECASE)
    found = verb.search(text)
    behind = [day for day in days if found and 0 <= day.start - found.end() <= 40]
    if behind:
        return _day_value(text, behind[0])
    for first, second in pairwise(days):
        between = text[first.end : second.start]
        if re.fullmatch(r"[^()]{0,30}\s?[–—-]\s?[^()]{0,30}", between):
            return _day_value(text, first if born else second)
    if found and len(days) == 1:
        return _day_value(text, days[0])
    return None
