"""Whether a question is plainly in another language than English; in doubt it is not."""

from __future__ import annotations

import re
import unicodedata

from index.spelling import fold

# Function words by language, folded. Articles and particles of names ("de la Cruz", "von der Leyen") are
# left out, and so is what is an English word as well, unless it is so common that it stands below.
_WORDS = {
    "German": (
        "wie wer wo wann warum wieso weshalb welche welcher welches wem wen viele ist sind wurde wurden und nicht"
        " auf nach aus ueber fur bei mit ein eine einen gibt haben hatte hatten sich auch vom zum zur"
    ),
    "French": (
        "combien qui que quoi quand pourquoi quel quelle quels quelles est sont ete dans avec sur pourquoi une"
        " etait ont cette ces aux selon ou"
    ),
    "Spanish": (
        "cuanto cuanta cuantos cuantas quien quienes que donde cuando como cual cuales por fue fueron esta estan hay"
        " para una unos segun desde"
    ),
    "Italian": (
        "quanto quanta quanti quante chi che dove quando perche quale quali sono stato stati nella nel della"
        " degli alla una secondo"
    ),
    "Portuguese": (
        "quanto quanta quantos quantas quem que onde quando porque qual quais foi foram esta sao uma em nao para"
    ),
    "Dutch": (
        "hoeveel wie waar wanneer waarom hoe welke wat zijn werd werden het een niet naar uit bij voor volgens"
    ),
}
_OTHER = {language: frozenset(words.split()) for language, words in _WORDS.items()}
# Words that ask, each with words that would prove nothing alone: articles of names, or English words as well.
_ASKING = (
    ("wer wie wo wann warum welche welcher welches", "hat war die der das den des"),
    ("qui quand combien quel quelle pourquoi", "a ont le la les de des pour"),
    ("quien quienes cuando donde cual cuantos cuantas", "la el los las de son con"),
    ("chi quando dove quale quanti quante", "ha la il lo le di"),
    ("quem quando onde qual quantos quantas", "o a os as de"),
    ("hoeveel waar wanneer waarom", "de het in is"),
)
_OPENINGS = tuple((frozenset(asking.split()), frozenset(beside.split())) for asking, beside in _ASKING)
# English where it is met among foreign words; "in", "was" and the like are words of several languages.
_ENGLISH = frozenset(
    "the of and to is are were what who whom whose which where when why how many much did does do has have had with"
    " by at for from that this it its be been about there their his her than between after before".split()
)
# More that no other of these languages has, as sentences in conversation have them.
_ENGLISH_TOO = frozenset(
    "you your my our she they them him would could should can not if some any more most up out off into because while"
    " very really just than too other another such each".split()
)
_WORD = re.compile(r"[^\W\d_]+")
# Two are no accident, one may be a name ("Wie", "Que").
_LEAST = 2


def has_english(text: str) -> bool:
    """Tell whether a text has a function word of English.

    Nearly all its sentences have one, and hardly any of another language has; Dutch shares "is", "of" and "had".
    """
    return any(word in _ENGLISH or word in _ENGLISH_TOO for word in _WORD.findall(text.lower()))


def is_foreign(text: str) -> bool:
    """Tell whether a text is plainly not English.

    It is where most letters are of another script, or where it has no function word of English and two of
    one other language, or begins with a word that asks and goes on with a small one of the same language.
    """
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    if letters and 2 * latin < len(letters):
        return True
    in_order = [fold(word) for word in _WORD.findall(text)]
    words = frozenset(in_order)
    if words & _ENGLISH or not words:
        return False
    if any(in_order[0] in asking and words & beside for asking, beside in _OPENINGS):
        return True
    return any(len(words & known) >= _LEAST for known in _OTHER.values())
