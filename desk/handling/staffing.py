"""Who works at the desk: add, invite, change the role, deactivate, take back. One verb, one event."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, update

from desk.accounts.models import Staff, TokenPurpose
from desk.accounts.passwords import hash_password
from desk.accounts.permissions import Permission, Role, may
from desk.accounts.sessions import end_all_sessions
from desk.accounts.staff import find_staff, find_staff_by_email, lock_active_admins, normal_email
from desk.accounts.tokens import void_tokens
from desk.db import db, new_id
from desk.events.kinds import EventKind
from desk.events.trail import Actor, record, staff_actor
from desk.handling.casework import hand_back
from desk.handling.staff_links import post_link

NAME_LENGTH = 100


class StaffingError(Exception):
    """The change to the staff cannot be made."""


class BadName(StaffingError):
    """A name is missing, too long, or holds a line break."""


class AlreadyThere(StaffingError):
    """Somebody has this address already."""


class NoSuchStaff(StaffingError):
    """There is nobody of that number."""


class LastAdministrator(StaffingError):
    """Without this one nobody could run the desk."""


class ChangedMeanwhile(StaffingError):
    """Somebody else changed this member of staff first."""


@dataclass(frozen=True, slots=True)
class NewStaff:
    """Somebody to add: address, name as shown to colleagues, role, language of pages and mails."""

    email: str
    name: str
    role: Role
    language: str = "ja"


def add_staff(
    new: NewStaff,
    *,
    actor: Actor,
    now: datetime,
    password: str,
    one_time: bool,
    kind: EventKind = EventKind.STAFF_ADDED,
) -> Staff:
    """Add a member of staff who signs in with `password`; a one-time one must be changed at the first sign-in.

    Raises `BadAddress`, `BadName`, `WeakPassword`, `AlreadyThere`.
    """
    staff = _new_row(new, now)
    staff.password_hash, staff.must_change_password = hash_password(password), one_time
    record(kind, actor=actor, at=now, facts={"staff": staff.id, "role": new.role})
    return staff


def invite(new: NewStaff, *, actor: Actor, now: datetime) -> Staff:
    """Add somebody who sets their own password through a link mailed to them, good for a day.

    Raises `BadAddress`, `BadName`, `AlreadyThere`.
    """
    staff = _new_row(new, now)
    post_link(staff, TokenPurpose.INVITATION, now)
    record(EventKind.STAFF_INVITED, actor=actor, at=now, facts={"staff": staff.id, "role": new.role})
    return staff


def send_link(staff_id: int, *, actor: Actor, now: datetime) -> TokenPurpose:
    """Mail a fresh link: the invitation again to who never came in, else one to set a new password.

    Raises `NoSuchStaff`, for somebody deactivated too.
    """
    staff = find_staff(staff_id)
    if staff is None or not staff.is_active:
        raise NoSuchStaff
    if staff.password_hash is None:
        post_link(staff, TokenPurpose.INVITATION, now)
        record(EventKind.STAFF_INVITED, actor=actor, at=now, facts={"staff": staff_id, "role": staff.role})
        return TokenPurpose.INVITATION
    post_link(staff, TokenPurpose.RESET, now)
    record(EventKind.RESET_REQUESTED, actor=actor, at=now, facts={"staff": staff_id})
    return TokenPurpose.RESET


def change_profile(staff_id: int, name: str, language: str, now: datetime) -> None:
    """Change one's own name and language. Raises `NoSuchStaff`, `BadName`."""
    staff = find_staff(staff_id)
    if staff is None:
        raise NoSuchStaff
    staff.name, staff.language = clean_name(name), "en" if language == "en" else "ja"
    staff.version += 1
    record(EventKind.PROFILE_CHANGED, actor=staff_actor(staff_id), at=now)


def change_role(staff_id: int, role: Role, *, version: int, actor: Actor, now: datetime) -> None:
    """Give a member of staff another role; their sessions end, so that no open page keeps the old one's rights.

    A role that may not work on tickets keeps none: the open ones are unassigned.
    Raises `NoSuchStaff`, `LastAdministrator`, `ChangedMeanwhile`.
    """
    staff = _changeable(staff_id, version)
    if staff.typed_role is role:
        return
    if role is not Role.ADMIN:
        _spare_last_admin(staff)
    origin = staff.role
    _change(staff, version, role=role)
    end_all_sessions(staff_id)
    facts = {"staff": staff_id, "origin": origin, "to": role}
    record(EventKind.ROLE_CHANGED, actor=actor, at=now, facts=facts)
    if not may(role, Permission.WORK_TICKETS):
        hand_back(staff_id, actor, now)


def deactivate(staff_id: int, *, version: int, actor: Actor, now: datetime) -> None:
    """Keep a member of staff out from this moment: sessions and one-time links end, open tickets are unassigned.

    Raises `NoSuchStaff`, `LastAdministrator`, `ChangedMeanwhile`.
    """
    staff = _changeable(staff_id, version)
    if not staff.is_active:
        return
    _spare_last_admin(staff)
    _change(staff, version, is_active=False)
    end_all_sessions(staff_id)
    void_tokens(staff_id)
    record(EventKind.STAFF_DEACTIVATED, actor=actor, at=now, facts={"staff": staff_id})
    hand_back(staff_id, actor, now)


def reactivate(staff_id: int, *, version: int, actor: Actor, now: datetime) -> None:
    """Let a member of staff in again, with the password they had. Raises `NoSuchStaff`, `ChangedMeanwhile`."""
    staff = _changeable(staff_id, version)
    if staff.is_active:
        return
    _change(staff, version, is_active=True)
    record(EventKind.STAFF_REACTIVATED, actor=actor, at=now, facts={"staff": staff_id})


def clean_name(text: str) -> str:
    """Return a name on one line, at most 100 characters. Raises `BadName`."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise BadName
    return name


def _new_row(new: NewStaff, now: datetime) -> Staff:
    email = normal_email(new.email)
    if find_staff_by_email(email) is not None:
        raise AlreadyThere
    staff = Staff(
        id=new_id(), email=email, name=clean_name(new.name), role=new.role, language=new.language, created_at=now
    )
    db.session.add(staff)
    db.session.flush()  # the event below points at this row
    return staff


def _changeable(staff_id: int, version: int) -> Staff:
    staff = find_staff(staff_id)
    if staff is None:
        raise NoSuchStaff
    if staff.version != version:
        raise ChangedMeanwhile
    return staff


def _change(staff: Staff, version: int, **values: object) -> None:
    """Write only if nobody was faster: the version is compared by the database."""
    result = db.session.execute(
        update(Staff).where(Staff.id == staff.id, Staff.version == version).values(version=version + 1, **values)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - tells the type checker what an UPDATE returns
    if result.rowcount != 1:
        raise ChangedMeanwhile


def _spare_last_admin(staff: Staff) -> None:
    if staff.typed_role is Role.ADMIN and staff.is_active and lock_active_admins() == [staff.id]:
        raise LastAdministrator
