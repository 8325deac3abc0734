"""Plain statements in sentences of news, taken apart so that a question can be made of them by rule.

Only what can be turned safely is taken: a subject without a comma, a verb whose forms are known, and what follows
it up to the next clause. Everything else is passed over, since a question that nobody would ask is no draft.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.gazetteer import words
from bot.grammar import (
    AUXILIARIES,
    BASES,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    LINKS,
    MEASURES,
    MODALS,
    MONTHS,
    PREPOSITIONS,
    WEEKDAYS,
    base_of,
    base_of_participle,
    is_plural,
)

_WORD = re.compile(r"[^\s,;:()\"“”]+")
# What ends the clause that a verb rules. A comma in a number is none; "in and around" is one preposition.
_END = re.compile(
    r"[,;:](?=\s|$)|\s[-–—]{1,2}\s|[()\"“”—]|\.(?=[\"”']*$)"
    r"|\s(?:which|who|whom|whose|where|when|while|after|before|until|since|because|although|though|as|if|unless|so|that"
    r"|(?<!\bin )and(?! around)|but|or|nor|said|says|according|than|despite|amid|including|saying|adding|instead)\b",
)
# Where a statement may begin inside a sentence: behind what somebody says, and behind where or when it was.
_REPORTED = re.compile(
    r"\b(?:said|says?|reports?|reported|estimates?|estimated|believes?|announced|added|confirmed|shows?|showed|warned|found"
    r"|revealed|noted)(?: (?:on|late|early)? ?\w+day)? that\s"
)
_LED = re.compile(r"^((?:In|At|Near|On) (?:[A-Z][\w'’.-]*|\d{1,4})(?: (?:[A-Z][\w'’.-]*|\d{1,4}))*), ")
_ADVERBS = words("also still now already then only just")
_NO_SUBJECT = (
    words(
        "i you we he she it they this that these those there here what who which one some many most others another"
    )
    | words("his her its their our my your all both each such no nobody none")
    | PREPOSITIONS
    | AUXILIARIES
)
_TIMES = MEASURES | MONTHS | WEEKDAYS | words("later earlier ago today yesterday")
_LONGEST_SUBJECT = 10
# What is said is another statement.
_SAYING = words(
    "say tell report think believe add note state announce claim argue warn estimate know show suggest"
)
_NO_LINKS = words("and first last home back away")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A subject, its verb and what follows, as stretches of a sentence.

    Attributes:
        start: where the subject begins.
        subject: as it stands, without adverbs behind it.
        verb_start, verb_end: the first word of the verb: "was" of "was killed".
        aux: what a question puts before the subject: "was", "did".
        said: what it leaves behind the subject before the rest: "kill" of "killed"; empty where the verb moves.
        end: where the clause ends.
        lead: what stood before it, to be put behind a question: "in Little Ash"; empty for nothing.
    """

    start: int
    subject: str
    verb_start: int
    verb_end: int
    aux: str
    said: str
    end: int
    lead: str


def find_starts(sentence: str) -> list[tuple[int, str]]:
    """Find where statements may begin in a sentence, each with the phrase that leads into it."""
    starts = [(0, "")]
    led = _LED.match(sentence)
    if led:
        starts.append((led.end(), led[1][0].lower() + led[1][1:]))
    starts += [(match.end(), "") for match in _REPORTED.finditer(sentence)]
    return starts


def end_of_clause(sentence: str, start: int) -> int:
    """Find where the clause ends that has its verb at or before a place."""
    match = _END.search(sentence, start)
    return match.start() if match else len(sentence)


def find_statements(sentence: str) -> Iterator[Statement]:
    """Find the statements of a sentence whose verb and subject are plain."""
    for start, lead in find_starts(sentence):
        tokens = list(_WORD.finditer(sentence, start))
        at = _find_verb(sentence, tokens)
        if at is None:
            continue
        subject = [token[0] for token in tokens[:at]]
        while len(subject) > 1 and subject[-1].lower() in _ADVERBS:
            subject.pop()
        if not _is_plain(subject):
            continue
        forms = _turn(tokens[at][0], tokens[at + 1][0] if at + 1 < len(tokens) else "")
        if forms is not None:
            yield Statement(
                start=start, subject=" ".join(subject), verb_start=tokens[at].start(), verb_end=tokens[at].end(),
                aux=forms[0], said=forms[1], end=end_of_clause(sentence, tokens[at].end()), lead=lead,
            )  # fmt: skip


def _find_verb(sentence: str, tokens: list[re.Match[str]]) -> int | None:
    """Find the verb of the first clause; None where two words could be it ("people displaced in Mosul rose")."""
    stop = len(sentence)
    if tokens:
        marks = re.compile(r"[,;:](?=\s|$)|[()\"“”—]|\s[-–—]{1,2}\s").search(sentence, tokens[0].start())
        stop = marks.start() if marks else stop
    inside = [at for at, token in enumerate(tokens) if at and token.end() <= stop]
    strong = [at for at in inside if _is_strong(tokens, at)]
    if not strong:
        weak = [at for at in inside if is_third_person(tokens[at][0])]
        return weak[0] if len(weak) == 1 else None
    first = strong[0]
    if tokens[first][0] in AUXILIARIES:
        return first
    end = end_of_clause(sentence, tokens[first].end())
    return None if any(tokens[at].end() <= end for at in strong[1:]) else first


def _is_strong(tokens: list[re.Match[str]], at: int) -> bool:
    """Tell whether a word is an auxiliary, or the past of a known verb and no adjective: "the wounded man"."""
    word = tokens[at][0]
    if word in AUXILIARIES:
        return True
    before = tokens[at - 1][0].lower()
    return base_of(word) is not None and before not in DETERMINERS | PREPOSITIONS | {"and", "or"}


def is_third_person(word: str) -> bool:
    """Tell whether a word may be a verb in the present: "kills", "carries"."""
    return _base_of_present(word) is not None


def _base_of_present(word: str) -> str | None:
    for ending, instead in (("ies", "y"), ("es", ""), ("s", "")):
        base = word.removesuffix(ending) + instead
        if word.endswith(ending) and base in BASES and not word.endswith("ss"):
            return base
    return None


def _is_plain(subject: list[str]) -> bool:
    """Tell whether words are a subject that a question can name."""
    low = [word.lower() for word in subject]
    if not subject or len(subject) > _LONGEST_SUBJECT or low[0] in _NO_SUBJECT or low[0] in LINKS:
        return False
    if any(word in (LINKS - _NO_LINKS) | _TIMES for word in low) or low[-1] in PREPOSITIONS | DETERMINERS:
        return False
    # A figure in it is what somebody else would be asked about,
    # and a stroke is mostly of a photographer's credit.
    return not any(character.isdigit() or character == "/" for word in subject for character in word)


def is_noun_phrase(subject: str) -> bool:
    """Tell whether what does not begin with a name is a whole subject: "the fire", "fighters", not "record job"."""
    low = subject.lower().split()
    head = next((at for at, word in enumerate(low) if at and word in PREPOSITIONS), len(low))
    return low[0] in DETERMINERS or is_plural(low[head - 1])


def _turn(verb: str, behind: str) -> tuple[str, str] | None:
    """Return the auxiliary of a question and what is left of the verb; None where that is not known."""
    if behind.lower() in {"not", "never", "no"} or verb.endswith("n't") or verb in DO:
        return None
    if verb in HAVE:
        if base_of_participle(behind.lower()) is not None or behind in {"been", "also", "already"}:
            return verb, ""
        return {"has": "does", "have": "do", "had": "did"}.get(verb, "did"), "have"
    if verb in BE | MODALS:
        return verb, ""
    past, present = base_of(verb), _base_of_present(verb)
    if past in _SAYING or present in _SAYING:
        return None
    if past is not None:
        return "did", past
    return ("does", present) if present is not None else None


def is_one_clause(text: str) -> bool:
    """Tell whether a predicate has one verb, and does not tell what was said: not "moved to the back was hurt"."""
    tokens = list(_WORD.finditer(text))
    if not tokens or _SAYING.intersection((base_of(tokens[0][0]), _base_of_present(tokens[0][0]))):
        return False
    strong = [at for at in range(1, len(tokens)) if _is_strong(tokens, at)]
    if tokens[0][0] in AUXILIARIES:
        strong = [at for at in strong if tokens[at][0] in BE | HAVE and tokens[at - 1][0] not in AUXILIARIES]
    return not strong
