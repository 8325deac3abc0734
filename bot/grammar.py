"""Word lists and word forms of English questions: auxiliaries, verbs, and nouns by what they stand for."""

from __future__ import annotations

import re
from types import MappingProxyType

from bot.gazetteer import FEMALE_ROLES, MALE_ROLES, ROLES, TITLES, words

DO = words("do does did don't doesn't didn't")
BE = words("is are was were isn't aren't wasn't weren't am")
HAVE = words("has have had hasn't haven't hadn't")
MODALS = words("can could will would shall should may might must can't couldn't won't wouldn't shouldn't")
AUXILIARIES = DO | BE | HAVE | MODALS
DETERMINERS = words("the a an this that these those any some every each no another all both")
PREPOSITIONS = words(
    "in on at from to of for with by about into onto over under near around across against between during before after"
    " since until till through towards toward within without inside outside behind beyond among along off out upon as"
    " than like via per up down"
)
# What ends a noun phrase besides verbs and prepositions.
LINKS = words(
    "and or but if when while where who whom whose which what why how that because although though so then than as there"
    " here now today yesterday tomorrow still yet already again ever never once also too else not just only even almost"
    " really exactly currently recently soon later earlier afterwards ago next away together back first last home i you"
    " we he she it they me us him her them his its their my your our"
)
# Base, past and participle; one form stands for those it equals.
_IRREGULAR = MappingProxyType(
    {
        forms[0]: (forms[1], forms[-1])
        for forms in (
            line.split()
            for line in (
                "be was been|beat beat beaten|become became become|begin began begun|blow blew blown|break broke broken|bring brought"
                "|build built|burn burned|buy bought|catch caught|choose chose chosen|come came come|cost cost|cut cut"
                "|deal dealt|do did done|draw drew drawn|drive drove driven|eat ate eaten|fall fell fallen|feel felt"
                "|fight fought|find found|flee fled|fly flew flown|forbid forbade forbidden|forget forgot forgotten"
                "|get got|give gave given|go went gone|grow grew grown|hang hung|have had|hear heard|hide hid hidden"
                "|hit hit|hold held|hurt hurt|keep kept|know knew known|lay laid|lead led|leave left|lend lent|let let"
                "|lie lay lain|lose lost|make made|mean meant|meet met|overrun overran overrun|overtake overtook"
                " overtaken|overthrow overthrew overthrown|pay paid|put put|quit quit|read read|ride rode ridden|rise"
                " rose risen|run ran run|say said|see saw seen|seek sought|sell sold|send sent|set set|shake shook"
                " shaken|shoot shot|shut shut|sink sank sunk|sit sat|sleep slept|speak spoke spoken|spend spent|split"
                " split|spread spread|stand stood|steal stole stolen|stick stuck|strike struck|swear swore sworn|sweep"
                " swept|swim swam swum|take took taken|teach taught|tear tore torn|tell told|think thought|throw threw"
                " thrown|understand understood|wear wore worn|win won|withdraw withdrew withdrawn|write wrote written"
            ).split("|")
        )
    }
)
# Regular verbs that newspapers and those who ask about them use; nouns of the same form are told by what stands before.
_REGULAR = words(
    "abandon abduct accept accuse achieve act add admit advance advise affect agree aim allow announce answer appeal"
    " appear approve arm arrest arrive ask assume attack attend ban base believe belong blame block bomb call campaign"
    " cancel capture carry cause change charge claim clash close collapse collect comment compare complain condemn"
    " confirm connect consider contact contain continue control convict cooperate cover crash create criticise criticize"
    " cross damage date debate decide declare defeat defend delay demand deny depart depend describe desert design"
    " destroy detain die differ disappear discover discuss dismiss displace divide donate drop drown elect employ end endanger"
    " enter escape estimate evacuate exist expand expect explain explode express extend face fail fear fine finish fire"
    " fix flood follow force form free gain govern handle happen hate help hire hope identify impose improve include"
    " increase injure insist intend introduce invade invest investigate invite involve issue join jump kidnap kill land"
    " last launch lay like limit link live locate look loot love maintain march mark marry matter measure mention mobilise"
    " mobilize move murder name need negotiate notice obey object occupy occur offer open operate oppose order organise"
    " organize own participate pass perform permit place plan play pledge point postpone predict prepare present press"
    " prevent process produce promise propose protect protest prove provide publish pull punish push question raid raise"
    " reach react receive recognise recognize recover reduce refuse regain reject release remain remove reopen repair"
    " repel replace reply report represent request rescue resign resist respond rest restore result retire retreat return"
    " reveal rule sail save search secure seem seize separate serve share show sign smuggle start state stay stop storm"
    " struggle study submit suffer suggest supply support surrender survive suspect suspend talk target tax threaten"
    " apologise apologize border celebrate congratulate cure deliver develop ease finance indict infect invent negotiate overturn"
    " praise qualify recall resume sanction sue testify throw tighten topple touch upgrade vaccinate veto trace train transfer travel treat trigger trust try turn unite urge use visit vote vow wait walk"
    " want warn wash waste watch weigh welcome withdraw wonder work worry worsen wound"
)
# Verbs that are as often the last word of a name for a thing: "the Corrie Ridge fire", "the attack".
_BOTH = words(
    "attack advance ban border battle blast bomb call campaign charge claim clash collapse control cost crash debate deal delay"
    " demand dispute end estimate fall fight fine fire flood form hit hold increase issue land march murder name order"
    " place plan play pledge point press process protest question raid report request rescue rest result return rise rule"
    " run search sentence share show start state strike study supply support suspect target tax turn visit vote walk work"
)
BASES = frozenset(_IRREGULAR) | _REGULAR
PLAIN_BASES = BASES - _BOTH
_PASTS = MappingProxyType({past: base for base, (past, _) in _IRREGULAR.items()})
_BASES_OF_PARTICIPLES = MappingProxyType({participle: base for base, (_, participle) in _IRREGULAR.items()})
# Ends of words that are no participles: "the speed", "indeed".
_NO_PARTICIPLE = words(
    "speed need feed seed breed bed red indeed hundred shed creed weed deed bleed exceed proceed"
)
_DOUBLED = re.compile(
    r"^(?:stop|plan|ban|drop|kidnap|admit|permit|commit|submit|refer|occur|prefer|transfer|repel|control|travel|cancel|rob|grab"
    r"|trap|ship|slip|step|wrap|beg|rub|regret|equip|expel)$"
)

EVENT_NOUNS = words(
    "accident advance ambush arrest assassination attack ban battle blast bombing bombardment campaign capture ceasefire"
    " ceremony clash clashes collapse collision conference conflict coup crackdown crash crisis cup curfew deal"
    " death debate demonstration derailment disaster dispute earthquake election elections emergency eruption escape event"
    " evacuation execution exodus explosion fall fight fighting final fire flood flooding funeral hearing hurricane"
    " incident inquiry insurgency invasion investigation kidnapping killing landslide launch march massacre match meeting"
    " murder negotiations offensive operation outbreak pandemic parade protest protests raid rally referendum rescue"
    " resignation retreat revolt riot riots robbery seizure shooting siege sinking speech storm strike summit surrender"
    " takeover talks trial uprising verdict violence visit vote war wedding withdrawal wildfire abduction storming"
)
PEOPLE_NOUNS = words(
    "people men women children families staff police troops refugees residents civilians prisoners inmates detainees"
    " soldiers officers fighters militants insurgents gunmen rebels terrorists forces passengers firefighters victims"
    " survivors workers employees students voters protesters councillors lawmakers politicians leaders officials"
    " ministers diplomats tribesmen sheikhs commanders critics gardeners drivers investigators scientists researchers"
    " doctors nurses teachers players fans parents migrants hostages members migrants authorities relatives judges"
    " prosecutors lawyers experts analysts guards crew crews volunteers citizens jihadists extremists inspectors"
    " engineers witnesses suspects attackers sunnis shiites kurds iraqis americans turks"
)
GROUP_NOUNS = words(
    "group organisation organization company firm agency party army government council parliament ministry court bank"
    " team club union committee board department coalition alliance regime military navy force"
)
SETTLEMENTS = words("city town village capital")
REGIONS = words("country state province region area district island neighbourhood neighborhood nation")
SITES = words(
    "refinery consulate embassy airport bridge prison jail plant factory camp hospital school university church mosque"
    " cathedral station port harbour harbor building hotel museum stadium market base dam reservoir mine courthouse shrine"
    " theatre theater tower house home site park border pier field headquarters palace road street square bank warehouse"
    " tunnel restaurant club cafe bakery farm office tent kiosk hall"
)
PERSON_NOUNS = (
    ROLES
    | TITLES
    | MALE_ROLES
    | FEMALE_ROLES
    | words(
        "man woman person boy girl consul farmer colonel suspect gardener spokesperson undersecretary official gunman"
        " bomber founder killer attacker passenger teenager youth student fighter headteacher landlord mechanic fisherman"
    )
) - {"united", "guard"}
# They say when or how much, and are nothing that "it" could mean.
MEASURES = words(
    "day days week weeks month months year years hour hours minute minutes second seconds weekend time times night morning"
    " evening mile miles kilometre kilometres kilometer kilometers metre metres meter meters foot feet percent"
    " barrels tonnes tons knots hectares acres euros dollars pounds"
)
MONTHS = words("january february march april may june july august september october november december")
WEEKDAYS = words("monday tuesday wednesday thursday friday saturday sunday")


def past_of(base: str) -> str:
    """Return the past tense of a verb: "take" gives "took", "seize" gives "seized"."""
    if base in _IRREGULAR:
        return _IRREGULAR[base][0]
    if base.endswith("e"):
        return f"{base}d"
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        return f"{base[:-1]}ied"
    return f"{base}{base[-1]}ed" if _DOUBLED.match(base) else f"{base}ed"


def participle_of(base: str) -> str:
    """Return the past participle of a verb: "take" gives "taken"."""
    return _IRREGULAR[base][1] if base in _IRREGULAR else past_of(base)


def base_of_participle(word: str) -> str | None:
    """Return the base of a past participle, None for a word that is none of a known verb."""
    return _BASES_OF_PARTICIPLES.get(word) or base_of(word)


def base_of(past: str) -> str | None:
    """Return the base of a verb's past tense, None for a word that is none of a known verb."""
    if past in _PASTS:
        return _PASTS[past]
    if past.endswith("ed"):
        for base in (past[:-1], past[:-2], past[:-3], f"{past[:-3]}y"):
            if base in BASES and past_of(base) == past:
                return base
    return None


def is_participle(word: str) -> bool:
    """Tell whether a word may be a past participle."""
    return word in _BASES_OF_PARTICIPLES or (
        word.endswith("ed") and len(word) > 3 and word not in _NO_PARTICIPLE and word not in BASES
    )


def is_finite(word: str) -> bool:
    """Tell whether a word may be the verb right behind its subject: "left", "freed", "holds"."""
    if word in AUXILIARIES or base_of(word) is not None or is_participle(word):
        return True
    stem = word[:-1]
    if word.endswith("ies") and f"{word[:-3]}y" in BASES:
        return True
    return word.endswith("s") and (stem in BASES or (word.endswith("es") and word[:-2] in BASES))


def is_plural(noun: str) -> bool:
    """Tell whether a noun stands for several."""
    if noun in PEOPLE_NOUNS:
        return True
    return (
        noun.endswith("s")
        and not noun.endswith(("ss", "us", "is", "ics", "'s", "’s"))
        and noun not in {"news", "series", "headquarters", "species", "crisis", "barracks"}
    )
