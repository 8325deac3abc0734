r"""What others wrote, made safe for Discord: shown as text, never acted on. Pure.

A backslash takes Markdown its meaning and is not shown. Mentions, addresses and invitations do not care
for backslashes; a zero-width space inside breaks them and is not seen.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from bot.render import squeeze

_BREAK = "\N{ZERO WIDTH SPACE}"

# Invisible characters besides those that `squeeze` takes out. The joiners stay: scripts and emoji need them.
_INVISIBLE = re.compile("[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b\u2060-\u2064\u3164\uffa0]")
_MARKDOWN = re.compile(r"([\\*_~|`\[\]])")
# Headings, subtext, lists and quotations, which begin a line.
_BLOCK = re.compile(r"^(\s*)([#>+-])|^(\s*\d+)([.)])(?=\s)", re.MULTILINE)
_PING = re.compile(r"@(?=everyone|here|[!&]?\d)", re.IGNORECASE)
# <@1> <#1> <:name:1> <a:name:1> <t:1> </command:1> <id:home> <https://…>
_ANGLE = re.compile(r"<(?=[@#:/]|a:|t:|id:|https?:)", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<=[a-z])(?=://)", re.IGNORECASE)
# Discord makes an invitation of these without "https://" as well.
_INVITE = re.compile(r"(discord(?:app)?)(?=\s*\.\s*(?:gg|com|me|io|li)\b|app\.com)", re.IGNORECASE)
_INVITE_HOST = re.compile(r"(?:^|\.)(?:discord(?:app)?\.(?:gg|com|me|io|li)|dsc\.gg)$", re.IGNORECASE)

_LONGEST_LINK = 300
# A block of marks without a letter between them is no emphasis; but hundreds in a row would hide the text.
_LONGEST_RUN = re.compile(r"(\S)\1{39,}")


def clean(text: str) -> str:
    """Bring text onto one line without characters that cannot be seen or that turn its direction."""
    return squeeze(_LONGEST_RUN.sub(lambda run: run[1] * 40, _INVISIBLE.sub("", text)))


def defuse(text: str) -> str:
    """Break mentions, addresses and invitations; they read as before.

    For text inside code, where a backslash would be shown.
    """
    text = _PING.sub("@" + _BREAK, text)
    text = _ANGLE.sub("<" + _BREAK, text)
    text = _ADDRESS.sub(_BREAK, text)
    return _INVITE.sub(rf"\1{_BREAK}", text)


def escape(text: str) -> str:
    """Show a line of others' text as it is.

    Example:
        ``[free](https://evil.example) @everyone`` gives the same text to the eye: no link, no ping.
    """
    return _BLOCK.sub(r"\1\3\\\2\4", defuse(_MARKDOWN.sub(r"\\\1", clean(text))))


def escape_part(text: str) -> str:
    """Show a stretch of a line as it is, with a blank at either end where one stood."""
    shown = escape(text)
    if not shown:
        return " " if text and text.isspace() else ""
    return " " * text[:1].isspace() + shown + " " * text[-1:].isspace()


def code(text: str) -> str:
    """Show a file's name or the like in code; it is never empty."""
    return f"`{defuse(clean(text)).replace('`', 'ˋ') or '?'}`"


def link(url: str | None) -> str | None:
    """Write an article's address so that it can be followed and shows no preview; None where it must not be.

    An address that is not of the web, that holds what would end the link, or that is an invitation to
    another server is none.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "." not in host or parts.username is not None:
        return None
    if _INVITE_HOST.search(host):
        return None
    safe = quote(url.strip(), safe=":/?#@!$&'()*+,;=%~-._")
    return f"<{safe}>" if len(safe) <= _LONGEST_LINK and "@everyone" not in safe else None
