"""The cookies of the status page: the link's token for half an hour, and what the code opened."""

from flask import current_app, request
from werkzeug.wrappers import Response

from desk import clock
from desk.handling.access import GRANT_LIFE, Visit, find_visit, has_grant

PATHS = ("/s", "/en/s")
LIFE_S = int(GRANT_LIFE.total_seconds())


def link_cookie() -> str:
    """Return the name of the cookie with the link's token."""
    return f"{_prefix()}link"


def grant_cookie() -> str:
    """Return the name of the cookie with the grant's secret."""
    return f"{_prefix()}grant"


def current_visit() -> Visit | None:
    """Return the visit of this browser, or None when its link is no longer good."""
    return find_visit(request.cookies.get(link_cookie()), clock.now())


def is_granted(visit: Visit) -> bool:
    """Tell whether this browser has given the code."""
    return has_grant(visit.ticket.id, request.cookies.get(grant_cookie()), clock.now())


def keep(response: Response, name: str, secret: str) -> Response:
    """Give the browser a secret for half an hour, for the status pages of both languages."""
    for path in PATHS:
        response.set_cookie(
            name,
            secret,
            max_age=LIFE_S,
            path=path,
            httponly=True,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            samesite="Strict",
        )
    return response


def forget(response: Response, name: str) -> Response:
    """Take a secret back."""
    for path in PATHS:
        response.delete_cookie(
            name, path=path, httponly=True, secure=current_app.config["SESSION_COOKIE_SECURE"], samesite="Strict"
        )
    return response


def _prefix() -> str:
    return "__Secure-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
