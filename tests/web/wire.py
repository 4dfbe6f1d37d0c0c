"""Somebody in front of a server that really runs: cookies, forms and files over the wire, used like Flask's test client."""

import http.cookiejar
import ssl
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit

from werkzeug.datastructures import FileStorage, Headers
from werkzeug.test import EnvironBuilder, TestResponse, encode_multipart
from werkzeug.wrappers import Request

FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_about: Any) -> None:
        """Leave every answer as it is."""


class Wire:
    """A browser without scripts; `headers` go with each request, `tls` says which certificates it believes."""

    def __init__(
        self, base: str, *, headers: Mapping[str, str] | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.base, self.headers = base, dict(headers or {})
        self.cookies = http.cookiejar.CookieJar()
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPCookieProcessor(self.cookies), _NoRedirects()]
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy for the world outside is none for this machine
        self._opener = urllib.request.build_opener(*handlers, urllib.request.HTTPSHandler(context=tls))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> TestResponse:
        """Ask for a path, or for a whole address."""
        return self._ask("GET", path, None, headers)

    def post(
        self, path: str, data: Any = None, content_type: str = FORM, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        """Send a form: fields by name, or bytes that are encoded already."""
        if not isinstance(data, bytes):
            if content_type == PARTS:
                boundary, data = encode_multipart({name: _part(value) for name, value in data.items()})
                content_type += f"; boundary={boundary}"
            else:
                data = urlencode(data or {}).encode()
        return self._ask("POST", path, data, {"Content-Type": content_type, **(headers or {})})

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> TestResponse:
        url = path if "://" in path else self.base + path
        asked = urllib.request.Request(url, body, {**self.headers, **(headers or {})}, method=method)
        try:
            answer: IO[bytes] = self._opener.open(asked, timeout=30)
        except HTTPError as error:
            answer = error
        with answer:
            return _response(answer, method, url)


def _part(value: Any) -> Any:
    return FileStorage(value[0], filename=value[1]) if isinstance(value, tuple) else value


def _response(answer: Any, method: str, url: str) -> TestResponse:
    found: Message = answer.headers
    request = Request(EnvironBuilder(urlsplit(url).path, method=method).get_environ())
    return TestResponse([answer.read()], str(answer.status), Headers(found.items()), request)
