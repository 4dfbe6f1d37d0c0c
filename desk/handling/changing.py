"""Changing a row that two people may have open: what somebody saves must rest on what they saw."""

from typing import Any

from sqlalchemy import ColumnElement, update

from desk.db import db


class ChangedMeanwhile(Exception):
    """Somebody else saved first; what stands now is in the database."""


def change_row(row: Any, version: int, *conditions: ColumnElement[bool], **values: Any) -> None:
    """Change a row with a column `version` from the version that was seen to the next one.

    Raises `ChangedMeanwhile` when it has another version, or the conditions do not hold any more.
    """
    model = type(row)
    changed = db.session.execute(
        update(model)
        .where(model.id == row.id, model.version == version, *conditions)
        .values(**values, version=version + 1)
        .returning(model.id)
    ).scalar()
    if changed is None:
        raise ChangedMeanwhile
    db.session.refresh(row)
