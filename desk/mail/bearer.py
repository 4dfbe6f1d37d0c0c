"""Access tokens for a hosted mailbox: fetched over verified TLS, kept in memory until shortly before they end."""

import json
import ssl
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

from desk.config_inbound import Bearer

WAIT_S = 20.0
SPARE_S = 120.0
"""A token is not used in the last two minutes of its life."""
USUAL_S = 3600.0
MOST_BYTES = 64 * 1024


class NoToken(Exception):
    """The server gave no token. `refused` tells that it said no, so that trying again is useless."""

    def __init__(self, *, refused: bool) -> None:
        super().__init__("refused" if refused else "unreachable")
        self.refused = refused


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    good_until: float


_tokens: dict[Bearer, _Token] = {}
_asking = threading.Lock()


def access_token(bearer: Bearer) -> str:
    """Return a token that is good for a while. Raises `NoToken`."""
    with _asking:
        known = _tokens.get(bearer)
        if known is None or known.good_until <= time.monotonic():
            known = _tokens[bearer] = _ask(bearer)
        return known.text


def forget_token(bearer: Bearer) -> None:
    """Ask for a new one next time, because the mailbox did not take this one."""
    with _asking:
        _tokens.pop(bearer, None)


def _ask(bearer: Bearer) -> _Token:
    request = urllib.request.Request(  # noqa: S310 - the settings allow https, and http to this machine only
        bearer.token_url,
        data=urlencode(_form(bearer)).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=ssl.create_default_context()), _NoRedirect()
    )
    asked_at = time.monotonic()
    try:
        with opener.open(request, timeout=WAIT_S) as response:
            answer = json.loads(response.read(MOST_BYTES))
        token, lives_s = answer["access_token"], float(answer.get("expires_in", USUAL_S))
    except urllib.error.HTTPError as error:
        error.close()
        raise NoToken(refused=error.code in {400, 401, 403}) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NoToken(refused=False) from error
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise NoToken(refused=False)
    return _Token(token, asked_at + max(lives_s - SPARE_S, 0.0))


def _form(bearer: Bearer) -> dict[str, str]:
    """Return the request of RFC 6749: section 6 with a refresh token, else section 4.4."""
    fields = {
        "grant_type": "refresh_token" if bearer.refresh_token else "client_credentials",
        "client_id": bearer.client_id,
        "client_secret": bearer.client_secret,
        "refresh_token": bearer.refresh_token,
        "scope": bearer.scope,
    }
    return {name: text for name, text in fields.items() if text}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A secret is sent to the address of the settings and nowhere else."""

    def redirect_request(self, *_arguments: object) -> None:
        """Follow nothing."""
