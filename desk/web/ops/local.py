"""Who is a probe on this machine, and why it may call the desk by a loopback name."""

import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from desk.config import LOOPBACK

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATHS = {"/healthz", "/readyz", "/metrics"}
"""What a probe on the same machine asks, without TLS and by a loopback name."""

PROXIED = ("FORWARDED", "VIA", "X_FORWARDED_FOR", "X_FORWARDED_HOST", "X_FORWARDED_PROTO", "X_REAL_IP")
"""Headers that a proxy leaves. One on this machine also comes from loopback, for a stranger."""


def is_local(environ: "WSGIEnvironment") -> bool:
    """Tell whether a request comes from this machine itself and through no proxy."""
    if any(f"HTTP_{name}" in environ for name in PROXIED):
        return False
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR") or "").is_loopback
    except ValueError:
        return False


class LocalNames:
    """WSGI: a probe on this machine may ask for the desk's health by a loopback name; nobody else, and nothing else.

    It stands outside `ProxyFix`, so that it sees the real peer. The desk then hears its own name.
    """

    def __init__(self, inner: "WSGIApplication", name: str) -> None:
        self.inner, self.name = inner, name

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if environ.get("PATH_INFO") in PATHS and _names_loopback(environ) and is_local(environ):
            environ["HTTP_HOST"] = self.name
        return self.inner(environ, start_response)


def _names_loopback(environ: dict[str, Any]) -> bool:
    try:
        return urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname in LOOPBACK
    except ValueError:
        return False
