"""Facts of sentences that can be asked for by rule, each with its question as a person would put it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.evals.statements import (
    Statement,
    end_of_clause,
    find_starts,
    find_statements,
    is_noun_phrase,
    is_one_clause,
    is_third_person,
)
from bot.gazetteer import words
from bot.grammar import (
    AUXILIARIES,
    BASES,
    BE,
    PREPOSITIONS,
    base_of,
    is_participle,
)
from bot.names import Name, NameKind, find_names
from bot.quantities import Kind, Quantity, find_quantities
from index.dates import DateKind, find_dates
from index.sentences import split_sentences
from index.wording import content_stems

_LEAST_WORDS = 5
_MOST_WORDS = 40
_LONGEST_QUESTION = 24
# A question about fewer words could be about anything.
_LEAST_STEMS = 3
# Who or what they mean stands in another sentence.
_OPEN = words(
    "i we you he she it they him her them his hers its their theirs our my this these those there here such"
)
_PARTICLES = words("up out off down on over away back")
_NOWHERE = words("include have contain mean consider make affect remain become involve")
# What has been has no day, and what is told in the present is mostly a caption.
_PRESENT = words("has have does do are")
_AMONG = words("been being also still now already once twice last first")
_ARTICLES = ("The", "A", "An")
_PLAIN = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)?")
_EQUAL = words("be become remain stay total number equal occur")
_OF = re.compile(
    r"\sof\s(?:the\s)?[a-z][\w-]*(?=$|[.,;]|\s(?:in|on|at|for|to|from|by|with|after|before|and|or|as|during|last|this)\b)"
)
_COSTING = words("cost pay spend raise earn owe")
_UNIT = re.compile(r"(?P<number>[\d,]{2,}) (?P<unit>[a-z]+(?: (?:a|an|per) [a-z]+)?)")
_EXTENT = re.compile(r"\s(?:away|from|north|south|east|west|tall|long|wide|high|deep|old)\b")
# What a question that was cut off too early ends with, and what no question holds.
_CUT_OFF = re.compile(
    r"[\"“”()]|\s--?\s|\b(\w+) \1\b|(?:\b(?:more|less|fewer|of|on|no|operating|the (?:day|time|moment|way|year))|['’]s|\d-\d)\?$",
    re.IGNORECASE,
)
_AGE = re.compile(r",\s(?P<age>\d{2}),\s")
_ROLE = re.compile(r",\s(?P<role>the\s[^,;:.()\"“”]{6,70})(?=[,.])")
_WHO = re.compile(r",\swho\s(?P<rest>[^,;:()\"“”]{8,90})")
_APART = re.compile(
    r",\s(?P<far>[\d,.]+\s(?:miles|kilometres|kilometers|km)(?: \w+)?)\s(?P<from>(?:from|of)\s[^,;:()\"“”]{3,40})(?=[,.])"
)
_DEAD = re.compile(r"\b(?:killed|died|dead|drowned|body|victims?)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A sentence, what is asked for in it, and the question.

    Attributes:
        kind: ``number``, ``date``, ``name`` or ``place``.
        start: with ``end``, the stretch of the sentence that is asked for.
    """

    kind: str
    sentence: str
    start: int
    end: int
    question: str

    @property
    def value(self) -> str:
        """The stretch as it stands in the sentence: the answer."""
        return self.sentence[self.start : self.end]


def find_facts(body: str) -> Iterator[Fact]:
    """Find what can be asked by rule: a number, day, person or place that stands nowhere else in an article."""
    named = tuple({name.text for name in find_names(body)})
    for start, end in split_sentences(body):
        sentence = body[start:end]
        if (
            "\n" in sentence
            or not _LEAST_WORDS <= len(sentence.split()) <= _MOST_WORDS
            or sentence[-1] not in '.”"'
        ):
            continue
        for fact in _find_in(sentence, named):
            if _stands_once(fact, body) and _is_askable(fact):
                yield fact


def _stands_once(fact: Fact, body: str) -> bool:
    """Tell whether an answer cannot be right by chance: a figure stands once in its article, a name in its sentence."""
    where = body if fact.kind == "number" else fact.sentence
    return where.count(fact.value) == 1


def _find_in(sentence: str, named: tuple[str, ...]) -> Iterator[Fact]:
    names = find_names(sentence)
    quantities = [one for one in find_quantities(sentence) if not one.vague]
    for start, lead in find_starts(sentence):
        yield from _ask_who_counted(sentence, start, lead, quantities)
    for statement in find_statements(sentence):
        asking = _Asking(sentence=sentence, statement=statement, named=named)
        if not asking.is_plain:
            continue
        yield from _ask_numbers(asking, quantities)
        yield from _ask_day(asking)
        yield from _ask_place(asking, names)
    for name in names:
        if name.kind is NameKind.PERSON and " " in name.text:
            yield from _ask_of_person(sentence, name)
        elif name.kind is NameKind.PLACE and (apart := _APART.match(sentence, name.end)):
            start, end = apart.span("far")
            question = f"How far is {name.text} {_from(apart)}?"
            yield Fact(kind="number", sentence=sentence, start=start, end=end, question=question)


def _from(apart: re.Match[str]) -> str:
    return apart["from"] if apart["from"].startswith("from") else f"from {apart['from'].removeprefix('of ')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """A statement of a sentence, ready to be asked about.

    Attributes:
        named: the article's names, which keep their capital.
    """

    sentence: str
    statement: Statement
    named: tuple[str, ...]

    def ask(self, kind: str, asking: str, start: int, end: int, gap: tuple[int, int]) -> Fact:
        """Ask for a stretch; the ``gap`` of the rest is left out, being what the question asks for."""
        one = self.statement
        rest = f"{self.sentence[one.verb_end : gap[0]]} {self.sentence[gap[1] : one.end]} {one.lead}"
        rest = re.sub(r"\balso\s", "", rest)
        question = " ".join(f"{asking} {one.aux} {self.subject} {one.said} {rest}".split())
        return Fact(kind=kind, sentence=self.sentence, start=start, end=end, question=f"{question}?")

    @property
    def subject(self) -> str:
        """The subject as it reads inside a question."""
        subject = self.statement.subject
        first, _, rest = subject.partition(" ")
        is_name = rest[:1].isupper() or not _PLAIN.fullmatch(first) or subject.startswith(self.named)
        return subject if is_name and first not in _ARTICLES else f"{first.lower()} {rest}".rstrip()

    @property
    def is_plain(self) -> bool:
        """Whether the subject can stand in a question."""
        return self.subject[:1].isupper() or is_noun_phrase(self.subject)

    def is_told(self, gap: int) -> bool:
        """Tell whether what stands before a gap is said to happen, and not to be so: "was long | at the gate"."""
        before = self.sentence[self.statement.verb_end : gap].split()
        verb = next((word for word in before if word not in _AMONG), "")
        return self.statement.aux not in BE or not before or is_participle(verb) or verb.endswith("ing")


def _ask_who_counted(sentence: str, start: int, lead: str, quantities: list[Quantity]) -> Iterator[Fact]:
    """Ask how many did it, or had it done to them, as in "More than 8,000 people were killed last year"."""
    for one in quantities:
        if (
            one.hedge_start != start
            or one.kind is not Kind.COUNT
            or not one.noun
            or not re.fullmatch(r"[\d,]{2,}", one.text)
        ):
            continue
        noun_end = sentence.find(one.noun, one.end) + len(one.noun)
        verb = re.match(r"\s(?:also\s)?([a-z]+)\b", sentence[noun_end:])
        if verb is None or not (verb[1] in AUXILIARIES | BASES or base_of(verb[1]) is not None):
            continue
        end = end_of_clause(sentence, noun_end + verb.end())
        question = " ".join(f"How many {one.noun} {sentence[noun_end:end]} {lead}".split())
        yield Fact(kind="number", sentence=sentence, start=one.start, end=one.end, question=f"{question}?")


def _ask_numbers(asking: _Asking, quantities: list[Quantity]) -> Iterator[Fact]:
    """Ask for a figure that the verb has for its object: "The blast killed 31 people"."""
    statement, sentence = asking.statement, asking.sentence
    for one in quantities:
        if not statement.verb_end < one.start < statement.end:
            continue
        before = sentence[statement.verb_end : one.hedge_start].split()
        if one.kind is Kind.DISTANCE and statement.aux in {"is", "was"} and not before:
            if sentence.startswith(" from ", one.end):
                yield asking.ask("number", "How far", one.start, one.end, (one.hedge_start, one.end))
            continue
        if statement.aux in BE or statement.said in _EQUAL or not _is_object(before, statement.said):
            continue
        if one.kind is Kind.COUNT and one.noun:
            if re.fullmatch(r"[\d,.]{2,}(?: [mb]illion)?", one.text):
                end = sentence.find(one.noun, one.end) + len(one.noun)
                of = _OF.match(sentence, end)
                if of is None and sentence.startswith(" of ", end):
                    continue
                end = of.end() if of else end
                noun = one.noun + (of[0] if of else "")
                yield asking.ask("number", f"How many {noun}", one.start, one.end, (one.hedge_start, end))
        elif one.kind is Kind.MONEY and (statement.said or "".join(before)) in _COSTING:
            yield asking.ask("number", "How much", one.start, one.end, (one.hedge_start, one.end))
        elif (
            (measured := _UNIT.fullmatch(one.text))
            and one.kind in {Kind.MEASURE, Kind.DISTANCE}
            and not _EXTENT.match(sentence, one.end)
        ):
            gap = (one.hedge_start, one.end)
            yield asking.ask("number", f"How many {measured['unit']}", one.start, one.end, gap)


def _is_object(before: list[str], said: str) -> bool:
    """Tell whether what stands behind words is the object of their verb: "killed | 31", "had picked up | 31"."""
    if not before:
        return bool(said)
    if {"be", "been", "being"}.intersection(before) or not (
        said or len(before) > 1 or before[0] not in _PARTICLES
    ):
        return False
    last = before[-1].lower()
    verbs = [word for word in before if word.lower() not in _PARTICLES]
    if last in _PARTICLES:
        return len(before) <= 2 and len(verbs) < 2
    return (
        len(before) <= 2
        and (base_of(last) is not None or last in BASES or last.endswith("en"))
        and last not in PREPOSITIONS
    )


def _ask_day(asking: _Asking) -> Iterator[Fact]:
    statement, sentence = asking.statement, asking.sentence
    found = [
        day for day in find_dates(sentence)
        if day.kind in (DateKind.DAY, DateKind.YEAR) and re.search(r"\d", day.text)
        and statement.verb_end < day.start < statement.end
    ]  # fmt: skip
    for day in found:
        lead = re.search(r"\s(?:back )?(?:on|in)\s$", sentence[: day.start])
        if lead and len(found) == 1 and statement.aux not in _PRESENT and asking.is_told(lead.start()):
            yield asking.ask("date", "When", day.start, day.end, (lead.start(), day.end))


def _ask_place(asking: _Asking, names: tuple[Name, ...]) -> Iterator[Fact]:
    statement, sentence = asking.statement, asking.sentence
    for name in names:
        lead = re.search(r"\s(?:in|near|at)\s$", sentence[: name.start])
        if (
            name.kind is NameKind.PLACE
            and lead is not None
            and statement.verb_end <= lead.start()
            and name.end == statement.end
            and statement.said not in _NOWHERE
            and asking.is_told(lead.start())
            and " by " not in sentence[statement.verb_end : name.start]
        ):
            yield asking.ask("place", "Where", name.start, name.end, (lead.start(), name.end))


def _ask_of_person(sentence: str, name: Name) -> Iterator[Fact]:
    """Ask who did it, and what stands in commas behind a name: an age, an office, a deed."""
    verb = re.match(r"\s([a-z]+)\b", sentence[name.end :])
    if name.start == 0 and verb and (verb[1] in AUXILIARIES or base_of(verb[1]) or is_third_person(verb[1])):
        end = end_of_clause(sentence, name.end + verb.end())
        yield from _who(sentence, name, sentence[name.end : end])
    age = _AGE.match(sentence, name.end)
    if age:
        be = "was" if _DEAD.search(sentence) else "is"
        start, end = age.span("age")
        yield Fact(
            kind="number", sentence=sentence, start=start, end=end, question=f"How old {be} {name.text}?"
        )
    behind = age.end() - 2 if age else name.end
    if (role := _ROLE.match(sentence, behind)) and find_names(role["role"]):
        end = end_of_clause(sentence, role.start("role"))
        yield from _who(sentence, name, f"is {sentence[role.start('role') : end]}")
    if did := _WHO.match(sentence, behind):
        end = end_of_clause(sentence, did.start("rest"))
        yield from _who(sentence, name, sentence[did.start("rest") : end])


def _who(sentence: str, name: Name, rest: str) -> Iterator[Fact]:
    rest = " ".join(re.sub(r"\balso\s", "", rest).split())
    if not is_one_clause(rest):
        return
    question = f"Who {rest}"
    yield Fact(kind="name", sentence=sentence, start=name.start, end=name.end, question=f"{question}?")


def _is_askable(fact: Fact) -> bool:
    """Tell whether a question stands on its own, and does not hold its answer."""
    said = [re.split(r"['’]", word.strip('?,."'))[0].lower() for word in fact.question.split()]
    if len(said) > _LONGEST_QUESTION or _OPEN.intersection(said) or said[-1] in PREPOSITIONS - _PARTICLES:
        return False
    if _CUT_OFF.search(fact.question) or fact.value.lower() in fact.question.lower():
        return False
    few = len(set(content_stems(fact.question))) < _LEAST_STEMS
    return not few or fact.question.startswith(("How old", "How far"))
