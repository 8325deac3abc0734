"""True sentences made false in one small place, and written otherwise without becoming false.

Made from the articles of a folder by rules and a seeded draw, so that every run has the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.evals.stories import Story
from bot.names import Name, NameKind, find_names
from bot.quantities import Kind, Quantity, find_quantities
from index.dates import DateKind, DateMention, find_dates
from index.sentences import split_sentences

SEED = 20140610
# Words of a passage, as the index cuts them; a sentence is held against this many passages of its article.
_PASSAGE_WORDS = 150
_PASSAGES = 5
_LEAST_WORDS = 8
_MOST_WORDS = 45

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_STRANGERS = {
    NameKind.PERSON: ("Piet Vandermeer", "Ingrid Solheim", "Tomas Ruzicka", "Amara Okafor"),
    NameKind.PLACE: ("Lusaka", "Bergen", "Valparaiso", "Tromso"),
    NameKind.ORGANISATION: ("Halden Institute", "Norvik Bank", "Sorano Council"),
    NameKind.OTHER: ("Ostermann", "Kaldera", "Vexford"),
}
_AUXILIARY = re.compile(
    r"\b(was|were|is|are|has|have|had|will|would|can|could|should|must)\b(?! (?:not|been not|no)\b)"
)
_DENIED = re.compile(r"\b(was|were|is|are|has|have|had|will|would|can|could|did|does|do)(?: not|n['’]t)\b")
_PAST = re.compile(r"\b(?:who|they|he|she|[A-Z]\w+|the \w+) (\w{3,}ed)\b(?! by\b)")
# Subject and predicate, where a plain auxiliary tells them apart and no quotation mark stands between.
_HALF = re.compile(
    r"(?P<subject>(?:The|A|An|[A-Z][a-z]+ [A-Z])[^\"“”,.;]{3,60}? )(?P<rest>(?P<verb>was|were|is|are|has|have|had|will) [^\"“”]{15,})"
)
_FLIPS = (
    ("rose", "fell"), ("increased", "decreased"), ("won", "lost"), ("before", "after"), ("more", "less"),
    ("opened", "closed"), ("higher", "lower"), ("largest", "smallest"), ("killed", "rescued"), ("arrested", "released"),
    ("northern", "southern"), ("eastern", "western"), ("north", "south"), ("east", "west"), ("first", "last"),
    ("approved", "rejected"), ("above", "below"), ("supported", "opposed"), ("seized", "abandoned"), ("over", "under"),
)  # fmt: skip
_INVENTED = (
    ", according to the Halden Institute",
    ", and 37 buildings burned down",
    ", a day after the cabinet resigned",
    " despite a court order issued in Lusaka",
    ", which investigators blamed on faulty wiring",
    ', calling it "the worst mistake in a decade"',
)
# How sure, or how many: what is said with less reserve, or with more, is another claim.
_FIGURE = r"(?= (?:[\d$€£]|half|twice|two|three|four|five|six|ten|a ))"
_HEDGES = (
    (r"\bmore than (?=[\d$€£]|half|a )", "fewer than "),
    (r"\bat least\b", "at most"),
    (rf"\b(?:nearly|almost|close to){_FIGURE}", "well over"),
    (rf"(?<!-)\bup to{_FIGURE}", "at least"),
    (r"\b(?:may|might|could)\b(?! \d)", "will"),
    (r"\b(?:may|might|could) be\b", "is"),
    (r"\b(?:may|might|could) have (?=[a-z]+ed\b)", ""),
    (r"\b(?:is|are) expected to\b", "will certainly"),
    (r"\bprobably\b", "certainly"),
    (r"\bsuspected\b", "convicted"),
    (r"\balleged\b", "proven"),
    (r"\b(the|an?|his|her|its|their) (?:alleged|suspected) (?=[a-z])", r"\1 "),
    (r"\b(?:some|several|many) of\b", "all of"),
)
_SMALL_WORDS = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A sentence and the passages it is held against.

    Attributes:
        kind: what was done to it; ``supported``: whether it is still true.
    """

    kind: str
    supported: bool
    claim: str
    original: str
    passages: tuple[str, ...]
    published: date | None


_Mutation = Callable[[str, str, random.Random], Iterator[tuple[str, str]]]


def make_cases(stories: Sequence[Story], *, per_story: int) -> Iterator[Case]:
    """Make the cases of some articles: each sentence as it is, mutated, and written otherwise."""
    for story in stories:
        draw = random.Random(f"{SEED}:{story.file}")  # noqa: S311  # the same sentences every time
        text = story.text
        sentences = [
            text[start:end]
            for start, end in split_sentences(text)
            if _LEAST_WORDS <= len(text[start:end].split()) <= _MOST_WORDS and text[end - 1] in ".”\"'"
        ]
        passages = cut_passages(text)
        draw.shuffle(sentences)
        for sentence in sentences[:per_story]:
            around = _passages_with(sentence, passages)
            if not around:
                continue
            made = [("as it is", True, sentence)]
            made += [(kind, True, claim) for kind, claim in rewritten(sentence)]
            made += [(kind, False, claim) for kind, claim in falsified(sentence, text, draw)]
            made += [("halves joined", False, claim) for claim in _joined(sentence, sentences, draw)]
            for kind, supported, claim in made:
                if supported is (claim == sentence) or claim != sentence:
                    yield Case(
                        kind=kind,
                        supported=supported,
                        claim=claim,
                        original=sentence,
                        passages=around,
                        published=story.published,
                    )


def _joined(sentence: str, sentences: Sequence[str], draw: random.Random) -> Iterator[str]:
    """Give a sentence's subject what another sentence of the article says of its own."""
    mine = _HALF.match(sentence)
    others = [
        other for text in sentences
        if text != sentence and (other := _HALF.match(text)) and mine and other["verb"] == mine["verb"]
        and other["subject"] != mine["subject"]
    ]  # fmt: skip
    if mine and others:
        yield mine["subject"] + draw.choice(others)["rest"]


def cut_passages(text: str) -> list[str]:
    """Cut a text into passages of whole sentences, about as long as the index makes them."""
    passages: list[str] = []
    first = last = None
    for start, end in split_sentences(text):
        first = start if first is None else first
        last = end
        if len(text[first:last].split()) >= _PASSAGE_WORDS:
            passages.append(text[first:last])
            first = None
    if first is not None:
        passages.append(text[first:last])
    return passages


def _passages_with(sentence: str, passages: Sequence[str]) -> tuple[str, ...]:
    home = next((i for i, passage in enumerate(passages) if sentence in passage), None)
    if home is None:
        return ()
    others = sorted((i for i in range(len(passages)) if i != home), key=lambda i: abs(i - home))
    return tuple(passages[i] for i in sorted([home, *others[: _PASSAGES - 1]]))


def falsified(sentence: str, article: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield kind and text of every way in which a sentence can be made false."""
    for quantity in find_quantities(sentence):
        yield from _number_swaps(sentence, quantity, article, draw)
    for mention in find_dates(sentence):
        if (other := _other_date(mention, draw)) is not None:
            yield "date", sentence[: mention.start] + other + sentence[mention.end :]
    names = [name for name in find_names(article) if name.text in sentence]
    for name in {name.text: name for name in names}.values():
        yield from _name_swaps(sentence, name, article, draw)
    yield from _negations(sentence)
    for one, other in _FLIPS:
        for a, b in ((one, other), (other, one)):
            flipped = re.sub(rf"\b{a}\b", b, sentence, count=1)
            if flipped != sentence:
                yield "opposite", flipped
    quoted = re.search(r"[“\"]([^”\"]{20,})[”\"]", sentence)
    if quoted:
        words = quoted[1].split()
        at = draw.randrange(1, len(words) - 1) if len(words) > 2 else 0
        words[at] = "curiously" if words[at] != "curiously" else "hardly"
        yield "quotation", sentence.replace(quoted[1], " ".join(words))
    for pattern, instead in _HEDGES:
        swapped = re.sub(pattern, instead, sentence, count=1)
        if swapped != sentence:
            yield "hedge", swapped
    yield "invented", re.sub(r"([.”\"']+)$", draw.choice(_INVENTED) + ".", sentence)


def _number_swaps(
    sentence: str, quantity: Quantity, article: str, draw: random.Random
) -> Iterator[tuple[str, str]]:
    said = quantity.text
    digits = re.search(r"\d[\d,]*(?:\.\d+)?", said)
    if digits:
        plain = digits[0].replace(",", "").rstrip(".")
        value = float(plain)
        changed = draw.choice([value * 2, value + 1, value * 10, value + 3])
        whole = f"{changed:,.0f}" if "." not in plain else f"{changed:.1f}"
        swapped = said.replace(digits[0], whole, 1)
    else:
        word = next((w for w in re.split(r"[\s-]", said.lower()) if w in _SMALL_WORDS), None)
        if word is None:
            return
        swapped = re.sub(
            word,
            _SMALL_WORDS[(_SMALL_WORDS.index(word) + draw.randint(2, 5)) % 11 + 2],
            said,
            count=1,
            flags=re.I,
        )
    if swapped.lower() != said.lower():
        yield "number", sentence[: quantity.start] + swapped + sentence[quantity.end :]
    inside = [
        other.text for other in find_quantities(article)
        if other.kind is quantity.kind and other.value != quantity.value and other.text[0].isdigit() == said[0].isdigit()
    ]  # fmt: skip
    if inside:
        yield (
            "number of the article",
            sentence[: quantity.start] + draw.choice(inside) + sentence[quantity.end :],
        )
    for pattern, instead in (
        (r"kilomet(?:re|er)s?|km", "miles"),
        (r"miles?", "km"),
        (r"per ?cent|%", " kg"),
        (r"^\$", "£"),
    ):
        changed_unit = re.sub(pattern, instead, said)
        if changed_unit != said and quantity.kind is not Kind.COUNT:
            yield "unit", sentence[: quantity.start] + changed_unit + sentence[quantity.end :]


def _other_date(mention: DateMention, draw: random.Random) -> str | None:
    text = mention.text
    for names in (_WEEKDAYS, _MONTHS):
        for index, name in enumerate(names):
            if name in text:
                return text.replace(name, names[(index + draw.randint(1, len(names) - 1)) % len(names)])
    if mention.kind is DateKind.YEAR and mention.year:
        return text.replace(str(mention.year), str(mention.year + draw.choice([-3, -1, 1, 4])))
    if text.lower() in {"yesterday", "today", "tomorrow"}:
        return draw.choice([word for word in ("yesterday", "today", "tomorrow") if word != text.lower()])
    return None


def _name_swaps(sentence: str, name: Name, article: str, draw: random.Random) -> Iterator[tuple[str, str]]:
    at = re.search(rf"(?<!\w){re.escape(name.text)}(?!\w)", sentence)
    if at is None:
        return
    before, behind = sentence[: at.start()], sentence[at.end() :]
    yield "name", before + draw.choice(_STRANGERS[name.kind]) + behind
    inside = sorted(
        {
            other.text for other in find_names(article)
            if other.kind is name.kind and other.text not in sentence and not set(other.text.split()) & set(name.text.split())
        }
    )  # fmt: skip
    if inside:
        yield "name of the article", before + draw.choice(inside) + behind


def _negations(sentence: str) -> Iterator[tuple[str, str]]:
    outside = re.sub(r"[“\"][^”\"]*[”\"]?", lambda m: "\0" * len(m[0]), sentence)
    if match := _DENIED.search(outside):
        yield "negation taken away", sentence[: match.end(1)] + sentence[match.end() :]
    elif match := _AUXILIARY.search(outside):
        yield "negation", sentence[: match.end()] + " not" + sentence[match.end() :]
    elif match := _PAST.search(outside):
        verb = re.sub(r"i$", "y", match[1][:-2])
        yield "negation", sentence[: match.start(1)] + f"did not {verb}" + sentence[match.end(1) :]


def rewritten(sentence: str) -> Iterator[tuple[str, str]]:
    """Yield kind and text of small changes that leave a sentence true."""
    changes: tuple[tuple[str, str, str], ...] = (
        ("percent", r"(?<=\d)(?: percent| per cent|%)(?! points?)", " p.c."),
        ("contraction", r"\b(did|was|were|is|are|has|had|have|would|could) not\b", r"\1n't"),
        ("thousands", r"(?<=\d),(?=000\b)", ""),
        ("capital acronym", r"\bU\.S\.(?=\s[a-z])", "US"),
        ("straight quotes", r"[“”]", '"'),
        (
            "day and month",
            r"\b(January|February|March|April|June|July|August|September|October|November|December) (\d{1,2})\b(?!,? \d{4})(?!-)",
            r"\2 \1",
        ),
        (
            "attribution left out",
            r",? (?:officials|police|witnesses|residents|the agency|he|she|they) said\.$",
            ".",
        ),
        ("lead left out", r"^(?:However|Meanwhile|But|And|Instead|Still|Yet|Also),? (?=[a-z])", ""),
    )
    for kind, pattern, instead in changes:
        changed = re.sub(pattern, instead, sentence)
        if changed != sentence:
            yield kind, changed[0].upper() + changed[1:]
    for quantity in find_quantities(sentence):
        if quantity.kind is Kind.COUNT and quantity.text.isdigit() and 2 <= quantity.value <= 12:
            yield (
                "number in words",
                sentence[: quantity.start] + _SMALL_WORDS[int(quantity.value)] + sentence[quantity.end :],
            )
        elif quantity.text.lower() in _SMALL_WORDS[2:] and quantity.start:
            yield (
                "number in figures",
                sentence[: quantity.start] + f"{quantity.value:.0f}" + sentence[quantity.end :],
            )
