"""The headers of every response, and HTTPS in production."""

from flask import Flask, Response, redirect, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as BaseResponse

from desk.config import Config
from desk.web.ops import local

CSP = "; ".join(  # noqa: FLY002 - a directive a line
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

FIXED = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


def init_headers(app: Flask, config: Config) -> None:
    """Put the headers on every response; in production turn plain HTTP away."""
    if config.production:
        app.before_request(_insist_on_https)
    app.after_request(_add_headers)


def _insist_on_https() -> BaseResponse | None:
    if request.is_secure or request.path in local.PATHS:
        return None
    if request.method in {"GET", "HEAD"}:
        return redirect(request.url.replace("http://", "https://", 1), 308)
    raise BadRequest


def _add_headers(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
    return response
