"""What has had its time: traces of submissions, files that nobody sent, codes, grants and kept answers."""

from datetime import datetime, timedelta
from pathlib import PurePath

from sqlalchemy import delete, select

from desk.attachments.models import Attachment, FileState
from desk.attachments.storage import list_blobs_before, remove_blob, remove_part
from desk.clock import date_of
from desk.db import db
from desk.events.kinds import EventKind
from desk.events.trail import DESK, record
from desk.handling import replays
from desk.mail.models import InboxMail
from desk.tickets.links import AccessCode, Grant, LinkRequest, Replay
from desk.tickets.models import Trace
from desk.vault.keys import DataKey

PARKED_FOR = timedelta(hours=24)
"""How long a file waits for its form to be sent, and how long a file without a row may be one that is being sent."""

KEEP_SPENT = timedelta(days=2)
"""How long spent codes and requests are kept: longer than the hour and the day that they are counted over."""

BATCH = 500


def erase_traces(now: datetime) -> int:
    """Destroy the traces whose day has come, with their keys; return how many (at most 500: call again)."""
    due = list(db.session.scalars(select(Trace).where(Trace.erase_on <= date_of(now)).order_by(Trace.id).limit(BATCH)))
    key_ids = [trace.key_id for trace in due]
    db.session.execute(delete(Trace).where(Trace.id.in_([trace.id for trace in due])))
    db.session.execute(delete(DataKey).where(DataKey.id.in_(key_ids)))
    for trace in due:
        record(EventKind.TRACE_ERASED, actor=DESK, at=now, ticket_id=trace.ticket_id)
    return len(due)


def forget_parked(now: datetime) -> None:
    """Forget the files of forms that were not sent within a day; their bytes go with `remove_orphan_blobs`."""
    db.session.execute(
        delete(Attachment).where(Attachment.state == FileState.PARKED, Attachment.created_at < now - PARKED_FOR)
    )


def remove_orphan_blobs(now: datetime) -> int:
    """Remove sealed files that no row names and half-written ones, a day after they were touched; return how many.

    A file is flushed before its row is committed, so what has no row a day later never will have one.
    """
    names = list(list_blobs_before(now - PARKED_FOR))
    parts = [name for name in names if PurePath(name).suffix == ".part"]
    whole = [name for name in names if not PurePath(name).suffix]
    for name in parts:
        remove_part(name)
    removed = len(parts)
    for start in range(0, len(whole), BATCH):
        some = whole[start : start + BATCH]
        known = set(db.session.scalars(select(Attachment.blob).where(Attachment.blob.in_(some))))
        known |= set(db.session.scalars(select(InboxMail.blob).where(InboxMail.blob.in_(some))))
        for name in some:
            if name not in known:
                remove_blob(name)
                removed += 1
    return removed


def forget_access(now: datetime) -> None:
    """Remove ended grants, spent codes, answered requests for a link, and kept answers older than a day."""
    db.session.execute(delete(Grant).where(Grant.expires_at <= now))
    db.session.execute(delete(AccessCode).where(AccessCode.expires_at <= now - KEEP_SPENT))
    db.session.execute(delete(LinkRequest).where(LinkRequest.done_at <= now - KEEP_SPENT))
    db.session.execute(delete(Replay).where(Replay.created_at <= now - replays.LIFE))
