"""Nobody gets in by default: permission by route, cross-site forgery, and who is asking."""

from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Permission, may
from desk.accounts.sessions import find_session_staff, is_stale, touch_session
from desk.events.kinds import EventKind
from desk.events.trail import record, staff_actor
from desk.transaction import transaction
from desk.web.routes import permission_of

csrf = CSRFProtect()

PRODUCTION_COOKIE = "__Host-staff"
COOKIE = "staff"

OPEN_WITH_OLD_PASSWORD = {"auth.password", "auth.sign_out", "auth.sign_out_everywhere"}
"""What somebody with a one-time password may do before setting their own."""


def init_guard(app: Flask) -> None:
    """Check every request before its view runs."""
    csrf.init_app(app)
    app.before_request(check)


def cookie_name() -> str:
    """Return the name of the cookie that carries a staff session."""
    return PRODUCTION_COOKIE if request.is_secure else COOKIE


def check() -> Response | None:
    """Let the request pass only if its route's permission is held; a route without one is closed."""
    g.staff = None
    if request.endpoint is None or request.endpoint == "static":
        return None
    permission = permission_of(request.endpoint)
    if permission is None:
        abort(404)
    if permission is Permission.ANYONE and not request.endpoint.startswith("auth."):
        return None
    g.staff = _signed_in()
    if not may(g.staff.typed_role if g.staff else None, permission):
        return _ask_to_sign_in() if g.staff is None else _refuse(g.staff)
    if g.staff is not None and g.staff.must_change_password and permission is not Permission.ANYONE:
        return None if request.endpoint in OPEN_WITH_OLD_PASSWORD else redirect(url_for("auth.password"), 303)
    return None


def session_token() -> str | None:
    """Return the secret that the browser sent as its staff session, whether or not it opens anything."""
    return request.cookies.get(cookie_name())


def set_session_cookie(response: Response, token: str) -> Response:
    """Hand a staff session to the browser: out of reach for scripts, and in production for plain HTTP."""
    response.set_cookie(cookie_name(), token, path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def drop_session_cookie(response: Response) -> Response:
    """Take the staff session from the browser."""
    response.delete_cookie(cookie_name(), path="/", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _signed_in() -> Staff | None:
    token, now = session_token(), clock.now()
    staff = find_session_staff(token, now)
    if staff is not None and token is not None and is_stale(token, now):
        with transaction():
            touch_session(token, now)
    return staff


def current_staff() -> Staff:
    """Return who is signed in. Only for routes whose permission needs a sign-in."""
    staff = g.get("staff")
    if not isinstance(staff, Staff):
        abort(401)
    return staff


def is_local_path(target: str | None) -> bool:
    """Tell whether a `next` leads to a page of this desk and nowhere else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc and all(ord(char) > 31 for char in target)


def _ask_to_sign_in() -> Response:
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target), 303)


def _refuse(staff: Staff) -> NoReturn:
    with transaction():
        record(
            EventKind.REFUSED, actor=staff_actor(staff.id), at=clock.now(), facts={"endpoint": request.endpoint or ""}
        )
    abort(403)
