"""Reading the mailbox from the administrator's page: at once, whatever pause there is, and the page says how it went."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from desk import jobs
from desk.accounts.permissions import Role
from desk.mail.imap import MailboxDown
from desk.queue import bell_of
from tests.inlets.reading import mailbox_of, raw_mail, rows
from tests.people import browser_of, hire
from tests.security.house import press
from tests.services.imap import Act, Fault, ImapPeer
from tests.services.valkey import RedisServer


@pytest.fixture
def peer() -> Iterator[ImapPeer]:
    """A mailbox with one mail."""
    with ImapPeer() as server:
        server.put(raw_mail(1))
        yield server


def page_of(client: FlaskClient) -> str:
    return client.get("/admin/mail").text


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_the_button_reads_what_a_failure_had_put_off(
    environ: dict[str, str], peer: ImapPeer, redis_server: RedisServer, role: Role
) -> None:
    app, _mailbox = mailbox_of(environ | {"REDIS_URL": redis_server.url}, f"imap://cs@127.0.0.1:{peer.port}/INBOX")
    client = browser_of(app, hire(app, role))
    assert "まだありません" in page_of(client)
    peer.faults.append(Fault("LOGIN", Act.NO))
    with app.app_context(), pytest.raises(MailboxDown):
        jobs.fetch()
    assert "読み取れません" in page_of(client)
    with app.app_context():
        jobs.fetch()  # the pause is not over
        assert rows() == []
    queue = bell_of(app).queue
    assert queue is not None
    before = [job.description for job in queue.jobs].count("fetch")
    assert press(client, "/admin/mail/fetch", {}).location == "/admin/mail"
    assert [job.description for job in queue.jobs].count("fetch") == before + 1
    assert "メールボックスを読み取ります" in page_of(client)
    with app.app_context():
        jobs.fetch()
        assert len(rows()) == 1
    page = page_of(client)
    assert "読み取れません" not in page
    assert "まだありません" not in page


def test_without_a_mailbox_there_is_no_button(app: Flask) -> None:
    client = browser_of(app, hire(app, Role.ADMIN))
    assert "/admin/mail/fetch" not in page_of(client)
    assert press(client, "/admin/mail/fetch", {}).status_code == 303
    assert "設定されていないため" in page_of(client)


def test_an_agent_may_not(app: Flask) -> None:
    assert press(browser_of(app, hire(app, Role.AGENT)), "/admin/mail/fetch", {}).status_code == 403
