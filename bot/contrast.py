"""Words that exclude each other: opposites ("rose", "fell") and members of small families ("north", "south").

Their vectors are near, since they stand in the same sentences, so they must be known by name.
"""

from __future__ import annotations

from functools import cache

from index.wording import stem

# One line a pair: what stands left of the bar excludes what stands right of it.
_OPPOSITES = """
rise rose risen rising increase increased grow grew grown growth climb climbed jump jumped surge surged soar soared gain gained expand expanded boost boosted heighten heightened higher up | fall fell fallen falling lessen lessened reduce reduced weaken weakened decrease decreased decline declined drop dropped shrink shrank shrunk plunge plunged tumble tumbled slip slipped sink sank lose lost lower contract contracted down
win won wins winner victory triumph beat defeated | lose lost loses loser defeat
before earlier previously prior | after later following afterwards
more greater | less fewer
over above | under below beneath
most | least fewest
first | last final
best better | worst worse
high highest | low lowest
large larger largest big bigger biggest huge | small smaller smallest little tiny
long longer longest | short shorter shortest
old older oldest elderly | young younger youngest
new newest | old oldest former
early | late
open opened opens reopen reopened | close closed closes shut
start started begin began begun launch launched | end ended finish finished stop stopped halt halted cease ceased
accept accepted approve approved agree agreed allow allowed permit permitted back backed support supported welcome welcomed endorse endorsed favour favor favoured favored | disagree disagreed disapprove disapproved reject rejected refuse refused oppose opposed ban banned forbid forbidden prohibit prohibited deny denied condemn condemned criticise criticised criticize criticized veto vetoed block blocked
confirm confirmed admit admitted acknowledge acknowledged | deny denied dismiss dismissed
pass passed | fail failed reject rejected
succeed succeeded success successful successfully | fail failed failure unsuccessful unsuccessfully
arrest arrested detain detained jail jailed imprison imprisoned | release released free freed acquit acquitted
guilty convicted convict | innocent acquitted acquit cleared
alive survive survived survivor | dead die died killed
kill killed | survive survived save saved rescue rescued
arrive arrived arrives enter entered come came | leave left depart departed exit exited
buy bought buys purchase purchased | sell sold sells
import imports imported | export exports exported
attack attacked attacker invade invaded | defend defended defender retreat retreated withdraw withdrew withdrawn
advance advanced | retreat retreated withdraw withdrew withdrawn
seize seized capture captured take taken took | abandon abandoned surrender surrendered lose lost
build built create created | destroy destroyed demolish demolished
win | lose
join joined | leave left quit
hire hired appoint appointed employ employed | fire fired dismiss dismissed sack sacked resign resigned
love loved like liked praise praised | critical critic criticism hate hated dislike disliked blame blamed criticise criticised criticize criticized
safe safely | dangerous unsafe
legal lawful legally | illegal unlawful illegally
likely | unlikely
possible able | impossible unable
public | private secret
strong stronger strongest | weak weaker weakest
rich wealthy | poor
peace peaceful peacefully ceasefire | war violent violently
friend friendly ally allied allies | enemy hostile enemies rival
true real genuine | false fake
include includes included including | exclude excludes excluded excluding
inside within indoors | outside outdoors
always | never
all every everyone everybody | none nobody no
many | few
majority | minority
increase increases | cut cuts reduce reduced
raise raised | lower lowered cut
add added | remove removed
lift lifted | impose imposed
hot warm warmer hottest warmest | cold cool colder coldest
wet | dry
fast faster quick quickly | slow slower slowly
heavy heavier | light lighter
male man men boy boys | female woman women girl girls
his he him himself | her she hers herself
husband | wife
son | daughter
father | mother
brother | sister
king prince | queen princess
day | night
day daily | week weekly month monthly year yearly annual
week | month year
month | year decade century
teacher | student pupil
buyer customer | seller
employer | employee
permanent permanently | temporary temporarily interim
full fully | partial partly partially empty
single alone | together jointly
home | away
offensive | defensive
profit profits | loss losses
surplus | deficit
ahead | behind
positive | negative
optimistic | pessimistic
directly | indirectly
voluntary voluntarily | compulsory mandatory
official officially | unofficial unofficially
domestic | foreign international
urban | rural
local | national federal global
upper | lower
left | right
liberal | conservative
democrat democrats democratic | republican republicans
plaintiff | defendant
for | against
with | without
to | from
minimum | maximum
now | formerly
"""
# One line a family: each word excludes every other.
_FAMILIES = """
north south east west northeast northwest southeast southwest
northern southern eastern western central northeastern northwestern southeastern southwestern
northward southward eastward westward
red blue green yellow black white brown orange purple pink grey gray golden silver
monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december
spring summer autumn winter
morning afternoon evening night midnight noon
yesterday today tomorrow
father mother son daughter brother sister uncle aunt nephew niece cousin grandfather grandmother husband wife
daily weekly monthly yearly
second minute hour day week month year decade century
army navy
gold silver bronze
football basketball baseball cricket tennis rugby hockey golf
christian muslim jewish hindu buddhist
sunni shia
president premier senator governor mayor
doubled tripled trebled quadrupled quintupled halved
double triple treble quadruple quintuple halve
"""
_SAME = """
grey gray
golden gold
"""


@cache
def _excluded() -> dict[str, frozenset[str]]:
    """For each word, and each stem, what it excludes."""
    found: dict[str, set[str]] = {}
    same = {frozenset(line.split()) for line in _SAME.strip().splitlines()}

    def exclude(one: str, other: str) -> None:
        if one != other and frozenset((one, other)) not in same:
            for a, b in ((one, other), (other, one)):
                found.setdefault(a, set()).update((b, stem(b)))
                found.setdefault(stem(a), set()).update((b, stem(b)))

    for line in _OPPOSITES.strip().splitlines():
        left, right = (side.split() for side in line.split("|"))
        for one in left:
            for other in right:
                exclude(one, other)
    for line in _FAMILIES.strip().splitlines():
        family = line.split()
        for one in family:
            for other in family:
                exclude(one, other)
    return {word: frozenset(others - {word, stem(word)}) for word, others in found.items()}


def excludes(word: str) -> frozenset[str]:
    """Return the words, and their stems, that a folded word or stem excludes; empty for most."""
    return _excluded().get(word, frozenset())


def differ(one: str, other: str) -> bool:
    """Tell whether two folded words exclude each other, by themselves or by a prefix ("legal", "illegal")."""
    if other in excludes(one) or other in excludes(stem(one)) or stem(other) in excludes(one):
        return True
    shorter, longer = sorted((one, other), key=len)
    return any(
        longer.startswith(prefix) and stem(longer.removeprefix(prefix)) == stem(shorter)
        for prefix in ("un", "in", "im", "il", "ir", "dis", "non", "mis", "anti")
        if len(shorter) > 3
    )
