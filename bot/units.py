"""Number words, magnitudes, units and currencies of English news, and how units convert.

Data for `bot.quantities`. A unit is written in many ways and has one canonical name; units of the
same dimension convert into each other by their factors, all others do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What a number measures. Quantities of different kinds are never the same."""

    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    DISTANCE = "distance"
    DURATION = "duration"
    MEASURE = "measure"
    AGE = "age"
    ORDINAL = "ordinal"
    SCORE = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of measurement.

    Attributes:
        name: canonical, singular, British spelling.
        dimension: units convert within it; empty where a unit stands alone.
        factor: how many base units of the dimension it is.
    """

    name: str
    kind: Kind
    dimension: str = ""
    factor: float = 1.0


# Tons are converted as tonnes: news desks write "tons" for either, and 10 % is within their rounding.
# Months and years stand apart from days and hours, since no fixed factor leads from one to the other.
_ROWS: tuple[tuple[str, Kind, str, float, str], ...] = (
    ("kilometre", Kind.DISTANCE, "length", 1000, "kilometre kilometres kilometer kilometers km kms"),
    ("mile", Kind.DISTANCE, "length", 1609.344, "mile miles mi"),
    ("nautical mile", Kind.DISTANCE, "length", 1852, "nautical_mile nautical_miles"),
    ("metre", Kind.DISTANCE, "length", 1, "metre metres meter meters"),
    ("centimetre", Kind.DISTANCE, "length", 0.01, "centimetre centimetres centimeter centimeters cm"),
    ("millimetre", Kind.DISTANCE, "length", 0.001, "millimetre millimetres millimeter millimeters mm"),
    ("foot", Kind.DISTANCE, "length", 0.3048, "foot feet ft"),
    ("inch", Kind.DISTANCE, "length", 0.0254, "inch inches"),
    ("yard", Kind.DISTANCE, "length", 0.9144, "yard yards"),
    ("acre", Kind.MEASURE, "area", 4046.8564, "acre acres"),
    ("hectare", Kind.MEASURE, "area", 10_000, "hectare hectares"),
    (
        "square kilometre",
        Kind.MEASURE,
        "area",
        1e6,
        "square_kilometre square_kilometres square_kilometer square_kilometers square_km sq_km sq._km km2 km²",
    ),
    ("square mile", Kind.MEASURE, "area", 2_589_988, "square_mile square_miles sq_mi sq_miles sq._miles"),
    (
        "square metre",
        Kind.MEASURE,
        "area",
        1,
        "square_metre square_metres square_meter square_meters sq_m m2 m²",
    ),
    ("square foot", Kind.MEASURE, "area", 0.09290304, "square_foot square_feet sq_ft sq._ft"),
    ("tonne", Kind.MEASURE, "weight", 1000, "tonne tonnes metric_ton metric_tons"),
    ("ton", Kind.MEASURE, "weight", 1000, "ton tons"),
    ("kilogram", Kind.MEASURE, "weight", 1, "kilogram kilograms kilogramme kilogrammes kilo kilos kg kgs"),
    ("gram", Kind.MEASURE, "weight", 0.001, "gram grams gramme grammes"),
    ("ounce", Kind.MEASURE, "weight", 0.0283495, "ounce ounces oz"),
    ("pound", Kind.MEASURE, "weight", 0.45359237, "pound pounds lb lbs"),
    ("litre", Kind.MEASURE, "volume", 1, "litre litres liter liters"),
    ("gallon", Kind.MEASURE, "volume", 3.785412, "gallon gallons"),
    ("barrel per day", Kind.MEASURE, "", 1, "bpd b/d"),
    ("barrel", Kind.MEASURE, "volume", 158.987295, "barrel barrels"),
    (
        "degree Celsius",
        Kind.MEASURE,
        "temperature",
        1,
        "degrees_celsius degree_celsius degrees_c degrees_centigrade °c celsius",
    ),
    (
        "degree Fahrenheit",
        Kind.MEASURE,
        "temperature",
        1,
        "degrees_fahrenheit degree_fahrenheit degrees_f °f fahrenheit",
    ),
    ("degree", Kind.MEASURE, "", 1, "degree degrees °"),
    (
        "mile per hour",
        Kind.MEASURE,
        "speed",
        1.609344,
        "mph miles_per_hour mile_per_hour miles_an_hour mile_an_hour",
    ),
    (
        "kilometre per hour",
        Kind.MEASURE,
        "speed",
        1,
        "km/h kmh kph kilometres_per_hour kilometers_per_hour kilometres_an_hour kilometers_an_hour km_per_hour",
    ),
    ("knot", Kind.MEASURE, "speed", 1.852, "knot knots"),
    ("kilowatt", Kind.MEASURE, "power", 1, "kilowatt kilowatts kw"),
    ("megawatt", Kind.MEASURE, "power", 1000, "megawatt megawatts mw"),
    ("gigawatt", Kind.MEASURE, "power", 1e6, "gigawatt gigawatts gw"),
    ("second", Kind.DURATION, "time", 1, "second seconds sec secs"),
    ("minute", Kind.DURATION, "time", 60, "minute minutes min mins"),
    ("hour", Kind.DURATION, "time", 3600, "hour hours hr hrs"),
    ("day", Kind.DURATION, "time", 86_400, "day days"),
    ("week", Kind.DURATION, "time", 604_800, "week weeks"),
    ("month", Kind.DURATION, "calendar", 1, "month months"),
    ("year", Kind.DURATION, "calendar", 12, "year years yr yrs"),
    ("decade", Kind.DURATION, "calendar", 120, "decade decades"),
    ("century", Kind.DURATION, "calendar", 1200, "century centuries"),
    (
        "percentage point",
        Kind.PERCENT,
        "",
        1,
        "percentage_point percentage_points percent_points pp per_cent_points",
    ),
    ("basis point", Kind.PERCENT, "", 1, "basis_point basis_points"),
    ("%", Kind.PERCENT, "", 1, "percent per_cent % pct p.c. p.c"),
)
UNITS = MappingProxyType(
    {
        spelling.replace("_", " "): Unit(name=name, kind=kind, dimension=dimension, factor=factor)
        for name, kind, dimension, factor, spellings in _ROWS
        for spelling in spellings.split()
    }
)
BY_NAME = MappingProxyType({unit.name: unit for unit in UNITS.values()})

CURRENCY_SIGNS = MappingProxyType(
    {
        "$": "USD", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "nz$": "NZD", "hk$": "HKD",
        "s$": "SGD", "r$": "BRL", "£": "GBP", "€": "EUR", "¥": "JPY", "₹": "INR", "rs": "INR", "rs.": "INR",
        "₽": "RUB", "₩": "KRW", "₪": "ILS", "₦": "NGN", "₴": "UAH", "₺": "TRY", "₱": "PHP", "usd": "USD", "eur": "EUR",
        "gbp": "GBP", "aud": "AUD", "cad": "CAD", "inr": "INR", "jpy": "JPY", "chf": "CHF", "cny": "CNY",
    }
)  # fmt: skip
CURRENCY_WORDS = MappingProxyType(
    {
        "dollar": "USD", "dollars": "USD", "euro": "EUR", "euros": "EUR", "yen": "JPY", "yuan": "CNY", "renminbi": "CNY",
        "rupee": "INR", "rupees": "INR", "ruble": "RUB", "rubles": "RUB", "rouble": "RUB", "roubles": "RUB",
        "lira": "TRY", "liras": "TRY", "franc": "franc", "francs": "franc", "peso": "peso", "pesos": "peso",
        "dinar": "dinar", "dinars": "dinar", "riyal": "riyal", "riyals": "riyal", "rial": "rial", "rials": "rial",
        "rand": "ZAR", "shekel": "ILS", "shekels": "ILS", "hryvnia": "UAH", "hryvnias": "UAH", "naira": "NGN",
        "cent": "cent", "cents": "cent", "pence": "penny", "pounds sterling": "GBP", "usd": "USD", "eur": "EUR",
    }
)  # fmt: skip
# Words that name money only behind a million or a billion: "10 pounds" is a weight, "3 won" a verb.
LARGE_CURRENCY_WORDS = MappingProxyType({"pound": "GBP", "pounds": "GBP", "won": "KRW"})
DOLLARS = MappingProxyType(
    {"canadian": "CAD", "australian": "AUD", "hong kong": "HKD", "singapore": "SGD", "new zealand": "NZD"}
)

MAGNITUDES = MappingProxyType(
    {
        "hundred": 1e2, "thousand": 1e3, "k": 1e3, "lakh": 1e5, "million": 1e6, "m": 1e6, "mn": 1e6, "mln": 1e6,
        "crore": 1e7, "billion": 1e9, "b": 1e9, "bn": 1e9, "trillion": 1e12, "tn": 1e12, "trn": 1e12, "dozen": 12.0,
    }
)  # fmt: skip
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NTHS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
)
_LATE_NTHS = "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
SMALL_NUMBERS = MappingProxyType(
    {word: value for value, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split())}
    | {word: 10 * tens for tens, word in enumerate(_TENS.split(), start=2)}
)
ORDINALS = MappingProxyType(
    {word: value for value, word in enumerate(f"{_NTHS} {_LATE_NTHS}".split(), start=1)}
    | {
        "thirtieth": 30,
        "fortieth": 40,
        "fiftieth": 50,
        "hundredth": 100,
        "thousandth": 1000,
        "millionth": 1_000_000,
    }
)
FRACTIONS = MappingProxyType(
    {
        "half": 2,
        "halve": 2,
        "third": 3,
        "quarter": 4,
        "fourth": 4,
        "fifth": 5,
        "sixth": 6,
        "eighth": 8,
        "tenth": 10,
    }
)


def convert(value: float, unit: Unit, into: Unit) -> float | None:
    """Convert a value into another unit of the same dimension; None where there is no way."""
    if unit.name == into.name:
        return value
    if not unit.dimension or unit.dimension != into.dimension:
        return None
    if unit.dimension == "temperature":
        return value * 9 / 5 + 32 if unit.name == "degree Celsius" else (value - 32) * 5 / 9
    return value * unit.factor / into.factor
