"""What is known of names beforehand: given names, places, organisations, titles, and words that are no names.

The lists of names stand in ``gazetteer.txt`` beside this module; the words that lead to a name stand here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path


def words(line: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(line.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Known names, folded (see `fold`); ``given`` and ``place`` are the unions of their kinds."""

    male: frozenset[str]
    female: frozenset[str]
    either: frozenset[str]
    given: frozenset[str]
    country: frozenset[str]
    region: frozenset[str]
    city: frozenset[str]
    place: frozenset[str]
    organisation: frozenset[str]
    people: frozenset[str]


def fold(name: str) -> str:
    """A name in small letters, without diacritics, with plain hyphens, apostrophes and single spaces."""
    plain = name if name.isascii() else _without_marks(name)
    return " ".join(plain.lower().split())


def _without_marks(name: str) -> str:
    straight = name.translate(_STRAIGHT)
    return "".join(
        char for char in unicodedata.normalize("NFKD", straight) if not unicodedata.combining(char)
    )


_STRAIGHT = str.maketrans(
    {
        "’": "'",
        "‘": "'",
        "`": "'",
        "ʼ": "'",
        "‐": "-",
        "‑": "-",
        "ł": "l",
        "Ł": "L",
        "ø": "o",
        "Ø": "O",
        "ı": "i",
    }
)


@cache
def gazetteer() -> Gazetteer:
    """Load the lists beside this module, once."""
    text = Path(__file__).with_name("gazetteer.txt").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    _, *parts = re.split(r"\[(\w+)\]", body)
    sections = {
        title: frozenset(fold(name) for name in names.split(",") if name.strip())
        for title, names in zip(parts[::2], parts[1::2], strict=True)
    }
    # "Iraqis" are as little a name as "Iraqi".
    sections["people"] |= {f"{name}s" for name in sections["people"]}
    return Gazetteer(
        given=sections["male"] | sections["female"] | sections["either"],
        place=sections["country"] | sections["region"] | sections["city"],
        **sections,
    )


# Capitalised titles in front of a person's name; the name itself begins behind the last of them.
TITLES = words(
    "mr mrs ms miss mx dr prof professor sir dame lord lady president pm premier minister chancellor secretary"
    " secretary-general king queen prince princess pope sultan emir sheikh shaikh ayatollah imam rabbi bishop archbishop"
    " cardinal reverend rev general gen lieutenant lt colonel col major maj captain capt sergeant sgt corporal private"
    " admiral adm commander cmdr brigadier marshal constable officer detective inspector superintendent sheriff chief"
    " judge justice attorney prosecutor senator sen congressman congresswoman representative rep governor gov mayor"
    " councillor councilman councilwoman speaker ambassador undersecretary commissioner director chairman chairwoman"
    " chair ceo cfo coach manager spokesman spokeswoman spokesperson duke duchess baron baroness count countess rapper"
    " singer actor actress comedian author professor doctor editor"
)
# Words that stand between or before titles and are no part of the name behind them.
TITLE_MODIFIERS = words(
    "former then acting interim deputy vice prime foreign defence defense interior finance health home first assistant"
    " senior junior crown grand chief executive attorney district state house senate majority minority press national"
    " security supreme lead head ex-president ex-prime late financial operating technology medical police fire lt"
    " education energy justice labor labour treasury commerce transportation homeland party"
)
MALE_TITLES = words(
    "mr sir lord king prince pope sultan emir sheikh duke baron congressman chairman spokesman councilman actor imam"
    " ayatollah"
)
FEMALE_TITLES = words(
    "mrs ms miss dame lady queen princess duchess baroness congresswoman chairwoman spokeswoman councilwoman actress"
)
# Roles in small letters right before a name: "spokesman Josh Earnest".
ROLES = words(
    "spokesman spokeswoman spokesperson president premier minister chancellor secretary senator governor mayor actor"
    " actress singer rapper musician author writer novelist poet director producer filmmaker comedian presenter host"
    " journalist reporter correspondent editor columnist photographer analyst economist strategist scientist professor"
    " researcher historian astronaut engineer doctor nurse surgeon lawyer attorney prosecutor judge detective officer"
    " commander general colonel captain sergeant soldier pilot coach manager player striker midfielder defender"
    " goalkeeper quarterback boxer golfer champion star founder co-founder chairman chairwoman executive boss owner"
    " billionaire businessman businesswoman leader activist campaigner lawmaker congressman congresswoman candidate"
    " speaker ambassador diplomat chief head worker resident father mother brother sister son daughter wife husband"
    " partner friend neighbour neighbor colleague rival teammate opponent predecessor successor witness victim suspect"
    " king queen prince princess pope bishop rabbi imam sheikh cleric tycoon model designer chef artist teacher"
)
MALE_ROLES = words(
    "spokesman actor congressman chairman businessman father brother son husband king prince pope imam sheikh"
)
FEMALE_ROLES = words(
    "spokeswoman actress congresswoman chairwoman businesswoman mother sister daughter wife queen princess"
)
ORGANISATION_WORDS = words(
    "organization organisation ministry department dept party bank university college school institute institution"
    " council committee commission agency authority association federation union league company co corp corporation inc"
    " ltd llc plc group holdings airlines airways motors electric foundation fund trust center centre office bureau"
    " service services forces force army navy guard guards police court parliament assembly senate congress cabinet"
    " church hospital club fc afc united times post news journal herald tribune network media press radio tv television"
    " studios pictures records systems technologies industries partners society alliance coalition front movement"
    " brigade brigades consulate embassy team board administration intelligence museum library theatre theater academy"
    " laboratory reserve treasury exchange watch international energy pharmaceuticals pharma bancorp securities"
    " insurance communications entertainment interactive games software labs nations command oil gas petroleum railway railways"
)
# Organisations whose name goes on behind "of" or "for".
OF_WORDS = words(
    "organization organisation ministry department dept bank university college school institute council committee"
    " commission association federation union league court house bureau office board academy museum society centers"
    " centres center centre church church's state republic kingdom gulf bay isle strait sea cape university's"
    " international campaign alliance movement front army"
)
PLACE_WORDS = words(
    "province county city island islands river lake mountain mountains mount sea ocean bay gulf street avenue road"
    " square park airport beach valley desert strip peninsula district state coast heights hills bridge station region"
    " republic kingdom territory oblast strait canal harbor harbour port village town prefecture"
)
COMPANY_WORDS = words(
    "company co corp corporation inc ltd llc plc group holdings airlines airways motors electric bank studios pictures"
    " records systems technologies industries energy pharmaceuticals entertainment interactive games software"
)
# Acronyms that name no organisation.
PLAIN_ACRONYMS = words(
    "pm ceo cfo cto tv dna rna aids hiv gdp atm dvd cd pc ai id ok am fm gps faq pdf url usb uk us usa uae eu dc la ny nyc"
    " covid vip mp mps phd diy lgbt lgbtq suv icu er pr hr it iq vat cpi ipo nft gop bc ad ii iii iv vi vii viii ix gmt"
    " utc est edt pst bst ufo ied rpg pow ngo ngos mvp nba nfl"
)
# Words that begin sentences and are no names there; also months, weekdays and pronouns, no names anywhere.
NEVER = words(
    "i i'm i've i'd i'll monday tuesday wednesday thursday friday saturday sunday january february march april may june"
    " july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec christmas easter"
    " ramadan internet god image via photo file caption"
)
OPENERS = words(
    "a about above according across added additionally after again against ago all almost along already also although"
    " altogether always am amid among an and another any anyone anything are armed around as asked at authorities away"
    " back based be because been before behind being below besides both breaking but by can car certain cities city"
    " clearly close come coming could countries country critics crowds current currently data dead despite did do does"
    " doctors don't dozens during each earlier early either elsewhere even eventually every everyone everything"
    " evidence ex experts expressing facing families far few fewer fighters fighting finally first five following for"
    " former four from full further gone good government great group groups half he he's her here hers high his hours"
    " how however hundreds if image in indeed initially inside instead investigators iraqi is it it's its just last late"
    " later latest leaders least left less let like local long look made major making man many maybe me meanwhile members"
    " men might militants millions more moreover most much must my near nearly neither never nevertheless new next night"
    " nine no nobody none nor not nothing now of off officers official officials old on once one only open opponents or"
    " originally other others our out outside over overall parents part parts passengers past people perhaps plus police"
    " possibly previous previously prices prosecutors protesters public rather reading really recent recently related"
    " reports reporters rescuers researchers residents right scientists scores second sectarian security seven several"
    " she she's shortly should shouldn't show similarly since six so social soldiers some someone something sometimes"
    " soon sources speaking states still stocks students such suddenly supporters take taking teachers ten than thank"
    " that that's the their them then there there's therefore these they they're thing things think this those though"
    " thousands three through throughout thus time to today together tomorrow tonight top total towards troops two under"
    " unfortunately unless unlike until up upon us used using usually very victims video violence voters was watch we"
    " we're we've well were what what's whatever when whenever where whereas whether which while who whoever whose why"
    " will win with within without witnesses women workers world would write writing yes yesterday yet you you're young"
    " your zero here's who's it'll how's nor plenty amidst besides whilst per read sign find get subscribe join share"
    " follow click see advertisement story stories update updated correction editor's asked born built founded hosted"
    " called named given considering including regarding concerning"
)
# Given names that are common words as well: alone at the beginning of a sentence they prove nothing.
WORDY_NAMES = words(
    "will rose hope grace mark drew pat angel bill christian guy dawn joy sue penny max frank grant rob don ray chuck jay"
    " crystal ebony amber violet daisy holly iris hazel heather robin faith constance felicity victoria rod dale stone"
    " jack art ram raj dean earl lance miles page reed oscar marine chase grant may june april august summer storm tiger israel chad"
    " jordan chelsea charlotte austin sydney florence dolly lin li yu hong an lee long so ha see ye no do my to"
)
SPEECH = re.compile(
    r"(?:\s(?:also|later|then|has|had|have|reportedly))?\s(?:said|says|told|added|tweeted|wrote|argued|insisted|admitted"
    r"|warned|explained|recalled|noted|stressed|denied|claimed|announced|replied|testified|pleaded|declared|vowed|pledged"
    r"|acknowledged|apologi[sz]ed|joked|resigned|died)\b"
)
