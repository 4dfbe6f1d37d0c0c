"""What has had its time is gone, and nothing else is."""

import io
import os
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from desk import clock, jobs
from desk.attachments.models import Attachment
from desk.attachments.storage import list_blobs_before, storage_dir, write_blob
from desk.db import db
from desk.events.models import Event
from desk.tickets.content import Origin
from desk.tickets.links import AccessCode, Grant
from desk.tickets.models import Trace
from desk.vault.keys import DataKey, Purpose
from desk.vault.seal import new_token
from tests.moment import travel_to
from tests.web.public.people import enter, give_code, open_case, post

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def purge_after(app: Flask, wait: timedelta) -> None:
    """Run the job so much later."""
    with travel_to(clock.now() + wait), app.app_context():
        jobs.purge()


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_destroys_traces_on_their_day(app: Flask) -> None:
    open_case(app, origin=Origin("192.0.2.7", "Browser", ""))
    purge_after(app, timedelta(days=89))
    assert count(app, Trace) == 1
    purge_after(app, timedelta(days=90))
    assert count(app, Trace) == 0
    with app.app_context():
        assert Purpose.TRACE not in set(db.session.scalars(select(DataKey.purpose)))
        assert db.session.scalars(select(Event.kind).order_by(Event.id.desc())).first() == "trace_erased"


def test_it_forgets_files_that_nobody_sent(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    parked = {"nonce": new_token(), "go": "stay", "uploads": (io.BytesIO(PNG), "a.png")}
    assert post(client, "/s/messages", **parked).status_code == 200
    assert count(app, Attachment) == 1
    purge_after(app, timedelta(hours=23))
    assert count(app, Attachment) == 1
    purge_after(app, timedelta(hours=25))
    assert count(app, Attachment) == 0
    with app.app_context():
        assert list(list_blobs_before(clock.now() + timedelta(days=2))) == []


def test_it_keeps_files_that_were_sent(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    post(client, "/s/messages", nonce=new_token(), text="資料です", uploads=(io.BytesIO(PNG), "a.png"))
    purge_after(app, timedelta(days=30))
    assert count(app, Attachment) == 1
    with app.app_context():
        assert len(list(list_blobs_before(clock.now() + timedelta(days=2)))) == 1


def test_it_forgets_grants_and_codes(app: Flask, client: FlaskClient) -> None:
    enter(client, open_case(app).token)
    give_code(app, client)
    purge_after(app, timedelta(days=3))
    assert (count(app, Grant), count(app, AccessCode)) == (0, 0)


def test_it_leaves_a_fresh_orphan_alone(app: Flask) -> None:
    with app.app_context():
        old, fresh = write_blob([b"old"]), write_blob([b"fresh"])
        yesterday = (clock.now() - timedelta(hours=25)).timestamp()
        os.utime(storage_dir() / old[:2] / old, (yesterday, yesterday))
        jobs.purge()
        assert list(list_blobs_before(clock.now() + timedelta(days=1))) == [fresh]
