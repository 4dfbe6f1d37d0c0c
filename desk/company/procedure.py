"""What the company has settled about requests, as pages, letters and the desk itself read it."""

from typing import Any

from sqlalchemy import Row, select

from desk.company.models import Procedure
from desk.db import db, once

THE_PROCEDURE = select(Procedure.__table__).order_by(Procedure.id).limit(1)


def get_procedure() -> Row[Any]:
    """Return the columns of `Procedure`, read once in a transaction. The schema brings the row."""
    return once("procedure", lambda: db.session.connection().execute(THE_PROCEDURE).one())
