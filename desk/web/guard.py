"""Nobody gets in by default: permission by route, cross-site forgery, and who is asking."""

from datetime import timedelta
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from desk import clock
from desk.accounts.models import Staff
from desk.accounts.permissions import Permission, may
from desk.accounts.sessions import find_signed_in, touch_session
from desk.db import read_rows
from desk.events.kinds import EventKind
from desk.events.models import Event
from desk.events.trail import record, staff_actor
from desk.tickets.models import Ticket
from desk.tickets.queries import find_ticket
from desk.transaction import transaction
from desk.web.late import late_page, typed_words
from desk.web.routes import permission_of

csrf = CSRFProtect()

PRODUCTION_COOKIE = "__Host-staff"
COOKIE = "staff"

OPEN_WITH_OLD_PASSWORD = {"auth.password", "auth.sign_out", "auth.sign_out_everywhere"}
"""What somebody with a one-time password may do before setting their own."""

VIEW_EVERY = timedelta(minutes=10)
"""Reading on within this time is one view."""

VIEWED = (
    select(Event.id)
    .where(
        Event.ticket_id == bindparam("ticket_id"),
        Event.kind == EventKind.VIEWED,
        Event.staff_id == bindparam("staff_id"),
        Event.at > bindparam("after"),
    )
    .limit(1)
)


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
    found = find_signed_in(token, now)
    if found is not None and token is not None and found.is_stale:
        with transaction():
            touch_session(token, now)
    return found.staff if found else None


def current_staff() -> Staff:
    """Return who is signed in. Only for routes whose permission needs a sign-in."""
    staff = g.get("staff")
    if not isinstance(staff, Staff):
        abort(401)
    return staff


def fetch_ticket(ref: str, permission: Permission) -> Ticket:
    """Return the ticket of a reference to whoever may have it, noting in the trail that it was read.

    Answers 404 for a reference that is none, 403 without the permission. The note is a transaction of its own, made
    before anything of the ticket is read.
    """
    staff = current_staff()
    if not may(staff.typed_role, permission):
        _refuse(staff)
    ticket = find_ticket(ref)
    if ticket is None:
        abort(404)
    note_view(ticket.id, staff.id)
    return ticket


def note_view(ticket_id: int, staff_id: int) -> None:
    """Record that a member of staff reads a ticket, once in ten minutes."""
    now = clock.now()
    if not read_rows(VIEWED, ticket_id=ticket_id, staff_id=staff_id, after=now - VIEW_EVERY):
        with transaction():
            record(EventKind.VIEWED, actor=staff_actor(staff_id), at=now, ticket_id=ticket_id)


def is_local_path(target: str | None) -> bool:
    """Tell whether a `next` leads to a page of this desk and nowhere else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return False
    parts = urlsplit(target)
    return not parts.scheme and not parts.netloc and all(ord(char) > 31 for char in target)


def _ask_to_sign_in() -> Response:
    """Lead to the sign-in; who typed something while their session ended gets it back to copy first."""
    if words := typed_words():
        return late_page(words, 403)
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.sign_in", next=target), 303)


def note_refusal(staff_id: int, ticket_id: int | None = None) -> None:
    """Record that somebody asked for what is not theirs."""
    with transaction():
        facts = {"endpoint": request.endpoint or ""}
        record(EventKind.REFUSED, actor=staff_actor(staff_id), at=clock.now(), ticket_id=ticket_id, facts=facts)


def _refuse(staff: Staff) -> NoReturn:
    note_refusal(staff.id)
    abort(403)
