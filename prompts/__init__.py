"""The words sent to models: one Markdown file a prompt, with ``$variables``; a real dollar is ``$$``.

What is filled in is never read as a template again, so that an article full of ``$5m`` and ``{sic}`` passes
through untouched.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt as it lies in its file.

    Attributes:
        name: of the file, without ``.md``.
        hash: 16 hexadecimal digits of the text's SHA-256; stored with every answer and score.
    """

    name: str
    text: str
    hash: str

    @property
    def variables(self) -> frozenset[str]:
        """The names that ``fill`` wants."""
        return frozenset(Template(self.text).get_identifiers())

    def fill(self, **values: str) -> str:
        """Put values in the place of the variables.

        Raises:
            ValueError: the values given and the variables used differ, either way.

        Example:
            >>> Prompt(name="hello", text="Cost: $$5, $who.", hash="").fill(who="$you")
            'Cost: $5, $you.'
        """
        if values.keys() != self.variables:
            wanted, given = ", ".join(sorted(self.variables)), ", ".join(sorted(values))
            raise ValueError(f"prompts/{self.name}.md wants the values [{wanted}], got [{given}]")
        return Template(self.text).substitute(values)


@cache
def load(name: str) -> Prompt:
    """Load a prompt that is installed with Dateline.

    Raises:
        ValueError: there is no such file, or a ``$`` in it begins no variable.
    """
    file = files(__name__).joinpath(f"{name}.md")
    if not _NAME.fullmatch(name) or not file.is_file():
        raise ValueError(f"there is no prompt {name!r} in prompts/")
    # The hash must not depend on the line ends of a check-out.
    text = file.read_text(encoding="utf-8").replace("\r\n", "\n")
    if not Template(text).is_valid():
        raise ValueError(f"prompts/{name}.md: a $ begins no variable; write $$ for a real dollar")
    return Prompt(name=name, text=text, hash=hashlib.sha256(text.encode()).hexdigest()[:16])
