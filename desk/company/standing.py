"""The company's row and the settings that were changed, read in one statement: nearly everything needs both."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, true

from desk.company.models import Company, Setting
from desk.db import db, once

_THE_COMPANY = select(Company.__table__).order_by(Company.id).limit(1).subquery()
STANDING = select(_THE_COMPANY, Setting.name.label("setting"), Setting.value.label("set_to")).outerjoin(Setting, true())


@dataclass(frozen=True, slots=True)
class Standing:
    """What an administrator has set: the columns of `Company`, and the settings that are not at their default."""

    company: Row[Any]
    settings: dict[str, int]


def get_standing() -> Standing:
    """Return what is set, read once in a transaction. The schema brings the company's row."""
    return once("standing", _read)


def _read() -> Standing:
    rows = db.session.connection().execute(STANDING).all()
    return Standing(rows[0], {row.setting: int(row.set_to) for row in rows if row.setting is not None})
