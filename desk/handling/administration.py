"""Running the desk: the company's profile, closures, settings, alerts seen, a mail to oneself. One verb, one event."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, select, update

from desk.accounts.staff import find_staff
from desk.clock import date_of
from desk.company.models import Company, Procedure
from desk.company.settings import get_setting, set_setting
from desk.db import after_commit, db, new_id, read_again
from desk.events.alerts import close_alert
from desk.events.kinds import EventKind
from desk.events.models import Alert
from desk.events.trail import Actor, record
from desk.handling.calendars import keep_calendar
from desk.handling.changing import ChangedMeanwhile
from desk.law.calendar import japan_calendar
from desk.law.closures import Closures
from desk.mail import letters, outbox
from desk.mail.models import MailKind

MOST_CLOSED = 30
"""Days in a row without a business day; with more, a deadline of thirty days may have no day to fall on."""


class ClosedTooLong(Exception):
    """With these closures the desk would not work from `first` to `last` (JST dates): no deadline could be computed."""

    def __init__(self, first: date, last: date) -> None:
        super().__init__(f"no business day from {first} to {last}")
        self.first, self.last = first, last


@dataclass(frozen=True, slots=True)
class CompanyWords:
    """What the company is called and where it is reached, as checked by the door."""

    name_ja: str
    name_en: str
    contact_email: str
    postal_code: str
    address_ja: str
    address_en: str
    phone: str
    policy_url: str


@dataclass(frozen=True, slots=True)
class ProcedureWords:
    """What the company has settled about requests, as checked by the door; the fields of `Procedure`."""

    representative_ja: str
    representative_en: str
    officer_ja: str
    officer_en: str
    hours_ja: str
    hours_en: str
    fee_yen: int
    has_body: bool | None
    body_ja: str
    body_en: str
    commission_phone: str
    commission_checked_on: date | None


def change_company(words: CompanyWords, *, version: int, actor: Actor, now: datetime) -> None:
    """Change the profile that every page and letter uses. Raises `ChangedMeanwhile`."""
    _change_company(asdict(words), version, actor, now)


def change_procedure(words: ProcedureWords, *, version: int, actor: Actor, now: datetime) -> None:
    """Change what the company has settled about requests. Raises `ChangedMeanwhile`."""
    changed = db.session.execute(
        update(Procedure)
        .where(Procedure.version == version)
        .values(**asdict(words), version=version + 1, updated_at=now)
    )
    _insist(changed)
    record(EventKind.PROCEDURE_CHANGED, actor=actor, at=now)


def change_closures(closures: Closures, *, version: int, actor: Actor, now: datetime) -> None:
    """Change the days on which the company is closed; dates counted from now on use them.

    The job `calendar` then brings the open tickets under the new calendar; both calendars are kept for it. Raises
    `ChangedMeanwhile`, and `ClosedTooLong` when more than 30 days in a row would have no business day: the next such
    time, or the last one that is over.
    """
    spells = japan_calendar(closures).list_spells(MOST_CLOSED)
    if spells:
        raise ClosedTooLong(*next((spell for spell in spells if spell[1] >= date_of(now)), spells[-1]))
    keep_calendar(now)
    _change_company({"closures": closures.to_data()}, version, actor, now)
    keep_calendar(now)
    after_commit("calendar")


def _change_company(values: Mapping[str, Any], version: int, actor: Actor, now: datetime) -> None:
    result = db.session.execute(
        update(Company).where(Company.version == version).values(**values, version=version + 1, updated_at=now)
    )
    _insist(result)
    record(EventKind.COMPANY_CHANGED, actor=actor, at=now)


def _insist(result: Any) -> None:
    """Raise `ChangedMeanwhile` unless a row was changed; what was read of it before is read again."""
    assert isinstance(result, CursorResult)  # noqa: S101 - tells the type checker what an UPDATE returns
    if result.rowcount != 1:
        raise ChangedMeanwhile
    read_again()


def change_setting(name: str, value: int, *, was: int, actor: Actor, now: datetime) -> None:
    """Change one setting from what its editor saw. Raises `BadSetting`, `ChangedMeanwhile`."""
    standing = get_setting(name)
    if standing == value:
        return
    if standing != was:
        raise ChangedMeanwhile
    set_setting(name, value, now)
    record(EventKind.SETTING_CHANGED, actor=actor, at=now, facts={"name": name})


def acknowledge_alert(alert_id: int, *, staff_id: int, actor: Actor, now: datetime) -> bool:
    """Note that somebody has seen to an alert; False when it was closed already or never was."""
    alert = db.session.scalar(select(Alert).where(Alert.id == alert_id, Alert.closed_at.is_(None)))
    if alert is None:
        return False
    close_alert(alert.kind, alert.object_id, now, staff_id)
    record(EventKind.ALERT_CLOSED, actor=actor, at=now, facts={"alert": str(alert_id)})
    return True


def send_test(staff_id: int, now: datetime) -> int:
    """Post a mail to the member of staff who asks, to show that mail leaves; return its number.

    The trail has it when it is sent, like any mail.
    """
    staff = find_staff(staff_id)
    if staff is None:
        raise LookupError(staff_id)
    letter = letters.compose("test", staff.language, addressee=staff.name, sent_at=now)
    return outbox.post(
        kind=MailKind.TEST,
        letter=letter,
        to=staff.email,
        to_name=staff.name,
        ticket_id=None,
        dedupe_key=f"test:{new_id()}",
        at=now,
    )
