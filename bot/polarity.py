"""Yes and no: what a statement denies must be denied in its passages, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

from bot.beside import compare_places
from bot.ground import Finding, Ground, Place, Slot
from bot.reading import Reading, Token
from bot.units import SMALL_NUMBERS
from bot.verbs import is_irregular
from index.model import Span
from index.wording import stem

_CUE = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|scarcely|barely"
    r"|(?:fail(?:s|ed|ing)?|refus(?:es?|ed|ing)|declin(?:es?|ed|ing)|unable|unwilling)(?=\sto\b)"
    r"|against(?=\s\w+ing\b)|den(?:y|ies|ied|ying)|rules?\sout|ruled\sout|yet\sto|stopped\sshort\sof|(?<!as\s)(?<!so\s)(?<!how\s)far\sfrom|rather\sthan|instead\sof|lack(?:s|ed|ing)?(?:\sof)?)\b|n['’]t\b|\bn\b(?=\s?['’]\s?t\b)",
    re.IGNORECASE,
)
# A "not" that denies nothing.
_IDLE = re.compile(
    r"(?:(?:not|n['’]t)\s(?:only|just|merely|least|to\smention|unlike|long)|no\s(?:doubt|matter|less|fewer|more\sthan|later|sooner|stranger)"
    r"|no\.\s?\d|no\s\d|nothing\sbut|not\sfewer|not\sless|why\snot|or\snot|or\snone|nor\swas\sit\sonly|none\sother)",
    re.IGNORECASE,
)
LACK = "lack"
_RATHER = frozenset({"rather", "instead"})
# Words between a "not" and what it denies.
_PASSED = frozenset(
    "longer yet ever even currently really fully immediately clearly necessarily exactly always also still far one".split()
)
_REACH = 5
# So far what is denied is looked for in a passage: "failed to reach an agreement for a new contract".
_FAR = 9
# What was so once is no more: "were once thought safe", "used to live there"; and what says that it is so still.
_ONCE = re.compile(
    r"\b(?:was|were|is|are|a|an|the)\s(?:once|formerly|previously)\s\w+"
    r"|(?<!\bis\s)(?<!\bare\s)(?<!\bwas\s)(?<!\bwere\s)(?<!\bbe\s)(?<!\bbeen\s)\bused\sto\s\w+",
    re.IGNORECASE,
)
_STILL = frozenset("still remain remains remained continue continues continued".split())
# What denies as a part of its word: "cannot be predicted", "unpredictable".
_DENYING = ("un", "in", "im", "ir", "dis", "non")
_UN = "un"
# Who is not allowed to is barred from it.
_ALLOWING = frozenset(map(stem, "allowed permitted able let free".split()))
_DENYING_VERBS = frozenset(map(stem, "barred banned prohibited forbidden prevented blocked stopped".split()))
# Letters of a stem that such a word must go on with.
_GOES_ON = 4
# So much likeness of the surroundings makes a word denied in one place and asserted in another the same one.
_SAME_THING = 1.0
# Where a word is denied wherever it stands, so many content words in common will do.
_SHARED = 2


def find_denials(reading: Reading, first: int, last: int) -> Iterator[tuple[int, Span]]:
    """Find what is denied within some tokens.

    Yields:
        The denied content word, and the tokens from the denying word to it.
    """
    tokens = reading.tokens
    if first >= last:
        return
    start, end = tokens[first].start, tokens[last - 1].end
    for match in _CUE.finditer(reading.text, start, end):
        if _IDLE.match(reading.text, match.start()) or _IDLE.match(reading.text, max(0, match.start() - 3)):
            continue
        cue = reading.span_of(match.start(), match.end())
        if reading.tokens[cue.start].stem == LACK and _is_denied_before(reading, cue.start, first):
            continue
        head = _head_behind(reading, cue.end, last)
        if head is not None and tokens[cue.start].word in _RATHER and _is_number(tokens[head]):
            continue  # "instead of seven": numbers are compared as such
        if head is not None:
            yield head, Span(cue.start, head + 1)
        elif (head := _head_before(reading, cue.start, first)) is not None:
            yield head, Span(head, max(cue.end, cue.start + 1))


def _is_number(token: Token) -> bool:
    return token.is_number or token.word in SMALL_NUMBERS


def _is_denied_before(reading: Reading, at: int, first: int) -> bool:
    """Whether a "not" stands shortly in front of a word, as in "does not lack money"."""
    start = max(first, at - _REACH // 2)
    return (
        start < at
        and _CUE.search(reading.text, reading.tokens[start].start, reading.tokens[at].start) is not None
    )


def _head_behind(reading: Reading, start: int, last: int) -> int | None:
    """The first content word behind a denying word, within its clause."""
    for at in range(start, min(start + _REACH, last)):
        token = reading.tokens[at]
        if at > start and token.breaks and not _is_apostrophe(reading, at):
            return None
        if _may_be_denied(token):
            return at
    return None


def _head_before(reading: Reading, end: int, first: int) -> int | None:
    """The last content word before a denying word that ends its clause: "he said they were not"."""
    for at in range(end - 1, max(end - _REACH, first) - 1, -1):
        if _may_be_denied(reading.tokens[at]):
            return at
    return None


def _may_be_denied(token: Token) -> bool:
    return token.content and token.word not in _PASSED


def _is_apostrophe(reading: Reading, index: int) -> bool:
    return reading.text[reading.tokens[index].start - 1] in "'’"


def check_negation(ground: Ground) -> list[Finding]:
    """Hold what the statement denies, and what it asserts, against the passages."""
    claim = ground.claim
    denied = dict(find_denials(claim, 0, len(claim.tokens)))
    there = [
        (passage, reading, span, dict(find_denials(reading, *span)))
        for passage, reading, span, _ in ground.stretches()
    ]
    if not denied and not any(denials for *_, denials in there):
        return _check_prefixes(ground)
    stems_denied = {reading.tokens[at].stem for _, reading, _, denials in there for at in denials}
    findings = []
    # "Did not win a majority" and "without a majority" deny the same at another word, if no "win" stands there.
    standing = {token.stem for _, reading, span, _ in there[:1] for token in reading.tokens[slice(*span)]}
    reached = [
        _content_of(reading, _scope(reading, at, _FAR)) for _, reading, _, denials in there for at in denials
    ]
    shared = {
        at
        for head in denied
        for at in _scope(claim, head)
        if claim.tokens[head].stem not in standing
        and (
            any(claim.tokens[other].stem in stems_denied for other in _scope(claim, head))
            or any(len(_content_of(claim, _scope(claim, head)) & words) >= _SHARED for words in reached)
        )
    }
    agreed = _denied_of_whom(claim, denied, there)
    for at, token in enumerate(claim.tokens):
        if not token.content or at in agreed:
            continue
        if at not in denied and token.stem not in stems_denied:
            findings += _check_denied_kin(ground, at, there)
            continue
        finding = _settle(ground, at, token, denied.get(at), there)
        if finding is not None and (
            finding.holds or at not in shared or (token.stem in stems_denied and at in denied)
        ):
            findings.append(finding)
    return findings


def _denied_of_whom(
    claim: Reading, denied: dict[int, Span], there: Sequence[tuple[int, Reading, Span, dict[int, Span]]]
) -> set[int]:
    """Return the statement's words that it denies by "no" before who does it, and a passage at the deed, or turned about.

    "No ship has ever sailed" says of the ship what "the ship has never sailed" says of sailing.
    """
    agreed: set[int] = set()
    for _, reading, span, denials in there:
        for (one, own), (other, theirs) in product(denied.items(), denials.items()):
            head, deed = claim.tokens[one].stem, reading.tokens[other].stem
            if head == deed:
                continue
            if claim.tokens[own.start].word == "no":
                who, what, said = head, deed, _scope(claim, one)
            elif reading.tokens[theirs.start].word == "no":
                who, what, said = deed, head, range(own.start)
            else:
                continue
            first = reading.bounds[reading.sentence_at(other)].start
            named = _scope(reading, other) if who == deed else range(first, theirs.start)
            mine = {claim.tokens[at].stem: at for at in (*said, one)}
            told = {reading.tokens[at].stem for at in (*named, other)}
            if {who, what} <= mine.keys() & told and not _is_asserted(reading, span, denials, what):
                agreed |= {mine[who], mine[what]}
    return agreed


def _is_asserted(reading: Reading, span: Span, denials: dict[int, Span], stem: str) -> bool:
    """Whether a word stands within some tokens and nothing denies it there."""
    told = {at for head in denials for at in _scope(reading, head)}
    return any(reading.tokens[at].stem == stem and at not in told for at in range(*span))


def check_still(ground: Ground) -> list[Finding]:
    """Find what the statement says is so still, and the passages say was so once."""
    claim = ground.claim.tokens
    findings = []
    for at, token in enumerate(claim):
        head = _head_behind(ground.claim, at + 1, len(claim)) if token.word in _STILL else None
        if head is None:
            continue
        for passage, reading, (first, last), _ in ground.stretches():
            for match in _ONCE.finditer(
                reading.text, reading.tokens[first].start, reading.tokens[last - 1].end
            ):
                there, mine = reading.span_of(*match.span()), Span(at, head + 1)
                is_same = reading.tokens[there.end - 1].stem == claim[head].stem
                around = compare_places(claim, mine, reading.tokens, there)
                if (
                    is_same
                    and around.score >= _SAME_THING
                    and not _is_still(reading, first, last, claim[head])
                ):
                    said = ground.claim.text[token.start : claim[head].end]
                    place = Place(passage, there, match[0])
                    findings.append(_contradict(said, mine, place))
    return findings[:1]


def _is_still(reading: Reading, first: int, last: int, head: Token) -> bool:
    """Whether a passage says "still" of the same."""
    return any(
        reading.tokens[at].word in _STILL
        and (there := _head_behind(reading, at + 1, last)) is not None
        and reading.tokens[there].stem == head.stem
        for at in range(first, last)
    )


def _contradict(said: str, mine: Span, place: Place) -> Finding:
    reason = f"negation: the passages say “{place.text}”, the claim “{said}”"
    return Finding(
        slot=Slot.NEGATION, said=said, at=mine, holds=False, contradicts=True, found=place, reason=reason
    )


def _check_prefixes(ground: Ground) -> list[Finding]:
    """Find "unlocked" where the windows have "locked" alone, and the other way round; where nothing is denied."""
    there = [
        (passage, at, reading.tokens[at])
        for passage, reading, (first, last), _ in ground.stretches()
        for at in range(first, last)
        if not reading.tokens[at].capital
    ]
    stems = {token.stem for *_, token in there}
    findings = []
    for at, token in enumerate(ground.claim.tokens):
        if token.capital or not token.content or token.stem in stems:
            continue
        bare = token.stem.removeprefix(_UN)
        other = bare if bare != token.stem else _UN + token.stem
        place = next((found for found in there if found[2].stem == other and len(bare) >= _GOES_ON), None)
        if place is not None:
            passage, where, theirs = place
            found = Place(passage, Span(where, where + 1), theirs.word)
            findings.append(_contradict(token.word, Span(at, at + 1), found))
    return findings


def _is_denied_otherwise(
    ground: Ground, at: int, token: Token, there: Sequence[tuple[int, Reading, Span, dict[int, Span]]]
) -> bool:
    """Whether the passages deny a word of the same meaning, or have one that denies by its own first letters."""
    near = next((term.near for term in ground.terms if term.at == at), {})
    prefixed = tuple(prefix + token.stem for prefix in _DENYING) if len(token.stem) >= _GOES_ON else ()
    denying = _DENYING_VERBS if token.stem in _ALLOWING else frozenset[str]()
    return any(
        any(reading.tokens[index].stem in near for index in denials)
        or any(other.stem in denying for other in reading.tokens[first:last])
        or (prefixed and any(other.stem.startswith(prefixed) for other in reading.tokens[first:last]))
        for _, reading, (first, last), denials in there
    )


def _is_deed(token: Token) -> bool:
    return not token.capital and (token.word.endswith(("ed", "ing")) or is_irregular(token.word))


def _is_denied_throughout(stem: str, there: Sequence[tuple[int, Reading, Span, dict[int, Span]]]) -> bool:
    return all(
        reading.tokens[at].stem != stem or at in denials
        for _, reading, span, denials in there
        for at in range(*span)
    )


def _check_denied_kin(
    ground: Ground, at: int, there: Sequence[tuple[int, Reading, Span, dict[int, Span]]]
) -> list[Finding]:
    """Find that a word is asserted ("answered") where the passages have but another word for it, and deny that."""
    token = ground.claim.tokens[at]
    near = next((term.near for term in ground.terms if term.at == at), {})
    for passage, reading, (first, last), denials in there:
        for index, span in denials.items():
            other = reading.tokens[index]
            if (
                other.stem in near
                and _is_deed(token)
                and all(
                    reading.tokens[i].stem not in {token.stem, other.stem} or i in denials
                    for i in range(first, last)
                )
                and _is_of_the_same(ground.claim, at, reading, span)
            ):
                text = reading.text[reading.tokens[span.start].start : other.end]
                return [_contradict(token.word, Span(at, at + 1), Place(passage, span, text))]
    return []


def _is_of_the_same(claim: Reading, at: int, reading: Reading, denial: Span) -> bool:
    """Whether a denial has two content words in its sentence that stand on the same side of the statement's word."""
    bound = reading.bounds[reading.sentence_at(denial.start)]
    left = _content_of(claim, range(at)) & _content_of(reading, range(bound.start, denial.start))
    right = _content_of(claim, range(at + 1, len(claim.tokens))) & _content_of(
        reading, range(denial.end, bound.end)
    )
    return len(left) + len(right) >= _SHARED


def _content_of(reading: Reading, places: range) -> set[str]:
    return {reading.tokens[at].stem for at in places if reading.tokens[at].content}


def _scope(reading: Reading, head: int, reach: int = _REACH) -> range:
    """The words from a denied one to the end of its clause, a few at most."""
    end = head + 1
    while end < min(head + reach, len(reading.tokens)) and not reading.tokens[end].breaks:
        end += 1
    return range(head, end)


def _settle(
    ground: Ground,
    at: int,
    token: Token,
    denial: Span | None,
    there: Sequence[tuple[int, Reading, Span, dict[int, Span]]],
) -> Finding | None:
    """Compare one word with the place of the passages that is most like the statement's."""
    claim = ground.claim
    best: tuple[float, Place, bool] | None = None
    for passage, reading, (first, last), denials in there:
        for index in range(first, last):
            if reading.tokens[index].stem != token.stem:
                continue
            # "Would not be joining the Queen" denies that they "will be with the Queen", too.
            is_denied = index in denials or (
                denial is not None and any(index in _scope(reading, head) for head in denials)
            )
            mine, theirs = denial or Span(at, at + 1), denials.get(index, Span(index, index + 1))
            score = compare_places(claim.tokens, mine, reading.tokens, theirs).score
            # Of two places equally alike, the one of the same kind speaks for the statement.
            score += 0.25 * (is_denied is (denial is not None))
            if best is None or score > best[0]:
                place = Place(passage, denials.get(index, Span(index, index + 1)), "")
                best = (score, place, is_denied)
    mine = denial or Span(at, at + 1)
    absent = Finding(
        slot=Slot.NEGATION, said=token.word, at=mine, holds=False,
        reason=f"negation: no passage denies “{token.word}”",
    )  # fmt: skip
    said = claim.text[claim.tokens[mine.start].start : claim.tokens[mine.end - 1].end]
    if best is None:
        return absent if denial and not _is_denied_otherwise(ground, at, token, there) else None
    score, place, is_denied = best
    tokens = ground.passages[place.passage].tokens
    words = ground.passages[place.passage].text[tokens[place.at.start].start : tokens[place.at.end - 1].end]
    place = place._replace(text=words)
    if is_denied is (denial is not None):
        return Finding(slot=Slot.NEGATION, said=said, at=mine, holds=True, found=place)
    if score < _SAME_THING and not (
        denial is None
        and _is_deed(token)
        and _is_denied_throughout(token.stem, there)
        and _is_of_the_same(claim, at, ground.passages[place.passage], place.at)
    ):
        return absent if denial else None
    return _contradict(said, mine, place)
