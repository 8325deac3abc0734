"""What is wrong with a Chroma server, in words that name the mend and no secret."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpx

from index.errors import ConfigError, StoreDamagedError, StoreError
from index.session import LateError, StatusError

_URL, _TOKEN = "DATELINE_CHROMA_URL", "DATELINE_CHROMA_TOKEN"
_API = "/api/v2"
_HOSTED = ".trychroma.com"
# Another's words are told as far as they help.
_SAID_CHARS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a Chroma server is and what lets us in.

    Attributes:
        address: without user, password and the path of Chroma's interface.
        user: with ``password`` for what stands before the server; "" for none.
        token: "" for none.
        tenant: "" for the one the token belongs to, or Chroma's default; ``database`` likewise.
    """

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    tenant: str = ""
    database: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with each request: the token as Chroma's own cloud and as proxies want it."""
        if not self.token:
            return {}
        own = {"X-Chroma-Token": self.token}
        return own if self.is_hosted or self.user else {**own, "Authorization": f"Bearer {self.token}"}

    @property
    def is_hosted(self) -> bool:
        """Whether it is Chroma's own cloud, which has limits of its own."""
        return (urlsplit(self.address).hostname or "").endswith(_HOSTED)

    @property
    def sends_secrets_openly(self) -> bool:
        """Whether a secret goes over a network where it can be read."""
        parts = urlsplit(self.address)
        near = parts.hostname in ("localhost", "::1") or (parts.hostname or "").startswith("127.")
        return parts.scheme == "http" and not near and bool(self.token or self.password)


def read_server(url: str, *, token: str = "", tenant: str = "", database: str = "") -> Server:
    """Take an address apart.

    Raises:
        ConfigError: it is none, or the token is one that cannot be sent; neither is repeated.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigError(f"{_URL} is no address of a server: give one such as http://localhost:8000")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(f"{_TOKEN} holds a character that cannot be sent: copy the token again")
    place = f"[{host}]" if ":" in host else host
    path = parts.path.rstrip("/").removesuffix(_API)
    return Server(
        address=f"{parts.scheme}://{place}{f':{port}' if port else ''}{path}",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        token=token,
        tenant=tenant,
        database=database,
    )


def explain_server(server: Server, exc: Exception) -> StoreError:
    """Say why a server cannot be used, and the mend.

    Args:
        exc: whatever was raised when it was asked.
    """
    what = f"the Chroma server at {server.address}"
    match exc:
        case LateError() | httpx.TimeoutException():
            said, mend = "does not answer in time", "look whether it is busy, or restart the Chroma server"
        case StatusError():
            said, mend = _explain_status(server, exc)
            if exc.status == 500 and _chroma_said(exc.said):
                return StoreDamagedError(f"{what} {said}: {mend}")
        case httpx.TransportError():
            said, mend = _explain_transport(exc)
        case _:
            # Whatever Chroma itself objects to: vectors of another length, a collection it cannot load.
            return StoreDamagedError(
                f"{what} cannot use the vector index ({_hide(server, str(exc))}): run `dateline index --rebuild`; "
                "nothing is embedded again"
            )
    return StoreError(f"{what} {said}: {mend}")


def wrong_version(server: Server, version: str) -> StoreError:
    """Say that a server speaks another language."""
    return StoreError(
        f"the Chroma server at {server.address} is of version {_hide(server, version)}, and Dateline speaks to "
        "version 1: run a Chroma server of version 1, such as 1.5.9"
    )


def _explain_status(server: Server, exc: StatusError) -> tuple[str, str]:
    code = exc.status
    if code < 400:
        return f"sends elsewhere ({_hide(server, exc.said) or code})", f"set {_URL} to that address"
    if code in (401, 403, 407):
        held = "another token" if server.token else "a token"
        return f"does not let Dateline in ({code})", f"set {_TOKEN} to {held} that it takes"
    if code == 429:
        return "asks for fewer requests (429)", "wait a moment, or raise the limits of the Chroma server"
    if code == 413:
        return (
            "takes no request of this size (413)",
            "raise the limit of what stands before the Chroma server",
        )
    if code == 500 and (said := _chroma_said(exc.said)):
        mend = "run `dateline index --rebuild`; nothing is embedded again"
        return f"cannot use the vector index ({_hide(server, said)})", mend
    if code >= 500:
        return f"is not ready ({code})", "wait until it is, or restart the Chroma server"
    return f"does not answer as Chroma of version 1 does ({code})", f"correct {_URL}"


def _explain_transport(exc: httpx.TransportError) -> tuple[str, str]:
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            mend = "mend it, or set SSL_CERT_FILE to the file of who has signed it"
            return f"shows a certificate that is not trusted ({cause.verify_message})", mend
        if isinstance(cause, ssl.SSLError):
            return "does not speak TLS", f"set {_URL} to an address with http://"
        cause = cause.__cause__ or cause.__context__
    mend = f"start the Chroma server, or correct {_URL}"
    if isinstance(exc, httpx.ConnectError):
        return f"cannot be reached ({_first_line(str(exc)) or 'no connection'})", mend
    return "breaks off the connection", mend


def _chroma_said(body: str) -> str:
    """Return what Chroma says of an error of its own; "" where it is not Chroma that speaks."""
    try:
        read = json.loads(body)
    except ValueError:
        return ""
    return str(read.get("message") or "") if isinstance(read, dict) and "error" in read else ""


def _hide(server: Server, said: str) -> str:
    """Shorten another's words to a line without our secrets, whoever repeats them."""
    for secret in (server.token, server.password):
        if secret:
            said = said.replace(secret, "…")
    return _first_line(said)


def _first_line(said: str) -> str:
    # What follows the last ": " of a message is its mend.
    line = " ".join(said.strip().split("\n")[0].split()).replace(": ", ", ")
    return line if len(line) <= _SAID_CHARS else f"{line[:_SAID_CHARS]}…"
