"""Reading who works at the desk: by number, by address, as a list."""

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, select

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.db import db


class BadAddress(Exception):
    """What was given is not an e-mail address."""


def normal_email(text: str) -> str:
    """Return an address as it is stored: checked for shape, in lower case. Raises `BadAddress`."""
    try:
        return validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError as error:
        raise BadAddress from error


def find_staff(staff_id: int) -> Staff | None:
    """Return one member of staff, or None."""
    return db.session.get(Staff, staff_id)


def find_staff_by_email(email: str) -> Staff | None:
    """Return who signs in with an address, active or not; None for a stranger or something that is no address."""
    return db.session.scalar(select(Staff).where(Staff.email == email.strip().lower()[:254]))


def list_staff() -> list[Staff]:
    """Return everybody, the active ones first, each group by name."""
    return list(db.session.scalars(select(Staff).order_by(Staff.is_active.desc(), Staff.name, Staff.id)))


def list_active(role: Role) -> list[Staff]:
    """Return the active holders of one role, by name."""
    return list(db.session.scalars(select(Staff).where(Staff.role == role, Staff.is_active).order_by(Staff.name)))


def count_staff() -> int:
    """Return how many members of staff there are, active or not."""
    return db.session.scalar(select(func.count(Staff.id))) or 0


def lock_active_admins() -> list[int]:
    """Return the numbers of the active administrators, held until the transaction ends so that two cannot leave at once."""
    rows = db.session.scalars(
        select(Staff.id).where(Staff.role == Role.ADMIN, Staff.is_active).order_by(Staff.id).with_for_update()
    )
    return list(rows)
