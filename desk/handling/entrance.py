"""How a member of staff comes in and goes out: tries, sign-in, passwords, one-time links. One verb, one event."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.accounts import passwords, sessions, throttle, tokens
from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.permissions import Role
from desk.accounts.staff import find_staff, find_staff_by_email
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record, staff_actor
from desk.handling.staff_links import post_link


class EntranceError(Exception):
    """Somebody cannot come in, or cannot change how they do."""


class TooManyTries(EntranceError):
    """This name was tried too often; `wait` says for how long nobody may try it."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class NotRecognised(EntranceError):
    """The name and the password do not belong together, or the person may no longer come in."""


class SamePassword(EntranceError):
    """The new password is the old one."""


class LinkUnusable(EntranceError):
    """A one-time link was used, is late, or never was."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """Somebody whose password was right, and the hash that it was compared with."""

    staff_id: int
    password_hash: str
    language: str
    role: Role


def count_try(email: str, now: datetime) -> None:
    """Count a try of a name before anything is compared, in a transaction of its own. Raises `TooManyTries`."""
    wait = throttle.take_try(throttle.account_print(email), now)
    if wait is not None:
        raise TooManyTries(wait)


def recognise(email: str, password: str) -> Recognised | None:
    """Compare a password with what is stored; the same work for a stranger and for somebody deactivated.

    Reads only, and stands outside any transaction: argon2 takes long enough to hold up other writers.
    """
    staff = find_staff_by_email(email)
    stored = staff.password_hash if staff is not None and staff.is_active else None
    if not passwords.matches(stored, password) or staff is None or stored is None:
        return None
    return Recognised(staff.id, stored, staff.language, staff.typed_role)


def sign_in(known: Recognised, now: datetime, old_token: str | None = None) -> str:
    """Begin a session for somebody recognised and return its secret; the browser's earlier session ends.

    A second factor will stand between `recognise` and this verb: it would take a `Recognised` and give one back.
    Raises `NotRecognised` when the person was deactivated or the password changed since.
    """
    staff = db.session.get(Staff, known.staff_id, populate_existing=True)
    if staff is None or not staff.is_active or staff.password_hash != known.password_hash:
        raise NotRecognised
    if old_token:
        sessions.end_session(old_token)
    throttle.forget_tries(throttle.account_print(staff.email))
    token = sessions.begin_session(staff.id, now)
    record(EventKind.SIGNED_IN, actor=staff_actor(staff.id), at=now)
    return token


def refuse_sign_in(email: str, now: datetime) -> None:
    """Note a try that failed; whose account it was aimed at is in the trail, never what was typed."""
    staff = find_staff_by_email(email)
    actor = Actor("desk", staff.id if staff is not None else None)
    record(EventKind.SIGN_IN_REFUSED, actor=actor, at=now)


def sign_out(token: str, staff_id: int, now: datetime) -> None:
    """End this browser's session."""
    sessions.end_session(token)
    record(EventKind.SIGNED_OUT, actor=staff_actor(staff_id), at=now, facts={"everywhere": False})


def sign_out_everywhere(staff_id: int, now: datetime) -> None:
    """End every session of a member of staff."""
    sessions.end_all_sessions(staff_id)
    record(EventKind.SIGNED_OUT, actor=staff_actor(staff_id), at=now, facts={"everywhere": True})


def change_password(staff_id: int, new: str, now: datetime) -> str:
    """Set one's own new password; every session ends and a fresh one begins, whose secret is returned.

    The door has compared the old password. Raises `NotRecognised`, `SamePassword`, `WeakPassword`.
    """
    staff = find_staff(staff_id)
    if staff is None or not staff.is_active:
        raise NotRecognised
    _set_password(staff, new)
    record(EventKind.PASSWORD_CHANGED, actor=staff_actor(staff_id), at=now)
    return sessions.begin_session(staff_id, now)


def count_reset(email: str, now: datetime) -> None:
    """Count a wish for a reset of a name, apart from its sign-ins. Raises `TooManyTries`."""
    if throttle.take_try(throttle.reset_print(email), now) is not None:
        raise TooManyTries(throttle.WINDOW)


def request_reset(email: str, now: datetime) -> None:
    """Mail a link to set a new password if somebody active has this address; else do nothing.

    The door answers the same, after the same time, either way.
    """
    staff = find_staff_by_email(email)
    if staff is None or not staff.is_active or staff.password_hash is None:
        return
    post_link(staff, TokenPurpose.RESET, now)
    record(EventKind.RESET_REQUESTED, actor=Actor("desk"), at=now, facts={"staff": staff.id})


def accept_invitation(token: str, password: str, now: datetime) -> int:
    """Use an invitation up and set the first password; return whose it was. Raises `LinkUnusable`, `WeakPassword`."""
    return _use_link(token, TokenPurpose.INVITATION, password, EventKind.INVITATION_ACCEPTED, now)


def reset_password(token: str, password: str, now: datetime) -> int:
    """Use a reset link up and set a new password; return whose it was. Raises `LinkUnusable`, `WeakPassword`."""
    return _use_link(token, TokenPurpose.RESET, password, EventKind.PASSWORD_RESET, now)


def _use_link(token: str, purpose: TokenPurpose, password: str, kind: EventKind, now: datetime) -> int:
    passwords.check_strength(password)
    staff_id = tokens.use_token(token, purpose, now)
    staff = find_staff(staff_id) if staff_id is not None else None
    if staff is None:
        raise LinkUnusable
    _set_password(staff, password, may_be_same=True)
    throttle.forget_tries(throttle.account_print(staff.email))
    record(kind, actor=staff_actor(staff.id), at=now)
    return staff.id


def _set_password(staff: Staff, new: str, *, may_be_same: bool = False) -> None:
    if not may_be_same and passwords.matches(staff.password_hash, new):
        raise SamePassword
    staff.password_hash, staff.must_change_password = passwords.hash_password(new), False
    sessions.end_all_sessions(staff.id)
    tokens.void_tokens(staff.id)
