"""Reading who works at the desk: by number, by address, as a list."""

from dataclasses import dataclass

from sqlalchemy import func, select

from desk.accounts.models import Staff
from desk.accounts.permissions import Role
from desk.addresses import BadAddress, is_mailable, plain_address
from desk.db import db, once, read_rows

ORDER = (Staff.is_active.desc(), Staff.name, Staff.id)
COLLEAGUES = select(Staff.id, Staff.name, Staff.role, Staff.is_active).order_by(*ORDER)


def normal_email(text: str) -> str:
    """Return an address as it is stored: one that mail can be sent to, in lower case. Raises `BadAddress`."""
    address = plain_address(text).lower()
    if not is_mailable(address):
        raise BadAddress("not an address that mail can be sent to")
    return address


def find_staff(staff_id: int) -> Staff | None:
    """Return one member of staff, or None."""
    return db.session.get(Staff, staff_id)


def find_staff_by_email(email: str) -> Staff | None:
    """Return who signs in with an address, active or not; None for a stranger or something that is no address."""
    return db.session.scalar(select(Staff).where(Staff.email == email.strip().lower()[:254]))


def list_staff() -> list[Staff]:
    """Return everybody, the active ones first, each group by name."""
    return list(db.session.scalars(select(Staff).order_by(*ORDER)))


@dataclass(frozen=True, slots=True)
class Colleague:
    """What pages say of a member of staff."""

    id: int
    name: str
    role: Role
    is_active: bool


def list_colleagues() -> tuple[Colleague, ...]:
    """Return everybody in the order of `list_staff`, as they were when this transaction first asked."""
    return once(
        "colleagues",
        lambda: tuple(Colleague(row.id, row.name, Role(row.role), row.is_active) for row in read_rows(COLLEAGUES)),
    )


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
