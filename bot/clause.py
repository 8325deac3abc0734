"""A question taken apart into what it asks for and what it says, and put together anew.

"How many people left Mosul?" asks with "how many people" and says "left Mosul"; asked for the reason it is
"Why did people leave Mosul?".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.gazetteer import words
from bot.grammar import (
    AUXILIARIES,
    BASES,
    BE,
    DETERMINERS,
    DO,
    HAVE,
    MODALS,
    PREPOSITIONS,
    base_of,
    base_of_participle,
    is_finite,
    is_participle,
    is_plural,
    participle_of,
    past_of,
)
from bot.mention import Mention
from bot.phrases import Token, tokens_of

_QUESTION_WORDS = words("who whom whose what which when where why how")
_MEASURED = words("long far often old big large high tall deep wide soon late quickly badly well")
_PRONOUNS = words("i you we he she it they this that these those there someone anyone everyone somebody")
_NEGATED = {"can": "can't", "will": "won't", "shall": "shouldn't", "may": "might not", "might": "might not"}
# What a verb is done to, as far as it can be told without knowing its words.
_NOUN_PHRASE = re.compile(
    r"(?:the (?:[\w'’-]+ ){0,3}?|(?:[A-Z][\w'’-]* ){0,3})(?P<head>[\w'’-]+)(?= (?:in|on|at|after|before|during|from)\b|$)"
)
_ADVERBS = words("still already now also not ever never really recently just once so then only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A question in parts: "From where", "did", "the fighters", "free prisoners".

    Attributes:
        wh: the words that ask, with their preposition; empty for a yes-or-no question.
        noun: what is counted or chosen from ("people", "towns in Kurdistan"); empty where nothing is named.
        is_argument: the answer fills a place of the statement ("who", "how many people"), and is no
            circumstance ("when", "why").
        aux: "did", "was", "can"; empty where the verb stands alone ("who left").
        subject: who the statement is about; empty where that is what is asked for.
        said: the rest.
    """

    wh: str
    noun: str
    is_argument: bool
    aux: str
    subject: str
    said: str

    @property
    def asks_subject(self) -> bool:
        """Whether the question asks who or what does it."""
        return self.is_argument and not self.subject


def read_clause(question: str, mentions: Sequence[Mention]) -> Clause | None:
    """Take a question apart; None where its form is not understood.

    Args:
        question: a whole question with nothing before it.
        mentions: its phrases, as ``find_mentions`` gives them.
    """
    text = question.strip().rstrip("?!. ")
    tokens = tokens_of(text)
    if not tokens:
        return None
    if tokens[0].low in AUXILIARIES:
        return _read_inverted(text, tokens, 0, mentions, wh="", noun="", is_argument=False)
    at = 1 if tokens[0].low in PREPOSITIONS and len(tokens) > 1 else 0
    asking = tokens[at].low
    if asking not in _QUESTION_WORDS:
        return None
    end, noun_at = at + 1, 0
    is_argument = asking in {"who", "whom", "whose", "what", "which"} and at == 0
    if asking == "how" and end < len(tokens):
        if tokens[end].low in {"many", "much"}:
            end, is_argument, noun_at = end + 1, at == 0, end + 1
        elif tokens[end].low in _MEASURED:
            end += 1
    elif asking in {"what", "which", "whose"}:
        noun_at = end
    if noun_at:
        while end < len(tokens) and not _ends_asking(tokens, end, noun_at):
            end += 1
    elif end < len(tokens) and tokens[end].low == "else":
        end += 1
    if end >= len(tokens):
        return None
    wh = text[: tokens[end - 1].end]
    noun = text[tokens[noun_at].start : tokens[end - 1].end] if noun_at and noun_at < end else ""
    if tokens[end].low not in AUXILIARIES:
        if not is_argument or not (is_finite(tokens[end].low) or tokens[end].low in BASES):
            return None
        said = text[tokens[end].start :]
        return Clause(wh=wh, noun=noun, is_argument=True, aux="", subject="", said=said)
    if is_argument and _is_predicate(tokens, end):
        said = text[tokens[end + 1].start :]
        return Clause(wh=wh, noun=noun, is_argument=True, aux=tokens[end].text, subject="", said=said)
    return _read_inverted(text, tokens, end, mentions, wh=wh, noun=noun, is_argument=is_argument)


def _ends_asking(tokens: list[Token], at: int, noun_at: int) -> bool:
    """Whether the words that ask end before a token: "how many people | left", "which towns | have"."""
    low = tokens[at].low
    if low in AUXILIARIES or (low in BASES and at > noun_at and is_plural(tokens[at - 1].low)):
        return True  # "which countries | border Ukraine"
    return at > noun_at - (tokens[noun_at - 1].low == "what") and is_finite(low) and low not in BASES


def _is_predicate(tokens: list[Token], aux_at: int) -> bool:
    """Whether what follows an auxiliary is said of what is asked for: "were freed", "are in Tikrit", "will pay"."""
    aux = tokens[aux_at].low
    if aux in DO or aux_at + 1 >= len(tokens):
        return False
    at = aux_at + 1
    while at + 1 < len(tokens) and (tokens[at].low in _ADVERBS or tokens[at].low.endswith("ly")):
        at += 1
    token = tokens[at]
    if token.text[0].isupper() or token.low in DETERMINERS | _PRONOUNS or token.possessive:
        return False
    if aux in BE:
        plain = token.low.endswith("ing") or is_participle(token.low) or token.low in PREPOSITIONS
        return plain or (at == len(tokens) - 1 and aux_at > 0)
    if aux in HAVE:
        return token.low in {"been", "had"} or is_participle(token.low)
    return token.low in BASES or token.low in {"be", "have", "do"}


def _read_inverted(
    text: str,
    tokens: list[Token],
    aux_at: int,
    mentions: Sequence[Mention],
    *,
    wh: str,
    noun: str,
    is_argument: bool,
) -> Clause | None:
    if aux_at + 1 >= len(tokens):
        return None
    start = tokens[aux_at + 1].start
    stop = next((one.end for one in mentions if one.start <= start < one.end and not one.inner), None)
    if stop is None:
        first = tokens[aux_at + 1]
        stop = first.end if first.low in _PRONOUNS else _before_verb(tokens, aux_at)
        if stop is None:
            return None
    stop = _without_verb(tokens, aux_at, stop, text)
    subject, said = text[start:stop], text[stop:].strip()
    if subject.startswith(("A ", "The ")):
        subject = subject[0].lower() + subject[1:]
    return Clause(
        wh=wh, noun=noun, is_argument=is_argument, aux=tokens[aux_at].text.lower(), subject=subject, said=said
    )


def _before_verb(tokens: list[Token], aux_at: int) -> int | None:
    """Where a subject that is no known phrase ends: "did | US-made weapons | end up"."""
    if tokens[aux_at].low not in DO | MODALS:
        return None
    verb = next((at for at in range(aux_at + 2, len(tokens)) if tokens[at].low in BASES), None)
    return tokens[verb - 1].end if verb is not None else None


def _without_verb(tokens: list[Token], aux_at: int, stop: int, text: str) -> int:
    """Where the subject ends if its last word is the verb after all: "did | Mosul fall", "did | Iraqis elect"."""
    if tokens[aux_at].low not in DO | MODALS:
        return stop
    inside = [token for token in tokens[aux_at + 1 :] if token.end <= stop]
    behind = next((token for token in tokens if token.start >= stop), None)
    if len(inside) < 2 or (behind is not None and (behind.low in BASES or behind.low == "not")):
        return stop
    return inside[-2].end if inside[-1].text[0].islower() and inside[-1].low in BASES else stop


def ask_with(clause: Clause, wh: str, filler: str, *, negated: bool = False) -> str:
    """Ask another thing of the same statement: "Why", "Since when", "By whom".

    Args:
        filler: what stands where the first question asked; empty for what the question itself names.
        negated: ask why not.
    """
    # What happened is not done by anybody: "When did this happen in Sadr City?"
    filler = "this" if clause.said.startswith("happen") else filler or _filler_of(clause)
    if clause.subject:
        aux, subject, said = clause.aux, clause.subject, clause.said
        if clause.is_argument and said:
            said = _fill_gap(said, filler)
    else:
        aux, subject, said = clause.aux, filler, clause.said
        if not aux:
            verb, _, rest = said.partition(" ")
            base = base_of(verb.lower())
            done_to = _NOUN_PHRASE.match(rest)
            if base is not None and done_to and clause.wh.lower() == "who":
                # Who did it is what had been asked: "When was Tikrit taken?"
                be = "were" if is_plural(done_to["head"].lower()) else "was"
                return _tidy(f"{wh} {be} {done_to[0]} {participle_of(base)} {rest[done_to.end() :]}?")
            if base is None:
                return _tidy(f"{wh} {'is' if wh.lower() == 'why' else 'was'} it that {subject} {said}?")
            aux, said = "did", f"{base} {rest}"
    if negated:
        aux = _NEGATED.get(aux, f"{aux}n't" if not aux.endswith("n't") else aux)
    asked = f"{wh} {aux}" if wh else aux.capitalize()
    return _tidy(f"{asked} {subject} {said}?")


def _filler_of(clause: Clause) -> str:
    """What can stand where a question asks, when nothing better is known."""
    asking = clause.wh.partition(" ")[0].lower()
    if clause.noun:
        return (
            clause.noun
            if asking == "how" or is_plural(clause.noun.split()[0].lower())
            else f"the {clause.noun}"
        )
    return "someone" if asking in {"who", "whom"} else "this"


def _fill_gap(said: str, filler: str) -> str:
    """Put the thing asked for behind the verb: "take before Mosul" and "Fallujah"."""
    wanted = re.match(r"(\w+ to \w+)\b ?(.*)", said)
    if wanted:
        return f"{wanted[1]} {filler} {wanted[2]}"  # "aims to create"
    verb, _, rest = said.partition(" ")
    if verb.lower() in BASES or is_participle(verb.lower()):
        return f"{verb} {filler} {rest}"
    return f"{said} {filler}"


def state(clause: Clause, filler: str) -> str | None:
    """Write what a question says as a statement: "ISIL captured Fallujah"; None where its verb is not known."""
    filler = "this" if clause.said.startswith("happen") else filler or _filler_of(clause)
    if not clause.subject:
        return _tidy(f"{filler} {clause.aux} {clause.said}")
    said = _fill_gap(clause.said, filler) if clause.is_argument and clause.said else clause.said
    if clause.aux in DO:
        verb, _, rest = said.partition(" ")
        if verb.lower() not in BASES:
            return None
        finite = past_of(verb.lower()) if clause.aux == "did" else _present_of(verb.lower(), clause.aux)
        return _tidy(f"{clause.subject} {finite} {rest}")
    return _tidy(f"{clause.subject} {clause.aux} {said}")


def _present_of(base: str, aux: str) -> str:
    if aux == "do":
        return base
    ends = ("s", "sh", "ch", "x", "o")
    return (
        f"{base[:-1]}ies"
        if re.search(r"[^aeiou]y$", base)
        else f"{base}{'es' if base.endswith(ends) else 's'}"
    )


def state_within(clause: Clause) -> str | None:
    """Write a question as part of another: "how many people left Mosul", "why the army ran"."""
    if not clause.subject:
        asked = clause.wh[0].lower() + clause.wh[1:]
        return _tidy(f"{asked} {clause.aux} {clause.said}")
    bare = Clause(wh="", noun="", is_argument=False, aux=clause.aux, subject=clause.subject, said=clause.said)
    stated = state(bare, "")
    if stated is None:
        return None
    asked = clause.wh[0].lower() + clause.wh[1:] if clause.wh else "that"
    return f"{asked} {stated}"


def predicate_of(clause: Clause) -> str | None:
    """Return what is done, without who does it: "capture Fallujah"; None where no base of a verb is known."""
    verb, _, rest = clause.said.partition(" ")
    done_to = clause.subject or clause.noun
    if clause.aux in BE and done_to:
        base = base_of_participle(verb.lower())
        return _tidy(f"{base} {done_to} {rest}") if base else None
    if clause.subject:
        return clause.said if clause.aux not in BE | HAVE and verb.lower() in BASES else None
    if clause.aux:
        return None
    verb, _, rest = clause.said.partition(" ")
    base = base_of(verb.lower())
    return _tidy(f"{base} {rest}") if base else None


def _tidy(text: str) -> str:
    return re.sub(r"\s+([?,])", r"\1", " ".join(text.split()))
